"""Priorities and initiatives. An initiative is activated, resumed and ended in
``ownership.actions``, for somebody has to answer for it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Membership, Team
from cadence.errors import Conflict, Invalid
from cadence.initiatives.models import Initiative, Priority, State
from cadence.initiatives.queries import locked_initiative, locked_priority
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people.checks import check_within
from cadence.people.queries import locked_organization
from cadence.permissions import Act, require

LARGEST_BUDGET = Decimal(10) ** 13


@transaction.atomic
def create_priority(
    *,
    actor: Membership,
    at: datetime,
    name: object,
    starts_on: object,
    ends_on: object,
    description: object = "",
) -> Priority:
    """A priority for a planning period, ranked after those there are."""
    # So that two at once do not take the same rank.
    organization = locked_organization(actor.organization_id)
    require(actor, Act.CHANGE_PRIORITIES)
    values = _priority(name, description, starts_on, ends_on)
    last = organization.priorities.aggregate(last=Max("rank"))["last"] or 0
    priority = Priority.objects.create(
        organization=organization, rank=last + 1, created_at=at, **values
    )
    _append("priority.created", actor, at, priority, values | {"rank": priority.rank})
    return priority


@transaction.atomic
def change_priority(
    *,
    actor: Membership,
    at: datetime,
    priority: Priority,
    name: object,
    description: object,
    starts_on: object,
    ends_on: object,
) -> Priority:
    priority = locked_priority(actor, priority)
    require(actor, Act.CHANGE_PRIORITIES)
    changed = put(priority, **_priority(name, description, starts_on, ends_on))
    if changed:
        priority.save(update_fields=list(changed))
        _append("priority.changed", actor, at, priority, {"changed": changed})
    return priority


@transaction.atomic
def rank_priorities(*, actor: Membership, at: datetime, order: Sequence[int]) -> list[Priority]:
    """Rank all priorities of the organization: their ids, the first one first."""
    organization = locked_organization(actor.organization_id)
    require(actor, Act.CHANGE_PRIORITIES)
    rows = {row.pk: row for row in organization.priorities.select_for_update(no_key=True)}
    if len(order) != len(rows) or set(order) != set(rows):
        raise Invalid.field("order", "This must name every priority of the organization once.")
    moved = []
    for rank, key in enumerate(order, start=1):
        if put(rows[key], rank=rank):
            rows[key].save(update_fields=["rank"])
            moved.append(key)
    if moved:
        append(
            organization=organization,
            event="priorities.ranked",
            actor=actor,
            at=at,
            subject=organization,
            data={"order": list(order)},
        )
    return [rows[key] for key in order]


@transaction.atomic
def create_initiative(
    *,
    actor: Membership,
    at: datetime,
    priority: Priority,
    team: Team,
    name: object,
    description: object = "",
    budget_at_stake: object = None,
) -> Initiative:
    """A draft. The budget is in the currency of the organization, None when nobody has said."""
    check_within(actor, priority, team)
    require(actor, Act.CHANGE_INITIATIVE, team=team.pk)
    values = _initiative(name, description, budget_at_stake)
    initiative = Initiative.objects.create(
        organization_id=actor.organization_id,
        priority=priority,
        team=team,
        created_at=at,
        **values,
    )
    data = values | {"priority": priority, "team": team}
    _append("initiative.created", actor, at, initiative, data)
    return initiative


@transaction.atomic
def change_initiative(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    priority: Priority,
    team: Team,
    name: object,
    description: object,
    budget_at_stake: object,
) -> Initiative:
    """What an initiative is about and where it lies. To move it takes the right in both teams."""
    check_within(actor, priority, team)
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.CHANGE_INITIATIVE, team=initiative.team_id)
    require(actor, Act.CHANGE_INITIATIVE, team=team.pk)
    values = _initiative(name, description, budget_at_stake)
    check_not_ended(initiative)
    changed = put(initiative, priority=priority, team=team, **values)
    if changed:
        initiative.save(update_fields=list(changed))
        _append("initiative.changed", actor, at, initiative, {"changed": changed})
    return initiative


@transaction.atomic
def pause_initiative(
    *, actor: Membership, at: datetime, initiative: Initiative, reason: object
) -> Initiative:
    """No reading is owed while it is paused. Breaches there are still want their decision.

    Conflicts: ``initiative_without_owner``, ``initiative_not_active``, ``initiative_ended``. A
    pause stops the search for an owner, so that nobody would ever be found.
    """
    initiative = locked_initiative(actor, initiative)
    require(actor, Act.CHANGE_INITIATIVE, team=initiative.team_id)
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    inputs.done()
    check_not_ended(initiative)
    if initiative.state != State.ACTIVE:
        raise Conflict("Only an active initiative is paused.", code="initiative_not_active")
    # By the name of the reverse relation: ownerships stand above initiatives.
    if not initiative.ownerships.filter(accepted_at__isnull=False, ended_at=None).exists():
        raise Conflict(
            "Nobody owns it: a pause would end the search for an owner. Offer it to somebody, or "
            "end the initiative.",
            code="initiative_without_owner",
        )
    initiative.paused_at = at
    initiative.save(update_fields=["paused_at"])
    _append("initiative.paused", actor, at, initiative, {"reason": words})
    return initiative


def check_not_ended(initiative: Initiative) -> None:
    if initiative.ended_at is not None:
        raise Conflict(
            f"The initiative was {State(initiative.ended_as).label.lower()}.",
            code="initiative_ended",
        )


def _priority(
    name: object, description: object, starts_on: object, ends_on: object
) -> dict[str, Any]:
    inputs = Inputs()
    first = inputs.day("starts_on", starts_on)
    last = inputs.day("ends_on", ends_on)
    values = {
        "name": inputs.text("name", name, longest=160),
        "description": inputs.text(
            "description", description, longest=4000, lines=True, needed=False
        ),
        "starts_on": first or date.min,
        "ends_on": last or date.max,
    }
    if first and last and last <= first:
        inputs.refuse("ends_on", "A priority ends after it starts.")
    inputs.done()
    return values


def _initiative(name: object, description: object, budget_at_stake: object) -> dict[str, Any]:
    inputs = Inputs()
    budget = inputs.number("budget_at_stake", budget_at_stake, needed=False)
    values = {
        "name": inputs.text("name", name, longest=160),
        "description": inputs.text(
            "description", description, longest=4000, lines=True, needed=False
        ),
        "budget_at_stake": budget,
    }
    if budget is not None:
        if budget != budget.quantize(Decimal("0.01")):
            inputs.refuse("budget_at_stake", "An amount of money has at most two decimals.")
        elif not 0 <= budget < LARGEST_BUDGET:
            inputs.refuse("budget_at_stake", "A budget is from 0 to below 10,000,000,000,000.")
    inputs.done()
    return values


def _append(
    event: str,
    actor: Membership,
    at: datetime,
    subject: Priority | Initiative,
    data: dict[str, Any],
) -> None:
    append(
        organization=subject.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=subject,
        data=data,
    )
