"""What opens while a review is open joins it."""

from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cadence.ledger.models import Entry
from cadence.reviews.actions import join_agenda, join_verdicts
from cadence.reviews.models import AgendaItem
from tests.cast import AT, Cast


def test_a_breach_joins_every_open_review_of_its_scope(cast: Cast) -> None:
    own = cast.open_review()
    above = cast.open_review(cast.series(cast.commercial))
    cast.open_review(cast.series(cast.partners))
    cast.planned_review()
    breach = cast.breach()
    join_agenda(at=AT, breaches=[breach])
    joined = AgendaItem.objects.filter(breach=breach)
    assert {item.review for item in joined} == {own, above}
    assert not Entry.objects.exists()


def test_a_breach_is_on_an_agenda_once_however_often_it_joins(cast: Cast) -> None:
    review = cast.open_review()
    breach = cast.breach()
    cast.on_agenda(review, breach)
    for _ in range(2):
        join_agenda(at=AT + timedelta(minutes=5), breaches=[breach])
    assert review.agenda.get().added_at == AT


def test_a_breach_that_moved_up_joins_as_an_escalation_too(cast: Cast) -> None:
    review = cast.open_review()
    join_agenda(at=AT, breaches=[cast.breach(level=1)])
    assert {item.kind for item in review.agenda.all()} == {"breach", "escalation"}


def test_nothing_joins_a_review_that_is_over(cast: Cast) -> None:
    closed = cast.close(cast.open_review())
    cast.open_review(missed_at=AT)
    join_agenda(at=AT, breaches=[cast.breach()])
    assert not closed.agenda.exists()
    assert not AgendaItem.objects.exists()


def test_a_verdict_joins_the_open_reviews_of_all_it_is_about(cast: Cast) -> None:
    own = cast.open_review()
    partners = cast.open_review(cast.series(cast.partners))
    cast.open_review(cast.series(cast.team("Finance")))
    metric = cast.metric(initiative=cast.initiative(team=cast.partners))
    decision = cast.decision(cast.breach(), cast.breach(metric))
    cast.verdict(decision)
    join_verdicts(at=AT, decisions=[decision])
    assert {item.review for item in decision.agenda.all()} == {own, partners}
    assert {item.kind for item in decision.agenda.all()} == {"verdict"}


def test_nothing_to_join_is_nothing(cast: Cast) -> None:
    cast.open_review()
    join_agenda(at=AT, breaches=[])
    join_verdicts(at=AT, decisions=[])
    assert not AgendaItem.objects.exists()


def test_joining_costs_the_same_for_one_breach_and_for_many(cast: Cast) -> None:
    for _ in range(2):
        cast.open_review()
    counts = []
    for breaches in ([cast.breach()], [cast.breach(cast.metric()) for _ in range(9)]):
        with transaction.atomic(), CaptureQueriesContext(connection) as seen:
            join_agenda(at=AT, breaches=breaches)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5
