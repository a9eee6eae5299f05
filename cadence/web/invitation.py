"""The page behind an invitation: who invites to what, and how to say yes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import Invitation, Membership, User
from cadence.people.invitations import accept_invitation
from cadence.people.queries import find_invitation
from cadence.web.shell import try_action
from cadence.web.sign_in import BACKEND, LONGEST_PASSWORD

OVER = ("used", "revoked", "expired")


class JoinForm(forms.Form):
    """Nothing to fill in: the one who is signed in says yes."""


class NewAccountForm(forms.Form):
    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Choose a password",
        help_text="At least 10 characters.",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """GET says what waits behind the link, POST joins. A link that is over says why."""
    found = find_invitation(secret)
    if found is None:
        raise Http404
    user = request.user if isinstance(request.user, User) else None
    state = _state(found, user)
    context: dict[str, Any] = {"invitation": found, "state": state, "secret": secret}
    form = _form(request, found, state)
    if form is not None and request.method == "POST" and form.is_valid():
        member: Membership | None = try_action(
            form, accept_invitation, secret=secret, user=user, **form.cleaned_data
        )
        if member is not None:
            if user is None:
                login(request, member.user, backend=BACKEND)
            messages.success(request, f"Welcome to {found.organization.name}.")
            return redirect("web:my-week", found.organization.slug)
    context["form"] = form
    status = _status(request, form, state)
    return render(request, "accounts/invitation.html", context, status=status)


def _status(request: HttpRequest, form: forms.Form | None, state: str) -> int:
    if form is not None and form.errors:
        return 422
    if state in OVER:
        return 410
    return 409 if request.method == "POST" else 200


def _state(found: Invitation, user: User | None) -> str:
    """What the visitor can do with it: one word, by which the page is chosen."""
    if found.accepted_at is not None:
        return "used"
    if found.revoked_at is not None:
        return "revoked"
    if not found.is_open(timezone.now()):
        return "expired"
    if user is not None:
        return "join" if user.email == found.email else "other"
    return "sign-in" if User.objects.filter(email=found.email).exists() else "new"


def _form(request: HttpRequest, found: Invitation, state: str) -> forms.Form | None:
    data = request.POST if request.method == "POST" else None
    if state == "join":
        return JoinForm(data)
    if state == "new":
        return NewAccountForm(data, initial={"name": found.name})
    return None
