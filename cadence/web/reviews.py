"""Reviews: what comes, what is open and what has been, and the page of each one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import Team
from accounts.tree import Tree
from cadence.calendar.periods import WEEK, period_start
from cadence.permissions import Act, may, require
from cadence.reviews.actions import open_review
from cadence.reviews.agenda import gather
from cadence.reviews.models import AgendaItem, AgendaKind, Review, ReviewQuerySet, ReviewSeries
from cadence.reviews.queries import Hold, being_held, holds_of, past, upcoming
from cadence.reviews.room import move_review, take_facilitation
from cadence.reviews.rules import EARLY
from cadence.reviews.series import WEEKS_AHEAD
from cadence.web.exports import Export, exported
from cadence.web.fields import JudgedText
from cadence.web.lists.reviews import REVIEWS
from cadence.web.minutes import show_minutes
from cadence.web.posted import posted_from
from cadence.web.room import get_review, room_url, show_room
from cadence.web.shell import PageRequest, page, show, tell, try_action

ROWS = 25


class FilterForm(forms.Form):
    """Which reviews to list: those of a team and the teams below it, or of one series."""

    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    series = forms.ModelChoiceField(
        ReviewSeries.objects.none(), required=False, empty_label="All series"
    )

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request.GET)
        for name, rows in (
            ("team", Team.objects.filter(organization=request.organization)),
            ("series", ReviewSeries.objects.visible_to(request.actor)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows

    def apply(self, rows: ReviewQuerySet, tree: Tree) -> ReviewQuerySet:
        """What was typed into the address and is not offered is passed over."""
        chosen = self.cleaned_data if self.is_valid() or self.cleaned_data else {}
        if team := chosen.get("team"):
            rows = rows.filter(team__in=tree.below(team.pk))
        if series := chosen.get("series"):
            rows = rows.filter(series=series)
        return rows


class MoveForm(forms.Form):
    """Another time for a planned review, and why."""

    starts_at = forms.DateTimeField(
        label="New time",
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    reason = JudgedText(label="Why it is moved")


@dataclass(frozen=True)
class Week:
    """A week of the calendar and its reviews."""

    starts_on: date
    reviews: list[Review]
    is_this: bool


@page
def reviews(request: PageRequest) -> HttpResponseBase:
    """A constant number of queries, however many reviews there are."""
    organization, at = request.organization, timezone.now()
    form, tree = FilterForm(request), Tree(organization)
    # From the start of today: what was to begin this morning and is not open yet is still to come.
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    horizon = at + timedelta(weeks=WEEKS_AHEAD)
    coming = form.apply(upcoming(organization, today, horizon).filter(opened_at=None), tree)
    held = list(form.apply(being_held(organization), tree))
    found = form.apply(past(organization), tree).annotate(decided=Count("decisions"))
    if file := exported(request, Export("reviews", REVIEWS, found)):
        return file
    listed = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "open": _with_holds(held),
        "weeks": _by_week(coming, organization.week_start, today.date()),
        "page": listed,
        "has_series": ReviewSeries.objects.live().filter(organization=organization).exists(),
    }
    return show(request, "cadence/reviews/reviews.html", context, nav="reviews")


def _with_holds(held: Sequence[Review]) -> list[tuple[Review, list[Hold]]]:
    found = holds_of(held)
    return [(review, found[review.pk]) for review in held]


def _by_week(rows: Sequence[Review] | ReviewQuerySet, week_start: int, today: date) -> list[Week]:
    weeks: dict[date, list[Review]] = {}
    for review in rows:
        day = timezone.localtime(review.starts_at).date()
        weeks.setdefault(period_start(WEEK, day, week_start), []).append(review)
    this = period_start(WEEK, today, week_start)
    return [Week(start, found, start == this) for start, found in sorted(weeks.items())]


@page
def review(request: PageRequest, review_id: int) -> HttpResponseBase:
    """A review: planned, the room while it is open, then its minutes, or that it was missed."""
    found = get_review(request, review_id)
    if found.state == "open":
        part, item = request.GET.get("part", ""), request.GET.get("item", "")
        return show_room(request, found, part=part, item=item)
    if found.state == "closed":
        return show_minutes(request, found)
    return _show_planned(request, found, MoveForm())


@dataclass(frozen=True)
class Ahead:
    """What would be on the agenda if the review opened now."""

    title: str
    items: list[AgendaItem]


_TITLES = {
    AgendaKind.VERDICT: "Verdicts to acknowledge",
    AgendaKind.COMMITMENT: "Commitments due",
    AgendaKind.MISSING: "Without a reading",
    AgendaKind.ORPHAN: "Without an owner",
    AgendaKind.BREACH: "Breaches without a decision",
}


def _show_planned(
    request: PageRequest, found: Review, form: MoveForm, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    planned = found.state == "planned" and found.hold_by > at
    standing = {"team": found.team_id, "facilitator": found.facilitator_id}
    runs = may(request.actor, Act.RUN_REVIEW, **standing)
    context: dict[str, Any] = {
        "review": found,
        "missed": past(found.organization).filter(pk=found.pk).first(),
        "planned": planned,
        "ends_at": found.starts_at + timedelta(minutes=found.series.minutes),
        "teams": _names(found),
        "ahead": _ahead(found, at) if planned else [],
        "can_open": runs and planned and found.starts_at - at <= EARLY,
        "opens_at": found.starts_at - EARLY,
        "runs": runs and planned,
        "takes_part": may(request.actor, Act.TAKE_PART) and planned,
        "form": form,
    }
    return show(request, "cadence/reviews/review.html", context, nav="reviews", status=status)


def _names(found: Review) -> list[str]:
    tree = Tree(found.organization)
    return [tree.teams[key].name for key in sorted(tree.below(found.team_id))]


def _ahead(found: Review, at: datetime) -> list[Ahead]:
    items: dict[AgendaKind, list[AgendaItem]] = {}
    for item in gather(found, at):
        items.setdefault(AgendaKind(item.kind), []).append(item)
    return [Ahead(title, items[kind]) for kind, title in _TITLES.items() if kind in items]


@page
@posted_from("review", "review_id")
def open_now(request: PageRequest, review_id: int) -> HttpResponseBase:
    found = get_review(request, review_id)
    open_review(actor=request.actor, at=timezone.now(), review=found)
    return redirect(room_url(found))


@page
@posted_from("review", "review_id")
def move(request: PageRequest, review_id: int) -> HttpResponseBase:
    found = get_review(request, review_id)
    standing = {"team": found.team_id, "facilitator": found.facilitator_id}
    require(request.actor, Act.RUN_REVIEW, **standing)
    form = MoveForm(request.POST)
    if form.is_valid() and try_action(
        form, move_review, actor=request.actor, review=found, **form.cleaned_data
    ):
        tell(request, "The review is moved.")
        return redirect(room_url(found))
    return _show_planned(request, found, form, status=422)


@page
@posted_from("review", "review_id")
def facilitate(request: PageRequest, review_id: int) -> HttpResponseBase:
    found = get_review(request, review_id)
    take_facilitation(actor=request.actor, at=timezone.now(), review=found)
    tell(request, "You run this review now.")
    return redirect(room_url(found, request.POST.get("part", ""), request.POST.get("item", "")))
