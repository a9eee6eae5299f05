"""Working days and the deadlines counted in them."""

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.periods import PeriodError
from cadence.calendar.workdays import (
    CalendarError,
    WorkingCalendar,
    country_choices,
    end_of_day,
    is_country,
)

PLAIN = WorkingCalendar()
BAVARIA = WorkingCalendar("DE", "BY")
BERLIN = ZoneInfo("Europe/Berlin")

days = st.dates(date(2010, 1, 1), date(2040, 12, 31))
times = st.integers(1_262_304_000, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))
calendars = st.sampled_from(
    [
        PLAIN,
        BAVARIA,
        WorkingCalendar("SA"),
        WorkingCalendar("US"),
        WorkingCalendar("JP", closing_days=frozenset({date(2026, 8, 13), date(2026, 8, 14)})),
    ]
)
# Zones in which the clock has gone forward or back at or near midnight.
zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/Sao_Paulo",
            "America/Havana",
            "America/St_Johns",
            "Asia/Beirut",
            "Africa/Cairo",
            "Atlantic/Azores",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
        )
    ]
)


def test_without_a_country_only_saturday_and_sunday_are_off() -> None:
    assert PLAIN.is_working_day(date(2026, 12, 25))
    assert not PLAIN.is_working_day(date(2026, 12, 26))
    assert not PLAIN.is_working_day(date(2026, 12, 27))
    assert PLAIN.holiday_name(date(2026, 12, 25)) is None


def test_a_holiday_of_the_country_is_off_and_has_an_english_name() -> None:
    assert not BAVARIA.is_working_day(date(2026, 12, 25))
    assert BAVARIA.holiday_name(date(2026, 12, 25)) == "Christmas Day"


def test_a_holiday_of_one_subdivision_is_a_working_day_in_another() -> None:
    epiphany = date(2026, 1, 6)
    assert not BAVARIA.is_working_day(epiphany)
    assert WorkingCalendar("DE", "HH").is_working_day(epiphany)
    assert WorkingCalendar("DE").is_working_day(epiphany)


def test_the_weekend_is_that_of_the_country() -> None:
    riyadh = WorkingCalendar("SA")
    friday, saturday, sunday = date(2026, 11, 13), date(2026, 11, 14), date(2026, 11, 15)
    assert [riyadh.is_working_day(day) for day in (friday, saturday, sunday)] == [
        False,
        False,
        True,
    ]


def test_a_weekend_day_that_the_country_works_is_a_working_day() -> None:
    assert WorkingCalendar("CN").is_working_day(date(2024, 2, 4))


def test_the_organization_is_closed_on_its_closing_days() -> None:
    closed = WorkingCalendar(closing_days=frozenset({date(2026, 11, 18)}))
    assert not closed.is_working_day(date(2026, 11, 18))
    assert closed.next_working_day(date(2026, 11, 18)) == date(2026, 11, 19)


def test_five_working_days_after_a_wednesday_is_the_next_wednesday() -> None:
    assert PLAIN.add_working_days(date(2026, 11, 18), 5) == date(2026, 11, 25)


def test_counting_from_a_saturday_is_counting_from_the_friday() -> None:
    friday, saturday, monday = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
    assert PLAIN.add_working_days(friday, 1) == monday
    assert PLAIN.add_working_days(saturday, 1) == monday
    assert PLAIN.add_working_days(saturday, 0) == monday
    assert PLAIN.add_working_days(friday, 0) == friday


def test_working_days_over_christmas_leave_out_the_holidays() -> None:
    assert BAVARIA.add_working_days(date(2026, 12, 23), 3) == date(2026, 12, 29)
    assert BAVARIA.working_days_between(date(2026, 12, 23), date(2026, 12, 29)) == 3


def test_working_days_are_not_counted_backward() -> None:
    with pytest.raises(ValueError):
        PLAIN.add_working_days(date(2026, 11, 18), -1)


@pytest.mark.parametrize(
    ("country", "subdivision"),
    [
        ("XX", ""),
        ("de", ""),
        ("DE", "XX"),
        ("", "BY"),
        ("\x00", ""),
        ("DE", "\ud800"),
        ("Q" * 999, ""),
    ],
)
def test_an_unknown_place_has_no_calendar(country: str, subdivision: str) -> None:
    with pytest.raises(CalendarError) as refusal:
        WorkingCalendar(country, subdivision)
    assert str(refusal.value).isprintable()


def test_every_country_offered_has_a_calendar() -> None:
    choices = country_choices()
    assert ("DE", "Germany") in choices
    assert len(choices) > 200
    for code, name in choices:
        assert is_country(code)
        assert name.strip() == name != ""
        calendar = WorkingCalendar(code)
        year = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]
        assert len([day for day in year if calendar.is_working_day(day)]) > 200
    assert not is_country("")
    assert not is_country("XX")


