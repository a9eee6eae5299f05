from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from django.db.models import Exists, OuterRef

from accounts.memo import remembered
from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.calendar.periods import long_day
from cadence.initiatives.models import Initiative
from cadence.ownership.models import (
    Interim,
    Leave,
    LeaveQuerySet,
    Ownership,
    OwnershipQuerySet,
)

# By the id of an initiative and a moment.
AnsweredAt = dict[tuple[int, datetime], list[Membership]]


class Standing(TypedDict):
    """What permissions are asked with: the team of the work, who owns it, and who acts for the
    owner now."""

    team: int | None
    owner: int | None
    acting: int | None


@dataclass(frozen=True)
class Answerable:
    """Who answers for an initiative now, and why it is not the owner.

    ``because`` is empty for the owner, else ``stand_in``, ``interim`` or ``lead``. ``owner`` is the
    current owner, also while somebody acts for them; ``until`` the last day, where there is one.
    ``member`` is None only where no team up to the root has a lead and there is no executive.
    """

    member: Membership | None
    because: str = ""
    owner: Membership | None = None
    until: date | None = None

    @property
    def acting(self) -> bool:
        """Whether it is somebody else than the owner."""
        return self.because != ""

    @property
    def people(self) -> list[Membership | None]:
        """Who acts and who owns: nobody among them stands above the work. At least one entry."""
        both = [one for one in (self.member, self.owner) if one is not None]
        return list(dict.fromkeys(both)) or [None]

    @property
    def words(self) -> str:
        """What pages write: never a name alone where it is not the owner's."""
        if self.member is None:
            return "Nobody"
        if not self.acting:
            return self.member.name
        return f"{self.member.name}{'' if self.because == 'stand_in' else ','} {self.capacity}"

    @property
    def short(self) -> str:
        """The same in a word or two, where the rest stands beside it."""
        return {"stand_in": "stands in", "interim": "interim owner", "lead": "acting"}.get(
            self.because, ""
        )

    @property
    def capacity(self) -> str:
        """What stands after the name of somebody who is not the owner; empty for the owner."""
        if self.because == "stand_in":
            return f"for {self.owner.name if self.owner else 'the owner'}{_until(self.until)}"
        if self.because == "interim":
            return f"interim owner{_until(self.until)}"
        return "acting" if self.because == "lead" else ""


@dataclass(frozen=True)
class Absence:
    """A leave under way, and who stands in: nobody, when the stand-in is on leave too.
    ``alone_since`` is since when nobody does."""

    leave: Leave
    stand_in: Membership | None
    alone_since: datetime | None


def standing(initiative: Initiative) -> Standing:
    return standings([initiative])[initiative.pk]


def standings(initiatives: Iterable[Initiative]) -> dict[int, Standing]:
    """That of each initiative, by its id. As many queries for many as for one."""
    wanted = list(initiatives)
    teams = {initiative.pk: initiative.team_id for initiative in wanted}
    owners = {key: owner.pk for key, owner in owners_of(teams).items()}
    acting = _acting(teams, owners, *_meanwhile(wanted))
    return {
        key: {"team": team, "owner": owners.get(key), "acting": acting.get(key)}
        for key, team in teams.items()
    }


def acting_for(initiatives: Iterable[int], owners: Mapping[int, int]) -> dict[int, int]:
    """Who acts for the owner, by the id of the initiative: stand-in, else interim owner.

    ``owners`` are the current ones, by the id of the initiative. Two queries.
    """
    keys = list(initiatives)
    return _acting(keys, owners, away_now(owners.values()), current_interims(keys))


def _acting(
    keys: Iterable[int],
    owners: Mapping[int, int],
    away: Mapping[int, "Absence"],
    interims: Mapping[int, Interim],
) -> dict[int, int]:
    found = {}
    for key in keys:
        absence = away.get(owners.get(key, 0))
        if absence is not None and absence.stand_in is not None:
            found[key] = absence.stand_in.pk
        elif key in interims:
            found[key] = interims[key].person_id
    return found


def acted_for(member: Membership) -> list[int]:
    """Ids of the initiatives for whose owners the member acts: as stand-in, or in the interim."""
    away, interims = away_in(member.organization_id), interims_in(member.organization_id)
    absent = [key for key, one in away.items() if one.stand_in and one.stand_in.pk == member.pk]
    owned = Ownership.objects.current().filter(owner__in=absent)
    named = {key for key, interim in interims.items() if interim.person_id == member.pk}
    keys = {*owned.values_list("initiative", flat=True), *named}
    owners = {key: owner.pk for key, owner in owners_of(keys).items()}
    acting = _acting(keys, owners, away, interims)
    return sorted(key for key, who in acting.items() if who == member.pk)


