"""Reviews as they were held: who was there, what was acknowledged, what was decided."""

import random
from datetime import date, timedelta
from typing import cast

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.breaches.models import Kind as BreachKind
from cadence.calendar.periods import PeriodKind, period_end, period_start, shift
from cadence.decisions.actions import acknowledge_verdict, record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision, DecisionKind, Verdict
from cadence.decisions.queries import may_approve
from cadence.evaluation.approvals import answer_decision
from cadence.initiatives.models import Initiative
from cadence.management.demo import promises
from cadence.management.demo.figures import dip_at
from cadence.management.demo.plot import Answer, Metric
from cadence.management.demo.world import World, everybody
from cadence.ownership.interims import name_interim
from cadence.reviews.actions import close_review, open_review
from cadence.reviews.models import Review
from cadence.reviews.queries import holds, silent_owners
from cadence.reviews.room import note_attendance, save_notes

CAME_BACK = Answer("recovered", "It came back by itself before anybody had to act.")
LOOK_DAILY = Answer(
    "adjust", "The owner looks at it every morning until it is back.", "Back inside", check=1
)
NOTES = (
    "Began on time. The scorecard took four minutes.",
    "Good news first: two customers wrote to say thank you.",
    "We were quicker than planned; the rest of the time went to the commitments.",
    "Next week somebody else facilitates.",
)


def come_in(world: World, review: Review) -> Review:
    """Who is there and who is not."""
    scope = Tree(world.organization).below(review.team_id)
    luck = _luck(world, review)
    present = {
        member.pk: member.pk == review.facilitator_id or luck.random() < 0.88
        for member in everybody(world)
        if member.team_id in scope and member.is_current
    }
    facilitator = world.people[review.facilitator_id]
    return note_attendance(actor=facilitator, at=world.soon(60), review=review, present=present)


def hold(world: World, review: Review) -> None:
    """From the first minute to the minutes: nothing stays undecided."""
    facilitator = world.people[review.facilitator_id]
    review = open_review(actor=facilitator, at=world.moment, review=review)
    review = come_in(world, review)
    held = holds(review)
    verdicts = [one.id for one in held if one.kind == "verdict"]
    for verdict in Verdict.objects.filter(pk__in=verdicts).select_related("decision__decided_by"):
        acknowledge(world, verdict, review)
    for key in [one.id for one in held if one.kind == "breach"]:
        breach = Breach.objects.get(pk=key)
        world.soon(240)
        decide(world, breach, answer_for(world, breach) or plain_answer(breach), review)
    for key in [one.id for one in held if one.kind == "orphan"]:
        stand_for(world, Initiative.objects.get(pk=key))
    promises.make(world, review)
    luck = _luck(world, review)
    world.go(review.starts_at + luck.uniform(0.6, 0.95) * timedelta(minutes=review.series.minutes))
    if luck.random() < 0.3:
        save_notes(actor=facilitator, at=world.moment, review=review, notes=luck.choice(NOTES))
    close_review(actor=facilitator, at=world.soon(), review=review)


def stand_for(world: World, initiative: Initiative) -> None:
    """The lead answers for an orphan for a month, by name, until an owner is found."""
    lead = world.people[
        cast(Membership, Tree(world.organization).acting_owner(initiative.team_id)).pk
    ]
    today = world.moment.astimezone(world.line.zone).date()
    name_interim(
        actor=lead,
        at=world.soon(60),
        initiative=initiative,
        person=lead,
        until=today + timedelta(days=30),
        silent=silent_owners(world.organization, world.moment),
    )


def acknowledge(world: World, verdict: Verdict, review: Review | None = None) -> None:
    """By who decided, or by the facilitator where that person has no say any more."""
    decision = verdict.decision
    person = decision.decided_by
    if review is not None and not person.is_current:
        person = review.facilitator
    acknowledge_verdict(
        actor=world.people[person.pk], at=world.soon(60), decision=decision, review=review
    )


