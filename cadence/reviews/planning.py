"""From a series to its reviews: which occurrences there are, and until when each can be held."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import zip_longest
from typing import cast

from accounts.models import Membership
from accounts.tree import Tree
from cadence.calendar.recurrence import Occurrence, OnHoliday, Rule, occurrences
from cadence.calendar.workdays import WorkingCalendar
from cadence.people.queries import working_calendar
from cadence.reviews.models import Review, ReviewSeries
from cadence.reviews.rules import hold_by

# The rarest rule comes once a year, and a holiday may skip it.
LOOK_AHEAD = timedelta(days=2 * 366)
STEP = timedelta(days=366)


def horizon_of(at: datetime, weeks: int) -> datetime:
    """The end of that day in UTC: else every tick would move the plan by a minute."""
    end = (at + timedelta(weeks=weeks)).astimezone(UTC)
    return datetime.combine(end.date() + timedelta(days=1), time.min, UTC)


def plan(series: ReviewSeries, horizon: datetime) -> int:
    """Write a review for every occurrence up to the horizon that has none, and count them.

    The series is locked. Of two ticks at once the second meets the constraint of the first.
    """
    if series.planned_to >= horizon:
        return 0
    known = set(series.reviews.values_list("occurs_on", flat=True))
    facilitator = _stands_in(series, series.facilitator)
    new = [
        _review(series, occurrence, held_by, facilitator)
        for occurrence, held_by in _planned(series, series.planned_to, horizon)
        if occurrence.key not in known
    ]
    Review.objects.bulk_create(new, ignore_conflicts=True)
    series.planned_to = horizon
    series.save(update_fields=["planned_to"])
    return len(new)


def plan_again(series: ReviewSeries, at: datetime, facilitator_before: int) -> None:
    """Bring what is still to come in line with a series that was changed.

    What was opened or moved stays, and so does what the series would skip now. A review that
    somebody took over keeps its facilitator, also when that was a moment ago: they are locked.
    """
    ahead = series.reviews.filter(starts_at__gt=at).order_by("pk")
    known = {review.occurs_on: review for review in ahead.select_for_update(no_key=True)}
    before = Membership.objects.get(pk=facilitator_before)
    theirs = {before.pk, _stands_in(series, before).pk}
    new, changed = [], []
    for occurrence, held_by in _planned(series, at, series.planned_to):
        review = known.get(occurrence.key)
        if review is None:
            new.append(_review(series, occurrence, held_by, series.facilitator))
        elif review.opened_at is None and review.moved_at is None:
            review.starts_at, review.hold_by = occurrence.starts_at, held_by
            if review.facilitator_id in theirs:
                review.facilitator_id = series.facilitator_id
            changed.append(review)
    Review.objects.bulk_update(changed, ["starts_at", "hold_by", "facilitator"])
    # An occurrence of today that has begun at its old time is not begun again at the new one.
    Review.objects.bulk_create(new, ignore_conflicts=True)


def _stands_in(series: ReviewSeries, facilitator: Membership) -> Membership:
    """The facilitator, or the lead of the team when they have left."""
    if facilitator.is_current:
        return facilitator
    return Tree(series.organization).acting_owner(series.team_id) or facilitator


def _review(
    series: ReviewSeries, occurrence: Occurrence, held_by: datetime, facilitator: Membership
) -> Review:
    return Review(
        organization=series.organization,
        series=series,
        team_id=series.team_id,
        occurs_on=occurrence.key,
        starts_at=occurrence.starts_at,
        hold_by=held_by,
        facilitator=facilitator,
    )


def _planned(
    series: ReviewSeries, after: datetime, horizon: datetime
) -> Iterator[tuple[Occurrence, datetime]]:
    """Each occurrence after one moment and up to another, with the moment to hold it by."""
    organization = series.organization
    calendar = working_calendar(organization)
    found = occurrences_of(series, calendar, after, horizon)
    # One more, to hold the last by.
    beyond = _occurrences(series, calendar, horizon, horizon + LOOK_AHEAD)[:1]
    for occurrence, following in zip_longest(found, [*found, *beyond][1:]):
        yield (
            occurrence,
            hold_by(
                series.kind,
                occurrence.starts_at,
                following.starts_at if following else None,
                organization.zone,
                organization.week_start,
            ),
        )


def occurrences_of(
    series: ReviewSeries,
    calendar: WorkingCalendar,
    after: datetime,
    before: datetime,
    on_holiday: str = "",
) -> list[Occurrence]:
    """What the rule gives after one moment and up to another, holidays as the series says, or as
    named here. In steps, for an installation that slept for years."""
    found: list[Occurrence] = []
    while after < before:
        end = min(after + STEP, before)
        found += _occurrences(series, calendar, after, end, on_holiday)
        after = end
    return found


def _occurrences(
    series: ReviewSeries,
    calendar: WorkingCalendar,
    after: datetime,
    before: datetime,
    on_holiday: str = "",
) -> list[Occurrence]:
    return occurrences(
        Rule.parse(series.rule),
        starts_on=series.starts_on,
        time_of_day=series.time_of_day,
        zone=series.organization.zone,
        after=after,
        before=before,
        calendar=calendar,
        on_holiday=cast(OnHoliday, on_holiday or series.on_holiday),
    )
