"""How a review is run: its parts and their minutes, what comes first, when it is held. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cadence.calendar.periods import MONTH, WEEK, PeriodKind, period_end, period_start, shift
from cadence.calendar.workdays import end_of_day

# A person can open a review this long before it starts.
EARLY = timedelta(hours=24)
# An owner is silent after this many whole periods without a reading or a check-in.
SILENT_PERIODS = 2


@dataclass(frozen=True)
class Part:
    """One part of a review: its name for programs, its title, and its share of the hour."""

    name: str
    title: str
    weight: int


WEEKLY = (
    Part("follow_through", "Commitments and verdicts", 5),
    Part("scorecard", "Scorecard", 5),
    Part("ownership", "Without an owner", 3),
    Part("breaches", "Below threshold", 14),
    Part("read_back", "Read-back", 2),
    Part("close", "Close", 1),
)
MONTHLY = (
    Part("follow_through", "Decisions and their verdicts", 10),
    Part("scorecard", "Outcomes against inputs", 15),
    Part("ownership", "Ownership", 5),
    Part("escalations", "Escalated", 10),
    Part("breaches", "Below threshold", 15),
    Part("read_back", "Read-back", 3),
    Part("close", "Close", 2),
)
PARTS = {"weekly": WEEKLY, "monthly": MONTHLY}


def planned_minutes(parts: Sequence[Part], minutes: int) -> list[int]:
    """Whole minutes for each part, by largest remainder: they add up to those of the review."""
    total = sum(part.weight for part in parts)
    exact = [divmod(part.weight * minutes, total) for part in parts]
    found = [whole for whole, _ in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: -exact[i][1])
    for i in by_remainder[: minutes - sum(found)]:
        found[i] += 1
    return found


def badness(
    level: int, value: Decimal | None, limit: Decimal | None, undecided_since: datetime
) -> tuple[int, bool, Decimal, datetime]:
    """A key that sorts breaches worst first: what moved furthest up, then what is furthest beyond
    its limit in parts of the limit (a missing value after every measured one), then the oldest."""
    if value is None or limit is None:
        return -level, True, Decimal(0), undecided_since
    distance = abs(value - limit)
    return -level, False, -(distance / abs(limit) if limit else distance), undecided_since


def period_of(kind: str, day: date, week_start: int) -> tuple[date, date]:
    """First and last day of the week or month in which a review of this kind may be moved."""
    per: PeriodKind = WEEK if kind == "weekly" else MONTH
    start = period_start(per, day, week_start)
    return start, period_end(per, start)


def hold_by(
    kind: str, starts_at: datetime, following: datetime | None, zone: ZoneInfo, week_start: int
) -> datetime:
    """When a review is over that nobody held: the next one starts, or its week or month ends
    where the rule gives no next one within sight."""
    if following is not None:
        return following
    _, last = period_of(kind, starts_at.astimezone(zone).date(), week_start)
    return end_of_day(last, zone)


def silence_begins(per: PeriodKind, today: date, week_start: int) -> date:
    """The first of the last two whole periods: nothing heard since before it is silence.

    Days count as weeks: an owner writes once a week, also where a machine reads every day.
    """
    kind: PeriodKind = MONTH if per == MONTH else WEEK
    return shift(kind, period_start(kind, today, week_start), -SILENT_PERIODS)
