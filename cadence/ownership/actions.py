"""Who answers: offers, answers, and what an initiative may do because somebody does."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import Membership, Organization
from cadence.errors import Conflict, Forbidden, NotFound
from cadence.initiatives.actions import check_not_ended
from cadence.initiatives.models import Initiative, State
from cadence.initiatives.queries import locked_initiative, undecided_breaches
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.queries import owner_of, standing
from cadence.people.checks import answering_person, check_within
from cadence.people.members import end_membership
from cadence.people.queries import locked_member, locked_organization, working_calendar
from cadence.permissions import Act, may, require

# Locks are taken in the order organization, members, initiatives, ownerships; the head of the
# ledger comes last.


@transaction.atomic
def offer_ownership(
    *, actor: Membership, at: datetime, initiative: Initiative, owner: Membership, note: object = ""
) -> Ownership:
    """Ask somebody to answer for an initiative. The current owner stays until they accept.

    The answer is awaited for the organization's ``offer_days``. Who asks oneself has accepted.
    Conflicts: ``offer_pending``, ``already_owner``, ``initiative_ended``.
    """
    owner = locked_member(actor, owner)
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.OFFER_OWNERSHIP, **standing(initiative))
    inputs = Inputs()
    answering_person(inputs, "owner", owner)
    words = inputs.text("note", note, longest=500, lines=True, needed=False)
    inputs.done()
    check_not_ended(initiative)
    _check_can_be_offered(initiative, owner)
    ownership = _offer(actor, at, initiative, owner, words)
    data = {"due_at": ownership.due_at, "note": words}
    if owner != actor:
        _append("ownership.offered", actor, at, ownership, data)
        return ownership
    previous = _take(ownership, at)
    _append("ownership.offered", actor, at, ownership, data)
    _append("ownership.accepted", actor, at, ownership, {"previous_owner": previous})
    return ownership


@transaction.atomic
def accept_ownership(*, actor: Membership, at: datetime, ownership: Ownership) -> Ownership:
    """The person asked answers for the initiative from now on; who did so before has handed over.

    Conflicts: ``offer_answered``, ``offer_withdrawn``, ``offer_lapsed``, ``initiative_ended``.
    """
    ownership = _awaiting_answer_of(actor, at, ownership)
    previous = _take(ownership, at)
    _append("ownership.accepted", actor, at, ownership, {"previous_owner": previous})
    return ownership


@transaction.atomic
def decline_ownership(
    *, actor: Membership, at: datetime, ownership: Ownership, reason: object
) -> Ownership:
    """The person asked says no, and why. Conflicts as for accepting."""
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    ownership = _awaiting_answer_of(actor, at, ownership)
    inputs.done()
    _end(ownership, at, Ending.DECLINED, words)
    _append("ownership.declined", actor, at, ownership, {"reason": words})
    return ownership


@transaction.atomic
def withdraw_offer(
    *, actor: Membership, at: datetime, ownership: Ownership, reason: object = ""
) -> Ownership:
    """Take an offer back: who made it, or who may offer. Conflicts as for accepting."""
    ownership = _locked(actor, ownership)
    if ownership.offered_by_id != actor.pk or not actor.is_current:
        require(actor, Act.OFFER_OWNERSHIP, **standing(ownership.initiative))
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500, needed=False)
    inputs.done()
    _check_pending(ownership)
    _end(ownership, at, Ending.WITHDRAWN, words)
    _append("ownership.withdrawn", actor, at, ownership, {"reason": words})
    return ownership


def lapse_offers(*, at: datetime, organization: Organization | None = None) -> int:
    """End every offer that was not answered in time; how many there were. The system does this.

    It may run late, twice, or twice at once. One transaction for each organization: each has a
    ledger whose head is held until the end.
    """
    due = Ownership.objects.pending().filter(due_at__lt=at)
    if organization is not None:
        due = due.filter(organization=organization)
    keys = due.order_by("organization").values_list("organization", flat=True).distinct()
    return sum(_lapse_in(key, at) for key in keys)


@transaction.atomic
def _lapse_in(organization: int, at: datetime) -> int:
    rows = Ownership.objects.pending().filter(organization=organization, due_at__lt=at)
    lapsed = list(rows.select_for_update(no_key=True).order_by("pk"))
    # It ended when its time was up, however late we look.
    Ownership.objects.filter(pk__in=[row.pk for row in lapsed]).update(
        ended_at=F("due_at"), ending=Ending.LAPSED
    )
    for row in lapsed:
        _append("ownership.lapsed", None, at, row, {"due_at": row.due_at})
    return len(lapsed)


@transaction.atomic
def activate_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """A draft becomes active: from now on its readings are owed.

    Conflicts: ``initiative_without_owner``, ``initiative_not_draft``, ``initiative_ended``.
    """
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.CHANGE_INITIATIVE, team=initiative.team_id)
    check_not_ended(initiative)
    if initiative.state != State.DRAFT:
        raise Conflict("The initiative is active already.", code="initiative_not_draft")
    owner = _needed_owner(initiative)
    initiative.activated_at = at
    initiative.save(update_fields=["activated_at"])
    _append("initiative.activated", actor, at, initiative, {"owner": owner})
    return initiative


@transaction.atomic
def resume_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """A paused initiative is active again.

    Conflicts: ``initiative_without_owner``, ``initiative_not_paused``, ``initiative_ended``.
    """
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.CHANGE_INITIATIVE, team=initiative.team_id)
    check_not_ended(initiative)
    if initiative.paused_at is None:
        raise Conflict("The initiative is not paused.", code="initiative_not_paused")
    owner = _needed_owner(initiative)
    paused_at, initiative.paused_at = initiative.paused_at, None
    initiative.save(update_fields=["paused_at"])
    data = {"owner": owner, "paused_at": paused_at}
    _append("initiative.resumed", actor, at, initiative, data)
    return initiative


@transaction.atomic
def end_initiative(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    ended_as: object,
    reason: object,
    deciding: Collection[int] = (),
) -> Initiative:
    """Complete or stop an initiative (``completed``, ``stopped``): nobody answers for it any more.

    ``deciding`` are ids of breaches that a decision to stop decides in this very transaction; who
    may decide may then end the initiative. Conflicts: ``initiative_ended``,
    ``breaches_undecided``, ``initiative_not_active`` when a draft is completed.
    """
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.DECIDE if deciding else Act.CHANGE_INITIATIVE, **standing(initiative))
    inputs = Inputs()
    state = inputs.choice("ended_as", ended_as, [State.COMPLETED, State.STOPPED])
    words = inputs.text("reason", reason, longest=500, lines=True)
    inputs.done()
    check_not_ended(initiative)
    if initiative.state == State.DRAFT and state == State.COMPLETED:
        raise Conflict("A draft is stopped, not completed.", code="initiative_not_active")
    if waiting := [key for key in undecided_breaches(initiative) if key not in deciding]:
        raise Conflict(
            "An initiative does not end while its breaches lack a decision.",
            code="breaches_undecided",
            details={"breaches": waiting},
        )
    open_ones = list(initiative.ownerships.filter(ended_at=None).select_for_update(no_key=True))
    for ownership in open_ones:
        accepted = ownership.accepted_at is not None
        ending = Ending.INITIATIVE_ENDED if accepted else Ending.WITHDRAWN
        _end(ownership, at, ending, "The initiative ended.")
    initiative.ended_at, initiative.ended_as, initiative.ended_reason = at, state, words
    initiative.save(update_fields=["ended_at", "ended_as", "ended_reason"])
    _append(f"initiative.{state}", actor, at, initiative, {"reason": words})
    for ownership in open_ones:
        accepted = ownership.accepted_at is not None
        _append(f"ownership.{'ended' if accepted else 'withdrawn'}", actor, at, ownership)
    return initiative


@transaction.atomic
def deactivate_member(
    *,
    actor: Membership,
    at: datetime,
    member: Membership,
    reason: object,
    successors: Mapping[int, Membership] | None = None,
) -> Membership:
    """Somebody leaves. Nothing they owned is closed: it is orphaned, or offered to a successor.

    ``successors`` are by the id of an initiative that the member owns; each still has to accept.
    Conflicts: those of ``people.members.end_membership``, and ``offer_pending``.
    """
    chosen = dict(successors or {})
    check_within(actor, member, *chosen.values())
    locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    people = {one.pk: one for one in [member, *chosen.values()]}
    locked = {key: locked_member(actor, one) for key, one in sorted(people.items())}
    open_ones = Ownership.objects.filter(owner=member, ended_at=None)
    work = Initiative.objects.filter(ownerships__in=open_ones).order_by("pk")
    initiatives = {one.pk: locked_initiative(actor, one) for one in work}
    ownerships = list(open_ones.select_for_update(no_key=True).order_by("initiative"))
    owned = {one.initiative_id for one in ownerships if one.accepted_at is not None}
    _check_successors(chosen, owned, member, locked)
    for ownership in ownerships:
        accepted = ownership.accepted_at is not None
        _end(ownership, at, Ending.LEFT if accepted else Ending.WITHDRAWN, f"{member.name} left.")
    offers = []
    for key, successor in sorted(chosen.items(), key=lambda pair: pair[0]):
        _check_can_be_offered(initiatives[key], successor)
        offers.append(_offer(actor, at, initiatives[key], successor, f"{member.name} left."))
    left = end_membership(actor=actor, at=at, member=member, reason=reason)
    for ownership in ownerships:
        accepted = ownership.accepted_at is not None
        _append(f"ownership.{'ended' if accepted else 'withdrawn'}", actor, at, ownership)
    for offer in offers:
        _append("ownership.offered", actor, at, offer, {"due_at": offer.due_at, "note": offer.note})
    return left


def _check_successors(
    chosen: Mapping[int, Membership],
    owned: Collection[int],
    member: Membership,
    locked: Mapping[int, Membership],
) -> None:
    inputs = Inputs()
    for key, successor in chosen.items():
        if key not in owned:
            inputs.refuse("successors", f"{member.name} does not own initiative {key}.")
        if successor == member:
            inputs.refuse("successors", f"{member.name} leaves and succeeds nobody.")
        answering_person(inputs, "successors", locked[successor.pk])
    inputs.done()


def _locked(actor: Membership, ownership: Ownership) -> Ownership:
    """The ownership and its initiative as they are now, locked. NotFound across organizations."""
    check_within(actor, ownership)
    initiative = locked_initiative(actor, ownership.initiative)
    rows = Ownership.objects.select_for_update(no_key=True).filter(initiative=initiative)
    found = rows.filter(pk=ownership.pk).first()
    if found is None:
        raise NotFound("There is no such offer.")
    found.initiative = initiative
    return found


def _awaiting_answer_of(actor: Membership, at: datetime, ownership: Ownership) -> Ownership:
    ownership = _locked(actor, ownership)
    if ownership.owner_id != actor.pk or not may(actor, Act.TAKE_PART):
        raise Forbidden("Only the person who was asked answers.")
    _check_pending(ownership)
    if at > ownership.due_at:
        raise Conflict("The time to answer is over: ask for a new offer.", code="offer_lapsed")
    check_not_ended(ownership.initiative)
    return ownership


def _check_pending(ownership: Ownership) -> None:
    if ownership.ending == Ending.LAPSED:
        raise Conflict("The offer was not answered in time.", code="offer_lapsed")
    if ownership.ending == Ending.WITHDRAWN:
        raise Conflict("The offer was withdrawn.", code="offer_withdrawn")
    if ownership.accepted_at is not None or ownership.ended_at is not None:
        raise Conflict("The offer was answered already.", code="offer_answered")


def _check_can_be_offered(initiative: Initiative, owner: Membership) -> None:
    if pending := Ownership.objects.pending().filter(initiative=initiative).first():
        raise Conflict(
            f"{pending.owner.name} has not answered yet: withdraw that offer first.",
            code="offer_pending",
            details={"ownership": pending.pk},
        )
    if owner_of(initiative) == owner:
        raise Conflict(f"{owner.name} owns it already.", code="already_owner")


def _offer(
    actor: Membership, at: datetime, initiative: Initiative, owner: Membership, note: str
) -> Ownership:
    organization: Organization = initiative.organization
    due_at = working_calendar(organization).deadline(at, organization.offer_days, organization.zone)
    return Ownership.objects.create(
        organization=organization,
        initiative=initiative,
        owner=owner,
        offered_by=actor,
        offered_at=at,
        due_at=due_at,
        note=note,
    )


def _take(ownership: Ownership, at: datetime) -> Membership | None:
    """Make it the current ownership; who owned the initiative before, if anybody."""
    previous = owner_of(ownership.initiative)
    # First the old one: at no moment does an initiative have two owners.
    before = Ownership.objects.current().filter(initiative=ownership.initiative)
    before.update(ended_at=at, ending=Ending.HANDED_OVER)
    ownership.accepted_at = at
    ownership.save(update_fields=["accepted_at"])
    return previous


def _end(ownership: Ownership, at: datetime, ending: Ending, reason: str) -> None:
    ownership.ended_at, ownership.ending, ownership.reason = at, ending, reason
    ownership.save(update_fields=["ended_at", "ending", "reason"])


def _needed_owner(initiative: Initiative) -> Membership:
    owner = owner_of(initiative)
    if owner is None:
        raise Conflict(
            "An active initiative has an owner: offer it to somebody, who has to accept.",
            code="initiative_without_owner",
        )
    return owner


def _append(
    event: str,
    actor: Membership | None,
    at: datetime,
    subject: Ownership | Initiative,
    data: dict[str, Any] | None = None,
) -> None:
    if isinstance(subject, Ownership):
        data = {"initiative": subject.initiative_id, "owner": subject.owner_id} | (data or {})
    append(
        organization=subject.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=subject,
        data=data,
    )
