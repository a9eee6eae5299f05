"""The people of the organization: the list, each of them, their place, and how somebody leaves."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Membership, MembershipQuerySet, Organization, Role, Team
from cadence.breaches.queries import to_decide
from cadence.decisions.queries import open_commitments
from cadence.evaluation.loads import load_of
from cadence.ownership.models import Ownership
from cadence.ownership.queries import leaves_of, owned_before, owned_by, stood_in_by
from cadence.people.members import change_member, return_member
from cadence.permissions import Act, may, require
from cadence.reviews.models import ReviewSeries
from cadence.web.exports import Export, exported
from cadence.web.invitations import ROLES
from cadence.web.lists.people import PEOPLE
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.tokens import MachineTokenForm, tokens_of

PER_PAGE = 50
# Of what somebody owned before: the rest is on the pages of the initiatives.
SHOWN = 50


class PeopleFilter(forms.Form):
    search = forms.CharField(required=False, max_length=200, label="Name or e-mail")
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    role = forms.ChoiceField(required=False, choices=[("", "All roles"), *ROLES])
    state = forms.ChoiceField(
        required=False, choices=[("", "Here now"), ("left", "Left"), ("all", "Everybody")]
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = organization.teams.all()  # type: ignore[attr-defined]

    def apply(self, rows: MembershipQuerySet) -> MembershipQuerySet:
        """Those that match. A filter that cannot be read matches nobody and says why."""
        if not self.is_valid():
            return rows.none()
        asked = self.cleaned_data
        if words := asked["search"]:
            rows = rows.filter(Q(name__icontains=words) | Q(user__email__icontains=words))
        if asked["team"]:
            rows = rows.filter(team=asked["team"])
        if asked["role"]:
            rows = rows.filter(role=asked["role"])
        if asked["state"] == "all":
            return rows
        return rows.filter(ended_at__isnull=asked["state"] != "left")


class MemberForm(forms.Form):
    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=ROLES)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="None")

    def __init__(self, member: Membership, data: Any = None) -> None:
        start = {"name": member.name, "role": member.role, "team": member.team_id}
        super().__init__(data, initial=start)
        self.fields["team"].queryset = member.organization.teams.all()  # type: ignore[attr-defined]
        if not member.is_person:
            self.fields["role"] = forms.ChoiceField(
                choices=[(Role.MACHINE.value, Role.MACHINE.label)], widget=forms.HiddenInput
            )


@page
def people(request: PageRequest) -> HttpResponse:
    form = PeopleFilter(request.organization, request.GET)
    rows = form.apply(Membership.objects.visible_to(request.actor).people())
    rows = rows.select_related("team", "user").prefetch_related("leads")
    if file := exported(request, Export("people", PEOPLE, rows)):
        return file
    context = {
        "filter": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "may_invite": may(request.actor, Act.ADMINISTER),
    }
    return show(request, "cadence/people/people.html", context, nav="people")


@page
def person(request: PageRequest, member: int) -> HttpResponse:
    """Somebody, or a machine: their place, what they answer for. POST changes the place."""
    found = get_member(request, member)
    form = MemberForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request.actor, Act.ADMINISTER)
        if form.is_valid() and try_action(
            form, change_member, actor=request.actor, member=found, **form.cleaned_data
        ):
            tell(request, "Saved.")
            return redirect("web:person", request.organization.slug, found.pk)
    context = {
        "member": found,
        "form": form,
        "may_change": may(request.actor, Act.ADMINISTER) and found.is_current,
        "may_administer": may(request.actor, Act.ADMINISTER),
        **_answers_for(found),
        "past": list(owned_before(found)[:SHOWN]),
        "load": load_of(found, timezone.now()) if found.is_person and found.is_current else None,
    }
    if not found.is_person:
        context |= {"tokens": tokens_of(found, timezone.now()), "token_form": MachineTokenForm()}
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/people/person.html", context, nav="people", status=status)


@page
@require_POST
def come_back(request: PageRequest, member: int) -> HttpResponse:
    found = get_member(request, member)
    return_member(actor=request.actor, at=timezone.now(), member=found)
    tell(request, f"{found.name} is back, and owns and leads nothing.")
    return redirect("web:person", request.organization.slug, found.pk)


def get_member(request: PageRequest, key: int) -> Membership:
    rows = Membership.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("team", "user", "organization"), pk=key)


def _answers_for(member: Membership) -> dict[str, Any]:
    """What hangs on this person now: nothing of it is lost when they leave."""
    return {
        "owned": list(owned_by(member)),
        "offered": list(
            Ownership.objects.pending().filter(owner=member).select_related("initiative__team")
        ),
        "led": list(member.leads.all()),
        "facilitated": list(
            ReviewSeries.objects.live().filter(facilitator=member).select_related("team")
        ),
        "leaves": list(leaves_of(member).filter(ended_at=None)),
        "stands_in": list(stood_in_by(member)),
        "breaches": to_decide(member),
        "commitments": open_commitments(member),
    }
