"""My own account: who I am here, my password, my calendar, my tokens."""

from django.http import HttpResponse
from django.utils import timezone

from cadence.ownership.queries import leaves_of, stood_in_by
from cadence.people.calendar_links import live_links
from cadence.web.calendar_links import link_to
from cadence.web.shell import PageRequest, page, show
from cadence.web.tokens import TokenForm, tokens_of


@page
def account(request: PageRequest) -> HttpResponse:
    context = {
        "form": TokenForm(),
        "tokens": tokens_of(request.actor, timezone.now()),
        "member": request.actor,
        "leaves": list(leaves_of(request.actor).filter(ended_at=None)),
        "stands_in": list(stood_in_by(request.actor)),
        **link_to(request.actor, None),
        "team_links": live_links(request.actor).filter(team__isnull=False),
    }
    return show(request, "cadence/account/account.html", context, nav="account")
