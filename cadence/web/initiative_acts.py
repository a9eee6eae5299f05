"""What is done with an initiative, from its page."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.decisions.actions import commit
from cadence.evaluation.lifecycle import activate_initiative, end_initiative, resume_initiative
from cadence.initiatives.actions import change_initiative, create_initiative, pause_initiative
from cadence.initiatives.models import Initiative
from cadence.ownership.actions import offer_ownership, withdraw_offer
from cadence.ownership.interims import name_interim, withdraw_interim
from cadence.ownership.queries import standing
from cadence.permissions import Act, led_teams, require
from cadence.reviews.check_ins import check_in as write_check_in
from cadence.reviews.models import CheckIn
from cadence.reviews.queries import silent_owners
from cadence.web.back import to
from cadence.web.commitments import CommitmentForm
from cadence.web.hand_over import InterimForm, OfferForm
from cadence.web.initiative_forms import CheckInForm, EndForm, InitiativeForm, as_typed
from cadence.web.initiatives import get_initiative, show_initiative
from cadence.web.my_week import ReasonForm
from cadence.web.shell import PageRequest, page, show, tell, try_action


@page
def new(request: PageRequest) -> HttpResponse:
    """A draft, by who leads a team or is an executive."""
    if not led_teams(request.actor):
        require(request.actor, Act.CHANGE_INITIATIVE)
    posted = request.method == "POST"
    start = {"priority": request.GET.get("priority"), "team": request.GET.get("team")}
    form = InitiativeForm(request.POST if posted else None, actor=request.actor, initial=start)
    if posted and form.is_valid():
        made: Initiative | None = try_action(
            form, create_initiative, actor=request.actor, **form.cleaned_data
        )
        if made is not None:
            tell(request, f"{made.name} is a draft. Give it an owner and metrics.")
            return to(request, "initiative", made.pk)
    context = {"form": form, "heading": "New initiative", "button": "Create the draft"}
    return _form_page(request, context, posted)


@page
def edit(request: PageRequest, pk: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    require(request.actor, Act.CHANGE_INITIATIVE, team=initiative.team_id)
    posted = request.method == "POST"
    form = InitiativeForm(
        request.POST if posted else None, actor=request.actor, initial=as_typed(initiative)
    )
    if posted and form.is_valid():
        act = {"actor": request.actor, "initiative": initiative}
        if try_action(form, change_initiative, **act, **form.cleaned_data):
            tell(request, "Saved.")
            return to(request, "initiative", pk)
    context = {
        "form": form,
        "initiative": initiative,
        "heading": f"Change {initiative.name}",
        "button": "Save",
    }
    return _form_page(request, context, posted)


@page
@require_POST
def offer(request: PageRequest, pk: int) -> HttpResponse:
    """Ask somebody to own it; who names themselves has accepted."""
    initiative = get_initiative(request, pk)
    form = OfferForm(request.POST, initiative=initiative)
    if form.is_valid():
        made = try_action(
            form,
            offer_ownership,
            actor=request.actor,
            initiative=initiative,
            **form.cleaned_data,
        )
        if made is not None:
            asked = f"{made.owner.name} is asked and has to accept."
            tell(request, asked if made.accepted_at is None else "You own it from now on.")
            return to(request, "initiative", pk)
    return show_initiative(request, initiative, refused={"offer_form": form}, status=422)


@page
@require_POST
def withdraw(request: PageRequest, pk: int, ownership: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    found = get_object_or_404(initiative.ownerships, pk=ownership)
    done = f"The offer to {found.owner.name} is withdrawn."
    return _act(request, initiative, withdraw_offer, done, {"ownership": found})


@page
@require_POST
def interim(request: PageRequest, pk: int) -> HttpResponse:
    """Name who answers for an orphan up to a last day."""
    initiative = get_initiative(request, pk)
    form = InterimForm(request.POST, initiative=initiative)
    silent = silent_owners(request.organization, timezone.now())
    act = {"actor": request.actor, "initiative": initiative, "silent": silent}
    if form.is_valid() and try_action(form, name_interim, **act, **form.cleaned_data):
        tell(request, f"{form.cleaned_data['person'].name} answers for it meanwhile.")
        return to(request, "initiative", pk)
    return show_initiative(request, initiative, refused={"interim_form": form}, status=422)


@page
@require_POST
def interim_end(request: PageRequest, pk: int, interim: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    found = get_object_or_404(initiative.interims.select_related("person"), pk=interim)
    done = f"{found.person.name} answers for it no more."
    return _act(request, initiative, withdraw_interim, done, {"interim": found})


@page
@require_POST
def activate(request: PageRequest, pk: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    done = f"{initiative.name} is active. Its readings are owed from the next period on."
    return _act(request, initiative, activate_initiative, done, {"initiative": initiative})


@page
@require_POST
def resume(request: PageRequest, pk: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    done = f"{initiative.name} goes on."
    return _act(request, initiative, resume_initiative, done, {"initiative": initiative})


@page
@require_POST
def pause(request: PageRequest, pk: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    form = ReasonForm(request.POST, auto_id="pause-%s")
    if form.is_valid() and try_action(
        form,
        pause_initiative,
        actor=request.actor,
        initiative=initiative,
        **form.cleaned_data,
    ):
        tell(request, f"{initiative.name} is paused. No readings are owed until it goes on.")
        return to(request, "initiative", pk)
    return show_initiative(request, initiative, refused={"pause_form": form}, status=422)


@page
@require_POST
def complete(request: PageRequest, pk: int) -> HttpResponse:
    """End it, as completed or stopped."""
    initiative = get_initiative(request, pk)
    form = EndForm(request.POST, initiative=initiative)
    if form.is_valid() and try_action(
        form, end_initiative, actor=request.actor, initiative=initiative, **form.cleaned_data
    ):
        tell(request, f"{initiative.name} has ended. All of it stays on record.")
        return to(request, "initiative", pk)
    return show_initiative(request, initiative, refused={"end_form": form}, status=422)


@page
def check_in(request: PageRequest, pk: int) -> HttpResponse:
    """The owner's update of the week."""
    initiative = get_initiative(request, pk)
    require(request.actor, Act.CHECK_IN, **standing(initiative))
    posted = request.method == "POST"
    form = CheckInForm(request.POST if posted else None)
    if posted and form.is_valid():
        act = {"actor": request.actor, "initiative": initiative}
        if try_action(form, write_check_in, **act, **form.cleaned_data):
            tell(request, "Your check-in is written.")
            return to(request, "initiative", pk)
    earlier = CheckIn.objects.filter(initiative=initiative).select_related("author").first()
    context = {"form": form, "initiative": initiative, "earlier": earlier}
    return show(
        request,
        "cadence/initiatives/check_in.html",
        context,
        nav="initiatives",
        status=422 if posted else 200,
    )


