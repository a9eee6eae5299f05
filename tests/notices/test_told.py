"""Who is told of what, in which words, and on which page it is acted on."""

from datetime import date, timedelta
from decimal import Decimal

from cadence.decisions.actions import commit
from cadence.evaluation.actions import record_readings, sweep_missing
from cadence.evaluation.approvals import answer_decision
from cadence.evaluation.rows import Row
from cadence.notices.derive import derive_notices
from cadence.notices.models import Delivery, Notice, NoticeKind
from cadence.ownership.actions import (
    accept_ownership,
    decline_ownership,
    lapse_offers,
    offer_ownership,
    withdraw_offer,
)
from cadence.ownership.models import Ending, Interim, Leave
from cadence.reviews.actions import close_review
from cadence.reviews.missed import mark_missed
from cadence.reviews.room import move_review, note_attendance, take_facilitation
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened, told


def test_the_asked_hears_of_an_offer_and_who_asked_does_not(cast: Cast) -> None:
    offer_ownership(
        actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils, note="You know it."
    )
    found = told(cast)
    assert set(found) == {"nils"}
    notice = found["nils"]
    assert notice.kind == NoticeKind.OFFER
    assert notice.title == "Dana asks you to own Fill the pipeline"
    until = "An answer is awaited until the end of Thursday 19 November."
    assert notice.detail == f"{until} You know it."
    assert notice.path == "/o/acme/my-week#waits"


def test_an_answer_is_told_to_who_offered_the_owner_before_and_the_lead(cast: Cast) -> None:
    offer = offer_ownership(actor=cast.lars, at=AT, initiative=cast.pipeline, owner=cast.nils)
    accept_ownership(actor=cast.nils, at=AT, ownership=offer)
    found = told(cast)
    assert set(found) == {"lars", "olu", "dana"}
    assert found["olu"].title == "Nils owns Fill the pipeline now"
    assert found["olu"].detail == "Olu has handed it over."


def test_a_decline_says_why(cast: Cast) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils)
    decline_ownership(actor=cast.nils, at=AT, ownership=offer, reason="No time.")
    found = told(cast)
    assert set(found) == {"dana", "olu"}
    assert found["dana"].title == "Nils declined to own Fill the pipeline"
    assert found["dana"].detail == "Why: No time."


def test_an_offer_that_lapsed_or_was_withdrawn_is_told_to_the_asked_too(cast: Cast) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils)
    withdraw_offer(actor=cast.dana, at=AT, ownership=offer)
    assert set(told(cast)) == {"nils", "olu"}
    offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils)
    lapse_offers(at=AT + timedelta(days=9), organization=cast.acme)
    found = told(cast)
    assert set(found) == {"nils", "olu", "dana"}
    assert found["nils"].title == "The offer to own Fill the pipeline has lapsed"


def test_work_whose_owner_left_is_told_to_who_answers_for_it(cast: Cast) -> None:
    cast.ownership.ended_at, cast.ownership.ending = AT, Ending.LEFT
    cast.ownership.save(update_fields=["ended_at", "ending"])
    happened(cast, "ownership.ended", cast.ownership, cast.ada)
    found = told(cast)
    assert set(found) == {"dana"}
    assert found["dana"].kind == NoticeKind.ORPHAN
    assert found["dana"].title == "Fill the pipeline has no owner: Olu left"
    assert found["dana"].detail == "Dana answers for it until somebody accepts."


def test_a_breach_is_told_with_its_numbers_to_who_is_to_decide(cast: Cast) -> None:
    row = Row(metric=cast.demos.key, period="2026-11-09", value="31")
    record_readings(actor=cast.robo, at=AT, rows=[row])
    found = told(cast)
    assert set(found) == {"olu"}
    notice = found["olu"]
    assert notice.kind == NoticeKind.BREACH
    assert notice.title == ("Qualified demos is below its floor: 31, floor 45, week of 9 November")
    assert "A decision is due by " in notice.detail
    assert notice.path.startswith("/o/acme/breaches/")


