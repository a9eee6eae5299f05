"""Who is away when, and who stands in: the leaves of a person, planned, changed and ended."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from cadence.ownership.leaves import change_leave, end_leave, plan_leave, stand_down
from cadence.ownership.models import Leave
from cadence.ownership.queries import leaves_of, owned_by, stood_in_by
from cadence.permissions import Act, may, require
from cadence.web.fields import PersonField, date_input
from cadence.web.hand_over import candidates
from cadence.web.people import get_member
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

# As many of those that are over as fit one look.
SHOWN = 12


class ChangeForm(forms.Form):
    """What can be changed of a leave, also while it is under way."""

    stand_in = PersonField(label="Who stands in", required=False)
    ends_on = forms.CharField(label="Last day", widget=date_input())
    note = forms.CharField(label="A word about it", max_length=200, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        member: Membership,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        field = self.fields["stand_in"]
        assert isinstance(field, PersonField)
        people = candidates(member.organization).exclude(pk=member.pk)
        field.offer(list(people), empty="Nobody")
        field.help_text = (
            "Acts as owner from the first day to the last, and may say no. Without one, the work "
            "is orphaned meanwhile."
        )


class PlanForm(ChangeForm):
    starts_on = forms.CharField(label="First day", widget=date_input())
    field_order = ("starts_on", "ends_on", "stand_in", "note")


@page
def leaves(request: PageRequest, member: int) -> HttpResponse:
    """The leaves of a person. POST plans one."""
    found = get_member(request, member)
    if request.method != "POST":
        return _show(request, found, PlanForm(member=found))
    form = PlanForm(request.POST, member=found)
    if form.is_valid():
        made = try_action(form, plan_leave, actor=request.actor, member=found, **form.cleaned_data)
        if made is not None:
            tell(request, "The leave has begun." if made.began_at else "The leave is planned.")
            return _back(request, found)
    # A form that is refused to somebody who may not plan would be shown to nobody.
    require(request.actor, Act.PLAN_LEAVE, team=found.team_id, owner=found.pk)
    return _show(request, found, form, status=422)


def _show(
    request: PageRequest, member: Membership, form: PlanForm, *, status: int = 200
) -> HttpResponse:
    found = list(leaves_of(member))
    context = {
        "member": member,
        "is_me": member == request.actor,
        "form": form,
        "may_plan": _may_plan(request, member),
        "ahead": [one for one in found if one.ended_at is None],
        "past": [one for one in reversed(found) if one.ended_at is not None][:SHOWN],
        "stands_in": list(stood_in_by(member)),
        "owned": list(owned_by(member)),
    }
    nav = "account" if member == request.actor else "people"
    return show(request, "cadence/leaves/leaves.html", context, nav=nav, status=status)


@page
def change(request: PageRequest, leave: int) -> HttpResponse:
    found = _get(request, leave)
    member = found.member
    require(request.actor, Act.PLAN_LEAVE, team=member.team_id, owner=member.pk)
    if found.ended_at is not None:
        return _back(request, member)
    start = {
        "stand_in": found.stand_in_id,
        "ends_on": found.ends_on.isoformat(),
        "note": found.note,
    }
    posted = request.method == "POST"
    form = ChangeForm(request.POST if posted else None, member=member, initial=start)
    if posted and form.is_valid():
        act = {"actor": request.actor, "leave": found}
        if try_action(form, change_leave, **act, **form.cleaned_data):
            tell(request, "Saved.")
            return _back(request, member)
    context = {"leave": found, "member": member, "form": form}
    status = 422 if posted else 200
    return show(request, "cadence/leaves/change.html", context, nav="people", status=status)


@page
@posted_from("leave-change", "leave")
def end(request: PageRequest, leave: int) -> HttpResponseBase:
    found = _get(request, leave)
    done = "The leave is over." if found.began_at else "The leave is cancelled."
    end_leave(actor=request.actor, at=timezone.now(), leave=found)
    tell(request, done)
    return _back(request, found.member)


@page
@posted_from("leave-change", "leave")
def decline(request: PageRequest, leave: int) -> HttpResponseBase:
    """The stand-in says no."""
    found = _get(request, leave)
    stand_down(actor=request.actor, at=timezone.now(), leave=found)
    tell(request, f"You do not stand in for {found.member.name}.")
    return _back(request, request.actor)


def _get(request: PageRequest, key: int) -> Leave:
    rows = Leave.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("member__organization", "stand_in"), pk=key)


def _may_plan(request: PageRequest, member: Membership) -> bool:
    answers = member.is_current and member.is_person and member.role != Role.OBSERVER
    place = {"team": member.team_id, "owner": member.pk}
    return answers and may(request.actor, Act.PLAN_LEAVE, **place)


def _back(request: PageRequest, member: Membership) -> HttpResponseRedirect:
    return redirect(reverse("web:leaves", args=[request.organization.slug, member.pk]))
