"""My own account: who I am here, my password, my tokens."""

from django.http import HttpResponse
from django.utils import timezone

from cadence.web.shell import PageRequest, page, show
from cadence.web.tokens import TokenForm, tokens_of


@page
def account(request: PageRequest) -> HttpResponse:
    context = {"form": TokenForm(), "tokens": tokens_of(request.actor, timezone.now())}
    return show(request, "cadence/account/account.html", context, nav="account")