def test_who_recorded_the_reading_knows_already(cast: Cast) -> None:
    row = Row(metric=cast.demos.key, period="2026-11-09", value="31")
    record_readings(actor=cast.olu, at=AT, rows=[row])
    assert told(cast) == {}


def test_several_breaches_of_one_entry_are_one_notice(cast: Cast) -> None:
    breaches = [cast.breach(), cast.breach(cast.metric("Calls")), cast.missing(cast.metric("Fax"))]
    happened(cast, "readings.missed", cast.acme, opened=[one.pk for one in breaches])
    found = told(cast)
    assert set(found) == {"olu"}
    assert found["olu"].title == "3 metrics need a decision: Calls, Fax and Qualified demos"
    assert "Fax has no reading for the week of 9 November" in found["olu"].detail
    assert found["olu"].path == "/o/acme/my-week#waits"


def test_a_batch_without_breaches_says_nothing(cast: Cast) -> None:
    happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[], recovered=[])
    assert told(cast) == {}


def test_a_value_is_not_rounded_onto_its_limit(cast: Cast) -> None:
    breach = cast.breach(value=Decimal("44.96"), side="below")
    happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])
    assert told(cast)["olu"].title.split(": ")[1].startswith("44.96, floor 45, ")


def test_the_missing_of_a_sweep_is_told(cast: Cast) -> None:
    sweep_missing(at=AT + timedelta(days=9), organization=cast.acme)
    assert told(cast)["olu"].title.startswith("Qualified demos has no reading for the week of ")


def test_a_duty_that_moved_is_told_to_who_has_it_now(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.nils)
    duties = [{"breach": breach.pk, "from": cast.olu.pk, "to": cast.nils.pk}]
    happened(cast, "duty.moved", cast.acme, duties=duties)
    found = told(cast)
    assert set(found) == {"nils"}
    assert found["nils"].title.startswith("Yours to decide now: Qualified demos is below")


def test_a_step_up_is_told_to_who_has_it_who_had_it_and_the_owner(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.lars, level=2)
    moments = {"was_due_at": AT - timedelta(hours=1), "due_at": AT + timedelta(days=7)}
    happened(
        cast, "breach.escalated", breach, level=2, **{"from": cast.dana, "to": cast.lars, **moments}
    )
    found = told(cast)
    assert set(found) == {"lars", "dana", "olu"}
    assert all(one.kind == NoticeKind.ESCALATION for one in found.values())
    assert found["lars"].title.startswith("Escalated to you: Qualified demos is below its floor")
    assert found["olu"].title.startswith("Escalated to Lars: Qualified demos is below its floor")
    assert found["olu"].detail.startswith("It was with Dana until Monday 16 November, 10:00 CET. ")


def test_every_other_escalation_names_its_thing(cast: Cast) -> None:
    step = {"from": cast.olu, "to": cast.dana, "due_at": AT}
    decision = cast.decision(cast.breach())
    happened(cast, "verdict.escalated", cast.verdict(decision), **step)
    assert "the verdict on D-1 about Qualified demos" in told(cast)["dana"].title
    made = commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Call them all.",
        person=cast.nils, due_on=date(2026, 11, 20),
    )  # fmt: skip
    happened(cast, "commitment.escalated", made, **step)
    assert "Nils was to do by 20 November: Call them all." in told(cast)["dana"].title
    happened(cast, "ownership.escalated", cast.ownership, **step)
    assert "Fill the pipeline has no owner since Olu left" in told(cast)["dana"].title
    review = cast.planned_review()
    happened(cast, "review.escalated", review, **step)
    assert "Weekly 1 of 16 November was not held" in told(cast)["dana"].title


def test_a_decision_is_told_to_owner_and_to_who_carries_it_out(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), decided_by=cast.dana, carried_out_by=cast.nils)
    happened(cast, "decision.recorded", decision, cast.dana)
    found = told(cast)
    assert set(found) == {"olu", "nils"}
    assert found["olu"].title == "Dana decided about Qualified demos: Adjust (D-1)"
    assert found["nils"].title == "You carry out D-1 about Qualified demos: Adjust"
    assert found["nils"].path == "/o/acme/decisions/1"


