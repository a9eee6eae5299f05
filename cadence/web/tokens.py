"""API tokens: issued with a secret that is shown once, listed, revoked."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import ApiToken, Membership, Role, Scope
from cadence.people.rules import LONGEST_TOKEN_DAYS
from cadence.people.tokens import issue_token, revoke_token
from cadence.permissions import Act, require
from cadence.web.shell import PageRequest, page, show, tell, try_action


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=120, help_text="What it is for, such as “export to the data warehouse”."
    )
    days = forms.IntegerField(
        label="Days until it expires",
        min_value=1,
        max_value=LONGEST_TOKEN_DAYS,
        initial=90,
        help_text=f"1 to {LONGEST_TOKEN_DAYS}.",
    )


class MachineTokenForm(TokenForm):
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READINGS],
    )


def tokens_of(member: Membership, at: datetime) -> list[dict[str, Any]]:
    """The tokens of a member with the state of each, the latest first."""
    return [
        {
            "token": token,
            "state": _state(token, at),
            "scopes": [Scope(s).label for s in token.scopes],
        }
        for token in member.api_tokens.all()
    ]


def _state(token: ApiToken, at: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "live" if token.is_live(at) else "expired"


@page
@require_POST
@never_cache
def issue_own(request: PageRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    return _issue(request, form, request.actor, "cadence/account/account.html", nav="account")


@page
@require_POST
@never_cache
def issue_for_machine(request: PageRequest, member: int) -> HttpResponse:
    require(request.actor, Act.ADMINISTER)
    rows = Membership.objects.visible_to(request.actor).select_related("team")
    machine = get_object_or_404(rows, pk=member, role=Role.MACHINE)
    form = MachineTokenForm(request.POST)
    return _issue(request, form, machine, "cadence/people/machine_tokens.html", nav="people")


def _issue(
    request: PageRequest, form: TokenForm, member: Membership, template: str, *, nav: str
) -> HttpResponse:
    """The secret is in this answer and nowhere else: there is no page to go back to."""
    issued = None
    if form.is_valid():
        issued = try_action(
            form, issue_token, actor=request.actor, membership=member, **form.cleaned_data
        )
    token, secret = issued or (None, "")
    context = {
        "member": member,
        "form": type(form)() if issued else form,
        "issued": token,
        "secret": secret,
        "tokens": tokens_of(member, timezone.now()),
    }
    return show(request, template, context, nav=nav, status=201 if issued else 422)


@page
@require_POST
def revoke(request: PageRequest, token: int) -> HttpResponse:
    rows = ApiToken.objects.filter(organization=request.organization).select_related("membership")
    found = get_object_or_404(rows, pk=token)
    revoke_token(actor=request.actor, at=timezone.now(), token=found)
    tell(request, f"The token {found.prefix}… no longer opens anything.")
    if found.membership_id == request.actor.pk:
        return redirect("web:account", request.organization.slug)
    return redirect("web:person", request.organization.slug, found.membership_id)
