"""Decisions: the log, and everything about one of them."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, commit
from cadence.decisions.models import Decision
from cadence.decisions.queries import full, may_approve
from cadence.escalations.queries import steps
from cadence.evaluation.approvals import answer_decision
from cadence.initiatives.models import Initiative
from cadence.ownership.queries import standings
from cadence.permissions import Act, may, require
from cadence.web.breaches import decider
from cadence.web.commitments import CommitmentForm, settle_commitment
from cadence.web.decision_forms import DecisionForm, matter_of, take_decision
from cadence.web.decision_log import LogForm
from cadence.web.exports import Export, exported
from cadence.web.lists.reviews import DECISIONS, whole_decisions
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

ROWS = 25


@page
def decisions(request: PageRequest) -> HttpResponseBase:
    """A constant number of queries."""
    form = LogForm(request)
    if file := exported(request, Export("decisions", DECISIONS, whole_decisions(form.found()))):
        return file
    listed = Paginator(form.found(), ROWS).get_page(request.GET.get("page"))
    rows = {decision.pk: decision for decision in full(one.pk for one in listed)}
    context = {
        "form": form,
        "page": listed,
        "rows": [rows[one.pk] for one in listed],
    }
    return show(request, "cadence/decisions/decisions.html", context, nav="decisions")


def get_decision(request: PageRequest, number: int) -> Decision:
    found = Decision.objects.visible_to(request.actor).filter(number=number).first()
    if found is None:
        raise Http404
    return full([found.pk])[0]


class AnswerForm(forms.Form):
    """The answer of the second person; a refusal says why."""

    reason = forms.CharField(label="Why", required=False)


@page
def decision(request: PageRequest, number: int) -> HttpResponseBase:
    return _show(request, get_decision(request, number))


def _show(
    request: PageRequest, found: Decision, *, status: int = 200, **typed: Any
) -> HttpResponse:
    actor = request.actor
    breaches = list(found.breaches.all())
    in_force = {row.pk for row in Breach.objects.filter(decision=found)}
    approval = getattr(found, "approval", None)
    verdict = getattr(found, "verdict", None)
    records = _may_about(request, breaches, Act.RECORD_DECISION)
    commits = _may_about(request, breaches, Act.COMMIT)
    drops = typed.pop("drop", {})
    needs_answer = found.needs_approval and approval is None
    context = {
        "decision": found,
        "breaches": [(breach, breach.pk in in_force) for breach in breaches],
        "approval": approval,
        "verdict": verdict,
        "is_in_force": bool(in_force),
        "may_answer": needs_answer and may_approve(actor, found),
        "may_acknowledge": records and verdict is not None and verdict.acknowledged_at is None,
        "may_replace": records and bool(in_force),
        "may_commit": commits,
        "answer_form": AnswerForm(),
        "commitments": [
            (
                one,
                _may_settle(request, one.person_id, commits),
                drops.get(one.pk),
            )
            for one in found.commitments.select_related("person").prefetch_related(steps())
        ],
        "commitment_form": CommitmentForm(None, actor, _initiatives(breaches), timezone.now())
        if commits
        else None,
        **typed,
    }
    return show(request, "cadence/decisions/decision.html", context, nav="decisions", status=status)


def _initiatives(breaches: list[Breach]) -> Any:
    return Initiative.objects.going().filter(metrics__breaches__in=breaches).distinct()


def _may_settle(request: PageRequest, person_id: int, commits: bool) -> bool:
    return commits or (person_id == request.actor.pk and may(request.actor, Act.TAKE_PART))


def _may_about(request: PageRequest, breaches: list[Breach], act: Act) -> bool:
    """Whether the actor may do this about all of these breaches."""
    initiatives = {breach.metric.initiative_id: breach.metric.initiative for breach in breaches}
    return all(
        may(request.actor, act, **place) for place in standings(initiatives.values()).values()
    )


def _back(request: PageRequest, found: Decision) -> HttpResponse:
    return redirect("web:decision", request.organization.slug, found.number)


@page
@posted_from("decision", "number")
def answer(request: PageRequest, number: int) -> HttpResponseBase:
    """Somebody above the owner approves or refuses what takes two people."""
    found = get_decision(request, number)
    require(request.actor, Act.TAKE_PART)
    form, approved = AnswerForm(request.POST), request.POST.get("answer") == "approved"
    if form.is_valid() and try_action(
        form,
        answer_decision,
        actor=request.actor,
        decision=found,
        approved=approved,
        reason=form.cleaned_data["reason"],
    ):
        tell(request, f"{found} is {'approved and in force' if approved else 'not approved'}.")
        return _back(request, found)
    return _show(request, get_decision(request, number), answer_form=form, status=422)


@page
@posted_from("decision", "number")
def acknowledge(request: PageRequest, number: int) -> HttpResponseBase:
    found = get_decision(request, number)
    acknowledge_verdict(actor=request.actor, at=timezone.now(), decision=found)
    tell(request, f"The verdict on {found} is acknowledged.")
    return _back(request, found)


@page
def replace(request: PageRequest, number: int) -> HttpResponseBase:
    """A later decision takes the place of this one, for the breaches it is in force for."""
    found = get_decision(request, number)
    breaches = list(
        Breach.objects.filter(decision=found)
        .select_related("organization", "metric__initiative__team", "threshold", "answerable")
        .select_related("metric__initiative__organization")
    )
    if not breaches:
        return _back(request, found)
    if not _may_about(request, breaches, Act.RECORD_DECISION):
        require(request.actor, Act.RECORD_DECISION)
    matter = matter_of(breaches, timezone.now())
    form = DecisionForm(matter=matter, decider=decider(request.actor, matter))
    if request.method == "POST":
        form = DecisionForm(request.POST, matter=matter)
        new = take_decision(request, form, replaces=found)
        if new is not None:
            tell(request, f"{new} is recorded in place of {found}.")
            return _back(request, new)
    context = {"decision": found, "form": form, "breaches": breaches}
    status = 422 if form.is_bound else 200
    return show(request, "cadence/decisions/replace.html", context, nav="decisions", status=status)


@page
@posted_from("decision", "number")
def make_commitment(request: PageRequest, number: int) -> HttpResponseBase:
    found = get_decision(request, number)
    require(request.actor, Act.TAKE_PART)
    initiatives = _initiatives(list(found.breaches.all()))
    form = CommitmentForm(request.POST, request.actor, initiatives, timezone.now())
    if form.is_valid() and try_action(
        form, commit, actor=request.actor, decision=found, **form.cleaned_data
    ):
        return _back(request, found)
    return _show(request, found, commitment_form=form, status=422)


@page
@posted_from("decision", "number")
def settle(request: PageRequest, number: int, commitment_id: int) -> HttpResponseBase:
    found = get_decision(request, number)
    commitment = get_object_or_404(found.commitments, pk=commitment_id)
    require(request.actor, Act.TAKE_PART)
    refused = settle_commitment(request, commitment)
    if refused is not None:
        return _show(request, found, drop={commitment.pk: refused}, status=422)
    return _back(request, found)