def away_now(members: Iterable[int]) -> dict[int, Absence]:
    """Which of these people are on leave now, by their id, and who stands in."""
    return _absences(Leave.objects.under_way().filter(member__in=set(members)))


def absent_from(organization: int) -> set[int]:
    """Ids of everybody of the organization who is on leave now."""
    return set(away_in(organization))


def owned_by_returned(organization: Organization, at: datetime) -> set[int]:
    """Ids of initiatives whose owner's leave is over, and no tick has come to write it down."""
    over = Leave.objects.under_way().filter(
        organization=organization, ends_on__lt=at.astimezone(organization.zone).date()
    )
    rows = Ownership.objects.current().filter(owner__in=over.values("member"))
    return set(rows.values_list("initiative", flat=True))


def away_in(organization: int) -> dict[int, Absence]:
    """Everybody of the organization who is on leave now, by their id. One query, once a page."""
    leaves = Leave.objects.under_way().filter(organization=organization)
    return remembered(("away", organization), lambda: _absences(leaves, is_everybody=True))


def interims_in(organization: int) -> dict[int, Interim]:
    """Who answers in the interim, as `current_interims`, for the whole organization. Two queries,
    once a page."""

    def read() -> dict[int, Interim]:
        absent = absent_from(organization)
        rows = Interim.objects.current().filter(organization=organization)
        rows = rows.select_related("person")
        return {row.initiative_id: row for row in rows if row.person_id not in absent}

    return remembered(("interims", organization), read)


def _meanwhile(
    initiatives: Iterable[Initiative],
) -> tuple[dict[int, Absence], dict[int, Interim]]:
    """Who is on leave, and who answers in the interim, in the organization of this work."""
    away, interims = dict[int, Absence](), dict[int, Interim]()
    for organization in {one.organization_id for one in initiatives}:
        away |= away_in(organization)
        interims |= interims_in(organization)
    return away, interims


def _absences(leaves: LeaveQuerySet, *, is_everybody: bool = False) -> dict[int, Absence]:
    rows = list(leaves.select_related("stand_in", "member"))
    since = {leave.member_id: leave.began_at for leave in rows}
    if not is_everybody:
        stand_ins = {leave.stand_in_id for leave in rows if leave.stand_in_id is not None}
        also_away = Leave.objects.under_way().filter(member__in=stand_ins)
        since = dict(also_away.values_list("member", "began_at"))
    found = {}
    for leave in rows:
        both_since = since.get(leave.stand_in_id or 0)
        alone = leave.began_at if leave.stand_in is None else both_since
        if alone is not None and leave.began_at is not None:
            alone = max(alone, leave.began_at)
        stand_in = leave.stand_in if alone is None else None
        found[leave.member_id] = Absence(leave, stand_in, alone)
    return found


def leaves_between(member: Membership, first: date, last: date) -> LeaveQuerySet:
    """The leaves of a person, planned or under way, that share a day with these."""
    rows = Leave.objects.filter(member=member, ended_at=None)
    return rows.filter(starts_on__lte=last, ends_on__gte=first).order_by("starts_on", "pk")


def leaves_of(member: Membership) -> LeaveQuerySet:
    """Every leave of a person, the earliest first."""
    rows = Leave.objects.filter(member=member)
    return rows.select_related("stand_in", "planned_by").order_by("starts_on", "pk")


def stood_in_by(member: Membership) -> LeaveQuerySet:
    """The leaves of others, planned or under way, in which the person stands in."""
    rows = Leave.objects.filter(stand_in=member, ended_at=None)
    return rows.select_related("member").order_by("starts_on", "pk")


def days_of(leave: Leave) -> str:
    """The days of a leave, as they stand in a sentence."""
    if leave.starts_on == leave.ends_on:
        return f"on {long_day(leave.starts_on)}"
    return f"from {long_day(leave.starts_on)} to {long_day(leave.ends_on)}"


def current_interims(initiatives: Iterable[int]) -> dict[int, Interim]:
    """Who answers in the interim, by the id of the initiative, but for those who are on leave."""
    away = Leave.objects.under_way().filter(member=OuterRef("person"))
    rows = Interim.objects.current().filter(~Exists(away), initiative__in=list(initiatives))
    return {row.initiative_id: row for row in rows.select_related("person")}


def owner_of(initiative: Initiative) -> Membership | None:
    """Who accepted to answer for the initiative, or None."""
    return owners_of([initiative.pk]).get(initiative.pk)


