"""Cadence integrity by API, as JSON and as a table."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from tests.api.conftest import Caller
from tests.cast import AT, Cast

Api = Callable[..., Caller]
NOW = AT + timedelta(days=21)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_each_series_with_its_counts_worst_first(cast: Cast, api: Api) -> None:
    good, bad = cast.series(name="Good weekly"), cast.series(cast.commercial, name="=Bad weekly")
    cast.close(cast.open_review(good))
    missed = cast.planned_review(bad, missed_at=AT, moved_at=AT, moved_reason="Nobody was there")
    answer = api(cast.obi).get("series/integrity")
    assert answer.status == 200
    worst, best = answer.body["results"]
    assert (worst["series"]["name"], worst["come"], worst["missed"]) == ("=Bad weekly", 1, 1)
    assert worst["meetings"] == [
        {
            "review": missed.pk,
            "occurs_on": "2026-11-16",
            "outcome": "missed",
            "moved_reason": "Nobody was there",
            "closed": False,
            "breaches": 0,
            "decided": 0,
            "decided_in_it": 0,
            "changed_nothing": False,
        }
    ]
    assert (best["on_time"], best["with_every_decision"], best["changed_nothing"]) == (1, 1, 1)
    assert (best["since"], best["team"]["name"]) == ("2026-09-14", "Demand")


def test_it_is_narrowed_by_team_kind_and_span(cast: Cast, api: Api) -> None:
    cast.series(name="Demand weekly")
    cast.series(cast.commercial, name="Commercial monthly", kind="monthly")
    caller = api(cast.obi)

    def names(query: str) -> list[str]:
        rows = caller.get(f"series/integrity?{query}").body["results"]
        return sorted(row["series"]["name"] for row in rows)

    assert names(f"team={cast.commercial.pk}") == ["Commercial monthly", "Demand weekly"]
    assert names(f"team={cast.demand.pk}") == ["Demand weekly"]
    assert names("team=999999") == []
    assert names("kind=monthly") == ["Commercial monthly"]
    assert caller.get("series/integrity?span=year").body["results"][0]["since"] == "2025-12-07"
    for wrong in ("span=ever", "team=x", "kind=daily"):
        assert caller.get(f"series/integrity?{wrong}").status == 422, wrong


def test_as_a_table_it_has_every_row(cast: Cast, api: Api) -> None:
    for number in range(55):
        cast.series(name=f"=Weekly {number:02}")
    caller = api(cast.obi)
    answer = caller.get("series/integrity?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:3] == ["series.id", "series.name", "series.kind"]
    assert len(rows) == 55
    assert rows[0][1] == "'=Weekly 00"
    refused = caller.get("series/integrity?format=csv&span=ever")
    assert (refused.status, refused.code) == (422, "invalid")


def test_it_costs_the_same_for_one_series_and_for_many(cast: Cast, api: Api) -> None:
    caller = api(cast.obi)

    def cost() -> int:
        ApiToken.objects.update(last_used_at=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert caller.get("series/integrity").status == 200
        return len(queries)

    cast.close(cast.open_review())
    once = cost()
    for _ in range(5):
        cast.close(cast.open_review())
    assert cost() == once