def test_what_takes_two_goes_to_the_nearest_above_who_may_approve(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course")
    happened(cast, "decision.recorded", decision, cast.olu)
    found = told(cast)
    assert set(found) == {"dana"}
    assert found["dana"].kind == NoticeKind.APPROVAL
    # Dana took it herself: the next one above her is asked.
    other = cast.decision(cast.breach(cast.metric("Calls")), kind="hold_course",
                          decided_by=cast.dana, recorded_by=cast.dana)  # fmt: skip
    happened(cast, "decision.recorded", other, cast.dana)
    found = told(cast)
    assert found["lars"].kind == NoticeKind.APPROVAL
    assert found["olu"].kind == NoticeKind.BREACH


def test_an_answer_to_it_is_told_to_who_decided_and_recorded(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course", recorded_by=cast.fay)
    answer_decision(
        actor=cast.dana, at=AT + timedelta(hours=2), decision=decision, approved=False,
        reason="One good week.",
    )  # fmt: skip
    found = told(cast)
    assert set(found) == {"olu", "fay"}
    assert found["olu"].title == "Dana refused D-1 about Qualified demos: a decision is needed"
    assert found["olu"].detail == "Why: One good week."


def test_an_escalation_on_purpose_tells_the_person_named_until_when(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), kind="escalate", escalated_to=cast.elena)
    happened(cast, "decision.recorded", decision, cast.olu)
    found = told(cast)
    assert found["elena"].kind == NoticeKind.ESCALATION
    assert found["elena"].title == ("Escalated to you: decide about Qualified demos by 14 December")


def test_a_verdict_goes_to_who_decided_and_to_who_is_to_decide_again(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.dana)
    decision = cast.decision(breach)
    cast.verdict(decision, "did_not_work")
    happened(
        cast, "verdict.given", decision, number=1, result="did_not_work",
        grounds="Qualified demos: 31 in the week of 7 Dec", undecided_again=[breach.pk],
    )  # fmt: skip
    found = told(cast)
    assert set(found) == {"olu", "dana"}
    assert found["olu"].kind == NoticeKind.VERDICT
    assert found["olu"].title == "D-1 about Qualified demos did not work"
    assert found["dana"].kind == NoticeKind.ESCALATION


def test_a_commitment_is_told_to_its_person(cast: Cast) -> None:
    commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Call them all.",
        person=cast.nils, due_on=date(2026, 11, 20),
    )  # fmt: skip
    found = told(cast)
    assert set(found) == {"nils"}
    assert found["nils"].title == "By 20 November: Call them all."


def test_a_review_that_moved_was_missed_or_changed_hands(cast: Cast) -> None:
    review = cast.planned_review(starts_at=AT + timedelta(days=1))
    move_review(
        actor=cast.lars, at=AT, review=review, starts_at=AT + timedelta(days=2), reason="Fair."
    )
    found = told(cast)
    assert set(found) == {"fay", "dana"}
    assert found["fay"].title == (
        "Weekly 1 of 16 November was moved to Wednesday 18 November, 11:00 CET"
    )
    take_facilitation(actor=cast.nils, at=AT, review=review)
    found = told(cast)
    assert set(found) == {"fay", "dana"}
    assert found["fay"].title == "Nils runs Weekly 1 of 16 November"
    mark_missed(at=AT + timedelta(days=30), organization=cast.acme)
    assert set(told(cast)) == {"nils", "dana"}


def test_facilitation_that_is_given_is_told_to_who_runs_it_now(cast: Cast) -> None:
    review = cast.open_review(facilitator=cast.dana)
    happened(
        cast, "review.facilitation_moved", review, cast.ada, **{"from": cast.fay, "to": cast.dana}
    )
    found = told(cast)
    assert found["dana"].title == "You run Weekly 1 of 16 November"
    assert found["dana"].detail == "Fay was to run it."


