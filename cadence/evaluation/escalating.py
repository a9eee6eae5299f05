"""The clock that moves what is overdue up the escalation path, one step for each limit."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import Organization
from cadence.escalations.actions import Ladder, append_step, write_steps
from cadence.escalations.models import Escalation, EscalationKind
from cadence.evaluation.overdue import SOURCES, Key, Matter, matters, next_steps
from cadence.initiatives.models import Initiative
from cadence.reviews.actions import join_agenda
from cadence.reviews.models import Review


def escalate_overdue(*, at: datetime, organization: Organization) -> int:
    """Move everything whose time ran out one step up, and count the steps. The system does this.

    Breaches that nobody decided, verdicts that nobody acknowledged, commitments, owners to be
    found, and missed reviews. What went to somebody who left goes on at the same level. It may run
    late, twice, or twice at once: what has moved has a due moment ahead.
    """
    # Looked at without locks: mostly there is nothing to do.
    wanted = [one for kind in SOURCES for one in matters(kind, organization, at)]
    due = {matter.key: matter for matter, _ in next_steps(Ladder(organization, at), wanted)}
    return len(_escalate(organization, at, due)) if due else 0


@transaction.atomic
def _escalate(organization: Organization, at: datetime, due: dict[Key, Matter]) -> list[Escalation]:
    """Lock, look again, move. Initiatives first, so that none is paused or resumed meanwhile."""
    work = {one.work.pk for one in due.values() if isinstance(one.work, Initiative)}
    initiatives = Initiative.objects.select_for_update(no_key=True).filter(pk__in=work)
    list(initiatives.order_by("pk").values_list("pk", flat=True))
    keys = {kind: [key for one, key in due if one == kind] for kind in SOURCES}
    wanted = []
    for kind in SOURCES:
        if keys[kind]:
            if kind == EscalationKind.REVIEW:
                _lock_reviews(organization, keys[kind])
            wanted += matters(kind, organization, at, only=keys[kind], locked=True)
    found = next_steps(Ladder(organization, at), wanted)
    steps = [step for _, step in found]
    breaches = [step.breach for step in steps if step.breach is not None]
    if breaches:
        # Writing an undecided breach touches the open reviews.
        _lock_reviews(organization, keys[EscalationKind.REVIEW])
    write_steps(steps)
    join_agenda(at=at, breaches=[one for one in breaches if one.decision_id is None])
    for matter, step in found:
        append_step(step, matter.about)
    return steps


def _lock_reviews(organization: Organization, missed: list[int]) -> None:
    """Those that are open and those that move, all at once and by their id, like everybody."""
    open_ones = Q(opened_at__isnull=False, closed_at__isnull=True, missed_at__isnull=True)
    rows = Review.objects.select_for_update(no_key=True).filter(organization=organization)
    list(rows.filter(open_ones | Q(pk__in=missed)).order_by("pk").values_list("pk", flat=True))
