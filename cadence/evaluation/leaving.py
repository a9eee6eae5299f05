"""Somebody leaves: first what hangs on them, then who takes it on. Nothing is closed or hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db import transaction
from django.db.models import Count, F, Q

from accounts.models import ApiToken, CalendarLink, Membership, Role, Team
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.breaches.queries import to_decide
from cadence.decisions.models import Commitment, Decision, Verdict
from cadence.decisions.queries import open_commitments
from cadence.evaluation.queries import to_acknowledge, to_approve
from cadence.initiatives.models import Initiative
from cadence.inputs import Inputs
from cadence.ownership.leaves import stood_in_for
from cadence.ownership.leaving import (
    Successors,
    check_successors,
    end_work,
    locked_work,
    tell_left,
)
from cadence.ownership.models import Interim, Leave, Ownership
from cadence.people.checks import check_within
from cadence.people.leaving import check_can_part, check_leads, part, tell_parted
from cadence.people.queries import locked_member, locked_organization
from cadence.permissions import Act, require
from cadence.reviews.facilitation import hand_on, locked_series, reviews_to_run, tell_handed_on
from cadence.reviews.models import Review, ReviewSeries


@dataclass(frozen=True)
class Owned:
    """An initiative that a person owns, what waits in it, and who was asked to take it over."""

    initiative: Initiative
    since: datetime
    undecided: int
    at_stake: Decimal | None
    pending: Ownership | None
    # Who answers when it is orphaned.
    acting: Membership | None


@dataclass(frozen=True)
class Led:
    """A team that a person leads, and who acts when nobody is named: the next one up."""

    team: Team
    acting: Membership | None


@dataclass(frozen=True)
class Facilitated:
    """A series that a person facilitates, and who does when they leave."""

    series: ReviewSeries
    next: Membership | None


@dataclass(frozen=True)
class Departure:
    """Everything that hangs on a person."""

    member: Membership
    owned: list[Owned]
    offers: list[Ownership]
    led: list[Led]
    series: list[Facilitated]
    reviews: list[Review]
    breaches: list[Breach]
    approvals: list[Decision]
    verdicts: list[Verdict]
    commitments: list[Commitment]
    # Their own that are not over, those of others for whom they stand in, and what they hold in
    # the interim.
    leaves: list[Leave]
    stands_in: list[Leave]
    interims: list[Interim]
    tokens: list[ApiToken]
    calendar_links: list[CalendarLink]
    is_sponsor: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing hangs on them that somebody else would have to take on."""
        lists = (self.owned, self.offers, self.led, self.series, self.reviews, self.breaches)
        more = (self.approvals, self.verdicts, self.commitments, self.stands_in, self.interims)
        return not (any(lists) or any(more) or self.is_sponsor)


def departure(member: Membership, at: datetime) -> Departure:
    """What hangs on a person now. A constant number of queries."""
    tree = _Without(member)
    return Departure(
        member=member,
        owned=_owned(member, tree),
        offers=list(
            Ownership.objects.pending()
            .filter(owner=member)
            .select_related("initiative__team")
            .order_by("due_at", "pk")
        ),
        led=[
            Led(team, tree.next(team.pk))
            for team in tree.tree.teams.values()
            if team.lead_id == member.pk
        ],
        series=[
            Facilitated(one, tree.next(one.team_id))
            for one in ReviewSeries.objects.live()
            .filter(facilitator=member)
            .select_related("team")
            .order_by("name", "pk")
        ],
        reviews=list(
            reviews_to_run(member)
            .filter(Q(opened_at__isnull=False) | ~Q(series__facilitator=member))
            .select_related("series", "team")
            .order_by("starts_at", "pk")
        ),
        breaches=to_decide(member),
        approvals=to_approve(member),
        verdicts=to_acknowledge(member),
        commitments=open_commitments(member),
        leaves=list(member.leaves.filter(ended_at=None).select_related("stand_in")),
        stands_in=list(member.stands_in.filter(ended_at=None).select_related("member")),
        interims=list(member.interims.current().select_related("initiative__team")),
        tokens=list(member.api_tokens.filter(revoked_at=None, expires_at__gt=at)),
        calendar_links=list(member.calendar_links.filter(revoked_at=None).select_related("team")),
        is_sponsor=member.organization.sponsor_id == member.pk,
    )