def test_minutes_go_to_those_they_concern(cast: Cast) -> None:
    review, breach = cast.open_review(), cast.breach()
    cast.decision(breach, review=review, carried_out_by=cast.nils, decided_at=AT)
    note_attendance(
        actor=cast.fay, at=AT, review=review, present={cast.dana.pk: True, cast.ada.pk: False}
    )
    close_review(actor=cast.fay, at=AT, review=review)
    found = told(cast)
    assert set(found) == {"dana", "fay", "olu", "nils"}
    assert found["dana"].path == f"/o/acme/reviews/{review.pk}/minutes"


def test_a_leave_is_told_to_the_stand_in_and_the_lead(cast: Cast) -> None:
    cast.olu.team = cast.demand
    cast.olu.save(update_fields=["team"])
    leave = Leave.objects.create(
        organization=cast.acme, member=cast.olu, stand_in=cast.nils, planned_by=cast.olu,
        starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 4), planned_at=AT,
    )  # fmt: skip
    facts = {"member": cast.olu, "stand_in": cast.nils, "initiatives": [cast.pipeline.pk],
             "starts_on": leave.starts_on, "ends_on": leave.ends_on}  # fmt: skip
    happened(cast, "leave.planned", leave, cast.olu, **facts)
    found = told(cast)
    assert set(found) == {"nils", "dana"}
    assert found["nils"].title == "Olu is on leave from 20 November to 4 December"
    assert found["nils"].detail == "Nils stands in. Olu owns 1 initiative."
    for event in ("changed", "began", "ended", "cancelled", "stand_in_declined"):
        happened(cast, f"leave.{event}", leave, None, **facts)
        assert {"nils", "dana", "olu"} == set(told(cast))


def test_an_interim_owner_hears_of_it_and_of_its_end(cast: Cast) -> None:
    initiative = cast.initiative("Referrals")
    interim = Interim.objects.create(
        organization=cast.acme, initiative=initiative, person=cast.nils, named_by=cast.dana,
        named_at=AT, until=date(2026, 12, 4),
    )  # fmt: skip
    facts = {"initiative": initiative.pk, "person": cast.nils.pk, "until": "2026-12-04"}
    happened(cast, "interim.named", interim, cast.lars, **facts)
    found = told(cast)
    assert found["nils"].title == "You answer for Referrals in the interim, until 4 December"
    assert found["dana"].title == "Nils answers for Referrals in the interim, until 4 December"
    happened(cast, "interim.ended", interim, None, **facts, ending="owned")
    assert told(cast)["nils"].detail == "An owner has accepted."


def test_a_leaver_is_told_to_the_lead(cast: Cast) -> None:
    cast.nils.team = cast.demand
    cast.nils.save(update_fields=["team"])
    happened(cast, "member.left", cast.nils, cast.ada, reason="x", led=[])
    assert set(told(cast)) == {"dana"}


def test_who_left_machines_and_closed_accounts_are_never_told(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.robo)
    happened(cast, "readings.recorded", cast.acme, opened=[breach.pk])
    assert told(cast) == {}
    other = cast.breach(cast.metric("Calls"), answerable=cast.nils)
    cast.nils.ended_at = AT
    cast.nils.save(update_fields=["ended_at"])
    happened(cast, "readings.recorded", cast.acme, opened=[other.pk])
    assert told(cast) == {}
    third = cast.breach(cast.metric("Fax"))
    assert cast.olu.user is not None
    cast.olu.user.is_active = False
    cast.olu.user.save(update_fields=["is_active"])
    happened(cast, "readings.recorded", cast.acme, opened=[third.pk])
    assert told(cast) == {}


def test_beta_hears_nothing_of_acme(cast: Cast) -> None:
    happened(cast, "readings.recorded", cast.acme, opened=[cast.breach().pk])
    derive_notices(at=SOON)
    assert not Notice.objects.filter(organization=cast.beta).exists()
    assert not Delivery.objects.filter(organization=cast.beta).exists()
