"""When an initiative is orphaned, why, and since when. Pure: spans of ownership in, reasons out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why nobody answers, or not the one who should; the label is the words for people."""

    label: str

    def __new__(cls, value: str, label: str) -> "Reason":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    OWNER_LEFT = "owner_left", "The owner left"
    NEVER_OFFERED = "never_offered", "Nobody was asked"
    NOT_ACCEPTED = "not_accepted", "Offered, not accepted yet"
    DECLINED = "declined", "The offer was declined"
    LAPSED = "lapsed", "The offer was not answered in time"
    SILENT = "silent", "The owner has been silent for two periods"
    ON_LEAVE = "on_leave", "The owner is on leave and nobody stands in"


@dataclass(frozen=True)
class Span:
    """One ownership: when it was offered, due, accepted, ended, and how it ended (a word of
    ``models.Ending``; empty while it has not)."""

    offered_at: datetime
    due_at: datetime
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    ending: str = ""


def orphaned_by(
    spans: Sequence[Span],
    *,
    since: datetime,
    at: datetime,
    silent: datetime | None = None,
    away: datetime | None = None,
) -> list[tuple[Reason, datetime]]:
    """The reasons for which an initiative is orphaned and since when each holds, oldest first.

    ``spans`` are in the order in which they were offered, ``since`` is when the initiative began
    to need an owner, ``silent`` since when a current owner has been silent, ``away`` since when a
    current owner is on leave and nobody stands in. Empty when it is not orphaned.
    """
    if any(span.accepted_at is not None and span.ended_at is None for span in spans):
        owned = [(Reason.SILENT, silent), (Reason.ON_LEAVE, away)]
        held = [(reason, moment) for reason, moment in owned if moment is not None]
        return sorted(held, key=lambda pair: pair[1])
    found: list[tuple[Reason, datetime]] = []
    ended = [span.ended_at for span in spans if span.accepted_at and span.ended_at]
    if ended:
        since = max(ended)
        found.append((Reason.OWNER_LEFT, since))
    for span in spans:
        reason = _answer(span, at)
        moment = span.ended_at or (span.due_at if reason == Reason.LAPSED else span.offered_at)
        # What came of offers before the last owner accepted is history.
        if reason is not None and (not ended or moment >= since):
            found = [(known, when) for known, when in found if known != reason]
            found.append((reason, moment))
    return sorted(found, key=lambda pair: pair[1]) or [(Reason.NEVER_OFFERED, since)]


def _answer(span: Span, at: datetime) -> Reason | None:
    """What came of an offer that was not accepted."""
    if span.accepted_at is not None:
        return None
    if span.ended_at is None:
        return Reason.NOT_ACCEPTED if at <= span.due_at else Reason.LAPSED
    return {"declined": Reason.DECLINED, "lapsed": Reason.LAPSED}.get(span.ending)


# The most days that one leave takes, both ends included, and that somebody answers in the interim.
LONGEST_LEAVE = 366
LONGEST_INTERIM = 92


class LeaveEnding(StrEnum):
    """Why a leave ended, as its entry says: who left for good is not back."""

    OVER = "over"
    BACK_EARLY = "back_early"
    CANCELLED = "cancelled"
    LEFT = "left"


@dataclass(frozen=True)
class Turn:
    """What is due for a leave: that it begins, that it ends, or both when nobody looked."""

    begins: bool
    ends: bool


def turn_of(*, starts_on: date, ends_on: date, began: bool, today: date) -> Turn:
    """A leave begins on its first day and ends when its last one is over."""
    return Turn(begins=not began and starts_on <= today, ends=ends_on < today)


def wrong_days(starts_on: date, ends_on: date, today: date) -> tuple[str, str] | None:
    """Why nobody is on leave on these days, as the field and a sentence; None when they may be."""
    if ends_on < starts_on:
        return "ends_on", "The last day is not before the first one."
    if ends_on < today:
        return "ends_on", "These days have passed."
    if (ends_on - starts_on).days >= LONGEST_LEAVE:
        return "ends_on", f"A leave takes at most {LONGEST_LEAVE} days."
    return None
