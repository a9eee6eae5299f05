"""Days, weeks and months: where they start and end, and which belongs to which."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.periods import (
    DAY,
    KINDS,
    MONTH,
    WEEK,
    PeriodError,
    PeriodKind,
    containing,
    is_start,
    label,
    last_ended,
    parse_period,
    parts,
    period_end,
    period_start,
    shift,
    span,
)

MONDAY, SATURDAY, SUNDAY = 0, 5, 6

days = st.dates(date(2010, 1, 1), date(2040, 12, 31))
kinds = st.sampled_from(KINDS)
week_starts = st.integers(0, 6)


def test_a_week_starts_on_the_day_the_organization_says() -> None:
    wednesday = date(2026, 11, 18)
    assert period_start(WEEK, wednesday, MONDAY) == date(2026, 11, 16)
    assert period_start(WEEK, wednesday, SUNDAY) == date(2026, 11, 15)
    assert period_start(WEEK, wednesday, SATURDAY) == date(2026, 11, 14)


def test_a_month_ends_on_its_last_day_in_a_leap_year_too() -> None:
    assert period_end(MONTH, date(2028, 2, 1)) == date(2028, 2, 29)
    assert period_end(MONTH, date(2027, 2, 1)) == date(2027, 2, 28)
    assert period_end(MONTH, date(2100, 2, 1)) == date(2100, 2, 28)


def test_a_week_belongs_to_the_month_in_which_it_ends() -> None:
    assert containing(WEEK, date(2026, 9, 28), MONTH, MONDAY) == date(2026, 10, 1)
    assert parts(MONTH, date(2026, 10, 1), WEEK, MONDAY) == [
        date(2026, 9, 28),
        date(2026, 10, 5),
        date(2026, 10, 12),
        date(2026, 10, 19),
    ]


def test_a_week_that_ends_on_the_last_of_the_month_belongs_to_that_month() -> None:
    assert containing(WEEK, date(2026, 5, 25), MONTH, MONDAY) == date(2026, 5, 1)
    assert parts(MONTH, date(2026, 5, 1), WEEK, MONDAY)[-1] == date(2026, 5, 25)


def test_the_days_of_a_week_and_of_a_month_are_their_parts() -> None:
    assert len(parts(WEEK, date(2026, 11, 16), DAY, MONDAY)) == 7
    assert len(parts(MONTH, date(2028, 2, 1), DAY, MONDAY)) == 29


def test_a_period_of_the_same_kind_is_its_own_only_part() -> None:
    assert parts(MONTH, date(2026, 5, 1), MONTH, MONDAY) == [date(2026, 5, 1)]
    assert containing(WEEK, date(2026, 5, 4), WEEK, MONDAY) == date(2026, 5, 4)


@pytest.mark.parametrize(("long", "short"), [(MONTH, WEEK), (MONTH, DAY), (WEEK, DAY)])
def test_a_short_period_is_not_made_up_of_long_ones(long: PeriodKind, short: PeriodKind) -> None:
    start = date(2026, 6, 1)  # a Monday, and the first of a month
    with pytest.raises(PeriodError, match="is not made up of"):
        parts(short, start, long, MONDAY)
    with pytest.raises(PeriodError, match="is not made up of"):
        containing(long, start, short, MONDAY)


def test_the_running_period_has_not_ended() -> None:
    sunday = date(2026, 11, 22)
    assert last_ended(WEEK, sunday, MONDAY) == date(2026, 11, 9)
    assert last_ended(WEEK, sunday, SUNDAY) == date(2026, 11, 15)
    assert last_ended(DAY, sunday, MONDAY) == date(2026, 11, 21)
    assert last_ended(MONTH, date(2026, 1, 31), MONDAY) == date(2025, 12, 1)


def test_a_span_is_oldest_first_and_ends_with_the_period_asked_for() -> None:
    assert span(MONTH, date(2026, 2, 1), 3) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    assert span(WEEK, date(2026, 2, 2), 0) == []


def test_a_label_is_short_and_has_the_year_when_asked() -> None:
    assert label(WEEK, date(2026, 11, 16)) == "16 Nov"
    assert label(DAY, date(2026, 5, 4), with_year=True) == "4 May 2026"
    assert label(MONTH, date(2026, 11, 1)) == "Nov 2026"


def test_a_period_is_read_from_its_first_day() -> None:
    assert parse_period(DAY, "2026-11-18", MONDAY) == date(2026, 11, 18)
    assert parse_period(WEEK, "2026-11-15", SUNDAY) == date(2026, 11, 15)
    assert parse_period(MONTH, "2026-11-01", MONDAY) == date(2026, 11, 1)
    assert parse_period(MONTH, "2026-11", MONDAY) == date(2026, 11, 1)


def test_a_date_inside_a_period_is_refused_with_the_start_that_was_meant() -> None:
    with pytest.raises(PeriodError, match="its week starts on 2026-11-16"):
        parse_period(WEEK, "2026-11-18", MONDAY)
    with pytest.raises(PeriodError, match="its month starts on 2026-11-01"):
        parse_period(MONTH, "2026-11-18", MONDAY)


def test_week_53_is_there_in_the_years_that_have_one() -> None:
    assert parse_period(WEEK, "2026-W53", MONDAY) == date(2026, 12, 28)
    with pytest.raises(PeriodError, match="2027 has no week 53"):
        parse_period(WEEK, "2027-W53", MONDAY)


def test_the_first_iso_week_may_start_in_the_year_before() -> None:
    assert parse_period(WEEK, "2026-W01", MONDAY) == date(2025, 12, 29)


@pytest.mark.parametrize("week_start", range(1, 7))
def test_week_numbers_are_refused_where_weeks_do_not_start_on_monday(week_start: int) -> None:
    with pytest.raises(PeriodError, match="write the first day of the week"):
        parse_period(WEEK, "2026-W47", week_start)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "2026-11-16 ",
        "2026-11-16\n",
        "2026-11-16\x00",
        "\x00",
        "\ud800",
        "\uff12\uff10\uff12\uff16-11-16",
        "\u0662\u0660\u0662\u0666-11-16",
        "2026-1-1",
        "20261116",
        "16.11.2026",
        "2026-02-30",
        "2026-00",
        "2026-13",
        "2026-W00",
        "2026-W54",
        "2026-w47",
        "-2026-11-16",
        "2026-11-16T00:00:00Z",
        "1" * 5000,
        "yesterday",
    ],
)
def test_anything_else_is_refused_in_a_sentence_that_can_be_printed(
    kind: PeriodKind, text: str
) -> None:
    with pytest.raises(PeriodError) as refusal:
        parse_period(kind, text, MONDAY)
    message = str(refusal.value)
    assert message.isascii()
    assert message.isprintable()
    assert message.endswith(".")
    assert len(message) < 200


@pytest.mark.parametrize("text", ["0000-01-01", "1989-12-31", "2201-01-01", "9999-12-31"])
def test_the_far_past_and_future_are_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="far past or future"):
        parse_period(DAY, text, MONDAY)
    with pytest.raises(PeriodError, match="far past or future"):
        parse_period(MONTH, text[:7], MONDAY)


@pytest.mark.parametrize("n", [10**4, -(10**4), 10**12, -(10**12)])
@pytest.mark.parametrize("kind", [WEEK, MONTH])
def test_no_shift_leads_out_of_the_years(kind: PeriodKind, n: int) -> None:
    with pytest.raises(PeriodError, match="far past or future"):
        shift(kind, date(2026, 6, 1), n)
    with pytest.raises(PeriodError):
        span(kind, date(2026, 6, 1), n)


def test_a_shift_by_a_number_too_long_to_print_is_refused_like_any_other() -> None:
    for kind in KINDS:
        with pytest.raises(PeriodError, match="far past or future"):
            shift(kind, date(2026, 6, 1), 10**5000)


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(2201, 1, 1), date.max])
@pytest.mark.parametrize("kind", KINDS)
def test_no_function_overflows_at_the_ends_of_time(kind: PeriodKind, day: date) -> None:
    for refused in (
        lambda: period_start(kind, day, SUNDAY),
        lambda: period_end(kind, day),
        lambda: shift(kind, day, 1),
        lambda: last_ended(kind, day, SUNDAY),
        lambda: span(kind, day, 3),
        lambda: parts(kind, day, DAY, SUNDAY),
    ):
        with pytest.raises(PeriodError, match="far past or future"):
            refused()


def test_a_time_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError):
        period_start(DAY, datetime(2026, 11, 18, 12, tzinfo=UTC), MONDAY)


def test_a_month_is_shifted_from_its_first_day_only() -> None:
    with pytest.raises(PeriodError, match="starts on day 1"):
        shift(MONTH, date(2026, 1, 31), 1)


@pytest.mark.parametrize("week_start", [-1, 7])
def test_a_week_starts_on_one_of_seven_days(week_start: int) -> None:
    with pytest.raises(PeriodError):
        period_start(WEEK, date(2026, 11, 18), week_start)


@given(kinds, days, week_starts)
def test_every_day_is_in_exactly_one_period(kind: PeriodKind, day: date, week_start: int) -> None:
    start = period_start(kind, day, week_start)
    assert start <= day <= period_end(kind, start)
    assert is_start(kind, start, week_start)
    assert shift(kind, start, 1) == period_end(kind, start) + timedelta(days=1)


@given(kinds, days, week_starts, st.integers(-200, 200))
def test_a_shift_and_back_is_no_shift(kind: PeriodKind, day: date, week_start: int, n: int) -> None:
    start = period_start(kind, day, week_start)
    assert shift(kind, shift(kind, start, n), -n) == start
    assert is_start(kind, shift(kind, start, n), week_start)


@given(kinds, kinds, days, week_starts)
def test_containing_is_the_inverse_of_parts(
    one: PeriodKind, other: PeriodKind, day: date, week_start: int
) -> None:
    base, kind = sorted((one, other), key=KINDS.index)
    start = period_start(kind, day, week_start)
    for part in parts(kind, start, base, week_start):
        assert containing(base, part, kind, week_start) == start
    base_start = period_start(base, day, week_start)
    longer = containing(base, base_start, kind, week_start)
    assert base_start in parts(kind, longer, base, week_start)


@given(kinds, kinds, days, week_starts)
def test_the_parts_of_one_period_follow_those_of_the_one_before(
    one: PeriodKind, other: PeriodKind, day: date, week_start: int
) -> None:
    base, kind = sorted((one, other), key=KINDS.index)
    start = period_start(kind, day, week_start)
    before = parts(kind, shift(kind, start, -1), base, week_start)
    joined = before + parts(kind, start, base, week_start)
    assert joined == span(base, joined[-1], len(joined))


@given(kinds, days, week_starts)
def test_the_last_ended_period_ended_before_today(
    kind: PeriodKind, today: date, week_start: int
) -> None:
    start = last_ended(kind, today, week_start)
    assert period_end(kind, start) < today
    assert period_end(kind, shift(kind, start, 1)) >= today


@given(kinds, days, week_starts)
def test_a_start_is_read_back_from_its_date(kind: PeriodKind, day: date, week_start: int) -> None:
    start = period_start(kind, day, week_start)
    assert parse_period(kind, start.isoformat(), week_start) == start


@given(days)
def test_a_week_is_read_back_from_its_iso_number(day: date) -> None:
    year, week, _ = day.isocalendar()
    read = parse_period(WEEK, f"{year}-W{week:02}", MONDAY)
    assert read == period_start(WEEK, day, MONDAY)


@given(kinds, st.text(), week_starts)
def test_any_text_is_read_or_refused_and_nothing_else(
    kind: PeriodKind, text: str, week_start: int
) -> None:
    try:
        assert is_start(kind, parse_period(kind, text, week_start), week_start)
    except PeriodError as refusal:
        assert str(refusal).isascii()
