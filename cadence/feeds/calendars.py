"""The whole calendar behind a link: whose reviews and due dates, and what is around them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q
from icalendar import Calendar

from accounts.models import CalendarLink, Membership, Organization, Team
from accounts.tree import Tree
from cadence.evaluation.queries import acting_teams, work_of
from cadence.feeds.changes import Changes, read_changes
from cadence.feeds.due_dates import due_of_member, due_of_team
from cadence.feeds.events import Site
from cadence.feeds.meetings import (
    Window,
    events_of,
    keys_of,
    keys_of_single,
    plan_of,
    single,
    window_of,
)
from cadence.feeds.zones import timezone_of
from cadence.people.queries import working_calendar
from cadence.reviews.models import Review, ReviewQuerySet, ReviewSeries

PRODUCT = "-//Cadence//Calendar feed//EN"
REFRESH = timedelta(hours=1)


def calendar_of(link: CalendarLink, at: datetime) -> Calendar:
    """As many queries for many reviews and due dates as for one of each."""
    member, team = link.membership, link.team
    organization = member.organization
    tree = Tree(organization)
    window = window_of(at)
    if team is None:
        series = _series(organization, window, _of_member(member, tree))
        alone = _facilitated(member, {one.pk for one in series})
        due = due_of_member(member, tree, at)
    else:
        series = _series(organization, window, Q(team__in=_above([team.pk], tree)))
        alone = []
        due = due_of_team(team, at)
    calendar = _frame(_name(member, team))
    site = Site(organization.slug)
    reviews = _reviews(series, window)
    keys = [key for one in due for key in one.keys]
    keys += [key for one in series for key in keys_of(one)]
    keys += [key for one in alone for key in keys_of_single(one)]
    changes = read_changes(organization, keys, reviews)
    zone = organization.zone.key
    if (series or alone) and zone != "UTC":
        # From a year before, so that no event stands before the first change.
        calendar.add_component(timezone_of(zone, window.first.year - 1))
    _add_reviews(calendar, organization, series, reviews, window, changes, site)
    for review in alone:
        calendar.add_component(single(review, changes, site))
    for one in due:
        calendar.add_component(one.event(changes, organization.zone, site))
    return calendar


def _frame(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _name(member: Membership, team: Team | None) -> str:
    whose, where = str(team or member), str(member.organization)
    # A team at the top often bears the name of the organization.
    return f"{whose} in {where}" if whose != where else where


def _add_reviews(
    calendar: Calendar,
    organization: Organization,
    series: Iterable[ReviewSeries],
    reviews: ReviewQuerySet,
    window: Window,
    changes: Changes,
    site: Site,
) -> None:
    days = working_calendar(organization)
    by_id = {one.pk: one for one in series}
    rows: dict[int, dict[date, Review]] = {key: {} for key in by_id}
    # Not the minutes: they are long, and nothing of them is told.
    for review in reviews.select_related("facilitator").defer("minutes", "notes"):
        review.series = by_id[review.series_id]
        rows[review.series_id][review.occurs_on] = review
    for one in series:
        one.organization = organization
        places = plan_of(one, rows[one.pk], days, window)
        for event in events_of(one, places, window, changes, site):
            calendar.add_component(event)


def _reviews(series: Iterable[ReviewSeries], window: Window) -> ReviewQuerySet:
    # A day before, for zones that are behind.
    since = window.first.date() - timedelta(days=1)
    return Review.objects.filter(series__in=[one.pk for one in series], occurs_on__gte=since)


def _series(organization: Organization, window: Window, which: Q) -> list[ReviewSeries]:
    rows = ReviewSeries.objects.filter(which, organization=organization)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gte=window.first))
    return list(rows.select_related("team", "facilitator").distinct().order_by("pk"))


def _of_member(member: Membership, tree: Tree) -> Q:
    """Series that look at a team they belong to, answer for as its lead, or own work in; and
    those they facilitate. Not those of every team below: a sponsor would have them all."""
    teams = acting_teams(member, tree)
    teams.update(work_of(member, tree).order_by().values_list("team", flat=True))
    if member.team_id is not None:
        teams.add(member.team_id)
    return Q(facilitator=member) | Q(team__in=_above(teams, tree))


def _above(teams: Iterable[int], tree: Tree) -> set[int]:
    """Ids of these teams and of those above: whose reviews look at them."""
    return {above.pk for team in teams for above in tree.upwards(team)}


def _facilitated(member: Membership, known: set[int]) -> list[Review]:
    """Reviews that they took over, of series that are not in their calendar."""
    waiting = Review.objects.planned() | Review.objects.open()
    rows = waiting.filter(facilitator=member, organization=member.organization_id)
    rows = rows.exclude(series__in=known).defer("minutes", "notes")
    rows = rows.select_related(
        "series__organization", "series__team", "series__facilitator", "facilitator"
    )
    return list(rows.order_by("pk"))
