"""Days, weeks and months. A period is its kind and the date on which it starts.

`week_start` is the first day of the week, 0 for Monday to 6 for Sunday; days and months ignore it.
Every function refuses dates outside the years FIRST_YEAR to LAST_YEAR with a PeriodError, so that
nobody downstream meets an OverflowError.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final, Literal

PeriodKind = Literal["day", "week", "month"]
DAY: Final = "day"
WEEK: Final = "week"
MONTH: Final = "month"
KINDS: Final[tuple[PeriodKind, ...]] = (DAY, WEEK, MONTH)  # shortest first

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2200

# Not strftime, whose names depend on the locale of the machine.
# fmt: off
MONTH_NAMES: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)
LONG_MONTH_NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)
# fmt: on

# [0-9] and not \d, which also takes the digits of other scripts.
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ISO_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class PeriodError(ValueError):
    """Not a period one can work with. The message is a sentence for the person who typed it."""


def within_years(day: date) -> date:
    """Return the day itself; raise PeriodError when its year is not one we work with."""
    # A datetime is a date to Python, equal to none; its date in UTC is often not the local one.
    if isinstance(day, datetime):
        raise TypeError("Pass the local date, not a time.")
    check_year(day.year)
    return day


def check_year(year: int) -> None:
    """Raise PeriodError unless the year is one we work with."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        # A number of any length may arrive here from shift; printing thousands of digits fails.
        raise PeriodError(_out_of_reach(f"The year {year}" if 0 <= year <= 9999 else "That"))


def period_start(kind: PeriodKind, day: date, week_start: int) -> date:
    """Return the first day of the period that contains the day."""
    _check_kind(kind)
    _check_week_start(week_start)
    within_years(day)
    if kind == WEEK:
        return within_years(day - timedelta(days=(day.weekday() - week_start) % 7))
    return day if kind == DAY else day.replace(day=1)


def period_end(kind: PeriodKind, start: date) -> date:
    """Return the last day of the period that starts on `start`."""
    _check_kind(kind)
    within_years(start)
    if kind == WEEK:
        return start + timedelta(days=6)
    return start if kind == DAY else start.replace(day=monthrange(start.year, start.month)[1])


def is_start(kind: PeriodKind, day: date, week_start: int) -> bool:
    """Say whether a period of this kind starts on the day."""
    return period_start(kind, day, week_start) == day


def shift(kind: PeriodKind, start: date, n: int) -> date:
    """Return the start of the period n periods later; earlier when n is negative."""
    _check_kind(kind)
    within_years(start)
    if kind == MONTH:
        if start.day != 1:
            raise PeriodError(f"A month starts on day 1, not on {start}.")
        year, month = divmod(start.year * 12 + start.month - 1 + n, 12)
        check_year(year)
        return date(year, month + 1, 1)
    if abs(n) > (LAST_YEAR - FIRST_YEAR + 1) * 366:
        raise PeriodError(_out_of_reach("That"))
    return within_years(start + timedelta(days=n * _days(kind)))


def span(kind: PeriodKind, last_start: date, n: int) -> list[date]:
    """Return the starts of n periods in a row, oldest first, `last_start` being the last."""
    if n < 0:
        raise PeriodError(f"There are no {n} periods.")
    # The oldest is computed first: it refuses an n that would make the list endless.
    oldest = shift(kind, last_start, 1 - n)
    return [shift(kind, oldest, i) for i in range(n)]


def last_ended(kind: PeriodKind, today: date, week_start: int) -> date:
    """Return the start of the latest period that ended before today; today's is still running."""
    return shift(kind, period_start(kind, today, week_start), -1)


