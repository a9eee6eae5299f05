"""Weeks, months and spans to date over thirty years, and what each is compared with."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.spans import (
    Span,
    fiscal_year_start,
    month_labels,
    month_of,
    months_of_year,
    months_until,
    quarter_start,
    to_date,
    week_ending,
    weeks_until,
)

DAY = timedelta(days=1)
DAYS = st.dates(date(2000, 1, 1), date(2031, 12, 31))
ENDS = st.integers(1, 12)


@given(DAYS)
def test_weeks_follow_one_another_and_end_on_one_weekday(last: date) -> None:
    weeks = weeks_until(last)
    assert len(weeks) == 6 and weeks[-1].last == last
    for before, week in pairwise(weeks):
        assert week.days == 7 and week.first == before.last + DAY
        assert week.before() == before


@given(DAYS)
def test_the_week_of_the_year_before_lies_364_days_back_also_from_week_53(last: date) -> None:
    week = week_ending(last)
    before = week.year_before()
    assert (week.last - before.last).days == 364
    assert before.last.weekday() == last.weekday() and before.days == 7


@given(DAYS)
def test_twelve_months_are_whole_and_the_last_one_has_ended(day: date) -> None:
    months = months_until(day)
    assert len(months) == 12 and months[-1].last <= day < (months[-1].last + 32 * DAY)
    for before, month in pairwise(months):
        assert month.first == before.last + DAY and month.before() == before
    for month in months:
        assert month == month_of(month.first) and 28 <= month.days <= 31
        assert (month.last + DAY).day == 1


@given(DAYS)
def test_a_month_is_compared_with_the_whole_month_of_the_year_before(day: date) -> None:
    month = month_of(day)
    before = month.year_before()
    assert (before.first.year, before.first.month) == (day.year - 1, day.month)
    assert before == month_of(before.first)


@given(DAYS, ENDS)
def test_a_fiscal_year_has_four_quarters_and_ends_with_its_month(day: date, ends: int) -> None:
    months = months_of_year(day, ends)
    assert months[-1].last.month == ends
    assert months[0].first <= day <= months[-1].last
    starts = {quarter_start(month.first, ends) for month in months}
    assert starts == {months[at].first for at in (0, 3, 6, 9)}
    assert {fiscal_year_start(month.last, ends) for month in months} == {months[0].first}
    assert sum(month.days for month in months) in (365, 366)


@given(DAYS, ENDS)
def test_to_date_is_up_to_the_day_and_compared_with_the_same_days(day: date, ends: int) -> None:
    month, quarter, year = to_date(day, ends)
    assert year.first <= quarter.first <= month.first <= day
    for span in (month, quarter, year):
        before = span.year_before()
        assert span.last == day and span.before() is None
        assert (before.first.month, before.first.day) == (span.first.month, span.first.day)
        if (day.month, day.day) == (2, 29):
            assert (before.last.month, before.last.day) == (2, 28)
        else:
            assert (before.last.month, before.last.day) == (day.month, day.day)
        leaped = span.days - before.days
        assert leaped in (-1, 0, 1)


@given(DAYS)
def test_every_day_lies_in_one_month_and_is_the_end_of_one_week(day: date) -> None:
    assert [m.kind for m in (month_of(day), week_ending(day))] == ["month", "week"]
    month, week = month_of(day), week_ending(day)
    assert month.first <= day <= month.last and week.last == day
    after = month_of(month.last + DAY)
    assert after.before() == month


def test_leap_days_and_the_turn_of_the_year_by_hand() -> None:
    assert month_of(date(2024, 2, 29)).year_before() == month_of(date(2023, 2, 1))
    assert month_of(date(2025, 2, 1)).year_before().days == 29
    year = to_date(date(2024, 2, 29), 5)[2]
    assert year == Span("to_date", date(2023, 6, 1), date(2024, 2, 29))
    assert year.year_before() == Span("to_date", date(2022, 6, 1), date(2023, 2, 28))
    # 2020 had a week 53 by ISO 8601; the same week of the year before is the last one of 2019.
    assert week_ending(date(2021, 1, 3)).year_before() == week_ending(date(2020, 1, 5))
    assert month_labels(months_of_year(date(2026, 11, 1), 5))[:2] == ["Jun", "Jul"]
