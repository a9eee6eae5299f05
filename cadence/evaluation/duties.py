"""Duties follow owners: who has to decide is who answers for the work now, and is still here."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Organization
from accounts.tree import Tree
from cadence.breaches.models import Breach, BreachQuerySet
from cadence.evaluation.breaching import Surroundings, lock_open_reviews
from cadence.ledger.actions import append
from cadence.ownership.queries import answers_for


@dataclass(frozen=True)
class Moved:
    """A duty to decide that is somebody else's now."""

    breach: Breach
    before: int | None


def follow_owners(*, at: datetime, organization: Organization) -> int:
    """Hand duties to decide on to who has them now, and count them. The system does this.

    A duty that has not gone up the escalation path is that of who answers for the work now. What
    becomes of one that has says `escalating`. It may run late, twice, or twice at once. A constant
    number of queries.
    """
    # Looked at without locks: mostly there is nothing to do.
    if not _move(Tree(organization), list(_duties(organization))):
        return 0
    with transaction.atomic():
        rows = _duties(organization).select_for_update(of=("self",), no_key=True)
        moved = _move(Tree(organization), list(rows))
        if moved:
            _write(Surroundings(organization, at), moved)
    return len(moved)


def _duties(organization: Organization) -> BreachQuerySet:
    rows = Breach.objects.undecided().filter(organization=organization, level=0)
    return (
        rows.filter(metric__initiative__ended_at__isnull=True)
        .select_related("metric__initiative")
        .order_by("pk")
    )


def _move(tree: Tree, breaches: list[Breach]) -> list[Moved]:
    """Set who is answerable on each breach, and give back those where it is another person."""
    if not breaches:
        return []
    work = {breach.metric.initiative_id: breach.metric.initiative for breach in breaches}
    answers = answers_for(work.values(), tree)
    moved = []
    for breach in breaches:
        person = answers[breach.metric.initiative_id].member
        key = person.pk if person else None
        if key != breach.answerable_id:
            moved.append(Moved(breach, breach.answerable_id))
            breach.answerable = person
    return moved


def _write(around: Surroundings, moved: list[Moved]) -> None:
    lock_open_reviews(around.organization)
    Breach.objects.bulk_update([one.breach for one in moved], ["answerable"], batch_size=500)
    append(
        organization=around.organization,
        event="duty.moved",
        actor=None,
        at=around.at,
        subject=around.organization,
        data={
            "duties": [
                {"breach": one.breach.pk, "from": one.before, "to": one.breach.answerable_id}
                for one in moved
            ]
        },
    )
