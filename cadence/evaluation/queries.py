"""What waits for one person, across breaches, decisions and ownership."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_its_metric
from cadence.decisions.models import Decision, Verdict
from cadence.decisions.queries import awaiting_approval, may_approve
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.ownership.models import Ownership
from cadence.ownership.queries import owners_of
from cadence.permissions import Act, may


def acting_teams(member: Membership, tree: Tree) -> set[int]:
    """Ids of the teams whose work the member answers for while nobody owns it."""
    return {
        team for team in tree.teams if (lead := tree.acting_owner(team)) and lead.pk == member.pk
    }


def work_of(member: Membership, tree: Tree) -> InitiativeQuerySet:
    """Initiatives going on for which the member answers: as owner, or as acting owner."""
    current = Ownership.objects.current().filter(initiative=OuterRef("pk"))
    return Initiative.objects.going().filter(
        Exists(current.filter(owner=member))
        | (Q(team__in=acting_teams(member, tree)) & ~Exists(current)),
        organization=member.organization_id,
    )


def recordable(member: Membership) -> InitiativeQuerySet:
    """Initiatives going on whose readings the member may record."""
    rows = Initiative.objects.going().filter(organization=member.organization_id)
    work = list(rows.order_by("pk").values_list("pk", "team"))
    owners = owners_of(key for key, _ in work)
    allowed = [
        key
        for key, team in work
        if may(
            member,
            Act.RECORD_READINGS,
            team=team,
            owner=owners[key].pk if key in owners else None,
        )
    ]
    return rows.filter(pk__in=allowed)


def to_decide(member: Membership, tree: Tree) -> list[Breach]:
    """Undecided breaches that wait for the member, the earliest due first.

    Those that name them, and those of orphaned work for which they act, unless these have gone
    up the escalation path already.
    """
    current = Ownership.objects.current().filter(initiative=OuterRef("metric__initiative"))
    acting = Q(metric__initiative__team__in=acting_teams(member, tree), level=0) & ~Exists(current)
    rows = Breach.objects.undecided().filter(organization=member.organization_id)
    return list(
        with_its_metric(rows.filter(Q(answerable=member) | acting)).order_by("due_at", "pk")
    )


def to_acknowledge(member: Membership) -> list[Verdict]:
    """Verdicts that nobody has acknowledged, on what the member decided or now answers for."""
    owned = Ownership.objects.current().filter(owner=member)
    mine = Q(decision__decided_by=member) | Q(
        decision__breaches__metric__initiative__ownerships__in=owned
    )
    rows = Verdict.objects.filter(
        mine, organization=member.organization_id, acknowledged_at__isnull=True
    )
    return list(
        rows.select_related("decision")
        .prefetch_related("decision__breaches__metric__initiative")
        .distinct()
        .order_by("given_at", "pk")
    )


def to_approve(member: Membership) -> list[Decision]:
    """Decisions that wait for an approval which the member may give."""
    waiting = awaiting_approval(member.organization_id)
    return [decision for decision in waiting if may_approve(member, decision)]
