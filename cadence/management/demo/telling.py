"""The whole story, week by week, in one transaction: half a demo never stays."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from cadence.calendar.workdays import WorkingCalendar
from cadence.evaluation.tick import tick
from cadence.management.demo import people
from cadence.management.demo.ending import end
from cadence.management.demo.events import Event, events
from cadence.management.demo.growth import PARTNER_WEBINARS
from cadence.management.demo.rooms import hold
from cadence.management.demo.timeline import FOUNDED, Timeline
from cadence.management.demo.weeks import check_ins, machine_pushes, owners_enter, plan_ahead
from cadence.management.demo.world import World, everybody, found
from cadence.notices.derive import derive_notices
from cadence.notices.reading import mark_all_read
from cadence.reviews.models import Review
from cadence.reviews.room import move_review

# The review that nobody held: everybody was at the fair.
MISSED = ("growth", 11)
# One that was held four hours later, and why.
MOVED = ("delivery", 8)
MOVED_BECAUSE = "The platform team is at a customer until noon."


@transaction.atomic
def tell(
    *, at: datetime, slug: str = people.SLUG, say: Callable[[str], None] = lambda line: None
) -> World:
    """Build the demo as if half a year had passed until this moment."""
    line = Timeline(at, ZoneInfo(people.TIME_ZONE), WorkingCalendar(people.COUNTRY))
    world = World(line, slug)
    found(world)
    plan_ahead(world, PARTNER_WEBINARS)
    say(f"{people.NAME} is founded: {len(world.members)} members, {len(world.teams)} teams")
    month = 0
    for week in range(FOUNDED - 1, -1, -1):
        monday = line.monday(week)
        if monday.month != month:
            month = monday.month
            say(f"{monday:%B %Y} …")
        for moment, act in sorted(_week(world, week), key=lambda event: event[0]):
            if moment < line.review_at:
                world.go(moment)
                act()
    say("and today")
    end(world)
    return world


def _week(world: World, week: int) -> list[Event]:
    line, at = world.line, world.line.at
    desk = line.desk_day(week)
    look = partial(_look, world, week)
    found: list[Event] = [
        (at(week, desk, 8, 50), look),
        *events(world, week),
    ]
    first, last = line.monday(week + 1), line.monday(week) - timedelta(days=1)
    found.append((at(week, 0, 6, 30), partial(machine_pushes, world, first, last)))
    if week < FOUNDED - 1:
        found.append((at(week, desk, 7, 30), partial(owners_enter, world, week)))
        found.append((at(week, desk, 8, 10), partial(check_ins, world, week)))
    reviews = Review.objects.planned().filter(
        organization=world.organization,
        starts_at__gte=at(week, 0, 0),
        starts_at__lt=at(week - 1, 0, 0),
    )
    missed, of = world.series[MISSED[0]], MISSED[1]
    for review in reviews.select_related("series", "facilitator"):
        if (review.series_id, week) == (missed.pk, of):
            continue
        starts_at = review.starts_at
        if (review.series_id, week) == (world.series[MOVED[0]].pk, MOVED[1]):
            starts_at += timedelta(hours=4)
            found.append(
                (review.starts_at - timedelta(hours=2), partial(_move, world, review, starts_at))
            )
        found.append((starts_at, partial(hold, world, review)))
    return found


def _move(world: World, review: Review, starts_at: datetime) -> None:
    move_review(
        actor=world.people[review.facilitator_id],
        at=world.soon(),
        review=review,
        starts_at=starts_at,
        reason=MOVED_BECAUSE,
    )


def _look(world: World, week: int) -> None:
    """What the worker does every minute, here once a week; people read what it tells them, and
    of this week they have read nothing yet."""
    tick(at=world.moment, organization=world.organization)
    derive_notices(at=world.moment, organization=world.organization)
    if week == 0:
        for member in everybody(world):
            if member.is_current:
                mark_all_read(actor=member, at=world.moment)
