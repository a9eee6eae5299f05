"""Setting up, changing and ending a series."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.reviews.models import Review, ReviewSeries
from cadence.reviews.room import take_facilitation
from cadence.reviews.series import change_series, create_series, end_series, plan_reviews
from tests.cast import AT, Cast


def new_series(cast: Cast, **changes: Any) -> ReviewSeries:
    facts = {
        "actor": cast.dana,
        "at": AT,
        "team": cast.demand,
        "name": "Demand weekly",
        "kind": "weekly",
        "rule": "FREQ=WEEKLY;BYDAY=MO",
        "starts_on": "2026-11-01",
        "time_of_day": "09:30",
        "facilitator": cast.fay,
    }
    return create_series(**{**facts, **changes})


def change(cast: Cast, series: ReviewSeries, **changes: Any) -> ReviewSeries:
    facts = {
        "actor": cast.dana,
        "at": AT,
        "name": series.name,
        "time_of_day": series.time_of_day,
        "minutes": series.minutes,
        "on_holiday": series.on_holiday,
        "facilitator": series.facilitator,
    }
    return change_series(series=series, **{**facts, **changes})


def test_a_lead_sets_up_a_weekly_and_its_reviews_are_planned_at_once(cast: Cast) -> None:
    series = new_series(cast)
    reviews = list(series.reviews.order_by("starts_at"))
    assert [review.occurs_on for review in reviews] == [
        date(2026, 11, 23) + timedelta(weeks=n) for n in range(6)
    ]
    first, second = reviews[:2]
    assert first.starts_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert first.hold_by == second.starts_at
    assert (first.team, first.facilitator) == (cast.demand, cast.fay)
    # The last one is held by an occurrence that is not planned yet.
    assert reviews[-1].hold_by == datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
    entry = Entry.objects.about(series).get()
    assert (entry.event, entry.actor, entry.data["planned"]) == ("series.created", cast.dana, 6)


def test_a_monthly_is_held_until_the_next_one_starts(cast: Cast) -> None:
    series = new_series(cast, kind="monthly", rule="FREQ=MONTHLY;BYDAY=-1TH", minutes=60)
    reviews = list(series.reviews.order_by("starts_at"))
    # The last Thursday of December is New Year's Eve, which is a working day in Germany.
    assert [review.occurs_on for review in reviews] == [date(2026, 11, 26)]
    assert reviews[0].hold_by == datetime(2026, 12, 31, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rule", "FREQ=SECONDLY"),
        ("rule", "FREQ=WEEKLY;INTERVAL=0;BYDAY=MO"),
        ("rule", "FREQ=MONTHLY;BYMONTHDAY=1"),  # of a weekly series
        ("rule", "FREQ=WEEKLY;BYDAY=MO;" * 40),
        ("rule", "FREQ=WEEKLY;BYDAY=\ud800"),
        ("rule", ""),
        ("rule", None),
        ("kind", "daily"),
        ("name", "   "),
        ("name", "n" * 10_000),
        ("name", "a\x00b"),
        ("starts_on", "9999-12-31"),
        ("starts_on", "2199-01-01"),
        ("starts_on", "1991-01-01"),
        ("starts_on", "soon"),
        ("time_of_day", "25:00"),
        ("time_of_day", "09:30+02:00"),
        ("time_of_day", None),
        ("minutes", 0),
        ("minutes", "NaN"),
        ("on_holiday", "party"),
    ],
)
def test_what_cannot_be_a_series_is_refused_by_field(cast: Cast, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        new_series(cast, **{field: value})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not ReviewSeries.objects.exists()
    assert not Review.objects.exists()


def test_everything_that_is_wrong_is_named_at_once(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        new_series(cast, rule="FREQ=DAILY", name="", minutes=4)
    assert {problem.field for problem in refused.value.problems} == {"rule", "name", "minutes"}


def test_a_series_is_facilitated_by_somebody_who_takes_part(cast: Cast) -> None:
    gone = cast.member("Gina")
    gone.ended_at = AT
    gone.save(update_fields=["ended_at"])
    for person in (cast.obi, cast.robo, gone):
        with pytest.raises(Invalid) as refused:
            new_series(cast, facilitator=person)
        assert [problem.field for problem in refused.value.problems] == ["facilitator"]


def test_only_who_leads_the_team_or_an_executive_sets_up_a_series(cast: Cast) -> None:
    for person in (cast.nils, cast.fay, cast.olu, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            new_series(cast, actor=person)
    for person in (cast.dana, cast.lars, cast.elena):
        new_series(cast, actor=person)
    with pytest.raises(Forbidden):
        new_series(cast, actor=cast.dana, team=cast.commercial)


def test_a_series_of_another_organization_does_not_exist(cast: Cast) -> None:
    series = new_series(cast)
    for refused in (
        lambda: new_series(cast, actor=cast.sven),
        lambda: new_series(cast, facilitator=cast.sven),
        lambda: change(cast, series, actor=cast.sven),
        lambda: change(cast, series, facilitator=cast.sven),
        lambda: end_series(actor=cast.sven, at=AT, series=series, reason="Mine."),
    ):
        with pytest.raises(NotFound):
            refused()


def test_another_time_of_day_holds_for_what_is_still_to_come(cast: Cast) -> None:
    series = new_series(cast)
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)  # the first one was due at half past eight
    change(cast, series, at=at, time_of_day=time(14), facilitator=cast.nils)
    first, second, *rest = series.reviews.order_by("occurs_on")
    assert first.starts_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert first.facilitator == cast.fay
    assert second.starts_at == datetime(2026, 11, 30, 13, tzinfo=UTC)
    assert second.facilitator == cast.nils
    assert second.hold_by == rest[0].starts_at
    assert len(rest) == 4


def test_what_was_moved_or_opened_or_taken_over_stays_when_a_series_changes(cast: Cast) -> None:
    series = new_series(cast)
    moved, opened, taken, *_ = series.reviews.order_by("starts_at")
    moved.starts_at += timedelta(days=1)
    moved.moved_at, moved.moved_reason = AT, "A fair."
    moved.save()
    opened.opened_at = AT
    opened.save()
    taken.facilitator = cast.olu
    taken.save()
    change(cast, series, time_of_day=time(14), facilitator=cast.nils)
    stayed = Review.objects.in_bulk([moved.pk, opened.pk, taken.pk])
    assert stayed[moved.pk].starts_at == moved.starts_at
    assert stayed[opened.pk].starts_at == opened.starts_at
    assert stayed[taken.pk].starts_at == datetime(2026, 12, 7, 13, tzinfo=UTC)
    assert stayed[taken.pk].facilitator == cast.olu


def test_a_holiday_that_is_no_longer_skipped_gets_its_review(cast: Cast) -> None:
    # Christmas Day 2026 is a Friday.
    series = new_series(cast, rule="FREQ=WEEKLY;BYDAY=FR", on_holiday="skip")
    assert not series.reviews.filter(occurs_on=date(2026, 12, 25)).exists()
    change(cast, series, on_holiday="move")
    review = series.reviews.get(occurs_on=date(2026, 12, 25))
    assert review.starts_at == datetime(2026, 12, 28, 8, 30, tzinfo=UTC)
    # The other way round it stays: what was planned is held.
    change(cast, series, on_holiday="skip")
    assert series.reviews.filter(occurs_on=date(2026, 12, 25)).exists()


def test_a_change_of_nothing_leaves_no_trace(cast: Cast) -> None:
    series = new_series(cast)
    change(cast, series)
    assert Entry.objects.about(series).count() == 1
    change(cast, series, time_of_day="10:00", name="Demand on Mondays")
    entry = Entry.objects.about(series).last()
    assert entry is not None
    assert entry.data["time_of_day"] == ["09:30", "10:00"]
    assert entry.data["name"] == ["Demand weekly", "Demand on Mondays"]


def test_an_ended_series_plans_nothing_and_skips_what_was_to_come(cast: Cast) -> None:
    series = new_series(cast)
    ended = end_series(actor=cast.dana, at=AT, series=series, reason="Merged with Sales.")
    assert ended.ended_at == AT
    assert {review.state for review in Review.objects.all()} == {"skipped"}
    assert plan_reviews(at=AT + timedelta(weeks=4)) == 0
    with pytest.raises(Conflict) as refused:
        end_series(actor=cast.dana, at=AT, series=series, reason="Again.")
    assert refused.value.code == "series_ended"
    with pytest.raises(Conflict):
        change(cast, series, name="Back")


def test_ending_a_series_is_no_way_out_of_a_review_that_is_held_or_due(cast: Cast) -> None:
    series = new_series(cast)
    held = cast.open_review(series, occurs_on=date(2026, 11, 16))
    first = series.reviews.get(occurs_on=date(2026, 11, 23))
    for at in (AT, first.starts_at):
        with pytest.raises(Conflict) as refused:
            end_series(actor=cast.dana, at=at, series=series, reason="Too red.")
        assert refused.value.code == "review_open"
        if held.closed_at is None:
            cast.close(held)
    assert not ReviewSeries.objects.filter(ended_at__isnull=False).exists()


def test_the_end_of_a_series_has_a_reason(cast: Cast) -> None:
    with pytest.raises(Invalid):
        end_series(actor=cast.dana, at=AT, series=new_series(cast), reason="  ")


@pytest.mark.parametrize(
    "change",
    ["rule = 'FREQ=MONTHLY;BYDAY=1MO'", "kind = 'monthly'", "starts_on = '2026-01-05'"],
)
def test_the_database_keeps_the_rhythm_of_a_series(cast: Cast, change: str) -> None:
    series = new_series(cast)
    with (
        pytest.raises(IntegrityError, match="a_series_keeps_its_rhythm"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE cadence_reviewseries SET {change} WHERE id = {series.pk}")


def test_the_database_keeps_the_end_of_a_series(cast: Cast) -> None:
    series = new_series(cast)
    end_series(actor=cast.dana, at=AT, series=series, reason="Merged.")
    with (
        pytest.raises(IntegrityError, match="an_ended_series_stays_ended"),
        transaction.atomic(),
    ):
        ReviewSeries.objects.filter(pk=series.pk).update(ended_at=None)


def test_a_facilitator_who_left_a_moment_ago_is_not_named(cast: Cast) -> None:
    series = new_series(cast)
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    with pytest.raises(Invalid):
        new_series(cast, facilitator=cast.nils)
    with pytest.raises(Invalid):
        change(cast, series, facilitator=cast.nils)


def test_a_change_does_not_undo_that_somebody_took_over(cast: Cast) -> None:
    series = new_series(cast)
    taken, *others = series.reviews.order_by("starts_at")
    take_facilitation(actor=cast.nils, at=AT, review=taken)
    change(cast, series, facilitator=cast.olu)
    assert Review.objects.get(pk=taken.pk).facilitator == cast.nils
    assert {Review.objects.get(pk=one.pk).facilitator for one in others} == {cast.olu}


def test_whoever_follows_a_facilitator_who_left_takes_over_from_the_lead(cast: Cast) -> None:
    series = new_series(cast)
    Membership.objects.filter(pk=cast.fay.pk).update(ended_at=AT)
    later = AT + timedelta(weeks=2)
    assert plan_reviews(at=later) == 2
    stood_in = series.reviews.filter(facilitator=cast.dana)
    assert stood_in.count() == 2
    series.refresh_from_db()
    change(cast, series, at=later, facilitator=cast.olu)
    assert not stood_in.exists()
