"""The steps that the verbs of ownership share. They change rows and write nothing to the ledger but
by ``record``, which a verb calls last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Membership, Organization
from cadence.errors import Conflict, Forbidden, NotFound
from cadence.initiatives.actions import check_not_ended
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.ledger.actions import append
from cadence.ownership.interims import end_for_initiative
from cadence.ownership.models import Ending, InterimEnding, Ownership
from cadence.ownership.queries import owner_of
from cadence.ownership.telling import Told, tell
from cadence.people.checks import check_within
from cadence.people.queries import working_calendar
from cadence.permissions import Act, may


def locked_ownership(actor: Membership, ownership: Ownership) -> Ownership:
    """The ownership and its initiative as they are now, locked. NotFound across organizations."""
    check_within(actor, ownership)
    initiative = locked_initiative(actor, ownership.initiative)
    rows = Ownership.objects.select_for_update(no_key=True).filter(initiative=initiative)
    found = rows.filter(pk=ownership.pk).first()
    if found is None:
        raise NotFound("There is no such offer.")
    found.initiative = initiative
    return found


def awaiting_answer_of(actor: Membership, at: datetime, ownership: Ownership) -> Ownership:
    ownership = locked_ownership(actor, ownership)
    if ownership.owner_id != actor.pk or not may(actor, Act.TAKE_PART):
        raise Forbidden("Only the person who was asked answers.")
    check_pending(ownership)
    if at > ownership.due_at:
        raise Conflict("The time to answer is over: ask for a new offer.", code="offer_lapsed")
    check_not_ended(ownership.initiative)
    return ownership


def check_pending(ownership: Ownership) -> None:
    if ownership.ending == Ending.LAPSED:
        raise Conflict("The offer was not answered in time.", code="offer_lapsed")
    if ownership.ending == Ending.WITHDRAWN:
        raise Conflict("The offer was withdrawn.", code="offer_withdrawn")
    if ownership.accepted_at is not None or ownership.ended_at is not None:
        raise Conflict("The offer was answered already.", code="offer_answered")


def check_can_be_offered(initiative: Initiative, owner: Membership) -> None:
    if pending := Ownership.objects.pending().filter(initiative=initiative).first():
        raise Conflict(
            f"{pending.owner.name} has not answered yet: withdraw that offer first.",
            code="offer_pending",
            details={"ownership": pending.pk},
        )
    if owner_of(initiative) == owner:
        raise Conflict(f"{owner.name} owns it already.", code="already_owner")


def make_offer(
    actor: Membership | None, at: datetime, initiative: Initiative, owner: Membership, note: str
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


@dataclass(frozen=True)
class Taken:
    """Who owned the initiative before, if anybody, and whose interim is over."""

    previous: Membership | None
    interims: list[Told]


def take(ownership: Ownership, at: datetime) -> Taken:
    """Make it the current ownership. The initiative is locked; `record_taken` tells the ledger."""
    previous = owner_of(ownership.initiative)
    # First the old one: at no moment does an initiative have two owners.
    before = Ownership.objects.current().filter(initiative=ownership.initiative)
    before.update(ended_at=at, ending=Ending.HANDED_OVER)
    ownership.accepted_at = at
    ownership.save(update_fields=["accepted_at"])
    over = end_for_initiative(ownership.initiative, at, InterimEnding.OWNED)
    return Taken(previous, over)


def record_taken(
    actor: Membership | None, at: datetime, ownership: Ownership, taken: Taken
) -> None:
    record("ownership.accepted", actor, at, ownership, {"previous_owner": taken.previous})
    tell(actor, at, taken.interims)


def end_ownership(
    ownership: Ownership, at: datetime, ending: Ending, reason: str, *changed: str
) -> None:
    """``changed`` are fields that were set too and are saved with it."""
    ownership.ended_at, ownership.ending, ownership.reason = at, ending, reason
    ownership.save(update_fields=["ended_at", "ending", "reason", *changed])


def record(
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
