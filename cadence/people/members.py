"""Who belongs to an organization and as what. Part of the actions of people."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership, Role, Team
from cadence.errors import Conflict, Problem
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people import checks
from cadence.people.leaving import (
    check_can_part,
    check_not_last_administrator,
    clear_sponsor,
    part,
    tell_parted,
)
from cadence.people.queries import locked_member, locked_organization
from cadence.permissions import Act, require

PERSON_ROLES = (Role.MEMBER, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.OBSERVER)


@transaction.atomic
def add_machine(
    *, actor: Membership, at: datetime, name: object, team: Team | None = None
) -> Membership:
    """A machine that pushes readings. It acts with tokens that administrators issue."""
    checks.check_within(actor, team)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    label = inputs.text("name", name, longest=120)
    inputs.done()
    machine = Membership.objects.create(
        organization_id=actor.organization_id,
        name=label,
        role=Role.MACHINE,
        team=team,
        joined_at=at,
    )
    _append("machine.added", actor, at, machine, {"name": label, "team": team})
    return machine


@transaction.atomic
def change_member(
    *,
    actor: Membership,
    at: datetime,
    member: Membership,
    name: object,
    role: object,
    team: Team | None,
) -> Membership:
    """Name, role and team of a member. A machine stays a machine and a person a person.

    Conflicts: ``member_left``, ``last_administrator``, ``member_answers_for_work`` when somebody
    who owns an initiative, was offered one or leads a team is to become an observer.
    """
    checks.check_within(actor, member, team)
    organization = locked_organization(actor.organization_id)
    member = locked_member(actor, member)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    roles = PERSON_ROLES if member.is_person else (Role.MACHINE,)
    values = {
        "name": inputs.text("name", name, longest=120),
        "role": inputs.choice("role", role, roles),
    }
    inputs.done()
    if not member.is_current:
        raise Conflict(f"{member.name} has left.", code="member_left")
    if values["role"] != Role.ADMINISTRATOR:
        check_not_last_administrator(organization, member)
    if values["role"] == Role.OBSERVER:
        _check_answers_for_nothing(member)
    changed = put(member, **values, team=team)
    if not changed:
        return member
    member.save(update_fields=list(changed))
    if member.role != Role.EXECUTIVE:
        clear_sponsor(organization, member)
    _append("member.changed", actor, at, member, {"changed": changed})
    return member


@transaction.atomic
def end_membership(
    *, actor: Membership, at: datetime, member: Membership, reason: object
) -> Membership:
    """Somebody leaves, or a machine is switched off: tokens are revoked, teams lose their lead.

    For a person this is `evaluation.leaving.deactivate_member`, which first ends what they own;
    whoever owns something is refused here (``member_answers_for_work``). Also ``member_left``,
    ``last_administrator``.
    """
    checks.check_within(actor, member)
    organization = locked_organization(actor.organization_id)
    member = locked_member(actor, member)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    inputs.done()
    check_can_part(organization, member)
    parted = part(at, organization, member, words, {})
    tell_parted(actor, at, parted)
    return member


@transaction.atomic
def return_member(*, actor: Membership, at: datetime, member: Membership) -> Membership:
    """Somebody who left is back, in the role they had. They own, lead and facilitate nothing, and
    their tokens and calendar links stay revoked; they sign in anew."""
    checks.check_within(actor, member)
    locked_organization(actor.organization_id)
    member = locked_member(actor, member)
    require(actor, Act.ADMINISTER)
    if member.is_current:
        raise Conflict(f"{member.name} has not left.", code="member_is_current")
    member.ended_at = None
    member.save(update_fields=["ended_at"])
    _append("member.returned", actor, at, member, {"role": member.role})
    return member


def _check_answers_for_nothing(member: Membership) -> None:
    work = [
        row.initiative_id for row in member.ownerships.filter(ended_at=None).order_by("initiative")
    ]
    teams = list(member.leads.order_by("pk").values_list("pk", flat=True))
    # By the names of the reverse relations: leaves and interims stand above people.
    stands_in = member.stands_in.filter(ended_at=None)
    leaves = list(stands_in.order_by("pk").values_list("pk", flat=True))
    acts_for = member.interims.filter(ended_at=None).order_by("initiative")
    work += acts_for.values_list("initiative", flat=True)
    if work or teams or leaves:
        raise Conflict(
            f"{member.name} owns initiatives, leads teams or stands in for somebody; an observer "
            "answers for nothing.",
            code="member_answers_for_work",
            details={"initiatives": work, "teams": teams, "leaves": leaves},
            problems=[Problem("role", "Hand over first what this person answers for.")],
        )


def _append(
    event: str, actor: Membership, at: datetime, subject: Membership, data: dict[str, Any]
) -> None:
    append(
        organization=actor.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=subject,
        data=data,
    )
