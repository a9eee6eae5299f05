"""The tree of teams."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.models import Membership, Organization, Role, Team
from accounts.tree import Tree
from cadence.initiatives.models import Initiative
from cadence.ownership.queries import absent_from
from cadence.people.teams import change_team, create_team
from cadence.permissions import Act, may, require
from cadence.web.calendar_links import link_to
from cadence.web.exports import Export, exported
from cadence.web.lists.people import TEAMS
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.slack_card import slack_of

PER_PAGE = 100


class TeamForm(forms.Form):
    name = forms.CharField(max_length=120)
    parent = forms.ModelChoiceField(
        Team.objects.none(), required=False, label="Lies below", empty_label="Nothing: at the top"
    )
    lead = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="One person by name, who acts as owner while an initiative of the team has none.",
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = organization.memberships.current().people().exclude(role=Role.OBSERVER)
        self.fields["parent"].queryset = organization.teams.all()  # type: ignore[attr-defined]
        self.fields["lead"].queryset = able  # type: ignore[attr-defined]


@page
def teams(request: PageRequest) -> HttpResponse:
    """Every team in its place, with its lead and what it does."""
    tree, away = Tree(request.organization), absent_from(request.organization.pk)
    here = Q(members__ended_at__isnull=True)
    counts = Team.objects.filter(organization=request.organization).annotate(
        people=Count("members", filter=here & ~Q(members__role=Role.MACHINE))
    )
    people = dict(counts.values_list("pk", "people"))
    going = Initiative.objects.visible_to(request.actor).going().order_by()
    work = dict(going.values("team").annotate(n=Count("pk")).values_list("team", "n"))
    listed = [
        {
            "team": team,
            "parent": tree.teams.get(team.parent_id or 0),
            "steps": range(depth),
            "people": people.get(team.pk, 0),
            "initiatives": work.get(team.pk, 0),
            "acting": None if team.lead_id else tree.acting_owner(team.pk, away),
        }
        for depth, team in tree.in_order()
    ]
    if file := exported(request, Export("teams", TEAMS, listed)):
        return file
    found = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "may_change": may(request.actor, Act.ADMINISTER)}
    return show(request, "cadence/teams/teams.html", context, nav="teams")


@page
def new(request: PageRequest) -> HttpResponse:
    require(request.actor, Act.ADMINISTER)
    form = TeamForm(request.organization, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        team: Team | None = try_action(form, create_team, actor=request.actor, **form.cleaned_data)
        if team is not None:
            tell(request, f"{team.name} is created.")
            return redirect("web:teams", request.organization.slug)
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/teams/new.html", {"form": form}, nav="teams", status=status)


@page
def team(request: PageRequest, team: int) -> HttpResponse:
    """A team: its lead, its people, its work, what lies below. POST changes it."""
    rows = Team.objects.filter(organization=request.organization)
    found = get_object_or_404(rows.select_related("lead", "parent"), pk=team)
    start = {"name": found.name, "parent": found.parent_id, "lead": found.lead_id}
    data = request.POST if request.method == "POST" else None
    form = TeamForm(request.organization, data, initial=start)
    if request.method == "POST":
        require(request.actor, Act.ADMINISTER)
        if form.is_valid() and try_action(
            form, change_team, actor=request.actor, team=found, **form.cleaned_data
        ):
            tell(request, "Saved.")
            return redirect("web:team", request.organization.slug, found.pk)
    tree = Tree(request.organization)
    context = {
        "team": found,
        "path": list(tree.upwards(found.pk))[:0:-1],
        "escalation": tree.path(found.pk),
        "people": found.members.current().order_by("name"),
        "children": found.children.select_related("lead"),
        "initiatives": found.initiatives.filter(ended_at=None).select_related("priority"),
        "form": form,
        "may_change": may(request.actor, Act.ADMINISTER),
        **slack_of(request, found),
        **link_to(request.actor, found),
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/teams/team.html", context, nav="teams", status=status)
