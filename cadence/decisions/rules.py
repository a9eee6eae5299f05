"""When a decision is checked, and what the readings say of it. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from cadence.calendar.periods import PeriodKind, last_ended, period_end, period_start, shift

# PRODUCT rule 12: a check date lies at most six periods ahead.
PERIODS_AHEAD = 6


def checked_period(kind: PeriodKind, check_on: date, week_start: int) -> date:
    """The start of the latest period that has ended by the end of the check date."""
    return last_ended(kind, check_on + timedelta(days=1), week_start)


def first_check(kind: PeriodKind, today: date, week_start: int) -> date:
    """The earliest check date that says something: the end of the period that runs today."""
    return period_end(kind, period_start(kind, today, week_start))


def last_check(kind: PeriodKind, today: date, week_start: int) -> date:
    """The latest check date: the end of the sixth period after the one that runs today."""
    running = period_start(kind, today, week_start)
    return period_end(kind, shift(kind, running, PERIODS_AHEAD))


def verdict(results: Sequence[str | None], *, grace_is_over: bool) -> str | None:
    """The verdict from the result of each metric's checked period; None while it has to wait.

    One metric still beyond its threshold is enough for ``did_not_work``; a metric without a
    judgement makes it wait until the grace is over, then it is ``not_enough_readings``.
    """
    if any(result in {"below", "above"} for result in results):
        return "did_not_work"
    if results and all(result == "inside" for result in results):
        return "worked"
    return "not_enough_readings" if grace_is_over else None
