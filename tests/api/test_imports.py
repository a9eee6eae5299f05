"""Files of readings by API: as the body, as a form, as JSON; looked at, committed, dropped."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import Workbook

from cadence.imports.models import Import
from cadence.metrics.models import Reading
from tests.api.conftest import Answer, Caller
from tests.cast import Cast
from tests.imports.bringing import bring

Api = Callable[..., Caller]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONG = "metric;period;value\nqualified-demos;2026-11-09;31\nqualified-demos;2026-11-02;47,5\n"


@pytest.fixture
def machine(cast: Cast, api: Api) -> Caller:
    return api(cast.robo, "read", "readings")


def workbook() -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in (["metric", "period", "value"], ["qualified-demos", date(2026, 11, 9), 31]):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def form(content: bytes, name: str = "week.csv") -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def brought(machine: Caller, content: bytes, kind: str) -> Answer:
    return machine.ask("POST", "imports", content, kind)


@pytest.mark.parametrize("kind", ["text/csv", "text/tab-separated-values"])
def test_a_file_is_the_body_and_goes_all_the_way(machine: Caller, kind: str) -> None:
    answer = brought(machine, LONG.encode("utf-16"), kind)
    assert answer.status == 201 and answer.body["state"] == "uploaded"
    assert [column["guess"] for column in answer.body["columns"]] == ["metric", "period", "value"]
    place = f"imports/{answer.body['id']}"
    checked = machine.post(f"{place}/mapping", {})
    assert checked.body["state"] == "ready"
    assert checked.body["counts"] == {"new": 2, "corrected": 0, "unchanged": 0, "problems": 0}
    lines = machine.get(f"{place}/preview").body["results"]
    assert [(line["place"], line["old"], line["new"]) for line in lines] == [
        ("C2", None, "31"),
        ("C3", None, "47.5"),
    ]
    assert not Reading.objects.exists()
    done = machine.post(f"{place}/commit", {})
    assert done.body["state"] == "landed" and len(done.body["opened"]) == 1
    assert Reading.objects.count() == 2
    again = machine.post(f"{place}/commit", {})
    assert (again.status, again.code) == (409, "import_landed")


def test_without_columns_the_sheet_and_the_heading_that_were_said_are_proposed(
    machine: Caller,
) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["About these numbers"])
    data = book.create_sheet("Data")
    for row in (
        ["From the till"],
        ["value", "metric", "period"],
        [31, "qualified-demos", "KW 46 2026"],
    ):
        data.append(row)
    written = io.BytesIO()
    book.save(written)
    place = f"imports/{brought(machine, written.getvalue(), XLSX).body['id']}"
    for given in ({"sheet": 1}, {"sheet": 1, "header_row": 2}):
        counts = machine.post(f"{place}/mapping", given).body["counts"]
        assert counts == {"new": 1, "corrected": 0, "unchanged": 0, "problems": 0}
    assert machine.post(f"{place}/mapping", {"sheet": 9}).status == 422


@pytest.mark.parametrize("half", [r"\ud800", r"12\udfff"])
def test_half_a_character_in_json_is_refused(machine: Caller, half: str) -> None:
    body = ('{"text": "metric;period;value\\n' + half + '"}').encode()
    answer = machine.ask("POST", "imports", body, "application/json")
    assert (answer.status, answer.code) == (422, "file_unreadable")


def test_a_workbook_a_form_and_json_are_files_too(machine: Caller) -> None:
    bodies = [
        brought(machine, workbook(), XLSX),
        brought(machine, *form(workbook(), "week.xlsx")),
        brought(machine, *form(LONG.encode())),
        machine.post("imports", {"text": LONG, "name": "Till"}),
    ]
    assert [answer.status for answer in bodies] == [201] * 4
    assert [(answer.body["name"], answer.body["kind"]) for answer in bodies] == [
        ("By API", "workbook"),
        ("week.xlsx", "workbook"),
        ("week.csv", "text"),
        ("Till", "text"),
    ]
    listed = machine.get("imports").body["results"]
    assert [one["name"] for one in listed] == ["Till", "week.csv", "week.xlsx", "By API"]


def test_problems_are_listed_by_their_cells(machine: Caller) -> None:
    rows = "metric;period;value\nnothing;2026-11-09;many\n"
    place = f"imports/{machine.post('imports', {'text': rows}).body['id']}"
    given = {"columns": ["metric", "period", "value"]}
    assert machine.post(f"{place}/mapping", given).body["state"] == "problems"
    found = machine.get(f"{place}/problems").body["results"]
    assert [(one["place"], one["field"], one["text"]) for one in found] == [
        ("A2", "metric", "nothing"),
        ("C2", "value", "many"),
    ]
    answer = machine.post(f"{place}/commit", {})
    assert (answer.status, answer.code) == (409, "import_has_problems")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"columns": ["metric", "period"]}, "columns"),
        ({"columns": ["what", "period", "value"]}, "columns.0"),
        ({"numbers": "roman"}, "numbers"),
        ({"header_row": -1}, "header_row"),
        ({"header_row": "one"}, "header_row"),
        ({"sheet": 3}, "sheet"),
        ({"columns": "period"}, "columns"),
        ({"colums": []}, "colums"),
    ],
)
def test_a_mapping_that_makes_no_reading_names_its_member(
    machine: Caller, given: dict[str, object], field: str
) -> None:
    place = f"imports/{machine.post('imports', {'text': LONG}).body['id']}"
    answer = machine.post(f"{place}/mapping", given)
    assert answer.status == 422 and field in answer.problems


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "text/csv", 422),
        (b"PK\x03\x04nothing", XLSX, 422),
        (b'a,b\n"1', "text/csv", 422),
        (b"\xff\xfe\x00\xd8", "text/csv", 422),
        (b"x" * (10 * 1024 * 1024 + 1), "text/csv", 413),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (b"nonsense", "multipart/form-data", 400),
        (b'{"text": 5}', "application/json", 422),
        (b'{"text": ""}', "application/json", 422),
        (b'{"name": "x"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"a", "application/pdf", 415),
    ],
)
def test_what_is_no_file_is_refused(
    machine: Caller, content: bytes, kind: str, status: int
) -> None:
    answer = brought(machine, content, kind)
    assert answer.status == status, answer.text
    assert "problem+json" in answer.headers["Content-Type"]
    assert not Import.objects.exists()


def test_a_key_brings_a_file_once(machine: Caller) -> None:
    def keyed() -> Answer:
        headers = {"Idempotency-Key": "till-46"}
        return machine.ask("POST", "imports", LONG.encode(), "text/csv", **headers)

    assert keyed().body["id"] == keyed().body["id"]
    assert Import.objects.count() == 1


def test_what_is_in_a_file_is_for_who_brought_it(cast: Cast, api: Api) -> None:
    one = bring(cast, LONG)
    elena = api(cast.elena)
    assert elena.get(f"imports/{one.pk}").body["columns"] is None
    for path in ("preview", "problems"):
        assert elena.get(f"imports/{one.pk}/{path}").status == 403
    for path in ("mapping", "commit", "ending"):
        assert elena.post(f"imports/{one.pk}/{path}", {}).status == 403
    sven = api(cast.sven)
    assert sven.get(f"imports/{one.pk}").status == 404
    assert api(cast.obi).post("imports", {"text": LONG}).status == 403
    assert api(cast.robo, "read").post("imports", {"text": LONG}).status == 403


def test_a_file_is_dropped(cast: Cast, api: Api) -> None:
    one = bring(cast, LONG)
    olu = api(cast.olu)
    assert olu.post(f"imports/{one.pk}/ending").body["state"] == "dropped"
    assert olu.post(f"imports/{one.pk}/mapping", {}).code == "import_dropped"