@transaction.atomic
def deactivate_member(
    *,
    actor: Membership | None,
    at: datetime,
    member: Membership,
    reason: object,
    successors: Successors | None = None,
    leads: Mapping[int, Membership | None] | None = None,
    leave_orphaned: bool = True,
) -> Membership:
    """Somebody leaves. What they owned is offered to successors, who have to accept, or orphaned.

    ``successors`` are by the id of an initiative that the member owns, None where it is orphaned on
    purpose; without ``leave_orphaned`` each has to be there, unless an offer waits already.
    ``leads`` are by the id of a team that they lead; where there is none, the next one up acts.
    Problems are named by row: ``successors.12``, ``leads.3``. Conflicts: ``member_left``,
    ``last_administrator``, ``offers_refused``. Series and reviews that they facilitate pass to the
    lead of the team.
    """
    chosen, heads = dict(successors or {}), dict(leads or {})
    named = [one for one in (*chosen.values(), *heads.values()) if one is not None]
    check_within(member, *named)
    if actor is not None:
        check_within(actor, member)
    organization = locked_organization(member.organization_id)
    # In the order of their ids, each once; then the rows that are read below are as they are now.
    people = {one.pk: one for one in [member, *named, *stood_in_for(member)]}
    people = {key: locked_member(member, one) for key, one in sorted(people.items())}
    member = people[member.pk]
    require(actor, Act.ADMINISTER)
    chosen = {key: people[one.pk] if one else None for key, one in chosen.items()}
    heads = {key: people[one.pk] if one else None for key, one in heads.items()}
    series = locked_series(member)
    initiatives = locked_work(member)
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    check_successors(inputs, actor, member, chosen, leave_orphaned=leave_orphaned)
    check_leads(inputs, member, heads)
    inputs.done()
    check_can_part(organization, member)
    left = end_work(actor, at, member, chosen, initiatives)
    parted = part(at, organization, member, words, heads)
    handed = hand_on(member, series, Tree(organization))
    tell_parted(actor, at, parted)
    tell_left(actor, at, left)
    tell_handed_on(actor, at, handed)
    return member


def _owned(member: Membership, tree: "_Without") -> list[Owned]:
    rows = Ownership.objects.current().filter(owner=member)
    rows = rows.select_related("initiative__team", "initiative__priority")
    owned = list(rows.order_by("initiative__priority__rank", "initiative__name", "pk"))
    keys = [one.initiative_id for one in owned]
    pending = {
        one.initiative_id: one
        for one in Ownership.objects.pending().filter(initiative__in=keys).select_related("owner")
    }
    waiting = Breach.objects.undecided().filter(metric__initiative__in=keys).order_by()
    undecided = dict(waiting.values_list(F("metric__initiative")).annotate(Count("pk")))
    return [
        Owned(
            initiative=one.initiative,
            since=one.accepted_at or one.offered_at,
            undecided=undecided.get(one.initiative_id, 0),
            at_stake=one.initiative.budget_at_stake,
            pending=pending.get(one.initiative_id),
            acting=tree.next(one.initiative.team_id),
        )
        for one in owned
    ]


class _Without:
    """The team tree as it will be when this person has left."""

    def __init__(self, member: Membership) -> None:
        self.member, self.tree = member, Tree(member.organization)

    def next(self, team: int) -> Membership | None:
        """Who acts for a team then."""
        path = (one for one in self.tree.path(team) if one.pk != self.member.pk)
        return next(path, None) or self._executive

    @cached_property
    def _executive(self) -> Membership | None:
        """At whom every path ends, where the member was its end."""
        rows = Membership.objects.current().filter(organization=self.member.organization_id)
        rows = rows.filter(role=Role.EXECUTIVE).exclude(pk=self.member.pk)
        return rows.order_by("joined_at", "pk").first()
