"""The Slack channel of a team: connected, tried and disconnected on the team's page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.models import Team
from cadence.notices.delivery import deliver_now
from cadence.notices.slack import connect_slack, disconnect_slack, send_slack_test
from cadence.permissions import Act, require
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.slack_card import SlackForm, slack_of
from cadence.web.webhooks import say_outcome


@page
@posted_from("team", "team")
def connect(request: PageRequest, team: int) -> HttpResponse:
    found = _found(request, team)
    form = SlackForm(request.POST)
    if form.is_valid() and try_action(
        form, connect_slack, actor=request.actor, team=found, **form.cleaned_data
    ):
        tell(request, "Connected. Send a test to see whether it arrives.")
        return redirect("web:team", request.organization.slug, found.pk)
    context = {"team": found, **slack_of(request, found, form)}
    return show(request, "cadence/teams/slack.html", context, nav="teams", status=422)


@page
@posted_from("team", "team")
def disconnect(request: PageRequest, team: int) -> HttpResponse:
    found = _found(request, team)
    disconnect_slack(actor=request.actor, at=timezone.now(), team=found)
    tell(request, "The channel hears no more.")
    return redirect("web:team", request.organization.slug, found.pk)


@page
@posted_from("team", "team")
def test(request: PageRequest, team: int) -> HttpResponse:
    found = _found(request, team)
    delivery = send_slack_test(actor=request.actor, at=timezone.now(), team=found)
    say_outcome(request, deliver_now(delivery, now=timezone.now))
    return redirect("web:team", request.organization.slug, found.pk)


def _found(request: PageRequest, key: int) -> Team:
    found = get_object_or_404(Team, pk=key, organization=request.organization)
    require(request.actor, Act.CONNECT_SLACK, team=found.pk)
    return found
