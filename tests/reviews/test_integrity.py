"""Twelve weeks of a series, counted from what was stored when it happened."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ClosingDay
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment
from cadence.ownership.models import Interim
from cadence.reviews.integrity import Integrity, asked_about, integrity_of
from cadence.reviews.integrity_rules import Span
from cadence.reviews.models import AgendaItem, Review, ReviewSeries
from tests.cast import AT, BEGINNING, Cast

# A Monday evening, twelve weeks after Monday 31 August. Mondays at eleven in Berlin.
NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
FIRST = date(2026, 8, 31)


def met(cast: Cast, series: ReviewSeries, week: int, **facts: object) -> Review:
    """The review of the week, counted from that of the first Monday of the span; open."""
    day = FIRST + timedelta(weeks=week)
    starts_at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return Review.objects.create(
        **{
            "organization": series.organization,
            "series": series,
            "team": series.team,
            "occurs_on": day,
            "starts_at": starts_at,
            "hold_by": starts_at + timedelta(weeks=1),
            "facilitator": series.facilitator,
            "opened_at": starts_at,
            **facts,
        }
    )


def close(review: Review, *told: tuple[int, int], after: timedelta = timedelta(hours=1)) -> None:
    """Sealed with these breaches, each with the number of its decision."""
    review.closed_at, review.closed_by = review.starts_at + after, review.facilitator
    breaches = [{"breach": key, "decision": number} for key, number in told]
    review.minutes, review.minutes_hash = {"breaches": breaches}, "0" * 64
    review.save(update_fields=["closed_at", "closed_by", "minutes", "minutes_hash"])


def found(cast: Cast, at: datetime = NOW, span: Span = Span.TWELVE_WEEKS) -> list[Integrity]:
    return integrity_of(cast.acme, asked_about(cast.acme, span, at), span, at)


def decided(cast: Cast, review: Review | None) -> tuple[int, int]:
    """A breach that recovered and was decided, in the review if one is named."""
    breach: Breach = cast.breach(cast.metric())
    return breach.pk, cast.decision(breach, review=review).number


def test_twelve_weeks_of_a_series_are_counted_exactly(cast: Cast) -> None:
    series = cast.series(name="Demand weekly")
    for week, after in enumerate([timedelta(hours=1)] * 5 + [timedelta(days=2)] * 2):
        close(met(cast, series, week), after=after)
    moved = met(cast, series, 7, moved_at=AT, moved_reason="The whole team is at the fair")
    close(moved)
    met(cast, series, 8, missed_at=NOW)
    gone = met(cast, series, 9, moved_at=AT, moved_reason="Dana is away", missed_at=NOW)
    met(cast, series, 10)  # held and never closed
    met(cast, series, 12)  # of today, being held
    met(cast, series, 13, opened_at=None)  # to come
    (row,) = found(cast)
    told = row.tally
    assert (told.come, told.on_time, told.late, told.moved, told.missed) == (11, 5, 3, 1, 2)
    assert (told.skipped, told.closed, told.with_every_decision) == (0, 8, 8)
    assert (told.changed_nothing, told.nothing_on_agenda) == (8, 8)
    assert [(m.review, m.moved_reason) for m in row.moves] == [
        (moved.pk, "The whole team is at the fair"),
        (gone.pk, "Dana is away"),
    ]
    assert [m.outcome.value for m in row.strip][-3:] == ["missed", "missed", "late"]


def test_what_was_decided_is_read_from_the_minutes(cast: Cast) -> None:
    series = cast.series()
    first, second = met(cast, series, 0), met(cast, series, 1)
    here, before = decided(cast, first), decided(cast, None)
    close(first, here, before)
    close(second, here, before)
    # What came of it since changes nothing: the duty is back, and the minutes stay.
    Breach.objects.filter(pk=here[0]).update(decision=None)
    one, two = found(cast)[0].meetings
    assert (one.breaches, one.decided, one.decided_in_it, one.changed_nothing) == (2, 2, 1, False)
    assert (two.breaches, two.decided, two.decided_in_it, two.changed_nothing) == (2, 2, 0, True)


@pytest.mark.parametrize("what", ["commitment", "verdict", "offer", "interim", "threshold"])
def test_a_review_in_which_something_was_recorded_changed_something(cast: Cast, what: str) -> None:
    """And not the next one, on whose agenda it is too."""
    series = cast.series()
    reviews = [met(cast, series, 0), met(cast, series, 1)]
    during = reviews[0].starts_at + timedelta(minutes=10)
    # Owned again since: else it would hold the reviews open.
    orphan, breach = cast.initiative(owner=cast.nils), cast.breach()
    decision = cast.decision(breach)
    if what not in ("offer", "interim"):
        # Asked long before: else nobody could close over it.
        cast.owned_by(cast.nils, orphan, accepted=False, offered_at=BEGINNING)
    for review in reviews:
        for facts in (
            {"kind": "verdict", "decision": decision},
            {"kind": "orphan", "initiative": orphan},
            {"kind": "breach", "breach": breach},
        ):
            AgendaItem.objects.create(
                organization=cast.acme, review=review, added_at=review.starts_at, **facts
            )
    if what == "commitment":
        Commitment.objects.create(
            organization=cast.acme,
            initiative=orphan,
            review=reviews[0],
            text="Call them.",
            person=cast.nils,
            due_on=FIRST,
            due_at=NOW,
            created_by=cast.fay,
            created_at=during,
        )
    elif what == "verdict":
        verdict = cast.verdict(decision, given_at=BEGINNING)
        verdict.acknowledged_at, verdict.acknowledged_by = during, cast.fay
        verdict.save(update_fields=["acknowledged_at", "acknowledged_by"])
    elif what == "offer":
        cast.owned_by(cast.nils, orphan, accepted=False, offered_at=during, due_at=NOW)
    elif what == "interim":
        Interim.objects.create(
            organization=cast.acme,
            initiative=orphan,
            person=cast.nils,
            named_by=cast.dana,
            named_at=during,
            until=date(2026, 12, 1),
        )
    else:
        cast.floor.ends_on = date(2026, 9, 7)
        cast.floor.save(update_fields=["ends_on"])
        cast.threshold(cast.demos, floor=50, starts_on=date(2026, 9, 7), set_at=during)
    for review in reviews:
        close(review)
    assert [m.changed_nothing for m in found(cast)[0].meetings] == [False, True]
    assert found(cast)[0].tally.nothing_on_agenda == 0


def test_a_holiday_that_is_skipped_does_not_count(cast: Cast) -> None:
    ClosingDay.objects.create(organization=cast.acme, day=date(2026, 9, 7), name="Works outing")
    cast.series(on_holiday="skip", created_at=datetime(2026, 9, 1, tzinfo=UTC))
    (row,) = found(cast)
    assert [(m.occurs_on, m.outcome.value) for m in row.meetings] == [(date(2026, 9, 7), "skipped")]
    assert (row.tally.come, row.tally.skipped) == (0, 1)


def test_what_holiday_moves_is_on_time_on_the_day_it_moves_to(cast: Cast) -> None:
    ClosingDay.objects.create(organization=cast.acme, day=date(2026, 9, 7), name="Works outing")
    series = cast.series()
    tuesday = datetime(2026, 9, 8, 9, tzinfo=UTC)
    close(met(cast, series, 1, starts_at=tuesday, opened_at=tuesday))
    (row,) = found(cast)
    assert (row.tally.come, row.tally.on_time, row.tally.skipped) == (1, 1, 0)


def test_nothing_counts_after_the_end_of_a_series(cast: Cast) -> None:
    ended_at = datetime(2026, 9, 10, tzinfo=UTC)
    ClosingDay.objects.create(organization=cast.acme, day=date(2026, 9, 14), name="Works outing")
    series = cast.series(ended_at=ended_at)
    close(met(cast, series, 0))
    met(cast, series, 3, opened_at=None)
    (row,) = found(cast)
    assert (row.tally.come, row.tally.skipped) == (1, 0)
    # A series that ended before the span is not asked about; one of another organization never.
    assert found(cast, at=NOW + timedelta(weeks=20)) == []
    cast.series(cast.betas_team, organization=cast.beta, facilitator=cast.sven)
    assert len(found(cast)) == 1


def test_worst_first_and_by_name_where_they_are_alike(cast: Cast) -> None:
    for name in ("Quiet", "Calm"):
        close(met(cast, cast.series(name=name), 0))
    met(cast, cast.series(name="Forgotten"), 0, missed_at=NOW)
    cast.series(name="Just begun")
    names = [row.series.name for row in found(cast)]
    assert names == ["Forgotten", "Calm", "Quiet", "Just begun"]


def test_it_costs_the_same_for_one_series_and_for_many(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            found(cast)
        return len(queries)

    def fill(series: ReviewSeries) -> None:
        for week in range(3):
            review = met(cast, series, week)
            cast.on_agenda(review, cast.breach(cast.metric()))
            breach = review.agenda.get().breach
            assert breach is not None
            close(review, (breach.pk, cast.decision(breach, review=review).number))

    fill(cast.series())
    once = cost()
    for _ in range(6):
        fill(cast.series())
    assert cost() == once
    assert once <= 12
