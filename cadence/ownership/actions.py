"""Who answers: offers, answers, and what an initiative may do because somebody does."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import Membership, Organization
from cadence.errors import Conflict
from cadence.initiatives.actions import check_not_ended
from cadence.initiatives.models import Initiative, State
from cadence.initiatives.queries import locked_initiative, undecided_breaches
from cadence.inputs import Inputs
from cadence.ownership.interims import end_for_initiative
from cadence.ownership.models import Ending, InterimEnding, Ownership
from cadence.ownership.queries import owner_of, standing
from cadence.ownership.steps import (
    awaiting_answer_of,
    check_can_be_offered,
    check_pending,
    end_ownership,
    locked_ownership,
    make_offer,
    record,
    record_taken,
    take,
)
from cadence.ownership.telling import tell
from cadence.people.checks import answering_person
from cadence.people.queries import locked_member
from cadence.permissions import Act, require

# Locks are taken in the order organization, members, initiatives, ownerships; the head of the
# ledger comes last.


@transaction.atomic
def offer_ownership(
    *, actor: Membership, at: datetime, initiative: Initiative, owner: Membership, note: object = ""
) -> Ownership:
    """Ask somebody to answer for an initiative. The current owner stays until they accept.

    The answer is awaited for the organization's ``offer_days``. Who asks oneself has accepted;
    whoever only acts for the owner asks somebody else.
    Conflicts: ``offer_pending``, ``already_owner``, ``initiative_ended``.
    """
    owner = locked_member(actor, owner)
    initiative = locked_initiative(actor, initiative)
    place = standing(initiative)
    require(actor, Act.OFFER_OWNERSHIP, **place)
    if owner == actor:
        require(actor, Act.TAKE_OWNERSHIP, **place)
    inputs = Inputs()
    answering_person(inputs, "owner", owner)
    words = inputs.text("note", note, longest=500, lines=True, needed=False)
    inputs.done()
    check_not_ended(initiative)
    check_can_be_offered(initiative, owner)
    ownership = make_offer(actor, at, initiative, owner, words)
    data = {"due_at": ownership.due_at, "note": words}
    if owner != actor:
        record("ownership.offered", actor, at, ownership, data)
        return ownership
    taken = take(ownership, at)
    record("ownership.offered", actor, at, ownership, data)
    record_taken(actor, at, ownership, taken)
    return ownership


@transaction.atomic
def accept_ownership(*, actor: Membership, at: datetime, ownership: Ownership) -> Ownership:
    """The person asked answers for the initiative from now on; who did so before has handed over.

    Conflicts: ``offer_answered``, ``offer_withdrawn``, ``offer_lapsed``, ``initiative_ended``.
    """
    ownership = awaiting_answer_of(actor, at, ownership)
    taken = take(ownership, at)
    record_taken(actor, at, ownership, taken)
    return ownership


@transaction.atomic
def decline_ownership(
    *, actor: Membership, at: datetime, ownership: Ownership, reason: object
) -> Ownership:
    """The person asked says no, and why. Conflicts as for accepting."""
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    ownership = awaiting_answer_of(actor, at, ownership)
    inputs.done()
    end_ownership(ownership, at, Ending.DECLINED, words)
    record("ownership.declined", actor, at, ownership, {"reason": words})
    return ownership


@transaction.atomic
def withdraw_offer(
    *, actor: Membership, at: datetime, ownership: Ownership, reason: object = ""
) -> Ownership:
    """Take an offer back: who made it, or who may offer. Conflicts as for accepting."""
    ownership = locked_ownership(actor, ownership)
    if ownership.offered_by_id != actor.pk or not actor.is_current:
        require(actor, Act.OFFER_OWNERSHIP, **standing(ownership.initiative))
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500, needed=False)
    inputs.done()
    check_pending(ownership)
    end_ownership(ownership, at, Ending.WITHDRAWN, words)
    record("ownership.withdrawn", actor, at, ownership, {"reason": words})
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
    # Initiatives first, as everybody: an offer that ends meets the open reviews, and whoever stops
    # the work in one of them holds that review and wants the offer.
    keys = sorted(rows.values_list("initiative", flat=True))
    work = Initiative.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(work.order_by("pk").values_list("pk", flat=True))
    rows = rows.filter(initiative__in=keys)
    lapsed = list(rows.select_for_update(no_key=True).order_by("pk"))
    # It ended when its time was up, however late we look.
    Ownership.objects.filter(pk__in=[row.pk for row in lapsed]).update(
        ended_at=F("due_at"), ending=Ending.LAPSED
    )
    for row in lapsed:
        record("ownership.lapsed", None, at, row, {"due_at": row.due_at})
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
    record("initiative.activated", actor, at, initiative, {"owner": owner})
    return initiative


@transaction.atomic
def resume_initiative(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    anew: Mapping[str, Any] | None = None,
) -> Initiative:
    """A paused initiative is active again. ``anew`` is what has more time now, for the ledger.

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
    data = {"owner": owner, "paused_at": paused_at, **({"due_anew": anew} if anew else {})}
    record("initiative.resumed", actor, at, initiative, data)
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
    # It ends before those who answer for it: an owner who leaves work that goes on meets the open
    # reviews, and whoever stops it in one of them has that one locked.
    initiative.ended_at, initiative.ended_as, initiative.ended_reason = at, state, words
    initiative.save(update_fields=["ended_at", "ended_as", "ended_reason"])
    for ownership in open_ones:
        accepted = ownership.accepted_at is not None
        ending = Ending.INITIATIVE_ENDED if accepted else Ending.WITHDRAWN
        end_ownership(ownership, at, ending, "The initiative ended.")
    interims = end_for_initiative(initiative, at, InterimEnding.INITIATIVE_ENDED)
    record(f"initiative.{state}", actor, at, initiative, {"reason": words})
    for ownership in open_ones:
        accepted = ownership.accepted_at is not None
        record(f"ownership.{'ended' if accepted else 'withdrawn'}", actor, at, ownership)
    tell(actor, at, interims)
    return initiative


def _needed_owner(initiative: Initiative) -> Membership:
    owner = owner_of(initiative)
    if owner is None:
        raise Conflict(
            "An active initiative has an owner: offer it to somebody, who has to accept.",
            code="initiative_without_owner",
        )
    return owner
