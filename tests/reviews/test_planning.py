"""What a tick plans: missed, doubled, late, or across a change of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.ledger.models import Entry
from cadence.reviews.models import ReviewSeries
from cadence.reviews.series import plan_reviews
from tests.cast import AT, Cast

Row = tuple[date, datetime, datetime]


def rows(series: ReviewSeries) -> list[Row]:
    return list(
        series.reviews.order_by("starts_at").values_list("occurs_on", "starts_at", "hold_by")
    )


def test_a_tick_plans_six_weeks_and_says_so_once(cast: Cast) -> None:
    series = cast.series()
    assert plan_reviews(at=AT) == 6
    assert plan_reviews(at=AT) == 0
    assert plan_reviews(at=AT + timedelta(minutes=1)) == 0
    assert [entry.event for entry in Entry.objects.about(series)] == ["series.planned"]


def test_missed_doubled_and_late_ticks_plan_the_same_reviews(cast: Cast) -> None:
    often, seldom = cast.series(), cast.series()
    for hour in range(0, 24 * 7 * 10, 31):
        at = AT + timedelta(hours=hour)
        plan_reviews(at=at)
        plan_reviews(at=at)
        ReviewSeries.objects.filter(pk=seldom.pk).update(planned_to=AT)
    plan_reviews(at=AT + timedelta(weeks=10))
    assert rows(often) == rows(seldom)
    assert len(rows(often)) == 16


def test_an_installation_that_slept_for_years_has_every_review_on_record(cast: Cast) -> None:
    series = cast.series(planned_to=AT)
    assert plan_reviews(at=AT + timedelta(days=5 * 366)) > 5 * 52
    planned = rows(series)
    assert all(earlier[2] == later[1] for earlier, later in pairwise(planned))


def test_two_ticks_that_planned_the_same_leave_one_review_of_each(cast: Cast) -> None:
    series = cast.series()
    plan_reviews(at=AT)
    before = rows(series)
    # The other tick had read where planning stopped before this one moved it.
    ReviewSeries.objects.filter(pk=series.pk).update(planned_to=AT)
    assert plan_reviews(at=AT) == 0
    assert rows(series) == before


def test_the_local_time_stays_when_the_clock_changes(cast: Cast) -> None:
    start = datetime(2027, 3, 15, 12, tzinfo=UTC)
    series = cast.series(planned_to=start, rule="FREQ=WEEKLY;BYDAY=SU", time_of_day=time(2, 30))
    ReviewSeries.objects.filter(pk=series.pk).update(on_holiday="keep")
    plan_reviews(at=start)
    starts = [starts_at for _, starts_at, _ in rows(series)][:3]
    # On 28 March 2027 half past two does not exist in Berlin: it is read as before the change.
    assert starts == [
        datetime(2027, 3, 21, 1, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2027, 4, 4, 0, 30, tzinfo=UTC),
    ]


def test_a_review_on_a_holiday_moves_to_the_next_working_day(cast: Cast) -> None:
    # Easter Monday is 29 March 2027.
    series = cast.series(planned_to=datetime(2027, 3, 23, tzinfo=UTC))
    plan_reviews(at=datetime(2027, 3, 23, tzinfo=UTC), weeks=1)
    (review,) = series.reviews.all()
    assert review.occurs_on == date(2027, 3, 29)
    assert review.starts_at == datetime(2027, 3, 30, 9, tzinfo=UTC)


def test_a_closing_day_of_the_organization_counts(cast: Cast) -> None:
    cast.acme.closing_days.create(day=date(2026, 11, 23), name="Inventory")
    series = cast.series()
    plan_reviews(at=AT)
    review = series.reviews.get(occurs_on=date(2026, 11, 23))
    assert review.starts_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_review_without_a_next_one_in_sight_is_held_by_the_end_of_its_month(cast: Cast) -> None:
    for year in (2027, 2028):
        cast.acme.closing_days.create(day=date(year, 12, 15))
    series = cast.series(
        kind="monthly",
        rule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=15",
        starts_on=date(2026, 12, 15),
        on_holiday="skip",
    )
    plan_reviews(at=AT)
    assert series.reviews.get().hold_by == datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)


def test_only_the_series_of_one_organization_are_planned_when_one_is_named(cast: Cast) -> None:
    cast.series()
    assert plan_reviews(at=AT, organization=cast.beta) == 0
    assert plan_reviews(at=AT, organization=cast.acme, weeks=2) == 2


def test_planning_costs_the_same_for_few_reviews_and_many(cast: Cast) -> None:
    cast.series()
    with CaptureQueriesContext(connection) as few:
        assert plan_reviews(at=AT, weeks=2) == 2
    with CaptureQueriesContext(connection) as many:
        assert plan_reviews(at=AT, weeks=30) == 28
    assert len(many) <= len(few)  # the first one also begins the ledger


def test_new_reviews_of_a_facilitator_who_left_are_led_by_the_lead(cast: Cast) -> None:
    series = cast.series()
    Membership.objects.filter(pk=cast.fay.pk).update(ended_at=AT)
    plan_reviews(at=AT)
    assert {review.facilitator for review in series.reviews.all()} == {cast.dana}
