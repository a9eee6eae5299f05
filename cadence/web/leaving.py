"""How somebody leaves: first everything that hangs on them, then who takes it on."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import Membership
from cadence.evaluation.leaving import Departure, Led, Owned, deactivate_member, departure
from cadence.people.members import end_membership
from cadence.permissions import Act, require
from cadence.web.people import get_member
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.successors import (
    FILL,
    NOBODY,
    TableForm,
    labelled,
    people_to_choose,
)

ORPHANED = (NOBODY, "Nobody: orphaned on purpose")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=500, help_text="Stays on record, such as “new job”."
    )


class DepartureForm(TableForm):
    """Who is asked to take over each initiative, who leads each team from now on, and why."""

    for_all = forms.ChoiceField(required=False, label="The same for all below")
    reason = forms.CharField(
        label="Why", max_length=500, help_text="Stays on record, such as “new job”."
    )
    confirmed = forms.BooleanField(
        error_messages={"required": "Say that you mean it: the membership ends at once."}
    )

    def __init__(self, found: Departure, data: Any = None) -> None:
        super().__init__(data)
        member = found.member
        able = people_to_choose(member.organization, without=member)
        self.people = {str(one.pk): one for one in able}
        people = labelled(able, member.organization.load_limit)
        for_all = self.fields["for_all"]
        assert isinstance(for_all, forms.ChoiceField)
        for_all.choices = [("", "Choose"), ORPHANED, *people]
        self.fields[
            "confirmed"
        ].label = f"{member.name} is signed out at once, and their tokens and calendar links end"
        self.add_rows(
            "successors",
            # Where somebody is asked already, the answer is awaited.
            {one.initiative.pk: one.initiative.name for one in found.owned if not one.pending},
            [("", "Choose"), ORPHANED, *people],
            needed="Choose who is asked to take over, or leave it orphaned on purpose.",
        )
        self.add_rows(
            "leads",
            {one.team.pk: one.team.name for one in found.led},
            [
                ("", "Nobody: the next one up acts"),
                *((key, self.people[key].name) for key in self.people),
            ],
        )


@page
def leaving(request: PageRequest, member: int) -> HttpResponse:
    """What hangs on somebody, and who takes it on. POST ends the membership, or fills the table."""
    found = get_member(request, member)
    require(request.actor, Act.ADMINISTER)
    if not found.is_person:
        return _switch_off(request, found)
    hanging = departure(found, timezone.now())
    status = 200
    if FILL in request.POST:
        form = DepartureForm(hanging)
        form.fill("successors", request.POST)
    elif request.method == "POST":
        form, status = DepartureForm(hanging, request.POST), 422
        if form.is_valid() and try_action(
            form,
            deactivate_member,
            actor=request.actor,
            member=found,
            reason=form.cleaned_data["reason"],
            successors=form.chosen("successors"),
            leads=form.chosen("leads"),
            leave_orphaned=False,
        ):
            tell(request, f"{found.name} has left. Everything stays on record.")
            return redirect("web:person", request.organization.slug, found.pk)
    else:
        form = DepartureForm(hanging)
    context = {
        "member": found,
        "form": form,
        "departure": hanging,
        "owned_rows": _owned(form, hanging.owned),
        "led_rows": _led(form, hanging.led),
    }
    return show(request, "cadence/people/leaving.html", context, nav="people", status=status)


def _owned(form: DepartureForm, owned: list[Owned]) -> list[tuple[Owned, forms.BoundField | None]]:
    fields = form.rows("successors")
    return [(one, fields.get(one.initiative.pk)) for one in owned]


def _led(form: DepartureForm, led: list[Led]) -> list[tuple[Led, forms.BoundField]]:
    fields = form.rows("leads")
    return [(one, fields[one.team.pk]) for one in led]


def _switch_off(request: PageRequest, machine: Membership) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and try_action(
        form,
        end_membership,
        actor=request.actor,
        member=machine,
        reason=form.cleaned_data["reason"],
    ):
        tell(request, f"{machine.name} is switched off. Its readings stay.")
        return redirect("web:person", request.organization.slug, machine.pk)
    context = {"member": machine, "form": form}
    status = 422 if form.is_bound else 200
    return show(request, "cadence/people/switch_off.html", context, nav="people", status=status)
