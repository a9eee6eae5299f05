"""The pages of an import: a file, its columns, what it would change, and what it did."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.imports.models import Import
from cadence.imports.running import run_owed
from cadence.metrics.models import Correction, Reading
from tests.cast import AT, LAST_WEEK, Cast
from tests.imports.bringing import bring, landed, mapped, now

SignIn = Callable[[Membership], Client]
PASTED = "Week\tQualified demos\n2026-11-09\t31\n2026-11-02\t47\n"
AREA = "/o/acme/imports"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def text(answer: HttpResponse) -> str:
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def paste(client: Client, words: str = PASTED) -> str:
    """The address of the page on which the columns are said."""
    answer = client.post(AREA, {"text": words})
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def as_proposed(client: Client, url: str, **said: str) -> HttpResponse:
    """Post the form as the page proposes it."""
    page = client.get(url)
    form = page.context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    choices = page.context["choices"]
    data |= {"sheet": choices.sheet, "header_row": choices.header_row}
    return client.post(url, {**data, **said})


def test_olu_pastes_cells_sees_what_would_change_and_records_it(
    cast: Cast, signed_in: SignIn
) -> None:
    cast.reading(30)
    olu = signed_in(cast.olu)
    assert "No imports yet" in text(olu.get(AREA))
    columns = paste(olu)
    assert "Qualified demos" in text(olu.get(columns))
    preview = as_proposed(olu, columns)["Location"]
    shown = text(olu.get(preview))
    assert "Corrected 1" in shown and "New 1" in shown and "30 31 B2" in shown
    refused = olu.post(f"{preview}/commit", {"reason": ""})
    assert refused.status_code == 422 and "This cannot be blank." in text(refused)
    done = olu.post(f"{preview}/commit", {"reason": "Counted twice"}, follow=True)
    assert "recorded" in text(done) and "1 breach opened" in text(done)
    assert Correction.objects.get().reason == "Counted twice"
    assert Reading.objects.count() == 2
    assert "1 new, 1 corrected" in text(olu.get(AREA))


def test_a_file_is_brought_as_well(cast: Cast, signed_in: SignIn) -> None:
    file = SimpleUploadedFile(
        "Woche 46.csv", "Woche;Qualified demos\n09.11.2026;31,5\n".encode("utf-16")
    )
    olu = signed_in(cast.olu)
    answer = olu.post(AREA, {"file": file})
    assert "Woche 46.csv" in text(olu.get(answer["Location"]))
    as_proposed(olu, answer["Location"])
    assert Import.objects.get().counts["new"] == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose a file, or paste cells."),
        ({"text": " \n "}, "Choose a file, or paste cells."),
        ({"text": 'a,b\n"1,2\n'}, "a quote is opened and not closed"),
        ({"file": SimpleUploadedFile("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}, "before 2007"),
        ({"file": SimpleUploadedFile("x.csv", b"")}, "empty"),
        ({"text": "a", "encoding": "klingon"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(
    cast: Cast, signed_in: SignIn, data: dict[str, object], says: str
) -> None:
    answer = signed_in(cast.olu).post(AREA, data)
    assert answer.status_code == 422 and says in text(answer)


def test_columns_that_make_no_reading_keep_what_was_chosen(cast: Cast, signed_in: SignIn) -> None:
    olu = signed_in(cast.olu)
    columns = paste(olu)
    answer = as_proposed(olu, columns, column_0="")
    assert answer.status_code == 422
    assert "Say which column is the period." in text(answer)
    assert f'value="metric:{cast.demos.pk}" selected' in answer.content.decode()


def test_what_the_file_leaves_open_is_asked_with_a_guess(cast: Cast, signed_in: SignIn) -> None:
    cast.acme.country = "DE"
    cast.acme.save()
    olu = signed_in(cast.olu)
    columns = paste(olu, "Week;Qualified demos\n02/11/2026;1,234\n")
    page = olu.get(columns)
    assert "1,234 can be 1234 or 1.234. This is a guess." in text(page)
    assert page.context["form"]["numbers"].value() == "comma"
    preview = as_proposed(olu, columns)["Location"]
    assert "1.234" in text(olu.get(preview))


def test_another_sheet_or_row_is_looked_at(cast: Cast, signed_in: SignIn) -> None:
    olu = signed_in(cast.olu)
    columns = paste(olu, "Report;x\nWeek;Qualified demos\n2026-11-09;31\n")
    assert "Column A" in text(olu.get(f"{columns}?sheet=0&header_row=0"))
    page = olu.get(f"{columns}?sheet=7&header_row=2")
    assert page.status_code == 200 and page.context["choices"].header_row == 2
    for odd in ("?sheet=x", "?header_row=99999999999999999999", "?header_row=-1"):
        assert olu.get(columns + odd).status_code == 200


def test_every_problem_has_its_cell_and_there_is_no_button_to_record(
    cast: Cast, signed_in: SignIn
) -> None:
    olu = signed_in(cast.olu)
    rows = "".join(f"2026-11-0{day}\tmany\n" for day in range(1, 10)) * 8
    preview = as_proposed(olu, paste(olu, "Week\tQualified demos\n" + rows))["Location"]
    answer = olu.get(preview)
    assert "B2 value many ◆ This must be a number." in text(answer)
    assert "Record it" not in text(answer) and "1 to 50 of" in text(answer)
    assert olu.get(f"{preview}?show=problems&page=2").status_code == 200
    assert "Say so where you" in text(answer), "dates that name other days are explained"


def test_others_see_what_became_of_it_and_not_what_is_in_it(cast: Cast, signed_in: SignIn) -> None:
    one = landed(mapped(cast, PASTED))
    elena = signed_in(cast.elena)
    shown = text(elena.get(f"{AREA}/{one.pk}"))
    assert "2 new" in shown and "B2" not in shown
    assert elena.get(f"{AREA}/{one.pk}/columns").status_code == 403
    obi = signed_in(cast.obi)
    assert "Bring a file" not in text(obi.get(AREA))
    assert obi.post(AREA, {"text": PASTED}).status_code == 422


def test_a_large_file_says_how_far_it_is_and_asks_again(cast: Cast, signed_in: SignIn) -> None:
    metric = cast.metric("Daily", key="daily", read_per="day", judged_per="day")
    days = [LAST_WEEK - timedelta(days=back) for back in range(2_100)]
    one = mapped(cast, "Day,daily\n" + "".join(f"{day},5\n" for day in days))
    olu = signed_in(cast.olu)
    answer = olu.get(f"{AREA}/{one.pk}")
    assert "It waits for the worker" in text(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    run_owed(now=now)
    answer = olu.get(f"{AREA}/{one.pk}")
    assert "Record 2100 readings" in text(answer) and "hx-trigger" not in answer.content.decode()
    olu.post(f"{AREA}/{one.pk}/commit", {})
    run_owed(now=now)
    assert "2100 new" in text(olu.get(f"{AREA}/{one.pk}"))
    assert Reading.objects.filter(metric=metric).count() == 2_100


def test_a_dropped_file_leads_back_to_the_list(cast: Cast, signed_in: SignIn) -> None:
    one = bring(cast, PASTED)
    olu = signed_in(cast.olu)
    answer = olu.post(f"{AREA}/{one.pk}/end", follow=True)
    assert "Nothing of the file was recorded" in text(answer)
    assert olu.get(f"{AREA}/{one.pk}/columns")["Location"].endswith(f"/imports/{one.pk}")


def test_many_columns_are_typed_with_suggestions(cast: Cast, signed_in: SignIn) -> None:
    for number in range(40):
        cast.metric(f"Metric of many {number}", key=f"many-{number}")
    heads = "\t".join(f"many-{number}" for number in range(200))
    olu = signed_in(cast.olu)
    columns = paste(olu, f"Week\t{heads}\n2026-11-09" + "\t5" * 200 + "\n")
    page = olu.get(columns)
    assert '<datalist id="column-kinds">' in page.content.decode()
    assert page.context["form"]["column_1"].value() == "many-0"
    preview = as_proposed(olu, columns)["Location"]
    assert "New 40" in text(olu.get(preview))


def test_the_pages_ask_no_more_when_there_is_more(cast: Cast, signed_in: SignIn) -> None:
    olu = signed_in(cast.olu)

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert olu.get(path).status_code == 200
        return len(queries)

    small = mapped(cast, PASTED)
    first = [asked(AREA), asked(f"{AREA}/{small.pk}"), asked(f"{AREA}/{small.pk}/columns")]
    metrics = [cast.metric(f"More {number}", key=f"more-{number}") for number in range(20)]
    head = "\t".join(metric.key for metric in metrics)
    large = mapped(cast, f"Week\t{head}\n2026-11-09" + "\t5" * 20 + "\n")
    second = [asked(AREA), asked(f"{AREA}/{large.pk}"), asked(f"{AREA}/{large.pk}/columns")]
    assert first == second
