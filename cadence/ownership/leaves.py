"""Leaves: who is away from one day to another, and who stands in for them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Membership, Organization, Role
from cadence.calendar.workdays import midnight_after
from cadence.errors import Conflict, Forbidden, NotFound, Problem
from cadence.inputs import Inputs
from cadence.ledger.changes import put
from cadence.ownership.interims import end_for_returned
from cadence.ownership.models import Leave, LeaveQuerySet, Ownership
from cadence.ownership.queries import days_of, leaves_between, owned_by
from cadence.ownership.rules import LeaveEnding, Turn, turn_of, wrong_days
from cadence.ownership.telling import Told, tell
from cadence.people.checks import answering_person, check_within
from cadence.people.queries import lock_members, locked_member, locked_organization
from cadence.permissions import Act, may, require

# Every verb here holds the organization, then the people, then (for an interim that ends because
# its owner is back) initiatives and interims; the head of the ledger comes last.


@transaction.atomic
def plan_leave(
    *,
    actor: Membership,
    at: datetime,
    member: Membership,
    stand_in: Membership | None,
    starts_on: object,
    ends_on: object,
    note: object = "",
) -> Leave:
    """Somebody is away on these days, both included, and the stand-in acts as owner meanwhile.

    Without a stand-in what they own is orphaned while they are away. The stand-in is not asked
    first, and may stand down. A leave whose first day has come begins at once. Conflict
    ``leave_overlaps``.
    """
    organization, member, stand_in = _locked_people(actor, member, stand_in)
    require(actor, Act.PLAN_LEAVE, team=member.team_id, owner=member.pk)
    _check_not_for_oneself(actor, member, stand_in)
    today = at.astimezone(organization.zone).date()
    inputs = Inputs()
    answering_person(inputs, "member", member)
    first, last = inputs.day("starts_on", starts_on), inputs.day("ends_on", ends_on)
    words = inputs.text("note", note, longest=200, needed=False)
    _check_days(inputs, first, last, today)
    _check_stand_in(inputs, member, stand_in, first, last)
    inputs.done()
    assert first is not None
    assert last is not None
    _check_free(member, first, last)
    leave = Leave.objects.create(
        organization=organization,
        member=member,
        stand_in=stand_in,
        starts_on=first,
        ends_on=last,
        note=words,
        planned_by=actor,
        planned_at=at,
    )
    planned = Told("leave.planned", leave, _data(leave))
    told = _turn(_locked(organization).filter(member=member, ended_at=None), at, today)
    tell(actor, at, [planned, *told])
    leave.refresh_from_db()
    return leave


@transaction.atomic
def change_leave(
    *,
    actor: Membership,
    at: datetime,
    leave: Leave,
    stand_in: Membership | None,
    ends_on: object,
    note: object = "",
) -> Leave:
    """Another stand-in, another last day, another note; also while it is under way.

    Conflicts: ``leave_over``, ``leave_overlaps``.
    """
    organization, leave = _locked_leave(actor, leave, stand_in)
    member = leave.member
    require(actor, Act.PLAN_LEAVE, team=member.team_id, owner=member.pk)
    _check_not_for_oneself(actor, member, stand_in)
    today = at.astimezone(organization.zone).date()
    inputs = Inputs()
    last = inputs.day("ends_on", ends_on)
    words = inputs.text("note", note, longest=200, needed=False)
    _check_days(inputs, leave.starts_on, last, today)
    _check_stand_in(inputs, member, stand_in, max(leave.starts_on, today), last)
    inputs.done()
    assert last is not None
    _check_not_over(leave)
    _check_free(member, leave.starts_on, last, but=leave)
    changed = put(leave, stand_in=stand_in, ends_on=last, note=words)
    if changed:
        leave.save(update_fields=list(changed))
        tell(actor, at, [Told("leave.changed", leave, _data(leave) | {"changed": changed})])
    return leave


@transaction.atomic
def end_leave(*, actor: Membership, at: datetime, leave: Leave) -> Leave:
    """Back early; or cancelled, when it has not begun. Conflict ``leave_over``."""
    organization, leave = _locked_leave(actor, leave)
    require(actor, Act.PLAN_LEAVE, team=leave.member.team_id, owner=leave.member_id)
    _check_not_over(leave)
    tell(actor, at, _bring_back([leave], at, at.astimezone(organization.zone).date()))
    return leave


@transaction.atomic
def stand_down(*, actor: Membership, at: datetime, leave: Leave) -> Leave:
    """The stand-in says no, before or during the leave: nobody stands in until somebody else is
    named. Conflict ``leave_over``."""
    _, leave = _locked_leave(actor, leave)
    if leave.stand_in_id != actor.pk or not may(actor, Act.TAKE_PART):
        raise Forbidden("Only the stand-in stands down.")
    _check_not_over(leave)
    # The entry names who declined: the leave itself names nobody any more.
    data = _data(leave)
    leave.stand_in = None
    leave.save(update_fields=["stand_in"])
    tell(actor, at, [Told("leave.stand_in_declined", leave, data)])
    return leave


def follow_leaves(*, at: datetime, organization: Organization | None = None) -> int:
    """Begin leaves whose first day has come, and end those whose last day is over; how many
    entries that made. The system does this.

    It may run late, twice, or twice at once. One transaction for each organization.
    """
    # Where it is already tomorrow in UTC's evening, more is due: each zone is asked below.
    rows = Leave.objects.filter(
        ended_at=None, starts_on__lte=at.astimezone(UTC).date() + timedelta(days=1)
    )
    if organization is not None:
        rows = rows.filter(organization=organization)
    everybody = Organization.objects.filter(pk__in=rows.values("organization")).order_by("pk")
    return sum(_follow_in(one, at) for one in everybody)


def _follow_in(organization: Organization, at: datetime) -> int:
    today = at.astimezone(organization.zone).date()
    # Looked at without locks: mostly there is nothing to do.
    waiting = Leave.objects.filter(organization=organization, ended_at=None)
    if not _members_due(waiting, today):
        return 0
    with transaction.atomic():
        locked_organization(organization.pk)
        # A leave that begins meets the open reviews before it meets its person, whom others hold
        # when they come to the reviews.
        lock_members(_members_due(waiting.all(), today))
        told = _turn(_locked(organization).filter(ended_at=None), at, today)
        tell(None, at, told)
    return len(told)


def stood_in_for(member: Membership) -> list[Membership]:
    """Whose leaves lose their stand-in with this person. `end_for_person` writes these leaves:
    hold these people before."""
    rows = Leave.objects.filter(stand_in=member, ended_at=None)
    return [one.member for one in rows.select_related("member")]


def _members_due(leaves: Iterable[Leave], today: date) -> set[int]:
    turns = ((leave.member_id, _turn_of(leave, today)) for leave in leaves)
    return {member for member, turn in turns if turn.begins or turn.ends}


def end_for_person(*, at: datetime, member: Membership) -> list[Told]:
    """The person leaves the organization: part of deactivating them, which holds the organization
    and everybody concerned.

    Their own leaves are over. Those in which they stand in go on without a stand-in. Tell
    afterwards.
    """
    today = at.astimezone(member.organization.zone).date()
    own = _locked(member.organization).filter(member=member, ended_at=None)
    told = [_end(leave, at, today, left=True) for leave in own]
    for leave in _locked(member.organization).filter(stand_in=member, ended_at=None):
        told.append(_without_stand_in(leave))
    return told


def _turn(leaves: Iterable[Leave], at: datetime, today: date) -> list[Told]:
    """Do what is due for these leaves: endings first, for a person is on one leave at a time."""
    due = [(leave, _turn_of(leave, today)) for leave in leaves]
    told = _bring_back([leave for leave, turn in due if turn.ends and not turn.begins], at, today)
    for leave, turn in due:
        if not turn.begins:
            continue
        if leave.stand_in is not None and not _can_answer(leave.stand_in):
            told.append(_without_stand_in(leave))
        # It began when its day did, however late we look; never before somebody planned it.
        morning = midnight_after(leave.starts_on - timedelta(days=1), leave.organization.zone)
        leave.began_at = max(morning, leave.planned_at)
        leave.save(update_fields=["began_at"])
        told.append(Told("leave.began", leave, _data(leave)))
        if turn.ends:
            told.append(_end(leave, at, today))
    return told


def _bring_back(leaves: Sequence[Leave], at: datetime, today: date) -> list[Told]:
    """End leaves. Interims first: they lock initiatives, which come before what a leave touches."""
    back = [leave.member_id for leave in leaves if leave.began_at is not None]
    interims = end_for_returned(at=at, owners=back) if back else []
    return [*(_end(leave, at, today) for leave in leaves), *interims]


def _end(leave: Leave, at: datetime, today: date, *, left: bool = False) -> Told:
    over, begun = leave.ends_on < today, leave.began_at is not None
    if left:
        ending = LeaveEnding.LEFT
    elif over:
        ending = LeaveEnding.OVER
    else:
        ending = LeaveEnding.BACK_EARLY if begun else LeaveEnding.CANCELLED
    # It ended when its last day was over, however late we look.
    leave.ended_at = midnight_after(leave.ends_on, leave.organization.zone) if over else at
    leave.save(update_fields=["ended_at"])
    event = "leave.ended" if begun else "leave.cancelled"
    return Told(event, leave, _data(leave) | {"ending": ending})


def _without_stand_in(leave: Leave) -> Told:
    changed = put(leave, stand_in=None)
    leave.save(update_fields=["stand_in"])
    return Told("leave.changed", leave, _data(leave) | {"changed": changed})


def _turn_of(leave: Leave, today: date) -> Turn:
    return turn_of(
        starts_on=leave.starts_on,
        ends_on=leave.ends_on,
        began=leave.began_at is not None,
        today=today,
    )


def _can_answer(person: Membership) -> bool:
    return person.is_current and person.is_person and person.role != Role.OBSERVER


def _locked_people(
    actor: Membership, member: Membership, stand_in: Membership | None
) -> tuple[Organization, Membership, Membership | None]:
    """The people as they are now, locked by their id after the organization."""
    check_within(actor, member, stand_in)
    organization = locked_organization(actor.organization_id)
    wanted = {one.pk: one for one in (member, stand_in) if one is not None}
    found = {key: locked_member(actor, one) for key, one in sorted(wanted.items())}
    return organization, found[member.pk], found[stand_in.pk] if stand_in else None


def _locked_leave(
    actor: Membership, leave: Leave, stand_in: Membership | None = None
) -> tuple[Organization, Leave]:
    check_within(actor, leave)
    organization, _, _ = _locked_people(actor, leave.member, stand_in)
    found = _locked(organization).filter(pk=leave.pk).first()
    if found is None:
        raise NotFound("There is no such leave.")
    return organization, found


def _locked(organization: Organization) -> LeaveQuerySet:
    rows = Leave.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.filter(organization=organization)
    return rows.select_related("organization", "member", "stand_in").order_by("pk")


def _check_not_for_oneself(
    actor: Membership, member: Membership, stand_in: Membership | None
) -> None:
    """Nobody gives themselves the say over the work of somebody else: an administrator has none,
    and a lead none outside of their teams, whatever else the person owns."""
    if member == actor or stand_in != actor:
        return
    # Their own team too: whoever owns nothing yet may own something while they are away.
    teams = {member.team_id, *owned_by(member).values_list("initiative__team", flat=True)}
    if not all(may(actor, Act.DECIDE, team=team) for team in teams):
        sentence = (
            f"You cannot name yourself: you have no say over all that {member.name} owns. "
            "Name somebody else, or ask them to name you."
        )
        raise Forbidden(sentence, problems=[Problem("stand_in", sentence)])


def _check_days(inputs: Inputs, first: date | None, last: date | None, today: date) -> None:
    if first is not None and last is not None and (wrong := wrong_days(first, last, today)):
        inputs.refuse(*wrong)


def _check_stand_in(
    inputs: Inputs,
    member: Membership,
    stand_in: Membership | None,
    first: date | None,
    last: date | None,
) -> None:
    answering_person(inputs, "stand_in", stand_in)
    if stand_in is None:
        return
    if stand_in.pk == member.pk:
        inputs.refuse("stand_in", "Nobody stands in for themselves.")
    elif first is not None and last is not None and first <= last:
        away = leaves_between(stand_in, first, last).first()
        if away is not None:
            inputs.refuse("stand_in", f"{stand_in.name} is on leave {days_of(away)}.")


def _check_free(member: Membership, first: date, last: date, but: Leave | None = None) -> None:
    rows = leaves_between(member, first, last)
    known = (rows.exclude(pk=but.pk) if but else rows).first()
    if known is not None:
        sentence = f"{member.name} is on leave {days_of(known)} already."
        raise Conflict(
            sentence,
            code="leave_overlaps",
            details={"leave": known.pk},
            problems=[Problem("ends_on" if but else "starts_on", sentence)],
        )


def _check_not_over(leave: Leave) -> None:
    if leave.ended_at is not None:
        raise Conflict("This leave is over.", code="leave_over")


def _data(leave: Leave) -> dict[str, Any]:
    owned = Ownership.objects.current().filter(owner=leave.member_id).order_by("initiative")
    return {
        "member": leave.member_id,
        "stand_in": leave.stand_in_id,
        "starts_on": leave.starts_on,
        "ends_on": leave.ends_on,
        "initiatives": list(owned.values_list("initiative", flat=True)),
    }
