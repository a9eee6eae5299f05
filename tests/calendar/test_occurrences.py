"""When a rule comes round: intervals, clock changes, holidays."""

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.periods import PeriodError
from cadence.calendar.recurrence import Occurrence, OnHoliday, Rule, RuleError, occurrences
from cadence.calendar.workdays import WorkingCalendar

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)
MONDAYS = "FREQ=WEEKLY;BYDAY=MO"


def at(text: str) -> datetime:
    """Return the time in UTC written as YYYY-MM-DD or YYYY-MM-DDTHH:MM."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def come_round(
    rule: str = MONDAYS,
    *,
    after: str,
    before: str,
    starts_on: date = date(2026, 1, 1),
    time_of_day: time = NINE,
    zone: ZoneInfo = BERLIN,
    calendar: WorkingCalendar | None = None,
    on_holiday: OnHoliday = "keep",
) -> list[Occurrence]:
    """Return the occurrences of a series of Mondays at nine in Berlin, unless told otherwise."""
    return occurrences(
        Rule.parse(rule),
        starts_on=starts_on,
        time_of_day=time_of_day,
        zone=zone,
        after=at(after),
        before=at(before),
        calendar=calendar or WorkingCalendar(),
        on_holiday=on_holiday,
    )


def keys(*args: Any, **kwargs: Any) -> list[date]:
    return [occurrence.key for occurrence in come_round(*args, **kwargs)]


def test_nine_in_the_morning_stays_nine_when_the_clock_changes() -> None:
    spring = come_round(after="2026-03-22", before="2026-03-31")
    assert [o.starts_at for o in spring] == [at("2026-03-23T08:00"), at("2026-03-30T07:00")]
    autumn = come_round(after="2026-10-18", before="2026-10-27")
    assert [o.starts_at for o in autumn] == [at("2026-10-19T07:00"), at("2026-10-26T08:00")]


def test_a_time_the_clock_leaves_out_is_read_with_the_offset_before() -> None:
    sundays = come_round(
        "FREQ=WEEKLY;BYDAY=SU", after="2026-03-28", before="2026-03-30", time_of_day=time(2, 30)
    )
    assert [o.starts_at for o in sundays] == [at("2026-03-29T01:30")]  # 03:30 on the wall


@pytest.mark.parametrize("fold", [0, 1])
def test_a_time_that_comes_twice_is_the_first_of_the_two(fold: int) -> None:
    sundays = come_round(
        "FREQ=WEEKLY;BYDAY=SU",
        after="2026-10-24",
        before="2026-10-26",
        time_of_day=time(2, 30, fold=fold),
    )
    assert [o.starts_at for o in sundays] == [at("2026-10-25T00:30")]


def test_after_is_left_out_and_before_is_included() -> None:
    assert keys(after="2026-05-04T07:00", before="2026-05-11T07:00") == [date(2026, 5, 11)]
    assert keys(after="2026-05-04T06:59", before="2026-05-11T06:59") == [date(2026, 5, 4)]


def test_there_is_nothing_before_the_series_starts() -> None:
    assert keys(after="2026-05-01", before="2026-05-31", starts_on=date(2026, 5, 12)) == [
        date(2026, 5, 18),
        date(2026, 5, 25),
    ]
    assert keys(after="2025-05-01", before="2025-05-31") == []


def test_nothing_falls_between_two_times_in_the_wrong_order() -> None:
    assert keys(after="2026-05-31", before="2026-05-01") == []


def test_every_second_week_is_counted_from_the_week_in_which_the_series_starts() -> None:
    rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"
    assert keys(rule, after="2026-05-01", before="2026-06-01", starts_on=date(2026, 4, 27)) == [
        date(2026, 5, 14),
        date(2026, 5, 28),
    ]
    assert keys(rule, after="2026-05-01", before="2026-06-01", starts_on=date(2026, 5, 8)) == [
        date(2026, 5, 21),
    ]


def test_the_first_day_of_the_week_decides_which_week_is_the_second() -> None:
    # The example of RFC 5545 section 3.8.5.3.
    may = {"after": "1997-08-01", "before": "1997-09-01", "starts_on": date(1997, 8, 5)}
    monday = keys("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO", **may)
    sunday = keys("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", **may)
    assert [key.day for key in monday] == [5, 10, 19, 24]
    assert [key.day for key in sunday] == [5, 17, 19, 31]


def test_the_last_day_of_february_is_the_29th_in_a_leap_year() -> None:
    rule = "FREQ=MONTHLY;BYMONTHDAY=-1"
    assert keys(rule, after="2028-01-01", before="2028-03-15") == [
        date(2028, 1, 31),
        date(2028, 2, 29),
    ]


def easter_monday(on_holiday: OnHoliday) -> list[Occurrence]:
    """Return what is left in Germany of Monday 6 April 2026, a holiday."""
    return come_round(
        after="2026-04-05",
        before="2026-04-12",
        calendar=WorkingCalendar("DE"),
        on_holiday=on_holiday,
    )


def test_a_holiday_is_kept_skipped_or_moved_as_the_series_says() -> None:
    key = date(2026, 4, 6)
    assert easter_monday("keep") == [Occurrence(key, at("2026-04-06T07:00"))]
    assert easter_monday("move") == [Occurrence(key, at("2026-04-07T07:00"))]
    assert easter_monday("skip") == []


def test_the_15th_on_a_saturday_moves_to_monday_and_keeps_its_key() -> None:
    moved = come_round(
        "FREQ=MONTHLY;BYMONTHDAY=15", after="2026-08-01", before="2026-08-31", on_holiday="move"
    )
    assert moved == [Occurrence(date(2026, 8, 15), at("2026-08-17T07:00"))]


def test_an_occurrence_that_moved_past_after_is_not_lost() -> None:
    closed = WorkingCalendar(
        closing_days=frozenset(date(2026, 8, 3) + timedelta(days=i) for i in range(21))
    )
    moved = come_round(
        "FREQ=MONTHLY;BYDAY=1MO",
        after="2026-08-20",
        before="2026-08-31",
        calendar=closed,
        on_holiday="move",
    )
    assert moved == [Occurrence(date(2026, 8, 3), at("2026-08-24T07:00"))]


def test_the_last_of_october_that_moved_into_november_is_found_in_november() -> None:
    assert come_round(
        "FREQ=MONTHLY;BYMONTHDAY=-1", after="2026-11-01", before="2026-11-15", on_holiday="move"
    ) == [Occurrence(date(2026, 10, 31), at("2026-11-02T08:00"))]


def test_an_occurrence_that_would_move_to_the_next_one_is_skipped() -> None:
    closed = WorkingCalendar(
        closing_days=frozenset(date(2026, 8, 3) + timedelta(days=i) for i in range(7))
    )
    assert keys(after="2026-08-01", before="2026-08-11", calendar=closed, on_holiday="move") == [
        date(2026, 8, 10)
    ]


@pytest.mark.parametrize(
    ("after", "before"), [("2026-01-01", "2029-02-01"), ("1991-01-01", "2199-01-01")]
)
def test_more_than_three_years_are_not_given(after: str, before: str) -> None:
    with pytest.raises(ValueError, match="three years"):
        come_round(after=after, before=before)


def test_times_without_a_zone_are_refused() -> None:
    naive = at("2026-05-01").replace(tzinfo=None)
    for after, before in ((naive, at("2026-05-02")), (at("2026-05-01"), naive)):
        with pytest.raises(ValueError, match="with a zone"):
            occurrences(
                Rule.parse(MONDAYS),
                starts_on=date(2026, 1, 1),
                time_of_day=NINE,
                zone=BERLIN,
                after=after,
                before=before,
                calendar=WorkingCalendar(),
                on_holiday="keep",
            )


@pytest.mark.parametrize(
    ("after", "before"), [("0001-01-01", "0001-02-01"), ("9999-12-01", "9999-12-31")]
)
def test_the_far_past_and_future_are_refused(after: str, before: str) -> None:
    with pytest.raises(PeriodError, match="far past or future"):
        come_round(after=after, before=before)
    with pytest.raises(PeriodError, match="far past or future"):
        come_round(after="2026-05-01", before="2026-06-01", starts_on=date.fromisoformat(after))


def test_a_series_that_started_long_ago_costs_no_more_than_a_new_one() -> None:
    began = perf_counter()
    for _ in range(100):
        come_round(after="2199-01-01", before="2199-02-01", starts_on=date(1990, 1, 1))
    assert perf_counter() - began < 1


week_rules = st.builds(
    "FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format,
    st.integers(1, 8),
    st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1).map(",".join),
    st.sampled_from(["MO", "SA", "SU"]),
)
month_rules = st.builds(
    "FREQ=MONTHLY;INTERVAL={};{}".format,
    st.integers(1, 12),
    st.sampled_from(["BYDAY=1MO", "BYDAY=4SU", "BYDAY=-1FR", "BYMONTHDAY=28", "BYMONTHDAY=-1"]),
)
rules = st.one_of(week_rules, month_rules)
days = st.dates(date(2010, 1, 1), date(2040, 12, 31))
zones = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland")]
)
times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
calendars = st.builds(
    WorkingCalendar,
    st.sampled_from(["", "DE", "SA"]),
    closing_days=st.frozensets(days, max_size=20),
)


@given(rules, days, days, st.integers(0, 700))
def test_the_dates_are_those_of_dateutil(rule: str, starts_on: date, day: date, n: int) -> None:
    after = datetime.combine(day, time(12), UTC)
    expected = rrulestr(rule, dtstart=datetime.combine(starts_on, time.min, UTC)).between(
        after, after + timedelta(days=n), inc=True
    )
    found = occurrences(
        Rule.parse(rule),
        starts_on=starts_on,
        time_of_day=time.min,
        zone=ZoneInfo("UTC"),
        after=after,
        before=after + timedelta(days=n),
        calendar=WorkingCalendar(),
        on_holiday="keep",
    )
    assert [o.key for o in found] == [moment.date() for moment in expected]


@given(rules, days, times, zones, days, calendars, st.sampled_from(["keep", "skip", "move"]))
def test_two_windows_side_by_side_give_what_one_gives(
    rule: str,
    starts_on: date,
    time_of_day: time,
    zone: ZoneInfo,
    day: date,
    calendar: WorkingCalendar,
    on_holiday: OnHoliday,
) -> None:
    def between(after: datetime, before: datetime) -> list[Occurrence]:
        return occurrences(
            Rule.parse(rule),
            starts_on=starts_on,
            time_of_day=time_of_day,
            zone=zone,
            after=after,
            before=before,
            calendar=calendar,
            on_holiday=on_holiday,
        )

    start = datetime.combine(day, time(3), UTC)
    middle, end = start + timedelta(days=200), start + timedelta(days=400)
    whole = between(start, end)
    assert between(start, middle) + between(middle, end) == whole
    assert len({o.key for o in whole}) == len(whole)
    for occurrence in whole:
        assert start < occurrence.starts_at <= end
        if on_holiday != "keep":
            assert calendar.is_working_day(occurrence.starts_at.astimezone(zone).date())
        if on_holiday != "move":
            assert occurrence.starts_at.astimezone(zone).date() == occurrence.key
        assert occurrence.key >= starts_on


@pytest.mark.parametrize("text", ["FREQ=WEEKLY;INTERVAL=0;BYDAY=MO", "FREQ=SECONDLY"])
def test_a_rule_that_would_run_for_ever_never_gets_here(text: str) -> None:
    with pytest.raises(RuleError):
        keys(text, after="2026-01-01", before="2026-02-01")