def parts(kind: PeriodKind, start: date, base: PeriodKind, week_start: int) -> list[date]:
    """Return the starts of the `base` periods that make up the period, oldest first.

    A week belongs to the month in which its last day falls, so a month has four or five of them,
    and the first may start in the month before. Raise PeriodError when `base` is the longer kind
    or `start` is not a start.
    """
    _check_order(kind, base)
    _check_start(kind, start, week_start)
    if base == kind:
        return [start]
    first = period_start(base, start, week_start)
    length = _days(base)
    days = (period_end(kind, start) - first).days + 1
    return [first + timedelta(days=length * i) for i in range(days // length)]


def containing(base: PeriodKind, base_start: date, kind: PeriodKind, week_start: int) -> date:
    """Return the start of the longer period to which a `base` period belongs: the inverse of parts.

    Raise PeriodError when `base` is the longer kind or `base_start` is not a start.
    """
    _check_order(kind, base)
    _check_start(base, base_start, week_start)
    return period_start(kind, period_end(base, base_start), week_start)


def parse_period(kind: PeriodKind, text: str, week_start: int) -> date:
    """Read the start of a period from what a person or a machine wrote.

    Takes the first day as YYYY-MM-DD, for months also YYYY-MM, and for weeks that start on Monday
    also the week number of ISO 8601, YYYY-Www. Anything else raises PeriodError; a date inside a
    period is refused too, with the start that was probably meant.
    """
    _check_kind(kind)
    _check_week_start(week_start)
    shown = ascii(text[:20])  # ascii: a lone surrogate in the message would break the answer
    if match := _DATE.fullmatch(text):
        year, month, day = map(int, match.groups())
        check_year(year)
        try:
            read = date(year, month, day)
        except ValueError:
            raise PeriodError(f"{shown} is not a date of the calendar.") from None
        _check_start(kind, read, week_start)
        return read
    if kind == MONTH and (match := _MONTH.fullmatch(text)):
        year, month = map(int, match.groups())
        check_year(year)
        if not 1 <= month <= 12:
            raise PeriodError(f"{shown} is not a month: a year has months 01 to 12.")
        return date(year, month, 1)
    if kind == WEEK and (match := _ISO_WEEK.fullmatch(text)):
        if week_start != 0:
            raise PeriodError(
                f"{shown} is a week that starts on Monday, and weeks here do not: "
                "write the first day of the week as YYYY-MM-DD."
            )
        year, week = map(int, match.groups())
        check_year(year)
        try:
            return within_years(date.fromisocalendar(year, week, 1))
        except ValueError:
            raise PeriodError(f"{shown} is not a week: {year} has no week {week}.") from None
    raise PeriodError(f"{shown} is not a {kind}: write {_how_to_write(kind, week_start)}.")


def label(kind: PeriodKind, start: date, with_year: bool = False) -> str:
    """Return a short name: "16 Nov" or "16 Nov 2026" for a day or week, "Nov 2026" for a month."""
    month = MONTH_NAMES[start.month - 1]
    if kind == MONTH:
        return f"{month} {start.year}"
    return f"{start.day} {month} {start.year}" if with_year else f"{start.day} {month}"


def long_day(day: date) -> str:
    """Return the day as it stands in a sentence: "4 December"."""
    return f"{day.day} {LONG_MONTH_NAMES[day.month - 1]}"


def _days(kind: PeriodKind) -> int:
    """Return the length in days of a kind that has one."""
    return 7 if kind == WEEK else 1


def _how_to_write(kind: PeriodKind, week_start: int) -> str:
    if kind == MONTH:
        return "YYYY-MM, or its first day as YYYY-MM-DD"
    if kind == WEEK:
        number = ", or its number as YYYY-Www" if week_start == 0 else ""
        return f"its first day as YYYY-MM-DD{number}"
    return "YYYY-MM-DD"


def _out_of_reach(what: str) -> str:
    return f"{what} is in the far past or future: years run from {FIRST_YEAR} to {LAST_YEAR}."


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise PeriodError(f"{kind!a} is not a kind of period: day, week or month.")


def _check_week_start(week_start: int) -> None:
    if not 0 <= week_start <= 6:
        raise PeriodError("A week starts on a day from 0 (Monday) to 6 (Sunday).")


def _check_order(kind: PeriodKind, base: PeriodKind) -> None:
    _check_kind(kind)
    _check_kind(base)
    if KINDS.index(base) > KINDS.index(kind):
        raise PeriodError(f"A {kind} is not made up of {base}s.")


def _check_start(kind: PeriodKind, day: date, week_start: int) -> None:
    start = period_start(kind, day, week_start)
    if day != start:
        raise PeriodError(f"{day} is not the start of a {kind}: its {kind} starts on {start}.")
