"""Figures of a metric over weeks, months and to date, by API."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.conftest import Caller
from tests.cast import LAST_WEEK, Cast

Api = Callable[..., Caller]
WEEK = timedelta(days=7)


def test_weeks_months_and_to_date_are_told_beside_the_year_before(cast: Cast, api: Api) -> None:
    for back, value in ((0, 60), (1, 48), (2, 42), (52, 50)):
        cast.reading(value, starts_on=LAST_WEEK - back * WEEK)
    body = api(cast.obi).get(f"metrics/{cast.demos.pk}/figures").body
    assert body["metric"]["id"] == cast.demos.pk
    assert body["week_ending"] == (LAST_WEEK + timedelta(days=6)).isoformat()
    assert (len(body["weeks"]), len(body["months"])) == (6, 12)
    assert body["weeks"][-1] == {
        "first": LAST_WEEK.isoformat(),
        "last": body["week_ending"],
        "value": "60",
        "year_before": "50",
    }
    assert (body["weeks"][-2]["value"], body["weeks"][0]["value"]) == ("48", None)
    assert (body["comparison"], body["change_to_week_before"]) == ("percent", "25")
    week, month, quarter, year = body["to_date"]
    assert (week["value"], week["change_to_year_before"]) == ("60", "20")
    assert [one["span"] for one in (week, month, quarter, year)] == [
        "week",
        "month",
        "quarter",
        "year",
    ]
    assert (month["first"], month["last"]) == ("2026-11-01", body["week_ending"])
    assert month["value"] == "150" and quarter["value"] is None


def test_figures_of_another_day_are_those_of_the_week_before_it(cast: Cast, api: Api) -> None:
    cast.reading(48, starts_on=LAST_WEEK - WEEK)
    body = api(cast.obi).get(f"metrics/{cast.demos.pk}/figures?on={LAST_WEEK}").body
    assert body["week_ending"] == (LAST_WEEK - timedelta(days=1)).isoformat()
    assert body["weeks"][-1]["value"] == body["to_date"][0]["value"] == "48"


@pytest.mark.parametrize("day", ["", "x", "2026-02-30", "20261116", "2026-W47-1", "0001-01-01"])
def test_what_is_no_day_is_refused(cast: Cast, api: Api, day: str) -> None:
    answer = api(cast.obi).get(f"metrics/{cast.demos.pk}/figures?on={day}")
    assert (answer.status, [*answer.problems]) == (422, ["on"])
