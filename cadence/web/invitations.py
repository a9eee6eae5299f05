"""Invitations: send one, see which are open, take one back."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Invitation, Organization, Role, Team
from cadence.notices.inviting import mail_invitation
from cadence.people.invitations import invite, revoke_invitation
from cadence.people.members import PERSON_ROLES
from cadence.people.queries import open_invitations
from cadence.permissions import Act, may, require
from cadence.web.exports import Export, exported
from cadence.web.lists.people import INVITATIONS
from cadence.web.shell import PageRequest, page, show, tell, try_action

PER_PAGE = 50
ROLES = [(role.value, role.label) for role in PERSON_ROLES]


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=ROLES, initial=Role.MEMBER)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="None yet")

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = organization.teams.all()  # type: ignore[attr-defined]


@page
@never_cache
def invitations(request: PageRequest) -> HttpResponse:
    """Those that are open. POST invites; the answer shows the link, which is nowhere else."""
    rows = open_invitations(request.organization, timezone.now())
    if file := exported(request, Export("invitations", INVITATIONS, rows)):
        return file
    form = InvitationForm(request.organization, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "may_invite": may(request.actor, Act.ADMINISTER)}
    status = 200
    if request.method == "POST":
        require(request.actor, Act.ADMINISTER)
        issued = None
        if form.is_valid():
            issued = try_action(form, invite, actor=request.actor, **form.cleaned_data)
        status = 201 if issued else 422
        if issued:
            invitation, secret = issued
            link = settings.PUBLIC_URL + reverse("web:invitation", args=[secret])
            context |= {
                "invited": invitation,
                "link": link,
                "mailed": mail_invitation(invitation, link),
                "form": InvitationForm(request.organization),
            }
    context["page"] = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return show(request, "cadence/people/invitations.html", context, nav="people", status=status)


@page
@require_POST
def revoke(request: PageRequest, invitation: int) -> HttpResponse:
    rows = Invitation.objects.filter(organization=request.organization)
    found = get_object_or_404(rows, pk=invitation)
    revoke_invitation(actor=request.actor, at=timezone.now(), invitation=found)
    tell(request, f"The link for {found.name} no longer works.")
    return redirect("web:invitations", request.organization.slug)
