"""What waits for one person, across breaches, decisions and ownership."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from accounts.tree import Tree
from cadence.decisions.models import Decision, Verdict
from cadence.decisions.queries import awaiting_approval, stands_above
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
    """Decisions that wait for an approval which the member may give.

    The judgement is that of `may_approve`, which acts ask for one decision. As many queries for
    many decisions as for one.
    """
    waiting = [
        decision
        for decision in awaiting_approval(member.organization_id)
        if member.pk not in {decision.decided_by_id, decision.recorded_by_id}
    ]
    work = {
        decision.pk: {b.metric.initiative_id: b.metric.initiative for b in decision.breaches.all()}
        for decision in waiting
    }
    owners = owners_of(key for about in work.values() for key in about)
    tree = Tree(member.organization)
    return [
        decision
        for decision in waiting
        if all(
            stands_above(member, one, owners.get(key) or tree.acting_owner(one.team_id), tree)
            for key, one in work[decision.pk].items()
        )
    ]
