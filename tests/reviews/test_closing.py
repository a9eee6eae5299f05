"""A review closes when everything in its scope is decided, and its minutes are sealed."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cadence.errors import Conflict, Forbidden, NotFound
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.reviews.actions import close_review, open_review
from cadence.reviews.models import Attendance, Review
from cadence.reviews.queries import holds, holds_of, verify_minutes
from tests.cast import AT, LAST_WEEK, Cast
from tests.reviews.things import commitment, judgement, written

LATER = AT + timedelta(hours=1)


def held_open(cast: Cast, review: Review) -> list[dict[str, Any]]:
    with pytest.raises(Conflict) as refused:
        close_review(actor=cast.fay, at=LATER, review=review)
    assert refused.value.code == "review_held_open"
    found: list[dict[str, Any]] = refused.value.details["held_open_by"]
    json.dumps(found)
    return found


def test_a_review_does_not_close_over_an_undecided_breach(cast: Cast) -> None:
    review = cast.open_review()
    breach = cast.breach()
    (hold,) = held_open(cast, review)
    assert hold == {
        "kind": "breach",
        "id": breach.pk,
        "number": breach.pk,
        "metric": "Qualified demos",
        "initiative": "Fill the pipeline",
        "answerable": "Olu",
        "text": "Qualified demos (Fill the pipeline) is below its threshold, "
        "and nothing is decided.",
        "why": "",
    }
    # Nothing half-written stays.
    left = Review.objects.get(pk=review.pk)
    assert (left.closed_at, left.minutes, left.minutes_hash) == (None, None, "")
    assert not Entry.objects.about(review).exists()


def test_a_breach_that_recovered_before_anybody_decided_holds_a_review_too(cast: Cast) -> None:
    review = cast.open_review()
    cast.missing(recovered_at=AT, recovered_period=LAST_WEEK)
    (hold,) = held_open(cast, review)
    assert "has no reading" in hold["text"]


def test_a_decision_that_waits_for_approval_decides_nothing_yet(cast: Cast) -> None:
    review = cast.open_review()
    decision = cast.decision(cast.breach(), kind="hold_course", review=review)
    assert [hold["kind"] for hold in held_open(cast, review)] == ["breach"]
    cast.approval(decision, cast.dana)
    breach = decision.breaches.get()
    breach.decision = decision
    breach.save(update_fields=["decision"])
    assert close_review(actor=cast.fay, at=LATER, review=review).closed_at == LATER


def test_a_verdict_that_nobody_acknowledged_holds_a_review(cast: Cast) -> None:
    review = cast.open_review()
    verdict = cast.verdict(cast.decision(cast.breach()))
    (hold,) = held_open(cast, review)
    assert (hold["kind"], hold["id"], hold["number"]) == ("verdict", verdict.pk, 1)
    verdict.acknowledged_at, verdict.acknowledged_by = LATER, cast.olu
    verdict.save()
    close_review(actor=cast.fay, at=LATER, review=review)


def test_a_breach_in_the_scope_of_two_reviews_is_decided_once_for_both(cast: Cast) -> None:
    own = cast.open_review()
    above = cast.open_review(cast.series(cast.commercial))
    elsewhere = cast.open_review(cast.series(cast.partners))
    breach = cast.breach()
    assert {key: len(found) for key, found in holds_of([own, above, elsewhere]).items()} == {
        own.pk: 1,
        above.pk: 1,
        elsewhere.pk: 0,
    }
    held_open(cast, own)
    held_open(cast, above)
    cast.decision(breach, review=own)
    for review in (own, above):
        close_review(actor=cast.fay, at=LATER, review=review)
    minutes = Review.objects.get(pk=own.pk).minutes
    assert [row["number"] for row in minutes["decisions"]] == [1]


def test_moving_work_to_another_team_does_not_take_it_off_the_agenda(cast: Cast) -> None:
    review = cast.open_review()
    cast.on_agenda(review, cast.breach())
    Initiative.objects.filter(pk=cast.pipeline.pk).update(team=cast.team("Finance"))
    assert [hold["kind"] for hold in held_open(cast, review)] == ["breach"]


def test_a_close_posted_twice_closes_once(cast: Cast) -> None:
    review = cast.open_review()
    closed = close_review(actor=cast.fay, at=LATER, review=review)
    with pytest.raises(Conflict) as refused:
        close_review(actor=cast.dana, at=LATER + timedelta(minutes=1), review=review)
    assert refused.value.code == "review_already_closed"
    left = Review.objects.get(pk=review.pk)
    assert (left.closed_at, left.closed_by) == (LATER, cast.fay)
    assert left.minutes_hash == closed.minutes_hash
    assert Entry.objects.about(review).count() == 1


def test_only_an_open_review_closes(cast: Cast) -> None:
    for review, code in (
        (cast.planned_review(), "review_not_open"),
        (cast.open_review(missed_at=AT), "review_missed"),
    ):
        with pytest.raises(Conflict) as refused:
            close_review(actor=cast.fay, at=LATER, review=review)
        assert refused.value.code == code


def test_only_who_runs_a_review_closes_it(cast: Cast) -> None:
    review = cast.open_review()
    for person in (cast.nils, cast.olu, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            close_review(actor=person, at=LATER, review=review)
    with pytest.raises(NotFound):
        close_review(actor=cast.sven, at=LATER, review=review)
    close_review(actor=cast.elena, at=LATER, review=review)


# The action and the database say the same.


def _worlds(cast: Cast) -> list[Review]:
    """Reviews of every team, some open over what was gathered and moved away since."""
    finance = cast.team("Finance", cast.commercial)
    teams = [cast.commercial, cast.demand, cast.partners, finance]
    reviews = [cast.open_review(cast.series(team)) for team in teams]
    work = [cast.initiative(team=team, owner=cast.nils) for team in teams]
    metrics = [cast.metric(initiative=one) for one in work]
    # What holds the review of Partners, and the one above, is nobody's.
    cast.initiative("Nobody's", team=cast.partners)
    gathered = cast.breach(metrics[2])
    cast.on_agenda(reviews[3], gathered)
    decided = cast.breach(metrics[1])
    cast.verdict(cast.decision(decided, cast.breach(metrics[3])))
    cast.breach(cast.betas_metric)
    return reviews


def test_what_the_action_names_is_what_the_database_refuses(cast: Cast) -> None:
    reviews = _worlds(cast)
    held = holds_of(reviews)
    assert {bool(found) for found in held.values()} == {True}
    for review in reviews:
        assert _database_refuses(cast, review)
    # One after the other is settled, and both change their mind at the same moment.
    seen = set()
    for hold in held[reviews[0].pk]:
        if hold.kind == "breach":
            cast.decision(*reviews[0].organization.breaches.filter(pk=hold.id))
        elif hold.kind == "orphan":
            cast.owned_by(cast.nils, Initiative.objects.get(pk=hold.id), accepted=False)
        else:
            _acknowledge(cast, hold.id)
        found = holds_of(reviews)
        for review in reviews:
            assert _database_refuses(cast, review) == bool(found[review.pk])
            assert holds(review) == found[review.pk]
            seen.add(bool(found[review.pk]))
    assert seen == {True, False}


def _acknowledge(cast: Cast, verdict: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cadence_verdict SET acknowledged_at = given_at, acknowledged_by_id = %s "
            "WHERE id = %s",
            [cast.olu.pk, verdict],
        )


def _database_refuses(cast: Cast, review: Review) -> bool:
    """Whether an UPDATE that closes the review is refused. It is taken back in any case."""
    fresh = Review.objects.get(pk=review.pk)
    try:
        with transaction.atomic():
            cast.close(fresh)
            transaction.set_rollback(True)
    except IntegrityError as error:
        assert "a_review_closes_when_all_is_decided" in str(error)
        return True
    return False


def test_holds_cost_the_same_for_one_review_and_for_many(cast: Cast) -> None:
    reviews = _worlds(cast)
    with CaptureQueriesContext(connection) as few:
        holds_of(reviews[:1])
    for _ in range(5):
        cast.breach(cast.metric())
        cast.verdict(cast.decision(cast.breach(cast.metric())))
    with CaptureQueriesContext(connection) as many:
        holds_of(reviews)
    assert len(many) == len(few)


# The minutes


def test_the_minutes_say_what_was_shown_who_was_there_and_what_was_decided(cast: Cast) -> None:
    judgement(cast.demos, value=Decimal("31"), floor=Decimal("45.50"), result="below")
    review = cast.planned_review()
    due = commitment(cast)
    decided_before = cast.decision(cast.breach(cast.metric("Calls")))
    verdict = cast.verdict(decided_before, given_at=AT)
    orphan = cast.initiative("Nobody's")
    breach = cast.breach(level=1)
    review = open_review(actor=cast.fay, at=AT, review=review)
    Attendance.objects.create(
        organization=cast.acme, review=review, member=cast.olu, present=True, noted_at=AT
    )
    cast.decision(breach, review=review, decided_at=LATER)
    _acknowledge(cast, verdict.pk)
    made = commitment(cast, review=review, text="Write to the press.", due_on=LAST_WEEK)
    Review.objects.filter(pk=review.pk).update(notes="We were quick.")
    cast.owned_by(cast.nils, orphan, accepted=False)
    written(cast, LATER)
    closed = close_review(actor=cast.dana, at=LATER, review=review)
    minutes = Review.objects.get(pk=closed.pk).minutes
    assert minutes is not None
    assert (minutes["kind"], minutes["team"]) == ("weekly", "Demand")
    assert minutes["scope"] == ["Demand", "Partners"]
    assert minutes["starts_at"] == "2026-11-16T10:00:00+00:00"
    assert minutes["time_zone"] == "Europe/Berlin"
    assert minutes["facilitator"] == {"id": cast.fay.pk, "name": "Fay"}
    assert minutes["closed_by"]["name"] == "Dana"
    assert minutes["attendance"] == [
        {"person": {"id": cast.olu.pk, "name": "Olu"}, "present": True}
    ]
    lines = {line["metric"]: line for line in minutes["scorecard"]}
    assert lines["Qualified demos"]["value"] == "31"
    assert lines["Qualified demos"]["floor"] == "45.5"
    assert lines["Qualified demos"]["result"] == "below"
    assert lines["Closed revenue"]["result"] == "missing"
    assert [line["kind"] for line in minutes["scorecard"]] == ["leading", "leading", "lagging"]
    (shown,) = minutes["breaches"]
    assert (shown["breach"], shown["value"], shown["limit"]) == (breach.pk, "31", "45")
    assert (shown["decision"], shown["decided_by"]["name"]) == (2, "Olu")
    assert [row["number"] for row in minutes["decisions"]] == [2]
    assert [row["acknowledged_by"]["name"] for row in minutes["verdicts"]] == ["Olu"]
    assert [row["text"] for row in minutes["commitments"]] == [due.text, made.text]
    assert {row["initiative"]: row["why"] for row in minutes["orphans"]} == {
        cast.pipeline.name: "The owner has been silent for two periods",
        orphan.name: "Nobody was asked",
    }
    assert {row["initiative"]: (row["answers"], row["asked"]) for row in minutes["orphans"]} == {
        cast.pipeline.name: ("Olu", ""),
        orphan.name: ("Dana, acting", "Nils"),
    }
    assert minutes["notes"] == "We were quick."


def test_the_minutes_are_sealed_in_the_ledger(cast: Cast) -> None:
    review = close_review(actor=cast.fay, at=LATER, review=cast.open_review())
    assert len(review.minutes_hash) == 64
    kept = Review.objects.get(pk=review.pk)
    assert verify_minutes(kept)
    entry = Entry.objects.about(review).get()
    assert (entry.event, entry.actor) == ("review.closed", cast.fay)
    assert entry.data["minutes"] == kept.minutes_hash
    assert verify(cast.acme).fault is None
    assert kept.minutes is not None
    kept.minutes["notes"] = "It went well."
    assert not verify_minutes(kept)
    assert not verify_minutes(cast.open_review())


def test_the_minutes_hold_no_number_that_could_lose_its_digits(cast: Cast) -> None:
    judgement(cast.demos, value=Decimal("0.1"), floor=Decimal("1E+3"), result="below")
    review = close_review(actor=cast.fay, at=LATER, review=cast.open_review())
    text = json.dumps(review.minutes)
    assert '"0.1"' in text
    assert '"1000"' in text
    assert not _floats(review.minutes)


def _floats(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_floats(item) for item in value.values())
    if isinstance(value, list):
        return any(_floats(item) for item in value)
    return isinstance(value, float)


def test_closing_costs_the_same_for_few_lines_and_for_many(cast: Cast) -> None:
    def queries() -> int:
        review = open_review(actor=cast.fay, at=AT, review=cast.planned_review())
        breaches = list(cast.acme.breaches.filter(decision__isnull=True))
        for breach in breaches:
            cast.decision(breach, review=review)
        with CaptureQueriesContext(connection) as seen:
            close_review(actor=cast.fay, at=LATER, review=review)
        return len(seen)

    cast.breach()
    commitment(cast)
    written(cast, AT)
    queries()
    cast.breach(cast.metric())
    few = queries()
    for _ in range(8):
        cast.breach(cast.metric())
        commitment(cast)
    assert queries() == few
