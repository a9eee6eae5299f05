"""What waits for one person, across breaches, decisions and ownership."""

from collections.abc import Container

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.queries import with_work
from cadence.decisions.models import Decision, Verdict
from cadence.decisions.queries import approvable_by
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.ownership.models import Leave, Ownership
from cadence.ownership.queries import absent_from, acted_for, acting_for, answers_for, owners_of
from cadence.permissions import Act, may


def acting_teams(member: Membership, tree: Tree, away: Container[int] = ()) -> set[int]:
    """Ids of the teams whose work the member answers for while nobody owns it. Those who are
    ``away``, by their ids, are passed over."""
    leads = {team: tree.acting_owner(team, away) for team in tree.teams}
    return {team for team, lead in leads.items() if lead is not None and lead.pk == member.pk}


def work_of(member: Membership, tree: Tree) -> InitiativeQuerySet:
    """Initiatives going on for which the member answers: as owner, also one on leave, as stand-in,
    as interim owner, or as the acting lead. A constant number of queries."""
    rows = Initiative.objects.going().filter(organization=member.organization_id)
    current = Ownership.objects.current().filter(initiative=OuterRef("pk"))
    away = Leave.objects.under_way().filter(organization=member.organization_id)
    nobodys = ~Exists(current) | Exists(current.filter(owner__in=away.values("member")))
    teams = acting_teams(member, tree, absent_from(member.organization_id))
    led = answers_for(rows.filter(nobodys, team__in=teams), tree)
    acting = [key for key, answers in led.items() if answers.member == member]
    return rows.filter(
        Exists(current.filter(owner=member)) | Q(pk__in=[*acting, *acted_for(member)])
    )


def recordable(member: Membership) -> InitiativeQuerySet:
    """Initiatives going on whose readings the member may record."""
    rows = Initiative.objects.going().filter(organization=member.organization_id)
    work = list(rows.order_by("pk").values_list("pk", "team"))
    owners = {key: owner.pk for key, owner in owners_of(key for key, _ in work).items()}
    acting = acting_for((key for key, _ in work), owners)
    allowed = [
        key
        for key, team in work
        if may(
            member,
            Act.RECORD_READINGS,
            team=team,
            owner=owners.get(key),
            acting=acting.get(key),
        )
    ]
    return rows.filter(pk__in=allowed)


def to_acknowledge(member: Membership) -> list[Verdict]:
    """Verdicts that nobody has acknowledged, on what the member decided or now answers for, and
    those that went up to them."""
    owned = Ownership.objects.current().filter(owner=member).values("initiative")
    initiative = "decision__breaches__metric__initiative__in"
    mine = (
        Q(decision__decided_by=member)
        | Q(escalated_to=member)
        | Q(**{initiative: owned})
        | Q(**{initiative: acted_for(member)})
    )
    rows = Verdict.objects.filter(
        mine, organization=member.organization_id, acknowledged_at__isnull=True
    )
    return list(
        rows.select_related("decision")
        .prefetch_related(with_work("decision__breaches"))
        .distinct()
        .order_by("given_at", "pk")
    )


def to_approve(member: Membership) -> list[Decision]:
    """Decisions that wait for an approval which the member may give."""
    return approvable_by(member)
