"""Deciding: every kind, who may, what it must say, and two people at once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cadence.breaches.models import Breach
from cadence.breaches.queries import to_decide
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.approvals import answer_decision
from cadence.ledger.models import Entry
from cadence.metrics.models import Threshold
from tests.cast import AT, LAST_WEEK, Cast

CHECK = date(2026, 12, 13)
ADJUST = Draft("adjust", what="Call every lead within a day.", check_on=CHECK)


def decide(cast: Cast, breach: Breach, draft: Draft = ADJUST, **options: object) -> Decision:
    arguments = {"actor": cast.olu, "at": AT, "breaches": [breach], "draft": draft}
    return record_decision(**(arguments | options))  # type: ignore[arg-type]


def test_a_decision_is_in_force_at_once(cast: Cast) -> None:
    breach = cast.breach()
    decision = decide(cast, breach)
    breach.refresh_from_db()
    assert breach.decision == decision and decision.number == 1
    assert Entry.objects.get().event == "decision.recorded"


def test_doing_what_was_agreed_needs_no_words_of_its_own(cast: Cast) -> None:
    decision = decide(cast, cast.breach(), Draft("agreed", check_on=CHECK))
    assert decision.what == cast.floor.agreed_response


def test_nothing_was_agreed_for_a_missing_reading(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        decide(cast, cast.missing(), Draft("agreed", what="x", check_on=CHECK))
    assert refused.value.problems[0].field == "kind"


def test_a_reallocation_says_from_to_and_how_much(cast: Cast) -> None:
    draft = Draft("reallocate", what="Move the fair's money.", check_on=CHECK)
    with pytest.raises(Invalid) as refused:
        decide(cast, cast.breach(), draft)
    assert [p.field for p in refused.value.problems] == ["moved_from", "moved_to", "amount"]
    breach = Breach.objects.get()
    whole = replace(draft, moved_from="Fair", moved_to="Webinars", amount="8,000 EUR")
    assert decide(cast, breach, whole).amount == "8,000 EUR"


def test_an_escalation_gives_the_duty_to_the_person_named(cast: Cast) -> None:
    draft = Draft("escalate", what="Needs money.", check_on=CHECK, escalated_to=cast.lars)
    breach = cast.breach()
    decide(cast, breach, draft)
    breach.refresh_from_db()
    assert breach.answerable == cast.lars and breach.level == 1


def test_who_was_named_decides_and_that_replaces_the_escalation(cast: Cast) -> None:
    draft = Draft("escalate", what="Needs money.", check_on=CHECK, escalated_to=cast.lars)
    breach = cast.breach()
    escalation = decide(cast, breach, draft)
    assert to_decide(cast.lars) == [breach] and to_decide(cast.olu) == []
    decision = decide(cast, breach, actor=cast.lars)
    breach.refresh_from_db()
    assert breach.decision == decision and decision.replaces == escalation
    assert to_decide(cast.lars) == []


def test_an_escalation_goes_to_somebody_with_a_say(cast: Cast) -> None:
    breach = cast.breach()
    for person in (None, cast.nils, cast.obi, cast.robo, cast.sven, cast.olu):
        draft = Draft("escalate", what="Help.", check_on=CHECK, escalated_to=person)
        with pytest.raises(Invalid) as refused:
            decide(cast, breach, draft)
        assert "escalated_to" in {problem.field for problem in refused.value.problems}


def test_an_escalation_goes_up_and_not_to_oneself(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.lars)
    for decider, person in ((cast.lars, cast.lars), (cast.lars, cast.dana), (cast.dana, cast.dana)):
        draft = Draft("escalate", what="Help.", check_on=CHECK, escalated_to=person)
        with pytest.raises(Invalid):
            decide(cast, breach, draft, actor=decider)
    up = Draft("escalate", what="Help.", check_on=CHECK, escalated_to=cast.elena)
    assert decide(cast, breach, up, actor=cast.lars).escalated_to == cast.elena


def test_a_replacement_does_not_put_off_the_verdict(cast: Cast) -> None:
    breach = cast.breach()
    first = decide(cast, breach, replace(ADJUST, check_on=date(2026, 11, 29)))
    with pytest.raises(Invalid) as refused:
        decide(cast, breach, replaces=first)
    assert refused.value.problems[0].field == "check_on"
    assert decide(cast, breach, replaces=first, actor=cast.dana).check_on == CHECK


def test_words_on_several_lines_stop_an_initiative(cast: Cast) -> None:
    decide(cast, cast.breach(), Draft("stop", what="It has not worked.\nNot once."))
    cast.pipeline.refresh_from_db()
    assert cast.pipeline.ended_reason == "It has not worked.\nNot once."


def test_stopping_ends_the_initiative(cast: Cast) -> None:
    decide(cast, cast.breach(), Draft("stop", what="It has not worked for a quarter."))
    cast.pipeline.refresh_from_db()
    assert cast.pipeline.state == "stopped"


def test_stopping_does_not_leave_other_breaches_undecided(cast: Cast) -> None:
    breach, other = cast.breach(), cast.breach(cast.metric())
    with pytest.raises(Conflict) as refused:
        decide(cast, breach, Draft("stop", what="It has not worked."))
    assert refused.value.code == "breaches_undecided"
    decide(cast, breach, Draft("stop", what="It has not worked."), breaches=[breach, other])
    assert not Breach.objects.undecided().exists()


def test_recovered_by_itself_is_only_for_what_recovered(cast: Cast) -> None:
    draft = Draft("recovered", what="The holidays were over.")
    breach = cast.breach()
    with pytest.raises(Invalid):
        decide(cast, breach, draft)
    Breach.objects.filter(pk=breach.pk).update(recovered_at=AT, recovered_period=LAST_WEEK)
    assert decide(cast, breach, draft).check_on is None


def test_note_and_carry_forward_is_not_a_kind(cast: Cast) -> None:
    for kind in ("note", "carry_forward", "", None, 3):
        with pytest.raises(Invalid) as refused:
            decide(
                cast,
                cast.breach() if not Breach.objects.exists() else Breach.objects.get(),
                Draft(kind, what="Noted.", check_on=CHECK),
            )
        assert refused.value.problems[0].field == "kind"


@pytest.mark.parametrize(
    ("check_on", "words"),
    [
        (None, "needed"),
        (date(2026, 11, 15), "passed"),
        ("2026-11-01", "passed"),
        (date(2026, 11, 21), "No period ends"),
        (date(2027, 1, 4), "six periods"),
        ("9999-12-31", "far"),
        ("soon", "date"),
    ],
)
def test_a_check_date_lies_one_to_six_periods_ahead(
    cast: Cast, check_on: object, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        decide(cast, cast.breach(), replace(ADJUST, check_on=check_on))
    (problem,) = refused.value.problems
    assert problem.field == "check_on" and words in problem.message
    assert not Decision.objects.exists() and not Entry.objects.exists()


@pytest.mark.parametrize("what", ["", "  ", "x" * 10_000, "a\0b", "\ud800", None, 5])
def test_what_is_done_has_to_be_said(cast: Cast, what: object) -> None:
    with pytest.raises(Invalid) as refused:
        decide(cast, cast.breach(), replace(ADJUST, what=what))
    assert refused.value.problems[0].field == "what"


def test_who_may_decide(cast: Cast) -> None:
    for actor in (cast.nils, cast.fay, cast.ada, cast.obi, cast.robo):
        breach = Breach.objects.first() or cast.breach()
        with pytest.raises(Forbidden):
            decide(cast, breach, actor=actor)
    with pytest.raises(NotFound):
        decide(cast, Breach.objects.get(), actor=cast.sven)
    assert decide(cast, Breach.objects.get(), actor=cast.lars).decided_by == cast.lars


def test_the_facilitator_records_what_somebody_with_a_say_decided(cast: Cast) -> None:
    breach, review = cast.breach(), cast.open_review()
    with pytest.raises(Forbidden):
        decide(cast, breach, actor=cast.fay, review=review)
    with pytest.raises(Invalid) as refused:
        decide(cast, breach, actor=cast.fay, review=review, decided_by=cast.nils)
    assert refused.value.problems[0].field == "decided_by"
    decision = decide(cast, breach, actor=cast.fay, review=review, decided_by=cast.olu)
    assert (decision.recorded_by, decision.decided_by) == (cast.fay, cast.olu)


def test_a_facilitator_of_another_scope_records_nothing_here(cast: Cast) -> None:
    review = cast.open_review(cast.series(cast.partners))
    with pytest.raises(Forbidden):
        decide(cast, cast.breach(), actor=cast.fay, review=review, decided_by=cast.olu)


def test_the_second_of_two_who_decide_at_once_is_told_so(cast: Cast) -> None:
    breach = cast.breach()
    first = decide(cast, breach)
    with pytest.raises(Conflict) as refused:
        decide(cast, breach, actor=cast.dana)
    assert refused.value.code == "already_decided"
    assert refused.value.details["decision"] == first.number
    assert Decision.objects.count() == 1


def test_a_later_decision_replaces_the_one_in_force(cast: Cast) -> None:
    breach = cast.breach()
    first = decide(cast, breach)
    second = decide(cast, breach, actor=cast.dana, replaces=first)
    breach.refresh_from_db()
    assert breach.decision == second and list(first.replaced_by.all()) == [second]
    with pytest.raises(Conflict):
        decide(cast, breach, replaces=first)


HOLD = Draft("hold_course", what="Two partners have signed for December.", check_on=CHECK)


def test_holding_course_leaves_the_breach_undecided_until_somebody_above_approves(
    cast: Cast,
) -> None:
    breach = cast.breach()
    decision = decide(cast, breach, HOLD)
    breach.refresh_from_db()
    assert breach.decision is None
    for actor in (cast.olu, cast.nils, cast.fay, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            answer_decision(actor=actor, at=AT, decision=decision, approved=True)
    answer_decision(actor=cast.dana, at=AT, decision=decision, approved=True)
    breach.refresh_from_db()
    assert breach.decision == decision


def test_nobody_approves_what_they_recorded(cast: Cast) -> None:
    decision = decide(cast, cast.breach(), HOLD, actor=cast.dana, decided_by=cast.olu)
    with pytest.raises(Forbidden):
        answer_decision(actor=cast.dana, at=AT, decision=decision, approved=True)
    answer_decision(actor=cast.lars, at=AT, decision=decision, approved=True)


def test_the_acting_owner_does_not_approve_for_somebody_above(cast: Cast) -> None:
    initiative = cast.initiative()
    metric = cast.metric(initiative=initiative)
    decision = decide(cast, cast.breach(metric), HOLD, actor=cast.lars)
    with pytest.raises(Forbidden):
        answer_decision(actor=cast.dana, at=AT, decision=decision, approved=True)
    answer_decision(actor=cast.elena, at=AT, decision=decision, approved=True)


def test_a_refusal_says_why_and_the_duty_remains(cast: Cast) -> None:
    breach = cast.breach()
    decision = decide(cast, breach, HOLD)
    with pytest.raises(Invalid):
        answer_decision(actor=cast.dana, at=AT, decision=decision, approved=False)
    answer_decision(actor=cast.dana, at=AT, decision=decision, approved=False, reason="No proof.")
    with pytest.raises(Conflict) as refused:
        answer_decision(actor=cast.lars, at=AT, decision=decision, approved=True)
    assert refused.value.code == "decision_answered"
    breach.refresh_from_db()
    assert breach.decision is None


def test_an_approval_that_comes_after_another_decision_is_too_late(cast: Cast) -> None:
    breach = cast.breach()
    hold = decide(cast, breach, HOLD)
    decide(cast, breach)
    with pytest.raises(Conflict) as refused:
        answer_decision(actor=cast.dana, at=AT, decision=hold, approved=True)
    assert refused.value.code == "already_decided"


MOVE = Draft("move_threshold", what="The market shrank.", check_on=CHECK, new_floor="40")


def test_a_moved_threshold_gets_its_version_when_approved(cast: Cast) -> None:
    breach = cast.breach()
    decision = decide(cast, breach, MOVE)
    assert Threshold.objects.filter(metric=cast.demos).count() == 1
    answer_decision(actor=cast.lars, at=AT + timedelta(hours=1), decision=decision, approved=True)
    old, new = Threshold.objects.filter(metric=cast.demos).order_by("starts_on")
    assert old.ends_on == new.starts_on == date(2026, 11, 16)
    assert new.floor == Decimal(40) and new.is_moved_goalpost and new.approved_by == cast.lars
    breach.refresh_from_db()
    assert breach.decision == decision and breach.limit == Decimal(45)


def test_a_threshold_moved_on_one_side_keeps_the_other_and_begins_when_approved(cast: Cast) -> None:
    metric = cast.metric()
    cast.threshold(metric, floor=Decimal(45), ceiling=Decimal(90))
    decision = decide(cast, cast.breach(metric), MOVE)
    later = AT + timedelta(weeks=2)
    answer_decision(actor=cast.lars, at=later, decision=decision, approved=True)
    new = Threshold.objects.get(metric=metric, ends_on=None)
    assert (new.floor, new.ceiling) == (Decimal(40), Decimal(90))
    assert new.starts_on == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"new_floor": None}, "new_floor"),
        ({"new_floor": "60", "new_ceiling": "50"}, "new_floor"),
        ({"new_floor": "Infinity"}, "new_floor"),
        ({"new_from": "2026-11-02"}, "new_from"),
        ({"new_from": "2027-06-01"}, "new_from"),
    ],
)
def test_a_moved_threshold_says_where_to(cast: Cast, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        decide(cast, cast.breach(), replace(MOVE, **change))  # type: ignore[arg-type]
    assert refused.value.problems[0].field == field


def test_a_decision_is_about_something(cast: Cast) -> None:
    with pytest.raises(Invalid):
        record_decision(actor=cast.olu, at=AT, breaches=[], draft=ADJUST)


def test_a_breach_of_another_organization_is_not_found(cast: Cast) -> None:
    breach = cast.breach(cast.betas_metric)
    with pytest.raises(NotFound):
        decide(cast, breach)
