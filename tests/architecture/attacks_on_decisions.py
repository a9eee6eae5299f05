"""Making a breach disappear, deciding it by something else, and rewriting what was decided."""

from datetime import date, timedelta
from decimal import Decimal

from cadence.breaches.models import Breach
from cadence.decisions.models import Approval, DecisionBreach, Verdict
from cadence.ledger.actions import append
from tests.architecture.attack import (
    Attempt,
    again,
    attack,
    delete,
    insert,
    never_deleted,
    update,
)
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)
BY_A_DECISION_ABOUT_IT = "a_breach_is_decided_by_a_decision_about_it"

never_deleted("a_breach_is_never_deleted", lambda cast: cast.breach())


@attack("a_breach_keeps_its_facts")
def a_breach_made_smaller(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    attempt.allowed(update(breach, level=1))
    attempt.keeps(
        breach,
        metric_id=cast.metric().pk,
        threshold_id=cast.threshold().pk,
        kind={"kind": "missing", "side": "", "value": None},
        side="above",
        first_period=date(2026, 11, 2),
        opening_period=date(2026, 11, 23),
        value=Decimal(44),
        limit=Decimal(32),
        opened_at=LATER,
    )


@attack("a_recovery_stays_on_record")
def a_recovery_taken_back(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    recovered = {"recovered_at": LATER, "recovered_period": date(2026, 11, 16)}
    attempt.allowed(update(breach, **recovered))
    Breach.objects.update(**recovered)
    attempt.keeps(
        breach,
        recovered_at={"recovered_at": None, "recovered_period": None},
        recovered_period=None,
    )


@attack("a_duty_to_decide_begins_no_earlier")
def a_duty_dated_back(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    attempt.allowed(update(breach, undecided_since=LATER))
    attempt.refused(update(breach, undecided_since=AT - timedelta(days=7)))


@attack(BY_A_DECISION_ABOUT_IT)
def decided_by_a_decision_about_something_else(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    right, wrong = cast.decision(breach, in_force=False), cast.decision(cast.breach(cast.metric()))
    attempt.allowed(update(breach, decision_id=right.pk))
    attempt.refused(update(breach, decision_id=wrong.pk))


@attack(BY_A_DECISION_ABOUT_IT)
def decided_by_an_older_decision(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    decision = cast.decision(breach, in_force=False)
    attempt.allowed(update(breach, decision_id=decision.pk))
    # It did not work: the duty began again.
    again_since = decision.decided_at + timedelta(weeks=4)
    Breach.objects.update(undecided_since=again_since)
    attempt.refused(update(breach, decision_id=decision.pk))
    newer = cast.decision(breach, in_force=False, decided_at=again_since + timedelta(hours=1))
    attempt.allowed(update(breach, decision_id=newer.pk))


@attack(BY_A_DECISION_ABOUT_IT)
def decided_by_holding_course_without_approval(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    decision = cast.decision(breach, kind="hold_course")
    attempt.refused(update(breach, decision_id=decision.pk))
    cast.approval(decision, cast.lars)
    attempt.allowed(update(breach, decision_id=decision.pk))


@attack(BY_A_DECISION_ABOUT_IT)
def decided_by_moving_the_threshold_though_refused(cast: Cast, attempt: Attempt) -> None:
    breach = cast.breach()
    decision = cast.decision(breach, kind="move_threshold")
    cast.approval(decision, cast.lars, approved=False)
    attempt.refused(update(breach, decision_id=decision.pk))
    adjusted = cast.decision(breach, in_force=False)
    attempt.allowed(update(breach, decision_id=adjusted.pk))


@attack(BY_A_DECISION_ABOUT_IT)
def born_decided(cast: Cast, attempt: Attempt) -> None:
    decision = cast.decision(cast.breach())
    other = again(cast.breach(cast.metric()), metric=cast.metric())
    attempt.allowed(insert(other))
    attempt.refused(insert(again(other, decision=decision)))


@attack("a_decision_stays_as_it_is")
def a_decision_rewritten(cast: Cast, attempt: Attempt) -> None:
    decision = cast.decision(cast.breach())
    attempt.refused(update(decision, what="What we meant all along."))
    attempt.refused(update(decision, decided_at=AT - timedelta(weeks=1)))
    attempt.refused(update(decision, decided_by_id=cast.dana.pk))
    attempt.refused(delete(decision))


@attack("a_decision_keeps_its_breaches")
def a_decision_made_to_be_about_something_else(cast: Cast, attempt: Attempt) -> None:
    decision, other = cast.decision(cast.breach()), cast.breach(cast.metric())
    link = DecisionBreach.objects.get(decision=decision)
    attempt.refused(update(link, breach_id=other.pk))
    attempt.refused(delete(link))


@attack("a_decision_says_at_once_what_it_is_about")
def a_breach_added_to_an_old_decision(cast: Cast, attempt: Attempt) -> None:
    decision, other = cast.decision(cast.breach()), cast.breach(cast.metric())
    link = DecisionBreach(organization=cast.acme, decision=decision, breach=other)
    attempt.allowed(insert(link))
    append(
        organization=cast.acme, event="decision.recorded", actor=cast.olu, at=AT, subject=decision
    )
    attempt.refused(insert(link))


@attack("a_decision_is_taken_by_a_person")
def decided_by_a_machine(cast: Cast, attempt: Attempt) -> None:
    decision = again(cast.decision(cast.breach()), number=99)
    attempt.allowed(insert(decision))
    attempt.refused(insert(again(decision, decided_by=cast.robo)))
    attempt.refused(insert(again(decision, decided_by=cast.obi)))


@attack("nothing_is_decided_in_a_closed_review")
def decided_in_a_closed_review(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    decision = again(cast.decision(cast.breach()), number=99, review=review)
    attempt.allowed(insert(decision))
    cast.close(review)
    attempt.refused(insert(decision))


@attack("an_approval_stays_as_it_is")
def an_approval_taken_back(cast: Cast, attempt: Attempt) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course")
    approval = cast.approval(decision, cast.lars, approved=False)
    attempt.refused(update(approval, approved=True))
    attempt.refused(delete(approval))


@attack("nobody_approves_their_own")
def an_own_decision_approved(cast: Cast, attempt: Attempt) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course", recorded_by=cast.fay)
    approval = Approval(
        organization=cast.acme,
        decision=decision,
        approved=True,
        answered_by=cast.lars,
        answered_at=LATER,
    )
    attempt.allowed(insert(approval))
    attempt.refused(insert(again(approval, answered_by=cast.olu)))
    attempt.refused(insert(again(approval, answered_by=cast.fay)))


@attack("a_verdict_stays_as_it_is")
def a_verdict_turned_round(cast: Cast, attempt: Attempt) -> None:
    verdict = cast.verdict(cast.decision(cast.breach()), "did_not_work")
    attempt.allowed(update(verdict, acknowledged_at=LATER, acknowledged_by_id=cast.olu.pk))
    attempt.keeps(
        verdict,
        decision_id=cast.decision(cast.breach(cast.metric())).pk,
        result="worked",
        grounds="We were lucky.",
        given_at=LATER,
    )


@attack("an_acknowledgement_stays")
def an_acknowledgement_taken_back(cast: Cast, attempt: Attempt) -> None:
    verdict = cast.verdict(cast.decision(cast.breach()))
    seen = {"acknowledged_at": LATER, "acknowledged_by_id": cast.olu.pk}
    attempt.allowed(update(verdict, **seen))
    Verdict.objects.update(**seen)
    nobody = {"acknowledged_at": None, "acknowledged_by_id": None}
    attempt.keeps(verdict, acknowledged_at=nobody, acknowledged_by_id=cast.dana.pk)


@attack("a_verdict_is_given_before_it_is_acknowledged")
def a_verdict_nobody_saw(cast: Cast, attempt: Attempt) -> None:
    decision = cast.decision(cast.breach())
    verdict = Verdict(
        organization=cast.acme,
        decision=decision,
        result="did_not_work",
        given_at=LATER,
        due_at=LATER,
    )
    attempt.allowed(insert(verdict))
    attempt.refused(insert(again(verdict, acknowledged_at=LATER, acknowledged_by=cast.olu)))


never_deleted("a_verdict_is_never_deleted", lambda cast: cast.verdict(cast.decision(cast.breach())))