def owners_of(initiatives: Iterable[int]) -> dict[int, Membership]:
    """The current owner of each initiative that has one, by the id of the initiative. A page asks
    once about each."""
    wanted = set(initiatives)
    known: dict[int, Membership | None] = remembered("owners", dict)
    if unknown := wanted - known.keys():
        rows = Ownership.objects.current().filter(initiative__in=unknown)
        found = {row.initiative_id: row.owner for row in rows.select_related("owner")}
        known |= {key: found.get(key) for key in unknown}
    return {key: owner for key in wanted if (owner := known[key]) is not None}


def answers_for(
    initiatives: Iterable[Initiative], tree: Tree | None = None
) -> dict[int, Answerable]:
    """Who answers for each initiative now, by its id: the owner; while they are on leave, their
    stand-in; where one was named, the interim owner; else the nearest lead up the path who is not
    on leave.

    All initiatives of one organization cost as many queries as one of them. Whoever has its tree
    passes it.
    """
    wanted = list(initiatives)
    owners = owners_of([initiative.pk for initiative in wanted])
    away, interims = _meanwhile(wanted)
    trees = {tree.organization.pk: tree} if tree is not None else {}
    found = {}
    for initiative in wanted:
        owner, interim = owners.get(initiative.pk), interims.get(initiative.pk)
        absence = away.get(owner.pk) if owner else None
        if absence is not None and absence.stand_in is not None:
            answers = Answerable(absence.stand_in, "stand_in", owner, absence.leave.ends_on)
        elif interim is not None:
            answers = Answerable(interim.person, "interim", owner, interim.until)
        elif owner is not None and absence is None:
            answers = Answerable(owner, owner=owner)
        else:
            key = initiative.organization_id
            path = trees.get(key) or trees.setdefault(key, Tree(initiative.organization))
            until = absence.leave.ends_on if absence else None
            # Who is away of another organization leads nothing here.
            acting = path.acting_owner(initiative.team_id, away)
            answers = Answerable(acting, "lead", owner, until)
        found[initiative.pk] = answers
    return found


def answered_at(asked: Iterable[tuple[int, datetime]]) -> AnsweredAt:
    """Who owned each initiative, by its id, at a moment, and who acted for the owner: those whose
    ownership, leave or interim covers it, both ends included. Three queries.

    A leave knows its last stand-in alone, and the lead who acts where nobody owns is not stored.
    """
    found: AnsweredAt = {one: [] for one in asked}
    keys = {initiative for initiative, _ in found}
    owned = Ownership.objects.filter(initiative__in=keys, accepted_at__isnull=False)
    ownerships = list(owned.select_related("owner"))
    interims = list(Interim.objects.filter(initiative__in=keys).select_related("person"))
    absent = Leave.objects.filter(member__in={one.owner_id for one in ownerships})
    leaves = list(absent.filter(stand_in__isnull=False).select_related("stand_in"))
    for (key, at), people in found.items():
        for one in ownerships:
            if one.initiative_id == key and _covers(one.accepted_at, one.ended_at, at):
                people.append(one.owner)
        owners = {person.pk for person in people}
        for leave in leaves:
            if leave.member_id in owners and _covers(leave.began_at, leave.ended_at, at):
                people += [leave.stand_in] if leave.stand_in else []
        for interim in interims:
            if interim.initiative_id == key and _covers(interim.named_at, interim.ended_at, at):
                people.append(interim.person)
    return found


def _covers(first: datetime | None, last: datetime | None, at: datetime) -> bool:
    return first is not None and first <= at and (last is None or at <= last)


def record_of(initiative: Initiative) -> OwnershipQuerySet:
    """Every ownership and offer there ever was, in the order of the offers."""
    rows = Ownership.objects.filter(initiative=initiative)
    return rows.select_related("owner", "offered_by").order_by("offered_at", "pk")


def owned_by(member: Membership) -> OwnershipQuerySet:
    """What the member answers for now."""
    rows = Ownership.objects.current().filter(owner=member)
    return rows.select_related("initiative__team", "initiative__priority")


def owned_before(member: Membership) -> OwnershipQuerySet:
    """What the member answered for and no longer does, the latest first."""
    rows = Ownership.objects.filter(owner=member, accepted_at__isnull=False, ended_at__isnull=False)
    return rows.select_related("initiative__team").order_by("-ended_at", "-pk")


def offered_to(member: Membership, at: datetime) -> OwnershipQuerySet:
    """The offers that wait for the member's answer, the most urgent first."""
    rows = Ownership.objects.pending().filter(owner=member, due_at__gte=at)
    return rows.select_related("initiative__team", "offered_by").order_by("due_at", "pk")


def _until(day: date | None) -> str:
    return f" until {long_day(day)}" if day else ""
