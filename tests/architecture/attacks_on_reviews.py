"""Closing what may not close, changing what was sealed, and hiding what holds a review open."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from cadence.decisions.models import Commitment
from cadence.reviews.models import AgendaItem, Attendance, CheckIn, Review
from tests.architecture.attack import (
    Attempt,
    Change,
    again,
    attack,
    delete,
    insert,
    never_deleted,
    sql,
    update,
)
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=2)


def closing(cast: Cast, review: Review, **more: Any) -> Change:
    return update(
        review,
        **{
            "closed_at": LATER,
            "closed_by_id": cast.fay.pk,
            "minutes": {"shown": []},
            "minutes_hash": "0" * 64,
            **more,
        },
    )


ALL_DECIDED = "a_review_closes_when_all_is_decided"


@attack(ALL_DECIDED)
def over_an_undecided_breach_of_its_team(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    breach = cast.breach()
    attempt.refused(closing(cast, review))
    cast.decision(breach)
    attempt.allowed(closing(cast, review))


@attack(ALL_DECIDED)
def over_a_missing_reading(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    cast.missing(cast.metric())
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def over_an_undecided_breach_of_a_team_below(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review(cast.series(cast.commercial))
    above = cast.open_review(cast.series(cast.team("Beside")))
    work = cast.initiative(team=cast.partners, owner=cast.olu)
    cast.breach(cast.metric(initiative=work))
    attempt.allowed(closing(cast, above))
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def over_a_breach_that_recovered(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    cast.breach(recovered_at=LATER)
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def over_a_breach_whose_decision_was_taken_away(cast: Cast, attempt: Attempt) -> None:
    review, breach = cast.open_review(), cast.breach()
    cast.decision(breach)
    attempt.allowed(closing(cast, review))
    type(breach).objects.update(decision=None)
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def over_a_verdict_that_nobody_acknowledged(cast: Cast, attempt: Attempt) -> None:
    review, breach = cast.open_review(), cast.breach()
    decision = cast.decision(breach)
    attempt.allowed(closing(cast, review))
    verdict = cast.verdict(decision)
    attempt.refused(closing(cast, review))
    verdict.acknowledged_at, verdict.acknowledged_by = LATER, cast.olu
    verdict.save(update_fields=["acknowledged_at", "acknowledged_by"])
    attempt.allowed(closing(cast, review))


@attack(ALL_DECIDED)
def after_moving_the_work_elsewhere(cast: Cast, attempt: Attempt) -> None:
    review, breach = cast.open_review(), cast.breach()
    attempt.allowed(closing(cast, cast.open_review(cast.series(cast.partners))))
    cast.on_agenda(review, breach)
    cast.pipeline.team = cast.commercial
    cast.pipeline.save(update_fields=["team"])
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def beside_other_changes(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review, notes="All is well."))
    cast.breach()
    attempt.refused(closing(cast, review, notes="All is well."))


@attack(ALL_DECIDED)
def with_an_empty_table_in_front_of_the_real_one(cast: Cast, attempt: Attempt) -> None:
    review, schema = cast.open_review(), "main"
    attempt.allowed(closing(cast, review))
    cast.breach()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE cadence_breach AS SELECT * FROM cadence_breach")
        cursor.execute("DELETE FROM cadence_breach")
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
        # In front of it for this session; the guard has to look at the real one.
        cursor.execute("SELECT count(*) FROM cadence_breach")
        assert cursor.fetchone()[0] == 0
    text = (
        f"UPDATE {schema}.cadence_review SET closed_at = opened_at, closed_by_id = %s, "
        "minutes = '{}', minutes_hash = 'x' WHERE id = %s"
    )
    attempt.refused(sql(text, cast.fay.pk, review.pk))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cadence_breach")


@attack("a_review_is_opened_before_it_closes")
def born_closed(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    facts = {"closed_at": LATER, "closed_by": cast.fay, "minutes": {}, "minutes_hash": "x"}
    clone = again(review, occurs_on=date(2026, 12, 7))
    attempt.allowed(insert(clone))
    attempt.refused(insert(again(clone, **facts)))


@attack("a_review_is_opened_before_it_closes")
def opened_and_closed_in_one_breath(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(closing(cast, cast.open_review()))
    attempt.refused(closing(cast, cast.planned_review(), opened_at=AT))


@attack("a_review_has_the_scope_of_its_series")
def for_a_team_without_work(cast: Cast, attempt: Attempt) -> None:
    review = again(cast.planned_review(), occurs_on=date(2026, 12, 7))
    attempt.allowed(insert(review))
    attempt.refused(insert(again(review, team=cast.partners)))


@attack("a_review_keeps_its_scope")
def moved_to_a_team_without_work(cast: Cast, attempt: Attempt) -> None:
    review, other = cast.planned_review(), cast.series()
    attempt.allowed(update(review, starts_at=LATER))
    attempt.keeps(review, series_id=other.pk, team_id=cast.partners.pk, occurs_on=date(2026, 12, 7))


@attack("an_opened_review_stays_opened")
def planned_again(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.planned_review(), opened_at=AT))
    attempt.keeps(cast.open_review(), opened_at=None)


@attack("closed_minutes_are_sealed")
def minutes_rewritten(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(update(review, notes="Not sealed yet."))
    attempt.keeps(
        cast.close(review),
        starts_at=LATER,
        hold_by=LATER,
        moved_at={"moved_at": AT, "moved_reason": "Holiday"},
        moved_reason="Holiday",
        facilitator_id=cast.olu.pk,
        closed_at=None,
        closed_by_id=cast.olu.pk,
        missed_at={"missed_at": LATER, "closed_at": None},
        notes="Everything was fine.",
        minutes={"minutes": {"shown": ["nothing"]}},
        minutes_hash="1" * 64,
    )


@attack("a_missed_review_stays_missed")
def held_after_all(cast: Cast, attempt: Attempt) -> None:
    review = cast.planned_review()
    attempt.allowed(update(review, missed_at=LATER))
    review.missed_at = LATER
    review.save(update_fields=["missed_at"])
    attempt.keeps(review, missed_at=None, opened_at=LATER)


never_deleted("a_review_is_never_deleted", lambda cast: cast.planned_review())


@attack("a_series_keeps_its_rhythm")
def a_rhythm_changed(cast: Cast, attempt: Attempt) -> None:
    series = cast.series()
    attempt.allowed(update(series, minutes=45))
    attempt.keeps(
        series,
        team_id=cast.partners.pk,
        kind="monthly",
        rule="FREQ=WEEKLY;INTERVAL=4;BYDAY=MO",
        starts_on=date(2027, 1, 4),
    )


@attack("an_ended_series_stays_ended")
def a_series_revived(cast: Cast, attempt: Attempt) -> None:
    series = cast.series()
    attempt.allowed(update(series, ended_at=AT))
    series.ended_at = AT
    series.save(update_fields=["ended_at"])
    attempt.keeps(series, ended_at=None)


@attack("nothing_slips_into_a_closed_review")
def a_breach_slipped_in(cast: Cast, attempt: Attempt) -> None:
    review, breach = cast.open_review(), cast.breach(cast.metric(initiative=elsewhere(cast)))
    item = AgendaItem(
        organization=cast.acme, review=review, kind="breach", breach=breach, added_at=LATER
    )
    attempt.allowed(insert(item))
    cast.close(review)
    attempt.refused(insert(item))


@attack("nothing_slips_into_a_closed_review")
def something_slipped_into_a_missed_one(cast: Cast, attempt: Attempt) -> None:
    held, missed = cast.open_review(), cast.planned_review(missed_at=LATER)
    item = AgendaItem(
        organization=cast.acme, review=held, kind="orphan", initiative=cast.pipeline, added_at=AT
    )
    attempt.allowed(insert(item))
    attempt.refused(insert(again(item, review=missed)))


@attack("an_agenda_item_stays_on_the_agenda")
def taken_off_the_agenda(cast: Cast, attempt: Attempt) -> None:
    review, other = cast.open_review(), cast.open_review()
    breach = cast.breach()
    (item,) = cast.on_agenda(review, breach)
    attempt.refused(delete(item))
    attempt.refused(update(item, review_id=other.pk))


@attack("attendance_of_a_closed_review_is_sealed")
def present_after_all(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    note = Attendance(
        organization=cast.acme, review=review, member=cast.lars, present=True, noted_at=AT
    )
    absent = Attendance.objects.create(
        organization=cast.acme, review=review, member=cast.dana, present=False, noted_at=AT
    )
    attempt.allowed(insert(note))
    attempt.allowed(update(absent, present=True))
    cast.close(review)
    attempt.refused(insert(note))
    attempt.refused(update(absent, present=True))


@attack("attendance_stays_with_its_review")
def attendance_carried_away(cast: Cast, attempt: Attempt) -> None:
    note = noted(cast)
    attempt.allowed(update(note, present=False))
    attempt.keeps(note, review_id=cast.open_review().pk, member_id=cast.lars.pk)


never_deleted("attendance_is_never_deleted", lambda cast: noted(cast))


@attack("a_check_in_stays_as_it_is")
def a_check_in_rewritten(cast: Cast, attempt: Attempt) -> None:
    check_in = CheckIn.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        author=cast.olu,
        starts_on=date(2026, 11, 9),
        confidence="off_track",
        written_at=AT,
    )
    attempt.refused(update(check_in, confidence="on_track"))
    attempt.refused(delete(check_in))


@attack("nothing_is_promised_in_a_closed_review")
def a_promise_dated_back(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    promise = Commitment(**promised(cast), review=review)
    attempt.allowed(insert(promise))
    cast.close(review)
    attempt.refused(insert(promise))


@attack("a_commitment_stays_with_its_review")
def a_promise_made_elsewhere(cast: Cast, attempt: Attempt) -> None:
    promise = Commitment.objects.create(**promised(cast), review=cast.open_review())
    attempt.allowed(update(promise, due_on=date(2026, 12, 1)))
    attempt.keeps(
        promise,
        review_id=None,
        decision_id=cast.decision(cast.breach()).pk,
        initiative_id=cast.initiative().pk,
    )


never_deleted(
    "a_commitment_is_never_deleted", lambda cast: Commitment.objects.create(**promised(cast))
)


@attack("work_does_not_leave_a_review_unseen")
def an_initiative_carried_away(cast: Cast, attempt: Attempt) -> None:
    review, breach = cast.open_review(), cast.breach()
    away = {"team_id": cast.commercial.pk}
    attempt.allowed(update(cast.initiative(owner=cast.olu), **away))
    attempt.refused(update(cast.pipeline, **away))
    cast.on_agenda(review, breach)
    attempt.allowed(update(cast.pipeline, **away))


@attack("work_does_not_leave_a_review_unseen")
def an_initiative_carried_away_with_its_verdict(cast: Cast, attempt: Attempt) -> None:
    cast.open_review(cast.series(cast.commercial))
    away, breach = {"team_id": cast.team("Elsewhere").pk}, cast.breach()
    decision = cast.decision(breach)
    attempt.allowed(update(cast.pipeline, **away))
    cast.verdict(decision)
    attempt.refused(update(cast.pipeline, **away))


@attack("a_team_does_not_leave_a_review_unseen")
def a_team_carried_away(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review(cast.series(cast.commercial))
    attempt.allowed(update(cast.demand, parent_id=None))
    work = cast.initiative(team=cast.partners, owner=cast.olu)
    breach = cast.breach(cast.metric(initiative=work))
    attempt.refused(update(cast.demand, parent_id=None))
    attempt.refused(update(cast.partners, parent_id=cast.team("Elsewhere").pk))
    cast.on_agenda(review, breach)
    attempt.allowed(update(cast.demand, parent_id=None))


def elsewhere(cast: Cast) -> Any:
    return cast.initiative(team=cast.team("Elsewhere"))


def noted(cast: Cast) -> Attendance:
    return Attendance.objects.create(
        organization=cast.acme,
        review=cast.open_review(),
        member=cast.dana,
        present=True,
        noted_at=AT,
    )


def promised(cast: Cast, at: datetime = AT) -> dict[str, Any]:
    return {
        "organization": cast.acme,
        "initiative": cast.pipeline,
        "text": "Call the ten oldest leads",
        "person": cast.olu,
        "due_on": date(2026, 11, 23),
        "due_at": AT + timedelta(days=7),
        "created_by": cast.fay,
        "created_at": at,
    }
