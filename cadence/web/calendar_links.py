"""Calendar links: one's own on the account page, a team's on its page; each is shown once. And
where the events of a series lead."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import CalendarLink, Membership, Team
from cadence.people.calendar_links import (
    create_calendar_link,
    live_links,
    renew_calendar_link,
    revoke_calendar_link,
)
from cadence.reviews.models import Review, ReviewSeries
from cadence.web.shell import PageRequest, page, show, tell


def address_of(secret: str) -> str:
    """Where a calendar reads, for whoever was just given the secret."""
    return str(settings.PUBLIC_URL) + reverse("feeds:feed", args=[secret])


def link_to(member: Membership, team: Team | None) -> dict[str, Any]:
    """What the fragment shows of one's own calendar, or of a team's."""
    return {"calendar_team": team, "calendar_link": live_links(member).filter(team=team).first()}


@page
@require_POST
@never_cache
def create_own(request: PageRequest) -> HttpResponse:
    link, secret = create_calendar_link(actor=request.actor, at=timezone.now())
    return _shown(request, link, secret)


@page
@require_POST
@never_cache
def create_for_team(request: PageRequest, team: int) -> HttpResponse:
    rows = Team.objects.filter(organization=request.organization)
    found = get_object_or_404(rows, pk=team)
    link, secret = create_calendar_link(actor=request.actor, at=timezone.now(), team=found)
    return _shown(request, link, secret)


@page
@require_POST
@never_cache
def renew(request: PageRequest, link: int) -> HttpResponse:
    renewed, secret = renew_calendar_link(
        actor=request.actor, at=timezone.now(), link=_own(request, link)
    )
    return _shown(request, renewed, secret)


@page
@require_POST
def revoke(request: PageRequest, link: int) -> HttpResponse:
    found = revoke_calendar_link(actor=request.actor, at=timezone.now(), link=_own(request, link))
    tell(request, "The link opens nothing any more. Remove it from your calendar program too.")
    if found.team_id is not None and "account" not in request.POST:
        return redirect("web:team", request.organization.slug, found.team_id)
    return redirect("web:account", request.organization.slug)


@page
def current_review(request: PageRequest, series: int) -> HttpResponse:
    """To the review that is being held, else the next one, else the last: what the event of a
    whole series links to."""
    rows = ReviewSeries.objects.visible_to(request.actor)
    found = get_object_or_404(rows, pk=series)
    reviews = Review.objects.filter(series=found)
    review = (
        reviews.open().order_by("starts_at").first()
        or reviews.planned().order_by("starts_at").first()
        or reviews.past().order_by("-starts_at").first()
    )
    if review is None:
        return redirect("web:series-change", request.organization.slug, found.pk)
    return redirect("web:review", request.organization.slug, review.pk)


def _own(request: PageRequest, key: int) -> CalendarLink:
    return get_object_or_404(CalendarLink, pk=key, membership=request.actor)


def _shown(request: PageRequest, link: CalendarLink, secret: str) -> HttpResponse:
    """The address is in this answer and nowhere else: there is no page to go back to."""
    address = address_of(secret)
    context = {
        "link": link,
        "address": address,
        # What a click hands to the calendar program of the machine.
        "webcal": "webcal://" + address.partition("://")[2],
    }
    return show(request, "cadence/account/calendar_link.html", context, nav="account", status=201)
