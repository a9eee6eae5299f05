"""Interim owners: a person named to answer for orphaned work until an owner accepts."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Membership, Organization
from cadence.calendar.periods import long_day
from cadence.calendar.workdays import midnight_after
from cadence.errors import Conflict, NotFound
from cadence.initiatives.actions import check_not_ended
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.inputs import Inputs
from cadence.ownership.models import Interim, InterimEnding, InterimQuerySet
from cadence.ownership.queries import away_now, days_of, leaves_between, owner_of, standing
from cadence.ownership.rules import LONGEST_INTERIM, Reason
from cadence.ownership.telling import Told, tell
from cadence.people.checks import answering_person, check_within
from cadence.people.queries import locked_member
from cadence.permissions import Act, require

# Locks: members, initiatives, interims; the head of the ledger comes last. Whoever holds the
# initiative is the only one to write its interims, so that naming one and accepting the ownership
# follow one another.


@transaction.atomic
def name_interim(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    person: Membership,
    until: object,
    silent: Mapping[int, datetime] | None = None,
) -> Interim:
    """Name who answers for orphaned work up to a last day. They act as owner from now on.

    Nobody asks them to accept: that an owner does. Only a lead above or an executive names
    themselves. ``silent`` says of initiatives, by id, since
    when their owner has been silent (`reviews.queries.silent_owners`); without it, work whose owner
    is here counts as owned. Conflicts: ``initiative_not_orphaned``, ``interim_named``,
    ``initiative_ended``.
    """
    person = locked_member(actor, person)
    initiative = locked_initiative(actor, initiative)
    place = standing(initiative)
    require(actor, Act.OFFER_OWNERSHIP, **place)
    if person == actor:
        require(actor, Act.TAKE_OWNERSHIP, **place)
    today = at.astimezone(initiative.organization.zone).date()
    owner = owner_of(initiative)
    inputs = Inputs()
    answering_person(inputs, "person", person)
    day = _last_day(inputs, until, today)
    if owner == person:
        inputs.refuse("person", f"{person.name} owns it already.")
    elif day is not None and (leave := leaves_between(person, today, day).first()):
        inputs.refuse("person", f"{person.name} is on leave {days_of(leave)}.")
    inputs.done()
    assert day is not None
    check_not_ended(initiative)
    because = _why_orphaned(initiative, owner, silent or {})
    told = _end(_locked(initiative).filter(until__lt=today), InterimEnding.OVER, at)
    if known := _locked(initiative).first():
        raise Conflict(
            f"{known.person.name} answers for it in the interim already, until "
            f"{long_day(known.until)}: withdraw that first.",
            code="interim_named",
            details={"interim": known.pk},
        )
    interim = Interim.objects.create(
        organization=initiative.organization,
        initiative=initiative,
        person=person,
        named_by=actor,
        named_at=at,
        until=day,
    )
    data = _data(interim) | {"owner": owner, "because": because}
    tell(actor, at, [*told, Told("interim.named", interim, data)])
    return interim


@transaction.atomic
def withdraw_interim(*, actor: Membership, at: datetime, interim: Interim) -> Interim:
    """They answer no more: said by who named them, by themselves, or by who may offer the
    ownership. Conflict ``interim_over``."""
    check_within(actor, interim)
    initiative = locked_initiative(actor, interim.initiative)
    found = _locked(initiative, ended=True).filter(pk=interim.pk).first()
    if found is None:
        raise NotFound("There is no such interim owner.")
    if actor.pk not in {found.named_by_id, found.person_id} or not actor.is_current:
        require(actor, Act.OFFER_OWNERSHIP, **standing(initiative))
    if found.ended_at is not None:
        raise Conflict("This interim is over already.", code="interim_over")
    tell(actor, at, _end([found], InterimEnding.WITHDRAWN, at))
    return found


def end_interims(*, at: datetime, organization: Organization | None = None) -> int:
    """End every interim whose last day is over; how many there were. The system does this.

    It may run late, twice, or twice at once. One transaction for each organization.
    """
    # Where it is already tomorrow, a day that ends today in UTC is over: each zone is asked below.
    rows = Interim.objects.current().filter(until__lte=at.astimezone(UTC).date())
    if organization is not None:
        rows = rows.filter(organization=organization)
    everybody = Organization.objects.filter(pk__in=rows.values("organization")).order_by("pk")
    return sum(_end_in(one, at) for one in everybody)


@transaction.atomic
def _end_in(organization: Organization, at: datetime) -> int:
    today = at.astimezone(organization.zone).date()
    over = Interim.objects.current().filter(organization=organization, until__lt=today)
    told = _end_of(over, InterimEnding.OVER, at)
    tell(None, at, told)
    return len(told)


def end_for_initiative(initiative: Initiative, at: datetime, ending: InterimEnding) -> list[Told]:
    """An owner accepted, or the initiative ended. The initiative is locked; tell afterwards."""
    return _end(_locked(initiative), ending, at)


def end_for_person(*, at: datetime, member: Membership) -> list[Told]:
    """The person leaves: part of deactivating them. Locks the initiatives; tell afterwards."""
    return _end_of(Interim.objects.current().filter(person=member), InterimEnding.LEFT, at)


def end_for_returned(*, at: datetime, owners: Collection[int]) -> list[Told]:
    """These owners are back from their leaves. Locks the initiatives; tell afterwards."""
    rows = Interim.objects.current().filter(
        initiative__ownerships__owner__in=owners,
        initiative__ownerships__accepted_at__isnull=False,
        initiative__ownerships__ended_at__isnull=True,
    )
    return _end_of(rows, InterimEnding.RETURNED, at)


def _end_of(wanted: InterimQuerySet, ending: InterimEnding, at: datetime) -> list[Told]:
    """End these, whose initiatives are not locked yet."""
    keys = dict(wanted.values_list("pk", "initiative"))
    if not keys:
        return []
    work = Initiative.objects.select_for_update(no_key=True).filter(pk__in=set(keys.values()))
    list(work.order_by("pk").values_list("pk", flat=True))
    return _end(_rows().filter(pk__in=list(keys), ended_at=None), ending, at)


def _end(interims: Iterable[Interim], ending: InterimEnding, at: datetime) -> list[Told]:
    told = []
    for interim in interims:
        over = ending == InterimEnding.OVER
        # It ended when its last day was over, however late we look.
        interim.ended_at = midnight_after(interim.until, interim.organization.zone) if over else at
        interim.ending = ending
        interim.save(update_fields=["ended_at", "ending"])
        told.append(Told("interim.ended", interim, _data(interim)))
    return told


def _rows() -> InterimQuerySet:
    rows = Interim.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("person", "organization").order_by("pk")


def _locked(initiative: Initiative, *, ended: bool = False) -> InterimQuerySet:
    rows = _rows().filter(initiative=initiative)
    return rows if ended else rows.filter(ended_at=None)


def _last_day(inputs: Inputs, value: object, today: date) -> date | None:
    day = inputs.day("until", value)
    latest = today + timedelta(days=LONGEST_INTERIM)
    if day is not None and day < today:
        inputs.refuse("until", "This date has passed.")
    elif day is not None and day > latest:
        inputs.refuse(
            "until", f"At most {LONGEST_INTERIM} days ahead: {long_day(latest)} or earlier."
        )
    return day


def _why_orphaned(
    initiative: Initiative, owner: Membership | None, silent: Mapping[int, datetime]
) -> Reason | None:
    """Why an owner that there is does not answer; None where there is none."""
    if initiative.activated_at is None:
        raise Conflict(
            "A draft needs nobody to answer for it yet: offer the ownership.",
            code="initiative_not_orphaned",
        )
    if owner is None:
        return None
    if initiative.pk in silent:
        return Reason.SILENT
    absence = away_now([owner.pk]).get(owner.pk)
    if absence is None or absence.stand_in is not None:
        raise Conflict(
            f"{owner.name} owns it{'' if absence is None else ', and somebody stands in'}: "
            "an interim owner is for work that nobody answers for.",
            code="initiative_not_orphaned",
        )
    return Reason.ON_LEAVE


def _data(interim: Interim) -> dict[str, Any]:
    return {
        "initiative": interim.initiative_id,
        "person": interim.person_id,
        "until": interim.until,
        "ending": interim.ending,
    }