def answer_for(world: World, breach: Breach) -> Answer | None:
    """What the plot says next about a breach, and that it was said; None when nothing is left."""
    _, metric = world.by_metric[breach.metric_id]
    answers = _answers(world, metric, breach)
    said = world.said.get(breach.pk, 0)
    if said >= len(answers):
        return None
    answer = answers[said]
    if answer.kind == DecisionKind.RECOVERED and breach.recovered_at is None:
        return None
    if answer.kind == DecisionKind.AGREED and breach.kind == BreachKind.MISSING:
        return None
    world.said[breach.pk] = said + 1
    return answer


def plain_answer(breach: Breach) -> Answer:
    """For what the plot did not foresee, such as a holiday that moved a review."""
    return LOOK_DAILY if breach.recovered_at is None else CAME_BACK


def decide(world: World, breach: Breach, answer: Answer, review: Review | None = None) -> Decision:
    """Record the decision, by the facilitator in a review; approve it where that takes two."""
    decider = world.members[answer.by] if answer.by else _has_the_duty(world, breach)
    actor = decider if review is None else world.people[review.facilitator_id]
    moved_from, moved_to, amount = answer.moved
    draft = Draft(
        kind=answer.kind,
        what=answer.what,
        expected=answer.expected,
        check_on=_check_on(world, breach, answer),
        moved_from=moved_from,
        moved_to=moved_to,
        amount=amount,
        escalated_to=world.members[answer.to] if answer.to else None,
        new_floor=answer.floor,
        new_ceiling=answer.ceiling,
        carried_out_by=decider,
    )
    decision = record_decision(
        actor=actor,
        at=world.soon(60),
        breaches=[breach],
        draft=draft,
        decided_by=decider,
        review=review,
    )
    work, _ = world.by_metric[breach.metric_id]
    if decision.kind == DecisionKind.STOP:
        world.over.add(work.name)
    if decision.needs_approval:
        approve(world, decision, world.teams[work.team].pk)
    return decision


def approve(world: World, decision: Decision, team_id: int) -> None:
    """By the nearest person above who decided."""
    above = Tree(world.organization).above(decision.decided_by, team_id)
    approver = next(person for person in above if may_approve(person, decision))
    answer_decision(
        actor=world.people[approver.pk], at=world.soon(90), decision=decision, approved=True
    )


def _luck(world: World, review: Review) -> random.Random:
    # Not for secrets: the same people are late at every build.
    return random.Random(f"{review.series.name} {world.line.today - review.occurs_on}")  # noqa: S311


def _answers(world: World, metric: Metric, breach: Breach) -> tuple[Answer, ...]:
    ago = _ago(world, metric, breach.opening_period)
    if breach.kind == BreachKind.MISSING:
        holes = [hole for hole in metric.holes if hole.week == ago]
        return holes[0].answers if holes else ()
    dip = dip_at(metric, ago)
    return dip.answers if dip else ()


def _ago(world: World, metric: Metric, period: date) -> int:
    """How many weeks ago a period began, or months where it is one."""
    if metric.per == "month":
        latest = world.line.month(1)
        return (latest.year - period.year) * 12 + latest.month - period.month + 1
    return (world.line.monday(0) - period_start("week", period, 0)).days // 7


def _has_the_duty(world: World, breach: Breach) -> Membership:
    assert breach.answerable is not None
    return world.people[breach.answerable.pk]


def _check_on(world: World, breach: Breach, answer: Answer) -> date | None:
    today = world.moment.astimezone(world.line.zone).date()
    if answer.kind in {DecisionKind.STOP, DecisionKind.RECOVERED}:
        return None
    if answer.kind == DecisionKind.ESCALATE:
        return today + timedelta(days=answer.check)
    kind = cast(PeriodKind, breach.metric.judged_per)
    return period_end(kind, shift(kind, period_start(kind, today, 0), answer.check))
