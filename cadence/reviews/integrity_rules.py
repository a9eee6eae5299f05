"""Whether a rhythm is kept: what became of each time it came round, and the counts. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo


class Span(StrEnum):
    """How far back is looked; the days before it are not asked about."""

    TWELVE_WEEKS = "12-weeks"
    SIX_MONTHS = "6-months"
    YEAR = "year"

    @property
    def words(self) -> str:
        return {"12-weeks": "12 weeks", "6-months": "6 months", "year": "a year"}[self.value]

    def since(self, today: date) -> date:
        """The first day of the span; where a month is too short, its last day."""
        if self is Span.TWELVE_WEEKS:
            return today - timedelta(weeks=12)
        month = today.year * 12 + today.month - 1 - (6 if self is Span.SIX_MONTHS else 12)
        year, month = month // 12, month % 12 + 1
        return date(year, month, min(today.day, monthrange(year, month)[1]))


class Outcome(StrEnum):
    """What became of one time that a series came round. One of them, never two."""

    ON_TIME = "on_time"
    MOVED = "moved"
    LATE = "late"
    MISSED = "missed"
    SKIPPED = "skipped"

    @property
    def words(self) -> str:
        return {
            "on_time": "held on time",
            "moved": "held, moved",
            "late": "held late",
            "missed": "missed",
            "skipped": "skipped for a holiday",
        }[self.value]

    @property
    def definition(self) -> str:
        return {
            "on_time": "Closed by the end of the day it was planned for, and not rescheduled.",
            "moved": "Rescheduled with a reason, and closed, whenever that was.",
            "late": "Not rescheduled, and closed after the day it was planned for; or held, and "
            "still open though the next one has begun.",
            "missed": "Not held before the next one began, also where it had been rescheduled.",
            "skipped": "Its date was a holiday, so it did not take place; it does not count.",
        }[self.value]


def outcome_of(
    *,
    starts_at: datetime,
    minutes: int,
    hold_by: datetime,
    moved: bool,
    closed_at: datetime | None,
    missed: bool,
    opened: bool,
    at: datetime,
    zone: ZoneInfo,
) -> Outcome | None:
    """What became of a review; None while that is open: it is to come, or there still is time."""
    if missed:
        return Outcome.MISSED
    if closed_at is None:
        if hold_by > at:
            return None
        # The tick marks as missed what nobody held. What it left open was held.
        return Outcome.LATE if opened else Outcome.MISSED
    if moved:
        return Outcome.MOVED
    # The day on which it was planned to end: one that begins before midnight may end after it.
    ends = starts_at + timedelta(minutes=minutes)
    on_day = closed_at.astimezone(zone).date() <= ends.astimezone(zone).date()
    return Outcome.ON_TIME if on_day else Outcome.LATE


@dataclass(frozen=True)
class Meeting:
    """One time that a series came round. ``review`` is its id, None where it was skipped."""

    occurs_on: date
    outcome: Outcome
    review: int | None = None
    moved_reason: str = ""
    closed: bool = False
    # Things on its agenda; breaches in its minutes, those decided by then, those decided in it.
    agenda: int = 0
    breaches: int = 0
    decided: int = 0
    decided_in_it: int = 0
    # Decisions, commitments, acknowledged verdicts, hand-overs and thresholds recorded in it.
    changes: int = 0

    @property
    def with_every_decision(self) -> bool:
        return self.closed and self.decided == self.breaches

    @property
    def changed_nothing(self) -> bool:
        return self.closed and not self.changes


@dataclass(frozen=True)
class Tally:
    """Counts over the meetings of a span. ``come`` is all of them but those skipped."""

    come: int
    on_time: int
    late: int
    moved: int
    missed: int
    skipped: int
    closed: int
    with_every_decision: int
    breaches: int
    decided_in_it: int
    changed_nothing: int
    # Of those that changed nothing: there was nothing to change.
    nothing_on_agenda: int

    @property
    def worst_first(self) -> tuple[bool, Fraction, Fraction]:
        """A key that sorts what is missed most first, then what is least often on time; what has
        not come round yet stands last."""
        if not self.come:
            return True, Fraction(0), Fraction(0)
        return False, -Fraction(self.missed, self.come), Fraction(self.on_time, self.come)


def tally(meetings: Sequence[Meeting]) -> Tally:
    counts = dict.fromkeys(Outcome, 0)
    for meeting in meetings:
        counts[meeting.outcome] += 1
    idle = [meeting for meeting in meetings if meeting.changed_nothing]
    return Tally(
        come=len(meetings) - counts[Outcome.SKIPPED],
        on_time=counts[Outcome.ON_TIME],
        late=counts[Outcome.LATE],
        moved=counts[Outcome.MOVED],
        missed=counts[Outcome.MISSED],
        skipped=counts[Outcome.SKIPPED],
        closed=sum(meeting.closed for meeting in meetings),
        with_every_decision=sum(meeting.with_every_decision for meeting in meetings),
        breaches=sum(meeting.breaches for meeting in meetings),
        decided_in_it=sum(meeting.decided_in_it for meeting in meetings),
        changed_nothing=len(idle),
        nothing_on_agenda=sum(not meeting.agenda for meeting in idle),
    )
