"""Spans of days that figures are summed up over: weeks, months, and what has passed of one.

A week is any seven days, named by its last one. The same week of the year before lies 364 days
back, so that it has the same weekdays; a month, and a span to date, is compared with the same
calendar days a year earlier. A fiscal year ends with a month, 1 to 12.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from cadence.calendar.periods import MONTH_NAMES

SpanKind = Literal["week", "month", "to_date"]

WEEKS_SHOWN: Final = 6
MONTHS_SHOWN: Final = 12
WEEK: Final = timedelta(days=7)
YEAR_OF_WEEKS: Final = timedelta(days=364)
DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """A week, a month or the days of one up to now (``to_date``), both ends included."""

    kind: SpanKind
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def year_before(self) -> "Span":
        """The span that it is compared with. A month a year before is a whole one, and 28 February
        is the day before 29 February."""
        if self.kind == "week":
            return Span(self.kind, self.first - YEAR_OF_WEEKS, self.last - YEAR_OF_WEEKS)
        first, last = _same_day(self.first), _same_day(self.last)
        return Span(self.kind, first, month_end(first) if self.kind == "month" else last)

    def before(self) -> "Span | None":
        """The week before a week, the month before a month; nothing before a span to date."""
        if self.kind == "week":
            return Span(self.kind, self.first - WEEK, self.last - WEEK)
        if self.kind == "month":
            return month_of(self.first - DAY)
        return None


def week_ending(last: date) -> Span:
    return Span("week", last - timedelta(days=6), last)


def month_of(day: date) -> Span:
    return Span("month", day.replace(day=1), month_end(day))


def weeks_until(last: date, n: int = WEEKS_SHOWN) -> list[Span]:
    """The n weeks up to the one that ends on the day, oldest first."""
    return [week_ending(last - WEEK * back) for back in range(n - 1, -1, -1)]


def months_until(day: date, n: int = MONTHS_SHOWN) -> list[Span]:
    """The n months up to the last one that had ended with the day, oldest first."""
    after = (day + DAY).replace(day=1)
    return [month_of(months_on(after, step)) for step in range(-n, 0)]


def months_of_year(day: date, fiscal_year_ends: int) -> list[Span]:
    """The twelve months of the fiscal year that the day lies in, also those to come."""
    first = fiscal_year_start(day, fiscal_year_ends)
    return [month_of(months_on(first, step)) for step in range(MONTHS_SHOWN)]


def to_date(day: date, fiscal_year_ends: int) -> list[Span]:
    """Month, fiscal quarter and fiscal year up to the day, itself included."""
    starts = (
        day.replace(day=1),
        quarter_start(day, fiscal_year_ends),
        fiscal_year_start(day, fiscal_year_ends),
    )
    return [Span("to_date", start, day) for start in starts]


def fiscal_year_start(day: date, fiscal_year_ends: int) -> date:
    """The first day of the fiscal year that the day lies in."""
    return months_on(day.replace(day=1), -((day.month - fiscal_year_ends - 1) % 12))


def quarter_start(day: date, fiscal_year_ends: int) -> date:
    """The first day of the fiscal quarter that the day lies in."""
    return months_on(day.replace(day=1), -((day.month - fiscal_year_ends - 1) % 3))


def months_on(first: date, step: int) -> date:
    """The first of the month so many months later, or earlier."""
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return date(year, month + 1, 1)


def month_end(day: date) -> date:
    """The last day of the month that the day lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_labels(months: Sequence[Span]) -> list[str]:
    return [MONTH_NAMES[month.first.month - 1] for month in months]


def _same_day(day: date) -> date:
    """The day a year earlier; for 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
