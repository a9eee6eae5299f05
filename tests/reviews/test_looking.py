"""What is next, what the room shows, and who is silent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.reviews.actions import open_review
from cadence.reviews.agenda import agenda_of
from cadence.reviews.models import Review
from cadence.reviews.queries import (
    being_held,
    next_review_at,
    past,
    recorded_in,
    silent_owners,
    upcoming,
)
from tests.cast import AT, BEGINNING, LAST_WEEK, Cast
from tests.reviews.things import commitment, written

WEEK = timedelta(weeks=1)


# When a breach is due


def test_the_next_review_of_a_team_may_be_one_of_a_team_above(cast: Cast) -> None:
    cast.planned_review(starts_at=AT + 2 * WEEK)
    cast.planned_review(cast.series(cast.commercial), starts_at=AT + WEEK)
    cast.planned_review(cast.series(cast.partners), starts_at=AT + timedelta(days=1))
    finance = cast.team("Finance")
    found = next_review_at(cast.acme, AT)
    assert found == {
        cast.commercial.pk: AT + WEEK,
        cast.demand.pk: AT + WEEK,
        cast.partners.pk: AT + timedelta(days=1),
    }
    assert finance.pk not in found
    assert next_review_at(cast.beta, AT) == {}


def test_what_began_or_is_over_or_skipped_is_not_the_next_review(cast: Cast) -> None:
    cast.planned_review()  # starts now
    cast.planned_review(starts_at=AT + WEEK, missed_at=AT)
    cast.planned_review(cast.series(ended_at=AT), starts_at=AT + WEEK)
    assert next_review_at(cast.acme, AT) == {}
    early = cast.open_review(starts_at=AT + timedelta(hours=3))
    assert next_review_at(cast.acme, AT)[cast.demand.pk] == early.starts_at


def test_the_next_review_costs_two_queries(cast: Cast) -> None:
    for team in (cast.commercial, cast.demand, cast.partners):
        cast.planned_review(cast.series(team), starts_at=AT + WEEK)
    with CaptureQueriesContext(connection) as seen:
        next_review_at(cast.acme, AT)
    assert len(seen) == 2


# Lists


def test_upcoming_reviews_wait_or_are_being_held_and_past_ones_are_over(cast: Cast) -> None:
    planned = cast.planned_review(starts_at=AT + WEEK)
    held = cast.open_review()
    cast.planned_review(cast.series(ended_at=BEGINNING), starts_at=AT + WEEK)
    cast.planned_review(starts_at=AT + 9 * WEEK)
    missed = cast.planned_review(missed_at=AT)
    closed = cast.close(cast.open_review(starts_at=AT - WEEK))
    assert list(upcoming(cast.acme, AT, AT + 2 * WEEK)) == [held, planned]
    assert list(being_held(cast.acme)) == [held]
    assert list(past(cast.acme)) == [missed, closed]
    assert not past(cast.beta).exists()


# The room


def names(review: Review) -> dict[str, list[str]]:
    return {part.name: [item.kind for item in part.items] for part in agenda_of(review)}


def _opened(cast: Cast, kind: str) -> Review:
    rule = "FREQ=WEEKLY;BYDAY=MO" if kind == "weekly" else "FREQ=MONTHLY;BYDAY=3MO"
    series = cast.series(kind=kind, rule=rule, minutes=45)
    commitment(cast)
    cast.verdict(cast.decision(cast.breach(cast.metric())), given_at=AT)
    cast.breach(cast.metric(), level=1)
    cast.breach()
    cast.initiative("Nobody's")
    return open_review(actor=cast.fay, at=AT, review=cast.planned_review(series))


def test_the_weekly_looks_at_everything_in_its_order(cast: Cast) -> None:
    review = _opened(cast, "weekly")
    found = names(review)
    assert list(found) == [
        "follow_through",
        "scorecard",
        "ownership",
        "breaches",
        "read_back",
        "close",
    ]
    assert found["follow_through"] == ["commitment", "verdict"]
    assert set(found["scorecard"]) == {"missing"}
    assert found["ownership"] == ["orphan", "orphan"]
    # One screen for a breach, also where it was escalated.
    assert found["breaches"] == ["breach", "breach"]
    assert found["read_back"] == found["close"] == []
    assert sum(part.minutes for part in agenda_of(review)) == 45


def test_the_monthly_looks_at_what_was_escalated_by_itself(cast: Cast) -> None:
    found = names(_opened(cast, "monthly"))
    assert found["escalations"] == ["escalation"]
    assert found["breaches"] == ["breach"]


def test_breaches_come_worst_first(cast: Cast) -> None:
    review = cast.open_review()
    near = cast.breach(value=Decimal(44))
    far = cast.breach(cast.metric(), value=Decimal(4))
    missing = cast.missing(cast.metric())
    up = cast.breach(cast.metric(), value=Decimal(44), level=2)
    cast.on_agenda(review, near, missing, far, up)
    (part,) = [part for part in agenda_of(review) if part.name == "breaches"]
    assert [item.breach for item in part.items] == [up, far, near, missing]


def test_what_was_written_in_the_instant_of_opening_is_shown_all_the_same(cast: Cast) -> None:
    review = cast.open_review()
    breach = cast.breach()
    decision = cast.decision(cast.breach(cast.metric()))
    cast.verdict(decision)
    items = [item for part in agenda_of(review) for item in part.items]
    assert [item.breach or item.decision for item in items] == [decision, breach]
    assert not review.agenda.exists()
    cast.on_agenda(review, breach)
    items = [item for part in agenda_of(review) for item in part.items]
    assert len(items) == 2


def test_the_room_costs_the_same_for_few_and_for_many(cast: Cast) -> None:
    def queries(review: Review) -> int:
        review = Review.objects.select_related("series", "organization").get(pk=review.pk)
        with CaptureQueriesContext(connection) as seen:
            for part in agenda_of(review):
                for item in part.items:
                    assert str(item.breach.metric.initiative.team if item.breach else item)
        return len(seen)

    few = queries(_opened(cast, "weekly"))
    for _ in range(6):
        cast.breach(cast.metric())
        commitment(cast)
    many = queries(open_review(actor=cast.fay, at=AT, review=cast.planned_review()))
    assert many == few


def test_the_read_back_is_what_was_decided_here(cast: Cast) -> None:
    review = cast.open_review()
    first = cast.decision(cast.breach(), review=review)
    cast.decision(cast.breach(cast.metric()))
    second = cast.decision(cast.breach(cast.metric()), review=review)
    assert recorded_in(review) == [first, second]


# Silence


def test_an_owner_is_silent_after_two_whole_weeks_without_a_word(cast: Cast) -> None:
    assert silent_owners(cast.acme, AT) == {cast.pipeline.pk: BEGINNING}
    heard = datetime(2026, 11, 1, 22, tzinfo=UTC)  # Sunday night in Berlin
    cast.reading(50, starts_on=LAST_WEEK, recorded_at=heard)
    assert silent_owners(cast.acme, AT) == {cast.pipeline.pk: heard}
    monday = heard + timedelta(hours=2)
    written(cast, monday)
    assert silent_owners(cast.acme, AT) == {}
    assert silent_owners(cast.acme, AT + WEEK) == {cast.pipeline.pk: monday}


def test_a_new_owner_does_not_inherit_silence(cast: Cast) -> None:
    initiative = cast.initiative()
    cast.owned_by(cast.nils, initiative, accepted_at=datetime(2026, 11, 2, tzinfo=UTC))
    assert set(silent_owners(cast.acme, AT)) == {cast.pipeline.pk}
    assert initiative.pk in silent_owners(cast.acme, AT + WEEK)


@pytest.mark.parametrize(("per", "silent"), [("month", False), ("week", True), ("day", True)])
def test_two_periods_are_those_of_the_metrics(cast: Cast, per: str, silent: bool) -> None:
    initiative = cast.initiative()
    accepted_at = datetime(2026, 9, 20, tzinfo=UTC)
    cast.owned_by(cast.nils, initiative, accepted_at=accepted_at)
    cast.metric(initiative=initiative, read_per=per, judged_per=per)
    assert (initiative.pk in silent_owners(cast.acme, AT)) is silent


def test_who_does_not_own_or_is_not_active_is_not_silent(cast: Cast) -> None:
    cast.initiative("Nobody's")
    cast.pipeline.paused_at = AT
    cast.pipeline.save()
    assert silent_owners(cast.acme, AT) == {}


def test_silence_costs_the_same_for_few_and_for_many(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as few:
        silent_owners(cast.acme, AT)
    for _ in range(6):
        cast.metric(initiative=cast.initiative(owner=cast.nils))
    with CaptureQueriesContext(connection) as many:
        silent_owners(cast.acme, AT)
    assert len(few) == len(many) == 3
