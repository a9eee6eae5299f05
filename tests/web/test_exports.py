"""Every list of a page as a file: all its rows, as they are narrowed, in both formats."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.paginator import Page
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import Membership
from cadence.sources.models import Connection
from cadence.spreadsheets import XLSX
from tests.api.test_lists import more
from tests.architecture.test_routes import inside
from tests.architecture.test_routes import things as things
from tests.cast import AT, LAST_WEEK, Cast
from tests.sources.rows import connection as connection_of
from tests.sources.rows import run, source

SignIn = Callable[[Membership], Client]
# What is paged here is a form to work through, or a part of the room of a review.
NO_LISTS = {"readings", "hand-over", "review", "import"}
LINK = re.compile(r'href="(\?[^"]*format=(csv|xlsx)[^"]*)"')


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def is_list(answer: Any) -> bool:
    contexts: Iterable[Any] = answer.context or ()
    found = [value for one in contexts for layer in one for value in _values(layer)]
    return any(isinstance(value, Page) and value.paginator.count for value in found)


def _values(layer: Any) -> list[Any]:
    return list(layer.values()) if isinstance(layer, dict) else []


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))


def test_every_list_offers_both_files_and_gives_them(
    cast: Cast, things: dict[str, object], signed_in: SignIn
) -> None:
    more(cast, range(2))
    cast.reading(31)
    run(source(cast, Connection.objects.get(pk=things["connections"])))
    client = signed_in(cast.ada)
    seen, forgot = [], []
    for route in inside():
        path = route.path("acme", things)
        answer = client.get(path)
        if answer.status_code != 200 or route.name in NO_LISTS or not is_list(answer):
            continue
        links = {format: link for link, format in LINK.findall(answer.content.decode())}
        if links.keys() != {"csv", "xlsx"}:
            forgot.append(route.name)
            continue
        seen.append(route.name)
        for link, format in LINK.findall(answer.content.decode()):
            file = client.get(path + link.replace("&amp;", "&"))
            assert file.status_code == 200, (route.name, link)
            kind = "text/csv; charset=utf-8" if format == "csv" else XLSX
            assert file["Content-Type"] == kind, route.name
            assert file["Content-Disposition"].endswith(f'.{format}"'), route.name
            assert "no-store" in file["Cache-Control"]
            if format == "csv":
                assert lines(file), (route.name, link)
            else:
                assert load_workbook(io.BytesIO(file.content)).active.max_row > 1
    assert not forgot, "These lists offer no files: see `cadence/web/exports.py`."
    assert {"initiatives", "people", "ledger", "metric", "ownership", "decisions"} <= set(seen)
    assert {"connections", "connection", "metric-source", "imports"} <= set(seen)
    assert len(seen) > 15


@pytest.mark.parametrize(
    "path",
    [
        "initiatives",
        "ownership?list=orphans",
        "ownership?list=owned",
        "ownership?list=loads",
        "scorecard",
        "decisions",
        "escalations",
        "series",
        "integrity",
        "people",
        "teams",
        "ledger",
        "settings/webhooks",
        "settings/deliveries",
    ],
)
def test_a_file_asks_no_more_for_many_rows_than_for_few(
    cast: Cast, things: dict[str, object], signed_in: SignIn, path: str
) -> None:
    client = signed_in(cast.ada)
    url = f"/o/acme/{path}{'&' if '?' in path else '?'}format=csv"

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
        assert answer.status_code == 200
        return len(captured), len(lines(answer))

    more(cast, range(2))
    few, rows = asked()
    more(cast, range(2, 6))
    many, grown = asked()
    assert grown > rows
    assert many == few


def test_what_is_pulled_asks_no_more_for_many_rows_than_for_few(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.ada)
    of = connection_of(cast, url="https://figures.example/v1", secret="Bearer open sesame")
    pulled = source(cast, of)

    def more_of_it(times: int) -> None:
        for _ in range(times):
            source(cast, connection_of(cast), cast.metric())
            source(cast, of, cast.metric())
            run(pulled, error="It did not answer.")

    def asked(path: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"/o/acme/{path}?format=csv")
        assert answer.status_code == 200 and "sesame" not in answer.content.decode()
        return len(captured), len(lines(answer))

    paths = (
        "settings/connections",
        f"settings/connections/{of.pk}",
        f"metrics/{cast.demos.pk}/source",
    )
    more_of_it(2)
    few = [asked(path) for path in paths]
    more_of_it(4)
    for path, (queries, rows) in zip(paths, few, strict=True):
        assert asked(path) == (queries, rows + 4), path
    assert lines(client.get(f"/o/acme/{paths[2]}?format=csv"))[0]["Error"] == "It did not answer."


def test_a_file_has_all_rows_of_the_list_as_it_is_narrowed(cast: Cast, signed_in: SignIn) -> None:
    for number in range(60):
        cast.initiative(f"Work {number:02}", team=cast.partners if number < 40 else cast.demand)
    client = signed_in(cast.obi)
    assert len(lines(client.get("/o/acme/initiatives?format=csv"))) == 61
    narrowed = lines(client.get(f"/o/acme/initiatives?format=csv&team={cast.partners.pk}&page=2"))
    assert [row["Initiative"] for row in narrowed] == [f"Work {number:02}" for number in range(40)]
    shown = client.get(f"/o/acme/initiatives?team={cast.partners.pk}&page=2").content.decode()
    (link, _), _ = LINK.findall(shown)
    assert "page=" not in link and f"team={cast.partners.pk}" in link


def test_values_are_numbers_and_moments_are_in_the_zone_of_the_organization(
    cast: Cast, signed_in: SignIn
) -> None:
    cast.acme.time_zone, cast.acme.currency = "Asia/Tokyo", "JPY"
    cast.acme.save()
    cast.reading(Decimal("-0.50"), recorded_at=AT, note="@SUM(1)")
    cast.pipeline.budget_at_stake = Decimal(120000)
    cast.pipeline.save()
    client = signed_in(cast.obi)
    (line,) = lines(client.get(f"/o/acme/metrics/{cast.demos.pk}?format=csv"))
    assert line["Period from"] == LAST_WEEK.isoformat() and line["Value"] == "-0.5"
    assert line["Recorded at (Asia/Tokyo)"] == "2026-11-16 19:00"
    assert line["Note"] == "'@SUM(1)"
    book = client.get("/o/acme/initiatives?format=xlsx").content
    head, row = load_workbook(io.BytesIO(book)).active.iter_rows()
    cells = {title.value: cell for title, cell in zip(head, row, strict=True)}
    assert (cells["At stake (JPY)"].value, cells["At stake (JPY)"].data_type) == (120000, "n")
    assert cells["Activated (Asia/Tokyo)"].is_date


def test_a_stranger_gets_no_file_and_neither_does_who_may_not_see_the_page(
    cast: Cast, signed_in: SignIn
) -> None:
    assert signed_in(cast.sven).get("/o/acme/people?format=csv").status_code == 404
    refused = signed_in(cast.olu).get("/o/acme/settings/webhooks?format=csv")
    assert refused.status_code == 403 and "text/html" in refused["Content-Type"]


def test_another_format_is_the_page_and_a_list_that_is_too_long_says_so(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.olu)
    assert "text/html" in client.get("/o/acme/people?format=pdf")["Content-Type"]
    assert "Why" in lines(client.get("/o/acme/ownership?format=csv&list=nothing"))[0]
    monkeypatch.setattr("cadence.web.exports.MOST_ROWS", 1)
    refused = client.get("/o/acme/people?format=csv")
    assert refused.status_code == 409 and "Narrow it" in refused.content.decode()


def test_a_scorecard_has_a_column_for_each_period(cast: Cast, signed_in: SignIn) -> None:
    cast.reading(38)
    (line,) = lines(signed_in(cast.obi).get("/o/acme/scorecard?format=csv"))
    periods = [head for head in line if re.fullmatch(r"\d{4}-\d\d-\d\d", head)]
    assert len(periods) == 13 and periods[-1] == LAST_WEEK.isoformat()
    assert (line["Metric"], line["Floor"], line["Team"]) == (cast.demos.name, "45", "Demand")
    assert periods[0] == (LAST_WEEK - timedelta(weeks=12)).isoformat()
