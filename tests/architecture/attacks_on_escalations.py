"""Making it undone that something went up, or letting it go up twice for one moment."""

from datetime import timedelta
from typing import Any

from django.db import models

from cadence.decisions.models import Commitment, Verdict
from cadence.ownership.models import Ending
from tests.architecture.attack import Attempt, again, attack, delete, insert, update
from tests.architecture.rows import rule
from tests.cast import AT, Cast

DAY = timedelta(days=1)


def commitment(cast: Cast) -> Commitment:
    return Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call the ten oldest leads.",
        person=cast.nils,
        due_on=AT.date(),
        due_at=AT,
        created_by=cast.olu,
        created_at=AT,
    )


def judged(cast: Cast) -> Verdict:
    return cast.verdict(cast.decision(cast.breach()))


def step(cast: Cast) -> models.Model:
    return cast.step(cast.breach())


@attack("an_escalation_stays_on_record")
def a_step_undone(cast: Cast, attempt: Attempt) -> None:
    found = step(cast)
    attempt.refused(update(found, to_person_id=cast.lars.pk))
    attempt.refused(update(found, at=AT - DAY))
    attempt.refused(delete(found))


@attack("an_escalation_goes_to_a_person")
def handed_to_a_machine(cast: Cast, attempt: Attempt) -> None:
    found = again(step(cast), was_due_at=AT)
    attempt.allowed(insert(found))
    attempt.refused(insert(again(found, to_person=cast.robo)))
    attempt.refused(insert(again(found, to_person=cast.obi)))


@attack("an_escalation_is_about_one_thing")
def about_nothing_or_two_things(cast: Cast, attempt: Attempt) -> None:
    found, promise = again(step(cast), was_due_at=AT), commitment(cast)
    attempt.allowed(insert(found))
    for facts in (
        {"breach": None},
        {"commitment": promise},
        {"kind": "commitment"},
        {"kind": "feeling"},
    ):
        attempt.refused(insert(again(found, **facts)))


LATER: dict[str, Any] = {"was_due_at": AT}
rule("an_escalation_has_a_known_cause", step, LATER, {**LATER, "because": "anger"})
rule("an_escalation_goes_at_least_one_step_up", step, LATER, {**LATER, "level": 0})
rule("what_was_overdue_says_since_when", step, LATER, {"was_due_at": None})
rule("the_time_of_a_breach_runs_out_once", step, LATER, {})
rule("the_time_of_a_commitment_runs_out_once", lambda c: c.step(commitment(c)), LATER, {})
rule("the_time_of_an_ownership_runs_out_once", lambda c: c.step(c.ownership), LATER, {})
rule("the_time_of_a_review_runs_out_once", lambda c: c.step(c.planned_review()), LATER, {})
rule("the_time_of_a_verdict_runs_out_once", lambda c: c.step(judged(c)), LATER, {})


@attack("only_a_missed_review_is_overdue")
def overdue_before_it_was_missed(cast: Cast, attempt: Attempt) -> None:
    review = cast.planned_review()
    attempt.allowed(update(review, missed_at=AT, due_at=AT + DAY))
    attempt.refused(update(review, due_at=AT + DAY))


@attack("a_successor_is_owed_where_the_owner_left")
def a_successor_owed_for_somebody_who_is_here(cast: Cast, attempt: Attempt) -> None:
    attempt.refused(update(cast.ownership, successor_due_at=AT + DAY))
    gone = {"ended_at": AT, "ending": Ending.LEFT, "reason": "Olu left."}
    attempt.allowed(update(cast.ownership, successor_due_at=AT + DAY, **gone))
