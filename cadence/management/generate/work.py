"""Priorities, initiatives with their owners, metrics and thresholds, in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from accounts.models import Membership, Team
from cadence.calendar.periods import shift
from cadence.calendar.workdays import WorkingCalendar
from cadence.initiatives.models import Initiative, Priority
from cadence.management.generate.founding import People
from cadence.management.generate.plan import MetricPlan, Sizes
from cadence.management.generate.recording import Record
from cadence.management.generate.values import Timeline, versions_of
from cadence.metrics.models import Kind, Metric, Threshold
from cadence.ownership.models import Ownership
from cadence.people.queries import working_calendar

MORNING, EVENING = time(9), time(17)
GOALS = ("Grow", "Deliver on time", "Keep customers", "Spend less", "Hire well", "Waste less")
RESPONSE = "Move two people to it for a week, and look at it again in the next review."


@dataclass(frozen=True)
class Work:
    """What there is to read. Lists are by number, as the plan counts."""

    initiatives: list[Initiative]
    owners: list[Membership]
    metrics: list[Metric]
    # Versions of the threshold of each metric, oldest first.
    thresholds: list[list[Threshold]]


def begin(
    sizes: Sizes, people: People, plans: Sequence[MetricPlan], timeline: Timeline, at: datetime
) -> tuple[Work, Record]:
    """Everything that is worked on since ``at``, and the record of it, not yet in the ledger."""
    record = Record(people.organization, people.machine)
    initiatives, owners = _initiatives(sizes, people, at, record)
    metrics = _metrics(plans, initiatives, owners, timeline, record)
    thresholds = _thresholds(plans, metrics, owners, timeline, record)
    return Work(initiatives, owners, metrics, thresholds), record


def _initiatives(
    sizes: Sizes, people: People, at: datetime, record: Record
) -> tuple[list[Initiative], list[Membership]]:
    """Each is offered to its owner in the morning and accepted in the evening."""
    organization, zone = people.organization, people.organization.zone
    today = at.astimezone(zone).date()
    evening = datetime.combine(today, EVENING, zone)
    priorities = Priority.objects.bulk_create(
        [
            Priority(
                organization=organization,
                rank=number,
                name=name,
                starts_on=today,
                ends_on=today + timedelta(days=3650),
                created_at=at,
            )
            for number, name in enumerate(GOALS, start=1)
        ]
    )
    for priority in priorities:
        data = {"name": priority.name, "rank": priority.rank}
        record.note("priority.created", people.executive, at, priority, data)
    everybody = range(sizes.initiatives)
    owners = [people.owners[n * sizes.owners // sizes.initiatives] for n in everybody]
    initiatives = Initiative.objects.bulk_create(
        [
            Initiative(
                organization=organization,
                priority=priorities[n % len(priorities)],
                team=_team(owners[n]),
                name=f"{GOALS[n % len(GOALS)]}: programme {n + 1}",
                budget_at_stake=Decimal(10_000 * (1 + n % 50)),
                created_at=at,
                activated_at=evening,
            )
            for n in range(sizes.initiatives)
        ],
        batch_size=500,
    )
    calendar: WorkingCalendar = working_calendar(organization)
    due_at = calendar.deadline(at, organization.offer_days, zone)
    ownerships = Ownership.objects.bulk_create(
        [
            Ownership(
                organization=organization,
                initiative=initiative,
                owner=owner,
                offered_by=_team(owner).lead,
                offered_at=at,
                due_at=due_at,
                accepted_at=evening,
            )
            for initiative, owner in zip(initiatives, owners, strict=True)
        ],
        batch_size=500,
    )
    for initiative, ownership in zip(initiatives, ownerships, strict=True):
        owner, lead = ownership.owner, ownership.offered_by
        named = {"initiative": initiative.pk, "owner": owner.pk}
        place = {"priority": initiative.priority, "team": initiative.team}
        record.note("initiative.created", lead, at, initiative, {"name": initiative.name, **place})
        offered = named | {"due_at": due_at, "note": ""}
        record.note("ownership.offered", lead, at, ownership, offered)
        accepted = named | {"previous_owner": None}
        record.note("ownership.accepted", owner, evening, ownership, accepted)
        record.note("initiative.activated", lead, evening, initiative, {"owner": owner})
    return initiatives, owners


def _team(owner: Membership) -> Team:
    assert owner.team is not None
    return owner.team


def _metrics(
    plans: Sequence[MetricPlan],
    initiatives: Sequence[Initiative],
    owners: Sequence[Membership],
    timeline: Timeline,
    record: Record,
) -> list[Metric]:
    """Outcomes first, for inputs name them. One is made in the period before its first reading."""
    made: dict[int, Metric] = {}
    outcomes: dict[int, Metric] = {}
    for leading in (False, True):
        some = [plan for plan in plans if plan.leading == leading]
        rows = Metric.objects.bulk_create(
            [_metric(plan, initiatives[plan.initiative], outcomes, timeline) for plan in some],
            batch_size=500,
        )
        for plan, metric in zip(some, rows, strict=True):
            made[plan.number] = metric
            if not leading:
                outcomes[plan.initiative] = metric
            data = {
                "name": metric.name,
                "key": metric.key,
                "kind": metric.kind,
                "read_per": metric.read_per,
                "judged_per": metric.judged_per,
                "aggregation": metric.aggregation,
                "leads_to": metric.leads_to,
            }
            lead = _team(owners[plan.initiative]).lead
            record.note("metric.created", lead, metric.created_at, metric, data)
    return [made[plan.number] for plan in plans]


def _metric(
    plan: MetricPlan,
    initiative: Initiative,
    outcomes: Mapping[int, Metric],
    timeline: Timeline,
) -> Metric:
    starts = timeline.span(plan).starts
    before = shift(plan.judged_per, starts[0], -1)
    return Metric(
        organization=initiative.organization,
        initiative=initiative,
        name=plan.name,
        key=plan.key,
        unit="points",
        decimals=plan.decimals,
        kind=Kind.LEADING if plan.leading else Kind.LAGGING,
        read_per=plan.read_per,
        judged_per=plan.judged_per,
        aggregation=plan.aggregation,
        leads_to=outcomes[plan.initiative] if plan.leading else None,
        created_at=datetime.combine(before, MORNING, timeline.zone),
        # Where the sweep of last week left it; it looks at what came since.
        checked_to=shift(plan.judged_per, starts[-1], -1),
    )


def _thresholds(
    plans: Sequence[MetricPlan],
    metrics: Sequence[Metric],
    owners: Sequence[Membership],
    timeline: Timeline,
    record: Record,
) -> list[list[Threshold]]:
    rows: list[Threshold] = []
    places: list[int] = []
    for plan in plans:
        versions = versions_of(plan, timeline.span(plan))
        for place, (since, limits) in enumerate(versions):
            later = versions[place + 1][0] if place + 1 < len(versions) else None
            floor_metric = None if plan.floor_metric is None else metrics[plan.floor_metric]
            rows.append(
                Threshold(
                    organization=metrics[plan.number].organization,
                    metric=metrics[plan.number],
                    floor=limits.floor,
                    ceiling=limits.ceiling,
                    floor_metric=floor_metric,
                    starts_on=since,
                    ends_on=later,
                    periods_in_a_row=plan.in_a_row,
                    agreed_response=RESPONSE,
                    reason="It was reached for half a year." if place else "",
                    set_by=_team(owners[plan.initiative]).lead,
                    set_at=_set_at(since, timeline),
                )
            )
            places.append(plan.number)
    found: list[list[Threshold]] = [[] for _ in plans]
    rows = Threshold.objects.bulk_create(rows, batch_size=500)
    for number, row in zip(places, rows, strict=True):
        found[number].append(row)
        data = {
            "metric": row.metric,
            "floor": row.floor,
            "ceiling": row.ceiling,
            "floor_metric": row.floor_metric,
            "starts_on": row.starts_on,
            "periods_in_a_row": row.periods_in_a_row,
            "agreed_response": row.agreed_response,
            "reason": row.reason,
            "opened": [],
            "recovered": [],
        }
        record.note("threshold.set", row.set_by, row.set_at, row, data)
    return found


def _set_at(since: date, timeline: Timeline) -> datetime:
    return datetime.combine(since, MORNING, timeline.zone)
