"""Every list as a file: all rows of it, as CSV and as XLSX, to whoever may read the list."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import ApiToken, Membership
from cadence.api.endpoint import Endpoint
from cadence.api.tables import columns_of
from cadence.metrics.models import Reading
from cadence.spreadsheets import XLSX, tables
from tests.api.conftest import Caller, token_for
from tests.api.test_lists import more
from tests.api.test_routes import FOR_ADMINISTRATORS, routes
from tests.api.things import things, things_of_beta
from tests.cast import AT, LAST_WEEK, Cast

Api = Callable[..., Caller]
LISTS: dict[str, type[Endpoint]] = {
    route: view
    for route, view in routes()
    if view is not None and getattr(getattr(view, "get", None), "is_list", False)
}


@pytest.fixture
def fetched(client: Client) -> Callable[..., Any]:
    """`fetched(cast.olu, "readings?format=csv")` is the answer."""

    # Tokens are a list, too: one is enough.
    secrets: dict[int, str] = {}

    def fetch(member: Membership, path: str, **headers: str) -> Any:
        if member.pk not in secrets:
            _, secrets[member.pk] = token_for(member)
            # Noting that a token was used comes once a minute.
            ApiToken.objects.update(last_used_at=AT)
        headers |= {"authorization": f"Bearer {secrets[member.pk]}"}
        return client.get(f"/api/v1/{path}", headers=headers)

    return fetch


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))


def sheet(answer: Any) -> Any:
    return load_workbook(io.BytesIO(answer.content)).active


def test_there_are_lists() -> None:
    assert len(LISTS) > 25


@pytest.mark.parametrize("route", LISTS)
def test_a_list_is_a_table_in_both_formats(
    cast: Cast, fetched: Callable[..., Any], route: str
) -> None:
    mine, theirs = things(cast), things_of_beta(cast)
    path = route.replace("<int:pk>", str(mine.get(route.split("/")[0], "")))
    who = cast.ada if route in FOR_ADMINISTRATORS else cast.olu
    separated = fetched(who, path, accept="text/csv")
    assert separated.status_code == 200
    assert separated["Content-Type"] == "text/csv; charset=utf-8"
    book = fetched(who, f"{path}?format=xlsx")
    assert book.status_code == 200 and book["Content-Type"] == XLSX
    name = path.rsplit("/", 1)[-1]
    assert book["Content-Disposition"] == f'attachment; filename="{name}.xlsx"'
    heads = [cell.value for cell in sheet(book)[1]]
    assert heads == next(csv.reader([separated.content.decode().splitlines()[0][1:]]))
    rows = fetched(who, path).json()["results"]
    assert sheet(book).max_row - 1 == len(lines(separated)) == len(rows)
    # All that is one value in a row of the JSON has its column.
    view = LISTS[route]
    if not view.columns and rows:
        assert {n for n, v in rows[0].items() if isinstance(v, str | int)} <= set(heads)
    # What belongs to another organization is not in it.
    if "<int:pk>" in route:
        hidden = route.replace("<int:pk>", str(theirs[route.split("/")[0]]))
        assert fetched(who, f"{hidden}?format=csv").status_code == 404


@pytest.mark.parametrize("route", LISTS)
def test_a_table_asks_no_more_for_many_rows_than_for_few(
    cast: Cast, fetched: Callable[..., Any], route: str
) -> None:
    path = route.replace("<int:pk>", str(things(cast).get(route.split("/")[0], "")))
    who = cast.ada if route in FOR_ADMINISTRATORS else cast.olu

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert fetched(who, f"{path}?format=csv").status_code == 200
        return len(captured)

    more(cast, range(2))
    # Makes the token.
    fetched(who, "me")
    few = asked()
    more(cast, range(2, 5))
    assert asked() == few


def test_a_value_is_a_number_and_a_day_is_a_day(cast: Cast, fetched: Callable[..., Any]) -> None:
    cast.reading(Decimal("-0.5"), note="=1+1")
    path = f"readings?metric={cast.demos.pk}"
    (line,) = lines(fetched(cast.olu, f"{path}&format=csv"))
    assert (line["value"], line["note"], line["period"]) == ("-0.5", "'=1+1", "2026-11-09")
    found = sheet(fetched(cast.olu, f"{path}&format=xlsx"))
    cells = {head.value: cell for head, cell in zip(found[1], found[2], strict=True)}
    assert (cells["value"].value, cells["value"].data_type) == (-0.5, "n")
    assert (cells["note"].value, cells["note"].data_type) == ("=1+1", "s")
    assert cells["period"].value.date() == LAST_WEEK and cells["period"].is_date
    # UTC, as in the JSON; a spreadsheet knows no zones.
    assert cells["recorded_at"].value == AT.replace(tzinfo=None)


def test_a_table_holds_all_rows_and_only_those_asked_for(
    cast: Cast, fetched: Callable[..., Any]
) -> None:
    for week in range(60):
        cast.reading(week, starts_on=LAST_WEEK - timedelta(weeks=week))
    cast.reading(1, metric=cast.revenue)
    assert len(lines(fetched(cast.olu, "readings?format=csv"))) == 61
    assert len(lines(fetched(cast.olu, f"readings?format=csv&metric={cast.demos.pk}"))) == 60


def test_a_list_that_is_too_long_is_refused_and_not_cut(
    cast: Cast, fetched: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.reading(1)
    cast.reading(2, starts_on=LAST_WEEK - timedelta(weeks=1))
    assert Reading.objects.count() == 2
    monkeypatch.setattr("cadence.api.tables.MOST_ROWS", 1)
    refused = fetched(cast.olu, "readings?format=csv")
    assert refused.status_code == 422 and refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_rows"
    assert tables.MOST_ROWS == 100_000


def test_what_is_refused_stays_json(cast: Cast, api: Api) -> None:
    caller = api(cast.olu)
    assert caller.get("readings?format=csv&metric=x").status == 422
    assert caller.get("readings?format=pdf").status in (404, 406)
    assert caller.get(f"metrics/{cast.demos.pk}?format=csv").status in (404, 406, 422)
    assert api().get("readings?format=csv").body["code"] == "unauthenticated"


def test_the_ids_of_a_list_inside_of_a_row_stand_one_after_the_other(
    cast: Cast, fetched: Callable[..., Any]
) -> None:
    first = cast.breach()
    cast.decision(first)
    (line,) = lines(fetched(cast.olu, "decisions?format=csv"))
    assert line["breaches.id"] == str(first.pk) and line["in_force"] == "true"
    assert line["decided_by.name"] and "expected" in line


def test_no_list_has_two_columns_of_one_name() -> None:
    for route, view in LISTS.items():
        assert view.serializer_class is not None
        names = [column.name for column in columns_of(view.serializer_class(), view.columns)]
        assert names and len(names) == len(set(names)), route


def test_a_file_is_in_the_order_that_is_asked_for(cast: Cast, fetched: Callable[..., Any]) -> None:
    for name in ("Billed", "Zero defects", "Answered"):
        cast.metric(name)
    rows = lines(fetched(cast.obi, "metrics?ordering=-name&format=csv"))
    names = [row["name"] for row in rows]
    assert names == sorted(names, reverse=True) and len(names) > 3
    refused = fetched(cast.obi, "metrics?ordering=colour&format=csv")
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "ordering")


def test_an_empty_format_is_none(cast: Cast, fetched: Callable[..., Any]) -> None:
    refused = fetched(cast.obi, "metrics?format=")
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "format")


@pytest.mark.parametrize("said", ["limit=5", "limit=0", "cursor=x"])
def test_a_file_has_all_rows_and_takes_no_page(
    cast: Cast, fetched: Callable[..., Any], said: str
) -> None:
    refused = fetched(cast.obi, f"metrics?format=csv&{said}")
    field = refused.json()["problems"][0]["field"]
    assert (refused.status_code, field) == (422, said.partition("=")[0])
