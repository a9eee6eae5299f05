"""The days of the demo, whenever it is built."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.periods import period_start
from cadence.calendar.recurrence import Rule, occurrences
from cadence.calendar.workdays import WorkingCalendar
from cadence.management.demo.timeline import FIRST_HOUR, FOUNDED, ROOM, Timeline

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = WorkingCalendar("DE")
lines = st.datetimes(
    datetime(2026, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
).map(lambda now: Timeline(now, BERLIN, CALENDAR))  # fmt: skip


@given(lines)
def test_the_review_that_is_due_began_at_a_working_hour_not_long_ago(line: Timeline) -> None:
    assert line.review_at <= line.now - ROOM
    assert CALENDAR.is_working_day(line.review_day)
    assert line.review_at.time() >= FIRST_HOUR
    # Not a working day lies between.
    assert CALENDAR.working_days_between(line.review_day, line.today) <= 1


@given(lines)
def test_its_rhythm_gives_it(line: Timeline) -> None:
    found = occurrences(
        Rule.parse(line.weekly_rule),
        starts_on=line.monday(FOUNDED),
        time_of_day=line.review_at.time(),
        zone=BERLIN,
        after=line.now - timedelta(days=14),
        before=line.now,
        calendar=CALENDAR,
        on_holiday="move",
    )
    assert found[-1].starts_at == line.review_at


@given(lines)
def test_the_next_monthly_is_in_one_to_three_weeks(line: Timeline) -> None:
    rule = Rule.parse(line.monthly_rule)
    found = occurrences(
        rule,
        starts_on=line.monday(FOUNDED),
        time_of_day=line.review_at.time(),
        zone=BERLIN,
        after=line.review_at,
        before=line.review_at + timedelta(days=60),
        calendar=CALENDAR,
        on_holiday="move",
    )
    assert 8 <= (found[0].starts_at - line.review_at).days <= 16


@given(lines)
def test_figures_are_entered_before_the_review_of_their_week(line: Timeline) -> None:
    for week in (0, 1):
        assert 0 <= line.desk_day(week) <= 4
    assert line.at(0, line.desk_day(0), 8, 59) < line.review_at
    assert period_start("week", line.review_day, 0) == line.monday(0)


@given(lines)
def test_a_reading_of_the_week_before_last_is_missed_on_monday(line: Timeline) -> None:
    ended = line.monday(1) - timedelta(days=1)
    assert CALENDAR.add_working_days(ended, line.short_grace) < line.monday(0)
