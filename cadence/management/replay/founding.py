"""Setting up the organization of a replay, through the same actions as everybody's."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.text import slugify

from accounts.models import Membership, Organization, Role, Team
from cadence.evaluation.lifecycle import activate_initiative
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.initiatives.actions import create_initiative, create_priority
from cadence.initiatives.models import Initiative
from cadence.management.replay.plan import Limit, MetricPlan, Plan
from cadence.metrics.actions import create_metric
from cadence.metrics.models import Kind, Metric
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.people.actions import found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.members import add_machine
from cadence.people.teams import create_team
from cadence.reviews.series import create_series


@dataclass(frozen=True)
class World:
    """What a replay plays in."""

    organization: Organization
    machine: Membership
    executive: Membership
    owner: Membership
    facilitator: Membership
    initiative: Initiative
    metrics: dict[str, Metric]  # by column
    shown: list[Metric]  # in the order of the plan, moving limits after the metric they limit
    password: str


def found(plan: Plan, first_day: date, last_day: date, at: datetime) -> World:
    """The organization as it is a week before its first figure. ``at`` lies in that week."""
    password = secrets.token_urlsafe(12)
    slug = plan.organization["slug"]
    organization, administrator = found_organization(
        **plan.organization,
        at=at,
        week_start=plan.week_start,
        administrator_email=_address("administrator", slug),
        administrator_name=plan.people["administrator"],
        password=password,
    )
    executive = _join(plan, administrator, "executive", Role.EXECUTIVE, None, at, password)
    lead = _join(plan, administrator, "lead", Role.MEMBER, None, at, password)
    team = create_team(actor=administrator, at=at, name=plan.team, lead=lead)
    owner = _join(plan, administrator, "owner", Role.MEMBER, team, at, password)
    facilitator = _join(plan, administrator, "facilitator", Role.MEMBER, team, at, password)
    machine = add_machine(actor=administrator, at=at, name="Replay", team=team)
    priority = create_priority(
        actor=executive,
        at=at,
        name=plan.priority,
        starts_on=first_day,
        ends_on=last_day + timedelta(days=1),
    )
    initiative = create_initiative(
        actor=lead, at=at, priority=priority, team=team, name=plan.initiative
    )
    offer = offer_ownership(actor=lead, at=at, initiative=initiative, owner=owner)
    accept_ownership(actor=owner, at=at, ownership=offer)
    metrics, shown = _metrics(plan, lead, initiative, first_day, at)
    activate_initiative(actor=lead, at=at, initiative=initiative)
    for review in plan.reviews:
        create_series(
            actor=lead,
            at=at,
            team=team,
            name=review.name,
            kind=review.kind,
            rule=review.rule,
            starts_on=first_day,
            time_of_day=review.time_of_day,
            minutes=review.minutes,
            facilitator=facilitator,
        )
    return World(
        organization, machine, executive, owner, facilitator, initiative, metrics, shown, password
    )


def _address(role: str, slug: str) -> str:
    return f"{role}@{slug}.example"


def _join(
    plan: Plan,
    administrator: Membership,
    part: str,
    role: Role,
    team: Team | None,
    at: datetime,
    password: str,
) -> Membership:
    _, secret = invite(
        actor=administrator,
        at=at,
        email=_address(part, plan.organization["slug"]),
        name=plan.people[part],
        role=role,
        team=team,
    )
    return accept_invitation(at=at, secret=secret, name=plan.people[part], password=password)


def _metrics(
    plan: Plan, lead: Membership, initiative: Initiative, first_day: date, at: datetime
) -> tuple[dict[str, Metric], list[Metric]]:
    """Outcomes first, for the inputs name them; then a metric for each moving limit."""
    by_key: dict[str, Metric] = {}
    by_column: dict[str, Metric] = {}
    shown: list[Metric] = []
    ordered = sorted(plan.metrics, key=lambda metric: metric.kind == Kind.LEADING)
    for one in ordered:
        by_key[one.key] = by_column[one.column] = _metric(
            lead, initiative, one, at, leads_to=by_key.get(one.leads_to)
        )
    for one in plan.metrics:
        shown.append(by_key[one.key])
        for limit in (one.floor, one.ceiling):
            if limit is not None and limit.column and limit.column not in by_column:
                target = MetricPlan(
                    name=f"{one.name}: {limit.column}",
                    key=slugify(limit.column)[:80],
                    column=limit.column,
                    unit=one.unit,
                    decimals=one.decimals,
                    aggregation=one.aggregation,
                )
                by_column[limit.column] = _metric(lead, initiative, target, at)
                shown.append(by_column[limit.column])
    for one in plan.metrics:
        if one.floor is not None or one.ceiling is not None:
            set_threshold(
                actor=lead,
                at=at,
                metric=by_key[one.key],
                wanted=Wanted(
                    **_limits("floor", one.floor, by_column),
                    **_limits("ceiling", one.ceiling, by_column),
                    starts_on=first_day,
                    periods_in_a_row=one.periods_in_a_row,
                    agreed_response=one.agreed_response,
                ),
            )
    return by_column, shown


def _metric(
    lead: Membership,
    initiative: Initiative,
    one: MetricPlan,
    at: datetime,
    leads_to: Metric | None = None,
) -> Metric:
    return create_metric(
        actor=lead,
        at=at,
        initiative=initiative,
        name=one.name,
        key=one.key,
        unit=one.unit,
        decimals=one.decimals,
        kind=one.kind,
        read_per="day",
        judged_per="week",
        aggregation=one.aggregation,
        leads_to=leads_to,
    )


def _limits(side: str, limit: Limit | None, by_column: dict[str, Metric]) -> dict[str, Any]:
    if limit is None:
        return {}
    if limit.column:
        return {f"{side}_metric": by_column[limit.column]}
    return {side: limit.number}
