"""Readings come in any order: what they mean does not hang on it."""

from datetime import date, timedelta

import pytest

from cadence.breaches.models import Breach
from cadence.breaches.rules import Episode, Judged, new_episodes
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from tests.cast import AT, LAST_WEEK, Cast


def week(back: int) -> date:
    return LAST_WEEK - timedelta(weeks=back)


def read(cast: Cast, value: int, back: int) -> None:
    row = Row(cast.demos.pk, week(back).isoformat(), str(value))
    record_readings(actor=cast.olu, at=AT, rows=[row])


def crossings(cast: Cast) -> list[tuple[date, date | None]]:
    rows = Breach.objects.filter(metric=cast.demos, kind="threshold").order_by("first_period")
    return list(rows.values_list("first_period", "recovered_period"))


@pytest.mark.parametrize("backs", [(0, 1), (0, 2), (0, 3, 1, 2)])
def test_an_earlier_week_below_is_part_of_the_breach_it_leads_into(
    cast: Cast, backs: tuple[int, ...]
) -> None:
    for back in backs:
        read(cast, 31, back)
    assert crossings(cast) == [(week(0), None)]


def test_an_earlier_week_below_is_a_breach_of_its_own_when_a_good_one_lies_between(
    cast: Cast,
) -> None:
    read(cast, 31, 0)
    read(cast, 60, 1)
    read(cast, 31, 2)
    assert crossings(cast) == [(week(2), week(1)), (week(0), None)]


def test_a_run_that_leads_into_a_breach_that_recovered_is_part_of_it() -> None:
    known = [Episode(week(2), week(2), week(1))]
    run = [Judged(week(back), "below") for back in (4, 3, 2)]
    assert new_episodes([*run, Judged(week(1), "inside")], known) == []
    again = new_episodes([*run, Judged(week(1), "inside"), Judged(week(0), "below")], known)
    assert again == [Episode(week(0), week(0))]
