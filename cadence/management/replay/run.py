"""Letting the weeks pass: readings in, breaches out, reviews held open until decided."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from cadence.breaches.models import Breach
from cadence.calendar.periods import WEEK, period_end, period_start, shift
from cadence.decisions.actions import acknowledge_verdict, record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import KINDS_OF_TWO, KINDS_WITHOUT_CHECK, Verdict
from cadence.errors import Conflict
from cadence.evaluation.actions import record_readings
from cadence.evaluation.approvals import answer_decision
from cadence.evaluation.rows import Row
from cadence.evaluation.tick import tick
from cadence.management.replay.figures import Figures
from cadence.management.replay.founding import World
from cadence.management.replay.plan import DecisionPlan, Plan
from cadence.reviews.actions import close_review
from cadence.reviews.models import Review
from cadence.reviews.queries import holds
from cadence.reviews.room import note_attendance

NOON, EVENING = time(12), time(17)
DEFAULTS = {
    "threshold": DecisionPlan("agreed"),
    "missing": DecisionPlan("adjust", what="Find out why there is no reading."),
    "recovered": DecisionPlan("recovered", what="It came back before anything was changed."),
}


@dataclass
class Counts:
    """What happened at the reviews."""

    refused: int = 0  # reviews whose close was refused at least once
    refusals: list[str] = field(default_factory=list)


def play(
    world: World,
    plan: Plan,
    figures: Figures,
    *,
    decide: bool,
    progress: Callable[[int, int], None],
) -> Counts:
    """Live through every day of the figures: on the first day of a week the week before comes in,
    each evening the clock ticks and the reviews that are due are held."""
    counts = Counts()
    organization = world.organization
    first, last = figures.days[0], figures.days[-1]
    days = (last - first).days + 2
    for number in range(days):
        day = first + timedelta(days=number)
        if day == period_start(WEEK, day, organization.week_start) or number == days - 1:
            _bring_in(world, figures, day)
        at = _moment(world, day, EVENING)
        tick(at=at, organization=organization)
        for review in Review.objects.open().filter(organization=organization).order_by("starts_at"):
            _hold(world, plan, review, at, counts, decide=decide)
        progress(number + 1, days)
    return counts


def _moment(world: World, day: date, when: time) -> datetime:
    return datetime.combine(day, when, world.organization.zone)


def _bring_in(world: World, figures: Figures, day: date) -> None:
    """The figures of the seven days before, as a machine would push them."""
    rows = [
        Row(world.metrics[column].pk, past, values[past])
        for column, values in figures.columns.items()
        for past in (day - timedelta(days=back) for back in range(7, 0, -1))
        if past in values
    ]
    if rows:
        record_readings(actor=world.machine, at=_moment(world, day, NOON), rows=rows)


def _hold(
    world: World, plan: Plan, review: Review, at: datetime, counts: Counts, *, decide: bool
) -> None:
    if not review.attendances.exists():
        there = {world.facilitator.pk: True, world.owner.pk: True}
        note_attendance(actor=world.facilitator, at=at, review=review, present=there)
        try:
            close_review(actor=world.facilitator, at=at, review=review)
            return
        except Conflict as refusal:
            if refusal.code != "review_held_open":
                raise
            counts.refused += 1
            counts.refusals.append(refusal.message)
    if decide:
        _decide(world, plan, review, at)
        close_review(actor=world.facilitator, at=at, review=review)


def _decide(world: World, plan: Plan, review: Review, at: datetime) -> None:
    """Whatever holds the review open: acknowledge the verdicts, decide the breaches."""
    held = holds(review)
    verdicts = [hold.id for hold in held if hold.kind == "verdict"]
    for verdict in Verdict.objects.filter(pk__in=verdicts).select_related("decision"):
        acknowledge_verdict(
            actor=world.facilitator, at=at, decision=verdict.decision, review=review
        )
    breaches = [hold.id for hold in held if hold.kind == "breach"]
    for breach in Breach.objects.filter(pk__in=breaches).order_by("pk"):
        case = "recovered" if breach.recovered_at is not None else breach.kind
        wanted = plan.decisions.get(case, DEFAULTS[case])
        decision = record_decision(
            actor=world.facilitator,
            at=at,
            breaches=[breach],
            draft=_draft(world, wanted, at),
            decided_by=world.owner,
            review=review,
        )
        if decision.kind in KINDS_OF_TWO:
            answer_decision(actor=world.executive, at=at, decision=decision, approved=True)


def _draft(world: World, wanted: DecisionPlan, at: datetime) -> Draft:
    today = at.astimezone(world.organization.zone).date()
    running = period_start(WEEK, today, world.organization.week_start)
    check_on = period_end(WEEK, shift(WEEK, running, wanted.periods - 1))
    return Draft(
        kind=wanted.kind,
        what=wanted.what,
        check_on=None if wanted.kind in KINDS_WITHOUT_CHECK else check_on,
        moved_from=wanted.moved_from,
        moved_to=wanted.moved_to,
        amount=wanted.amount,
        escalated_to=world.executive if wanted.kind == "escalate" else None,
        carried_out_by=world.owner,
    )
