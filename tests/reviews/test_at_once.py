"""Two people, two ticks, at the same moment: on PostgreSQL, where transactions really meet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from cadence.errors import Conflict
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.reviews.actions import close_review, join_agenda, open_due
from cadence.reviews.missed import mark_missed
from cadence.reviews.models import AgendaItem, Review, ReviewSeries
from cadence.reviews.room import add_note, note_attendance
from cadence.reviews.series import plan_reviews
from tests import needs
from tests.cast import AT, Cast

ROUNDS = 12

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _on_postgresql(transactional_db: None) -> None:
    needs.postgresql()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave back, or the Conflict that it met, all begun together."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait()
            return act()
        except Conflict as conflict:
            return conflict.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_ticks_at_once_plan_each_review_once(cast: Cast) -> None:
    for _ in range(ROUNDS):
        series = cast.series()
        planned = at_once(*[lambda: plan_reviews(at=AT)] * 4)
        plan_reviews(at=AT)
        assert sum(map(int, map(str, planned))) <= 6
        assert series.reviews.count() == 6
    assert ReviewSeries.objects.filter(planned_to__lt=AT).count() == 0
    assert Entry.objects.filter(event="series.planned").count() == ROUNDS


def test_ticks_at_once_open_and_miss_each_review_once(cast: Cast) -> None:
    cast.breach()
    for _ in range(ROUNDS):
        due = cast.planned_review()
        passed = cast.planned_review(hold_by=AT)
        at_once(*[lambda: (mark_missed(at=AT), open_due(at=AT))] * 4)
        mark_missed(at=AT)
        open_due(at=AT)
        assert due.agenda.filter(kind="breach").count() == 1
        assert Review.objects.get(pk=passed.pk).state == "missed"
    assert Entry.objects.filter(event="review.opened").count() == ROUNDS
    assert Entry.objects.filter(event="review.missed").count() == ROUNDS
    assert verify(cast.acme).fault is None


def test_two_who_close_at_once_close_once(cast: Cast) -> None:
    for _ in range(ROUNDS):
        review = cast.open_review()
        answers = at_once(
            *(
                lambda person=person, review=review: close_review(
                    actor=person, at=AT, review=review
                )
                for person in (cast.fay, cast.dana, cast.elena)
            )
        )
        assert answers.count("review_already_closed") == 2
        assert Entry.objects.about(review).count() == 1


def test_nobody_comes_into_a_review_that_is_just_being_missed(cast: Cast) -> None:
    outcomes = set()
    for _ in range(ROUNDS):
        review = cast.open_review(hold_by=AT)
        at_once(
            lambda: mark_missed(at=AT),
            lambda review=review: note_attendance(
                actor=cast.fay, at=AT, review=review, present={cast.olu.pk: True}
            ),
        )
        mark_missed(at=AT)
        left = Review.objects.get(pk=review.pk)
        assert (left.state == "missed") is not left.attendances.filter(present=True).exists()
        outcomes.add(left.state)
    assert outcomes <= {"missed", "open"}


def test_no_note_is_lost_when_many_write_at_once(cast: Cast) -> None:
    review = cast.open_review()
    people = [cast.fay, cast.dana, cast.nils, cast.olu]
    at_once(
        *(
            lambda person=person: add_note(actor=person, at=AT, review=review, text=person.name)
            for person in people
        )
    )
    notes = Review.objects.get(pk=review.pk).notes
    assert sorted(notes.split("\n\n")) == ["Dana", "Fay", "Nils", "Olu"]


def test_a_breach_and_a_close_at_the_same_moment_never_pass_each_other(cast: Cast) -> None:
    def open_a_breach() -> None:
        with transaction.atomic():
            join_agenda(at=AT, breaches=[cast.breach(cast.metric())])

    for _ in range(ROUNDS):
        review = cast.open_review()
        at_once(
            open_a_breach,
            lambda review=review: close_review(actor=cast.fay, at=AT, review=review),
        )
        left = Review.objects.get(pk=review.pk)
        joined = AgendaItem.objects.filter(review=review).exists()
        assert joined is (left.state == "open")
        for breach in cast.acme.breaches.filter(decision__isnull=True):
            cast.decision(breach)
        if left.state == "open":
            close_review(actor=cast.fay, at=AT, review=left)
