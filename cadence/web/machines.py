"""Machines, which push readings with tokens of their own."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import Membership, Organization, Role, Team
from cadence.people.members import add_machine
from cadence.permissions import Act, may, require
from cadence.web.exports import Export, exported
from cadence.web.lists.people import MACHINES
from cadence.web.shell import PageRequest, page, show, tell, try_action

PER_PAGE = 50


class MachineForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="What it is, such as “CRM export”.")
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="None")

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = organization.teams.all()  # type: ignore[attr-defined]


@page
def machines(request: PageRequest) -> HttpResponse:
    """Every machine there is. POST adds one, and goes on to its tokens."""
    form = MachineForm(request.organization, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request.actor, Act.ADMINISTER)
        machine: Membership | None = None
        if form.is_valid():
            machine = try_action(form, add_machine, actor=request.actor, **form.cleaned_data)
        if machine is not None:
            tell(request, f"{machine.name} is added. Issue a token with which it can work.")
            return redirect("web:person", request.organization.slug, machine.pk)
    rows = Membership.objects.visible_to(request.actor).filter(role=Role.MACHINE)
    rows = rows.select_related("team").prefetch_related("api_tokens")
    if file := exported(request, Export("machines", MACHINES, rows)):
        return file
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    listed = [
        {
            "member": machine,
            "live": sum(token.is_live(now) for token in machine.api_tokens.all()),
            "used": max(
                (t.last_used_at for t in machine.api_tokens.all() if t.last_used_at), default=None
            ),
        }
        for machine in shown
    ]
    context = {
        "form": form,
        "page": shown,
        "machines": listed,
        "may_add": may(request.actor, Act.ADMINISTER),
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/people/machines.html", context, nav="people", status=status)
