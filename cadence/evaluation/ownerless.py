"""Orphans with what hangs on them: their breaches, the last decision, and where they escalated."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.escalations.models import Escalation
from cadence.initiatives.models import Initiative
from cadence.ownership.orphans import Orphan, orphans
from cadence.reviews.queries import silent_owners


@dataclass(frozen=True)
class Ownerless:
    """One orphan and what is at stake: ``escalation`` is the last step of finding an owner."""

    orphan: Orphan
    breaches: list[Breach]
    decision: Decision | None
    escalation: Escalation | None

    @property
    def initiative(self) -> Initiative:
        return self.orphan.initiative

    @property
    def escalated_to(self) -> Membership | None:
        return self.escalation.to_person if self.escalation else self.orphan.escalated_to


@dataclass(frozen=True)
class Totals:
    """What a list of orphans comes to."""

    orphans: int
    budget: Decimal
    unsaid: int
    waiting: int
    breaches: int


def find_orphans(
    organization: Organization,
    at: datetime,
    *,
    teams: Collection[int] | None = None,
    reason: str = "",
    sort: str = "since",
) -> list[Orphan]:
    """Those of these teams and for this reason, longest orphaned first, or most at stake first."""
    silent = silent_owners(organization, at, teams=teams)
    found = orphans(organization, at, team_ids=teams, silent=silent)
    if reason:
        found = [one for one in found if reason in one.reasons]
    if sort == "at_stake":
        # What nobody has said a number for comes last, not between the small ones.
        found.sort(key=lambda one: (one.at_stake is None, -(one.at_stake or 0)))
    return found


def totals_of(found: Sequence[Orphan]) -> Totals:
    keys = [one.initiative.pk for one in found]
    budgets = [one.at_stake for one in found if one.at_stake is not None]
    return Totals(
        orphans=len(found),
        budget=sum(budgets, Decimal(0)),
        unsaid=len(found) - len(budgets),
        waiting=sum(one.pending is None and one.interim is None for one in found),
        breaches=Breach.objects.undecided().filter(metric__initiative__in=keys).count(),
    )


def with_stakes(found: Sequence[Orphan]) -> list[Ownerless]:
    """These with what hangs on them, in their order. As many queries for many as for one."""
    keys = [one.initiative.pk for one in found]
    breaches: dict[int, list[Breach]] = {}
    undecided = Breach.objects.undecided().filter(metric__initiative__in=keys)
    for breach in undecided.select_related("metric", "decision").order_by("due_at", "pk"):
        breaches.setdefault(breach.metric.initiative_id, []).append(breach)
    decisions = _last_decisions(keys)
    steps = _last_steps([one.previous.pk for one in found if one.previous])
    return [
        Ownerless(
            orphan=one,
            breaches=breaches.get(one.initiative.pk, []),
            decision=decisions.get(one.initiative.pk),
            escalation=steps.get(one.previous.pk) if one.previous else None,
        )
        for one in found
    ]


def _last_decisions(initiatives: Sequence[int]) -> dict[int, Decision]:
    """The last decision about each of these, by its id."""
    about = Decision.objects.filter(breaches__metric__initiative=OuterRef("pk"))
    last = Subquery(about.order_by("-decided_at", "-number").values("pk")[:1])
    rows = Initiative.objects.filter(pk__in=initiatives).annotate(last=last)
    pairs = [(key, found) for key, found in rows.values_list("pk", "last") if found is not None]
    # One decision may be about breaches of several initiatives.
    known = Decision.objects.select_related("decided_by").in_bulk([found for _, found in pairs])
    return {key: known[found] for key, found in pairs}


def _last_steps(ownerships: Sequence[int]) -> dict[int, Escalation]:
    rows = Escalation.objects.filter(ownership__in=ownerships).select_related("to_person")
    return {step.ownership_id: step for step in rows.order_by("at", "pk") if step.ownership_id}
