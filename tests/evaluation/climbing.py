"""Moments, ways up and things that are overdue, for the tests of what climbs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Membership
from cadence.decisions.models import Commitment
from cadence.escalations.models import Escalation
from cadence.evaluation.escalating import escalate_overdue
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ending, Ownership
from cadence.reviews.models import Review
from tests.cast import AT, Cast

SECOND = timedelta(seconds=1)


def evening(day: str) -> datetime:
    """The last second of a winter day in Berlin."""
    return datetime.fromisoformat(f"{day}T22:59:59").replace(tzinfo=UTC)


# Fridays, five working days apart.
DUE = evening("2026-11-20")
NEXT, AFTER, LAST = evening("2026-11-27"), evening("2026-12-04"), evening("2026-12-11")


def climb(cast: Cast, at: datetime) -> int:
    return escalate_overdue(at=at, organization=cast.acme)


def way(thing: Any) -> list[tuple[int, str, str, str]]:
    """Level, cause and names of every step."""
    return [
        (
            one.level,
            one.because,
            one.from_person.name if one.from_person else "",
            one.to_person.name,
        )
        for one in Escalation.objects.filter(**{thing._meta.model_name: thing})
    ]


def leaves(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(ended_at=AT)


def paused(cast: Cast) -> None:
    Initiative.objects.filter(pk=cast.pipeline.pk).update(paused_at=AT)


def ended(cast: Cast) -> None:
    facts = {"ended_at": AT, "ended_as": "stopped", "ended_reason": "Over."}
    Initiative.objects.filter(pk=cast.pipeline.pk).update(**facts)


def commitment(cast: Cast, **facts: Any) -> Commitment:
    return Commitment.objects.create(
        **{
            "organization": cast.acme,
            "initiative": cast.pipeline,
            "text": "Call the ten oldest leads.",
            "person": cast.nils,
            "due_on": date(2026, 11, 20),
            "due_at": DUE,
            "created_by": cast.olu,
            "created_at": AT,
            **facts,
        }
    )


def left(cast: Cast) -> Ownership:
    """Olu left, and nobody owns the work."""
    ownership = cast.ownership
    ownership.ended_at, ownership.ending, ownership.reason = AT, Ending.LEFT, "Olu left."
    ownership.successor_due_at = DUE
    ownership.save()
    leaves(cast.olu)
    return ownership


def missed(cast: Cast, **facts: Any) -> Review:
    return cast.planned_review(missed_at=AT, due_at=DUE, **facts)


# Breaches
