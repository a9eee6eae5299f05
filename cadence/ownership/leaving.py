"""What somebody who leaves answered for. Part of `evaluation.leaving.deactivate_member`: change
first, tell the ledger last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import Membership
from cadence.errors import Conflict, Problem
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.inputs import Inputs
from cadence.ownership import interims, leaves
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.steps import end_ownership, make_offer, record
from cadence.ownership.telling import Told, tell
from cadence.people.checks import answering_person
from cadence.people.queries import working_calendar
from cadence.permissions import Act, may

# By the id of the initiative; None leaves it orphaned on purpose.
Successors = Mapping[int, Membership | None]


@dataclass(frozen=True)
class Left:
    """What ended with somebody, and whom it was offered to."""

    ownerships: list[Ownership]
    offers: list[Ownership]
    # Their leaves, those in which they stood in, and what they held in the interim.
    absences: list[Told]


def locked_work(member: Membership) -> dict[int, Initiative]:
    """The initiatives that the member owns, was offered or holds in the interim, by id, locked."""
    rows = Initiative.objects.filter(
        Q(ownerships__owner=member, ownerships__ended_at=None)
        | Q(interims__person=member, interims__ended_at=None)
    )
    return {one.pk: locked_initiative(None, one) for one in rows.distinct().order_by("pk")}


def check_successors(
    inputs: Inputs,
    actor: Membership | None,
    member: Membership,
    successors: Successors,
    *,
    leave_orphaned: bool,
) -> None:
    """Refuse, beside its initiative, whoever cannot succeed; also the administrator who does this
    and names themselves for work over which they have no say.

    Without ``leave_orphaned`` also an initiative for which nobody was named, nor said that it is
    orphaned on purpose, and to whose owner-to-be no offer waits.
    """
    current = Ownership.objects.current().filter(owner=member).select_related("initiative")
    owned = {one.initiative_id: one.initiative for one in current}
    pending = Ownership.objects.pending().filter(initiative__in=list(owned)).exclude(owner=member)
    asked = set(pending.values_list("initiative", flat=True))
    for key, successor in sorted(successors.items()):
        field = f"successors.{key}"
        if key not in owned:
            inputs.refuse(field, f"{member.name} does not own this initiative.")
        elif successor == member:
            inputs.refuse(field, f"{member.name} leaves and succeeds nobody.")
        elif actor == successor and not may(actor, Act.TAKE_OWNERSHIP, team=owned[key].team_id):
            inputs.refuse(field, f"You have no say over “{owned[key].name}”: name somebody else.")
        else:
            answering_person(inputs, field, successor)
    if leave_orphaned:
        return
    for key in sorted(owned.keys() - successors.keys() - asked):
        inputs.refuse(
            f"successors.{key}",
            f"Choose who is asked to take over “{owned[key].name}”, or leave it orphaned on "
            "purpose.",
        )


def end_work(
    actor: Membership | None,
    at: datetime,
    member: Membership,
    successors: Successors,
    initiatives: Mapping[int, Initiative],
) -> Left:
    """End what the member owns and was offered, and ask the successors. All of it is locked.

    Conflict ``offers_refused`` where somebody else is asked already.
    """
    open_ones = Ownership.objects.filter(owner=member, ended_at=None)
    ownerships = list(open_ones.select_for_update(no_key=True).order_by("initiative"))
    chosen = {key: one for key, one in sorted(successors.items()) if one is not None}
    _check_nobody_is_asked(chosen, initiatives)
    organization = member.organization
    days, zone = organization.offer_days, organization.zone
    successor_due_at = working_calendar(organization).deadline(at, days, zone)
    for ownership in ownerships:
        # Only work that somebody accepted is somebody's to succeed to.
        accepted = ownership.accepted_at is not None
        if accepted:
            ownership.successor_due_at = successor_due_at
        end_ownership(
            ownership,
            at,
            Ending.LEFT if accepted else Ending.WITHDRAWN,
            f"{member.name} left.",
            *(["successor_due_at"] if accepted else []),
        )
    offers = [
        make_offer(actor, at, initiatives[key], successor, f"{member.name} left.")
        for key, successor in chosen.items()
    ]
    absences = [
        *leaves.end_for_person(at=at, member=member),
        *interims.end_for_person(at=at, member=member),
    ]
    return Left(ownerships, offers, absences)


def tell_left(actor: Membership | None, at: datetime, left: Left) -> None:
    """The entries of the ledger about it."""
    for ownership in left.ownerships:
        accepted = ownership.accepted_at is not None
        record(f"ownership.{'ended' if accepted else 'withdrawn'}", actor, at, ownership)
    for offer in left.offers:
        record("ownership.offered", actor, at, offer, {"due_at": offer.due_at, "note": offer.note})
    tell(actor, at, left.absences)


def _check_nobody_is_asked(
    chosen: Mapping[int, Membership], initiatives: Mapping[int, Initiative]
) -> None:
    pending = Ownership.objects.pending().filter(initiative__in=list(chosen))
    problems = [
        Problem(
            f"successors.{offer.initiative_id}",
            f"{offer.owner.name} was asked already to own “{initiatives[offer.initiative_id].name}”"
            " and has not answered.",
        )
        for offer in pending.select_related("owner").order_by("initiative")
    ]
    if problems:
        raise Conflict(
            "Somebody else is asked already: withdraw that offer first, or leave it.",
            code="offers_refused",
            problems=problems,
        )