@page
def commitment_new(request: PageRequest, pk: int) -> HttpResponse:
    initiative = get_initiative(request, pk)
    require(request.actor, Act.COMMIT, **standing(initiative))
    posted = request.method == "POST"
    form = CommitmentForm(request.POST if posted else None, request.actor, None, timezone.now())
    if posted and form.is_valid():
        act = {"actor": request.actor, "initiative": initiative}
        if try_action(form, commit, **act, **form.cleaned_data):
            tell(request, "Written down. It is asked for when it is due.")
            return to(request, "initiative", pk)
    context = {"form": form, "initiative": initiative}
    return show(
        request,
        "cadence/initiatives/commitment.html",
        context,
        nav="initiatives",
        status=422 if posted else 200,
    )


def _act(
    request: PageRequest,
    initiative: Initiative,
    action: Callable[..., Any],
    done: str,
    arguments: dict[str, Any],
) -> HttpResponse:
    """An act without anything typed; a refusal comes back above the page."""
    form = forms.Form({})
    form.is_valid()
    if try_action(form, action, actor=request.actor, **arguments):
        tell(request, done)
        return to(request, "initiative", initiative.pk)
    initiative.refresh_from_db()
    return show_initiative(request, initiative, refused={"act_form": form}, status=422)


def _form_page(request: PageRequest, context: dict[str, Any], posted: bool) -> HttpResponse:
    return show(
        request,
        "cadence/initiatives/form.html",
        context,
        nav="initiatives",
        status=422 if posted else 200,
    )
