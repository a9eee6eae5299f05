"""On the check date the readings say whether it worked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, commit, drop_commitment, keep_commitment
from cadence.decisions.models import Decision, Verdict
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.evaluation.verdicts import give_verdicts
from cadence.ledger.models import Entry
from tests.cast import AT, Cast

SUNDAY = date(2026, 11, 22)  # ends the week of 16 November
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


def decided(cast: Cast, **facts: object) -> Decision:
    return cast.decision(cast.breach(), check_on=SUNDAY, **facts)


def read(cast: Cast, value: str) -> None:
    row = Row(cast.demos.pk, date(2026, 11, 16), value)
    record_readings(actor=cast.olu, at=MONDAY, rows=[row])


def judge(cast: Cast, at: datetime = MONDAY) -> list[Verdict]:
    return give_verdicts(at=at, organization=cast.acme)


def test_a_metric_back_inside_means_that_it_worked(cast: Cast) -> None:
    decision = decided(cast)
    read(cast, "52")
    (verdict,) = judge(cast)
    assert (verdict.decision, verdict.result) == (decision, "worked")
    assert "52" in verdict.grounds and "floor 45" in verdict.grounds


def test_did_not_work_opens_the_duty_again_one_step_up(cast: Cast) -> None:
    decided(cast)
    read(cast, "40")
    (verdict,) = judge(cast)
    assert verdict.result == "did_not_work"
    breach = Breach.objects.get()
    assert breach.decision is None and breach.level == 1 and breach.answerable == cast.dana
    assert breach.undecided_since == MONDAY and breach.due_at > MONDAY


def test_no_verdict_before_the_period_is_over(cast: Cast) -> None:
    decided(cast)
    read(cast, "52")
    # Sunday 23:30 in Berlin.
    assert judge(cast, datetime(2026, 11, 22, 22, 30, tzinfo=UTC)) == []


def test_a_verdict_waits_for_the_reading_as_long_as_its_grace(cast: Cast) -> None:
    decided(cast)
    assert judge(cast) == []
    assert judge(cast, MONDAY + timedelta(days=1)) == []
    (verdict,) = judge(cast, MONDAY + timedelta(days=2))
    assert verdict.result == "not_enough_readings"
    breach = Breach.objects.get()
    assert breach.decision is None and breach.level == 0 and breach.answerable == cast.olu


def test_a_verdict_is_given_once_however_often_the_clock_ticks(cast: Cast) -> None:
    decided(cast)
    read(cast, "52")
    assert len(judge(cast)) == 1 and judge(cast) == []
    assert Entry.objects.filter(event="verdict.given").count() == 1


def test_a_reading_that_came_back_means_that_it_worked_without_a_threshold_too(cast: Cast) -> None:
    metric = cast.metric()
    cast.decision(cast.missing(metric), check_on=SUNDAY)
    rows = [Row(metric.pk, date(2026, 11, 16), "5")]
    record_readings(actor=cast.olu, at=MONDAY, rows=rows)
    (verdict,) = judge(cast)
    assert verdict.result == "worked"


def test_an_initiative_that_ended_owes_no_decision_any_more(cast: Cast) -> None:
    decided(cast)
    cast.pipeline.ended_at, cast.pipeline.ended_as = AT, "completed"
    cast.pipeline.save()
    (verdict,) = judge(cast, MONDAY + timedelta(days=2))
    assert verdict.result == "not_enough_readings"
    assert Breach.objects.get().decision is not None


def test_a_facilitator_of_elsewhere_acknowledges_nothing_here(cast: Cast) -> None:
    decision = decided(cast)
    read(cast, "52")
    judge(cast)
    review = cast.open_review(cast.series(cast.partners, facilitator=cast.nils))
    with pytest.raises(Forbidden):
        acknowledge_verdict(actor=cast.nils, at=MONDAY, decision=decision, review=review)
    here = cast.open_review(cast.series(facilitator=cast.nils))
    acknowledge_verdict(actor=cast.nils, at=MONDAY, decision=decision, review=here)


def test_a_decision_that_was_replaced_gets_no_verdict(cast: Cast) -> None:
    first = decided(cast)
    cast.decision(*first.breaches.all(), replaces=first, check_on=date(2026, 12, 13))
    read(cast, "40")
    assert judge(cast) == []


def test_an_escalation_that_nobody_followed_returns_to_the_person_named(cast: Cast) -> None:
    decision = decided(cast, kind="escalate")
    Breach.objects.update(answerable=cast.lars, level=1)
    read(cast, "40")
    assert judge(cast, datetime(2026, 11, 22, 12, tzinfo=UTC)) == []
    (verdict,) = judge(cast)
    breach = Breach.objects.get()
    assert verdict.decision == decision and breach.answerable == cast.lars


def test_a_verdict_joins_the_open_reviews_of_its_scope(cast: Cast) -> None:
    review = cast.open_review()
    decided(cast)
    read(cast, "40")
    judge(cast)
    assert set(review.agenda.values_list("kind", flat=True)) >= {"verdict", "breach"}


def test_somebody_who_answers_for_it_acknowledges_a_verdict_once(cast: Cast) -> None:
    decision = decided(cast)
    with pytest.raises(NotFound):
        acknowledge_verdict(actor=cast.olu, at=AT, decision=decision)
    read(cast, "52")
    judge(cast)
    for actor in (cast.nils, cast.obi, cast.ada, cast.robo):
        with pytest.raises(Forbidden):
            acknowledge_verdict(actor=actor, at=MONDAY, decision=decision)
    verdict = acknowledge_verdict(actor=cast.olu, at=MONDAY, decision=decision)
    assert verdict.acknowledged_by == cast.olu
    with pytest.raises(Conflict):
        acknowledge_verdict(actor=cast.dana, at=MONDAY, decision=decision)


def test_a_commitment_has_one_person_and_is_kept_or_dropped_with_a_reason(cast: Cast) -> None:
    def make() -> object:
        return commit(
            actor=cast.olu,
            at=AT,
            initiative=cast.pipeline,
            text="Brief three partners.",
            person=cast.nils,
            due_on="2026-11-25",
        )

    first, second = make(), make()
    keep_commitment(actor=cast.nils, at=AT, commitment=first)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        keep_commitment(actor=cast.nils, at=AT, commitment=first)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        drop_commitment(actor=cast.olu, at=AT, commitment=second, reason=" ")  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        drop_commitment(actor=cast.fay, at=AT, commitment=second, reason="x")  # type: ignore[arg-type]
    drop_commitment(actor=cast.dana, at=AT, commitment=second, reason="Done by others.")  # type: ignore[arg-type]


def test_a_commitment_is_made_by_a_person_for_a_day_to_come(cast: Cast) -> None:
    for person, day, field in (
        (cast.robo, "2026-11-25", "person"),
        (cast.obi, "2026-11-25", "person"),
        (cast.nils, "2026-11-01", "due_on"),
        (cast.nils, "", "due_on"),
    ):
        with pytest.raises(Invalid) as refused:
            commit(
                actor=cast.olu,
                at=AT,
                initiative=cast.pipeline,
                text="Brief them.",
                person=person,
                due_on=day,
            )
        assert refused.value.problems[0].field == field