def test_the_far_past_and_future_have_no_working_days() -> None:
    for day in (date.min, date.max):
        with pytest.raises(PeriodError):
            WorkingCalendar(closing_days=frozenset({day})).next_working_day(day)
    with pytest.raises(PeriodError):
        PLAIN.add_working_days(date(2026, 11, 18), 10**9)
    with pytest.raises(PeriodError):
        PLAIN.working_days_between(date(2026, 11, 18), date.max)


def test_a_time_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError):
        PLAIN.is_working_day(datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_ten_thousand_questions_take_less_than_a_second() -> None:
    began = perf_counter()
    for i in range(10_000):
        BAVARIA.is_working_day(date(2020, 1, 1) + timedelta(days=i % 3650))
    assert perf_counter() - began < 1


def test_a_deadline_is_the_end_of_the_local_day() -> None:
    at = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)  # already Thursday in Berlin
    assert PLAIN.deadline(at, 1, BERLIN) == datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)
    assert PLAIN.deadline(at, 0, BERLIN) == datetime(2026, 11, 19, 22, 59, 59, tzinfo=UTC)


def test_a_deadline_moves_with_the_clock_change() -> None:
    before = datetime(2026, 3, 27, 12, tzinfo=UTC)  # the Friday before summer time
    assert PLAIN.deadline(before, 0, BERLIN) == datetime(2026, 3, 27, 22, 59, 59, tzinfo=UTC)
    assert PLAIN.deadline(before, 1, BERLIN) == datetime(2026, 3, 30, 21, 59, 59, tzinfo=UTC)
    autumn = datetime(2026, 10, 23, 12, tzinfo=UTC)
    assert PLAIN.deadline(autumn, 0, BERLIN) == datetime(2026, 10, 23, 21, 59, 59, tzinfo=UTC)
    assert PLAIN.deadline(autumn, 1, BERLIN) == datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC)


def test_a_deadline_needs_a_zone() -> None:
    naive = datetime(2026, 11, 18, 12, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="a time with a zone"):
        PLAIN.deadline(naive, 1, BERLIN)


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_deadline_at_the_ends_of_time_is_refused(at: datetime) -> None:
    with pytest.raises(PeriodError):
        PLAIN.deadline(at, 1, BERLIN)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        # Midnight of 4 November does not exist: 00:00 becomes 01:00.
        ("America/Sao_Paulo", date(2018, 11, 3), "2018-11-04T02:59:59Z"),
        # At midnight the clock goes back to 23:00: the last hour comes twice.
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-18T02:59:59Z"),
        # At 00:01 the clock goes back to 23:01: there are two midnights, and the second ends it.
        ("America/St_Johns", date(2010, 11, 6), "2010-11-07T03:29:59Z"),
        # At 01:00 the clock goes back to 00:00: there are two midnights, and the first ends it.
        ("America/Havana", date(2026, 10, 31), "2026-11-01T03:59:59Z"),
        # The day was left out altogether: it ends where it would have begun.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T09:59:59Z"),
    ],
)
def test_a_day_ends_where_midnight_is_missing_or_comes_twice(
    zone: str, day: date, end: str
) -> None:
    assert end_of_day(day, ZoneInfo(zone)) == datetime.fromisoformat(end)


@given(days, zones)
def test_the_second_after_the_end_of_a_day_is_another_day(day: date, zone: ZoneInfo) -> None:
    end = end_of_day(day, zone)
    assert end.astimezone(zone).date() == day
    assert (end + timedelta(seconds=1)).astimezone(zone).date() == day + timedelta(days=1)
    assert end.astimezone(zone).time().replace(microsecond=0) >= time(22, 59, 59)


@given(calendars, days, st.integers(1, 60))
def test_between_counts_what_add_added(calendar: WorkingCalendar, day: date, n: int) -> None:
    later = calendar.add_working_days(day, n)
    assert calendar.is_working_day(later)
    assert calendar.working_days_between(day, later) == n
    assert calendar.working_days_between(later, day) == -n


@given(calendars, days)
def test_the_next_working_day_is_the_first_from_the_day_on(
    calendar: WorkingCalendar, day: date
) -> None:
    following = calendar.next_working_day(day)
    assert calendar.is_working_day(following)
    between = (day + timedelta(days=i) for i in range((following - day).days))
    assert not any(calendar.is_working_day(skipped) for skipped in between)


@given(calendars, times, st.integers(0, 9), zones)
def test_a_deadline_is_never_before_the_time_it_is_counted_from(
    calendar: WorkingCalendar, at: datetime, n: int, zone: ZoneInfo
) -> None:
    deadline = calendar.deadline(at, n, zone)
    assert deadline >= at
    assert calendar.is_working_day(deadline.astimezone(zone).date())
