from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ownership, OwnershipQuerySet
from cadence.ownership.rules import Reason, Span, orphaned_by


class Standing(TypedDict):
    """What permissions are asked with: the team of the work and who owns it."""

    team: int | None
    owner: int | None


@dataclass(frozen=True)
class Answerable:
    """Who answers for an initiative. Acting: the lead, until somebody accepts. None only where no
    team up to the root has a lead and the organization has no executive."""

    member: Membership | None
    acting: bool


@dataclass(frozen=True)
class Orphan:
    """An initiative without an owner who answers: why, since when, and who acts meanwhile."""

    initiative: Initiative
    reasons: tuple[Reason, ...]
    since: datetime
    acting: Membership | None
    pending: Ownership | None
    previous: Ownership | None
    at_stake: Decimal | None


def standing(initiative: Initiative) -> Standing:
    owner = (
        Ownership.objects.current().filter(initiative=initiative).values_list("owner", flat=True)
    )
    return {"team": initiative.team_id, "owner": owner.first()}


def owner_of(initiative: Initiative) -> Membership | None:
    """Who accepted to answer for the initiative, or None."""
    return owners_of([initiative.pk]).get(initiative.pk)


def owners_of(initiatives: Iterable[int]) -> dict[int, Membership]:
    """The current owner of each initiative that has one, by the id of the initiative."""
    rows = Ownership.objects.current().filter(initiative__in=list(initiatives))
    return {row.initiative_id: row.owner for row in rows.select_related("owner")}


def answers_for(initiatives: Iterable[Initiative]) -> dict[int, Answerable]:
    """Who answers for each initiative, by its id: the owner, or else the acting one.

    All initiatives of one organization cost as many queries as one of them.
    """
    wanted = list(initiatives)
    owners = owners_of([initiative.pk for initiative in wanted])
    trees: dict[int, Tree] = {}
    found = {}
    for initiative in wanted:
        owner = owners.get(initiative.pk)
        if owner is None:
            key = initiative.organization_id
            tree = trees.setdefault(key, Tree(initiative.organization))
            found[initiative.pk] = Answerable(tree.acting_owner(initiative.team_id), acting=True)
        else:
            found[initiative.pk] = Answerable(owner, acting=False)
    return found


def orphans(
    organization: Organization,
    at: datetime,
    *,
    team_ids: Collection[int] | None = None,
    silent: Mapping[int, datetime] | None = None,
) -> list[Orphan]:
    """The orphaned among the active and paused initiatives, those longest so first.

    ``silent`` says of initiatives, by id, since when their owner has been silent. The number of
    queries does not grow with the rows.
    """
    rows = Initiative.objects.going().filter(organization=organization)
    rows = rows.select_related("team", "priority")
    if team_ids is not None:
        rows = rows.filter(team__in=team_ids)
    history: dict[int, list[Ownership]] = {}
    for ownership in Ownership.objects.filter(initiative__in=rows).select_related("owner"):
        history.setdefault(ownership.initiative_id, []).append(ownership)
    tree = Tree(organization)
    found = []
    for initiative in rows:
        record = history.get(initiative.pk, [])
        reasons = orphaned_by(
            [_span(ownership) for ownership in record],
            since=initiative.activated_at or initiative.created_at,
            at=at,
            silent=(silent or {}).get(initiative.pk),
        )
        if reasons:
            owned = [one for one in record if one.accepted_at is not None]
            found.append(
                Orphan(
                    initiative=initiative,
                    reasons=tuple(reason for reason, _ in reasons),
                    since=reasons[0][1],
                    acting=tree.acting_owner(initiative.team_id),
                    pending=next((one for one in record if _is_pending(one)), None),
                    previous=owned[-1] if owned else None,
                    at_stake=initiative.budget_at_stake,
                )
            )
    return sorted(found, key=lambda orphan: (orphan.since, orphan.initiative.pk))


def record_of(initiative: Initiative) -> OwnershipQuerySet:
    """Every ownership and offer there ever was, in the order of the offers."""
    rows = Ownership.objects.filter(initiative=initiative)
    return rows.select_related("owner", "offered_by").order_by("offered_at", "pk")


def owned_by(member: Membership) -> OwnershipQuerySet:
    """What the member answers for now."""
    rows = Ownership.objects.current().filter(owner=member)
    return rows.select_related("initiative__team", "initiative__priority")


def offered_to(member: Membership, at: datetime) -> OwnershipQuerySet:
    """The offers that wait for the member's answer, the most urgent first."""
    rows = Ownership.objects.pending().filter(owner=member, due_at__gte=at)
    return rows.select_related("initiative__team", "offered_by").order_by("due_at", "pk")


def _span(one: Ownership) -> Span:
    return Span(one.offered_at, one.due_at, one.accepted_at, one.ended_at, one.ending)


def _is_pending(one: Ownership) -> bool:
    return one.accepted_at is None and one.ended_at is None
