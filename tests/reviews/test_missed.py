"""A review that nobody held goes up the escalation path, with what it should have decided."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.escalations.models import Escalation
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.reviews.missed import mark_missed
from cadence.reviews.models import AgendaItem, Review
from tests.cast import AT, Cast

WEEK = timedelta(weeks=1)
# A week after the Monday of AT, and five working days after that.
OVER = AT + WEEK
DUE = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)


def way(**thing: Any) -> list[tuple[int, str, str, str]]:
    return [
        (
            one.level,
            one.because,
            one.from_person.name if one.from_person else "",
            one.to_person.name,
        )
        for one in Escalation.objects.filter(**thing)
    ]


def missed(cast: Cast, review: Review, at: datetime = OVER) -> Review:
    assert mark_missed(at=at, organization=cast.acme) == 1
    review.refresh_from_db()
    return review


def test_it_goes_to_who_stands_above_the_facilitator(cast: Cast) -> None:
    review = missed(cast, cast.open_review())
    assert (review.level, review.escalated_to, review.due_at) == (1, cast.dana, DUE)
    assert way(review=review) == [(1, "missed", "Fay", "Dana")]
    entry = Entry.objects.get(event="review.escalated")
    assert entry.data == {
        "level": 1,
        "because": "missed",
        "from": cast.fay.pk,
        "to": cast.dana.pk,
        "was_due_at": OVER.isoformat(),
        "due_at": DUE.isoformat(),
        "series": review.series_id,
    }


def test_where_the_lead_facilitates_it_goes_to_the_next_above(cast: Cast) -> None:
    review = missed(cast, cast.open_review(cast.series(facilitator=cast.dana)))
    assert way(review=review) == [(1, "missed", "Dana", "Lars")]


def test_where_nobody_is_above_it_is_overdue_with_the_facilitator(cast: Cast) -> None:
    review = missed(cast, cast.open_review(cast.series(facilitator=cast.elena)))
    assert (review.level, review.escalated_to, review.due_at) == (0, None, DUE)
    assert way(review=review) == []


def test_only_the_first_of_a_run_goes_up(cast: Cast) -> None:
    series = cast.series()
    first, second, third = (cast.open_review(series) for _ in range(3))
    missed(cast, first)
    missed(cast, second, OVER + WEEK)
    assert (second.level, second.due_at, way(review=second)) == (0, None, [])
    # The third is held: what is missed after it begins anew.
    cast.close(third)
    fourth = missed(cast, cast.open_review(series), OVER + 3 * WEEK)
    assert way(review=fourth) == [(1, "missed", "Fay", "Dana")]


def test_another_series_is_another_run(cast: Cast) -> None:
    first, second = cast.open_review(), cast.open_review()
    assert mark_missed(at=OVER) == 2
    assert len(way(review=first)) == len(way(review=second)) == 1


def test_a_series_that_has_ended_is_held_by_nobody(cast: Cast) -> None:
    review = missed(cast, cast.open_review(cast.series(ended_at=AT + timedelta(days=1))))
    assert (review.due_at, way(review=review)) == (None, [])


def test_what_it_left_undecided_moves_up_a_step(cast: Cast) -> None:
    review = cast.open_review()
    breach = cast.breach(due_at=AT + timedelta(days=1))
    cast.on_agenda(review, breach)
    following = cast.open_review(opened_at=OVER, hold_by=OVER + WEEK)
    missed(cast, review)
    breach.refresh_from_db()
    assert (breach.level, breach.answerable) == (1, cast.dana)
    assert way(breach=breach) == [(1, "missed", "Olu", "Dana")]
    events = Entry.objects.order_by("sequence").values_list("event", flat=True)
    assert list(events) == ["review.missed", "review.escalated", "breach.escalated"]
    # It has gone up, and an open review sees that.
    kinds = AgendaItem.objects.filter(review=following, breach=breach).values_list(
        "kind", flat=True
    )
    assert set(kinds) == {"breach", "escalation"}


def test_what_moved_up_since_it_began_does_not_move_again(cast: Cast) -> None:
    review = cast.open_review()
    breach = cast.breach(level=1, answerable=cast.dana)
    cast.on_agenda(review, breach)
    Escalation.objects.create(
        organization=cast.acme,
        kind="decision",
        because="overdue",
        breach=breach,
        level=1,
        to_person=cast.dana,
        at=AT + timedelta(hours=14),
        was_due_at=AT + timedelta(hours=13),
        due_at=DUE,
    )
    missed(cast, review)
    assert len(way(breach=breach)) == 1


def test_what_joined_it_later_has_a_time_of_its_own(cast: Cast) -> None:
    review = cast.open_review()
    cast.on_agenda(review, breach := cast.breach(undecided_since=AT + timedelta(days=3)))
    missed(cast, review)
    assert way(breach=breach) == []


def test_what_is_decided_or_paused_stays(cast: Cast) -> None:
    review, other = cast.open_review(), cast.initiative()
    decided, paused = cast.breach(), cast.breach(cast.metric(initiative=other))
    cast.decision(decided)
    cast.on_agenda(review, decided, paused)
    Initiative.objects.filter(pk=other.pk).update(paused_at=AT)
    missed(cast, review)
    assert way(breach=decided) == way(breach=paused) == []


def test_many_breaches_cost_no_more_queries_than_one(cast: Cast) -> None:
    def cost(number: int) -> int:
        review = cast.open_review()
        for _ in range(number):
            work = cast.initiative(owner=cast.olu)
            metric = cast.metric(initiative=work)
            cast.on_agenda(
                review, cast.breach(metric, opened_at=AT - WEEK, undecided_since=AT - WEEK)
            )
        with CaptureQueriesContext(connection) as queries:
            missed(cast, review)
        # Each step has its entry in the ledger, and that costs what it costs.
        ledger = ("cadence_head", "cadence_entry")
        return sum(not any(name in one["sql"] for name in ledger) for one in queries)

    cost(1)
    few = cost(1)
    assert cost(12) == few
