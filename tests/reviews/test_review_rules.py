from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.reviews.rules import (
    MONTHLY,
    PARTS,
    WEEKLY,
    badness,
    hold_by,
    period_of,
    planned_minutes,
    silence_begins,
)

BERLIN = ZoneInfo("Europe/Berlin")
THEN = datetime(2026, 11, 16, 10, tzinfo=UTC)


def test_the_parts_of_a_weekly_take_half_an_hour_and_of_a_monthly_an_hour() -> None:
    assert sum(part.weight for part in WEEKLY) == 30
    assert sum(part.weight for part in MONTHLY) == 60
    assert planned_minutes(WEEKLY, 30) == [part.weight for part in WEEKLY]


@given(st.sampled_from(sorted(PARTS)), st.integers(min_value=5, max_value=480))
def test_planned_minutes_add_up_to_the_review(kind: str, minutes: int) -> None:
    parts = PARTS[kind]
    planned = planned_minutes(parts, minutes)
    assert sum(planned) == minutes
    assert all(found >= 0 for found in planned)


def test_the_worst_is_what_moved_up_then_what_is_furthest_off_then_the_oldest() -> None:
    later = datetime(2026, 11, 17, tzinfo=UTC)
    ordered = [
        badness(2, Decimal(99), Decimal(100), later),
        badness(1, None, None, later),
        badness(0, Decimal(10), Decimal(100), later),
        badness(0, Decimal(-90), Decimal(-100), THEN),
        badness(0, Decimal(110), Decimal(100), later),
        badness(0, None, None, THEN),
        badness(0, None, None, later),
    ]
    assert sorted([*ordered[3:], *ordered[:3]]) == ordered


def test_distance_from_a_limit_of_nothing_is_the_value_itself() -> None:
    assert badness(0, Decimal(3), Decimal(0), THEN) < badness(0, Decimal(2), Decimal(0), THEN)


def test_a_review_is_moved_within_its_week_or_month() -> None:
    assert period_of("weekly", date(2026, 11, 18), 0) == (date(2026, 11, 16), date(2026, 11, 22))
    assert period_of("weekly", date(2026, 11, 18), 6) == (date(2026, 11, 15), date(2026, 11, 21))
    assert period_of("monthly", date(2027, 2, 3), 0) == (date(2027, 2, 1), date(2027, 2, 28))


def test_a_review_is_held_by_the_next_one_or_the_end_of_its_period() -> None:
    following = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert hold_by("weekly", THEN, following, BERLIN, 0) == following
    sunday = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)
    assert hold_by("weekly", THEN, None, BERLIN, 0) == sunday


@pytest.mark.parametrize(
    ("per", "begins"),
    [("day", date(2026, 11, 2)), ("week", date(2026, 11, 2)), ("month", date(2026, 9, 1))],
)
def test_silence_is_two_whole_periods_and_a_day_counts_as_a_week(per: str, begins: date) -> None:
    assert silence_begins(per, date(2026, 11, 18), 0) == begins  # type: ignore[arg-type]
