"""My week: what waits for one person, in one list, and the answers given in place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Membership
from cadence.breaches.queries import to_decide
from cadence.calendar.periods import WEEK, last_ended
from cadence.decisions.actions import acknowledge_verdict, drop_commitment, keep_commitment
from cadence.decisions.models import Commitment, Decision
from cadence.decisions.queries import open_commitments
from cadence.escalations.models import Escalation, EscalationKind
from cadence.escalations.queries import standing_with, with_steps
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.entries import Entry, entries_of_week
from cadence.evaluation.queries import to_acknowledge, to_approve, work_of
from cadence.metrics.models import Origin
from cadence.ownership.actions import accept_ownership, decline_ownership
from cadence.ownership.models import Ownership
from cadence.ownership.queries import away_in, offered_to
from cadence.permissions import led_teams
from cadence.reviews.models import Review
from cadence.reviews.queries import held_or_soon
from cadence.web.back import asked_page, back
from cadence.web.reading_lines import capacities, lines
from cadence.web.shell import PageRequest, page, show, tell, try_action

# How far ahead reviews and commitments are shown.
DAYS_AHEAD = 14


class ReasonForm(forms.Form):
    """Why not: for a decline, a drop, a pause. The action says what is wrong with it."""

    reason = forms.CharField(
        label="Why", max_length=500, widget=forms.TextInput(attrs={"size": 30})
    )


@dataclass(frozen=True)
class Asked:
    """Something to answer with yes, or with no and a reason."""

    thing: Any
    form: ReasonForm

    @property
    def is_refused(self) -> bool:
        return self.form.is_bound


@page
def my_week(request: PageRequest) -> HttpResponse:
    return show_my_week(request)


def show_my_week(
    request: PageRequest,
    *,
    refused: tuple[Any, ReasonForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; ``refused`` is a thing whose form comes back with what was wrong."""
    actor, at = request.actor, timezone.now()
    around = Surroundings(request.organization, at)
    work = list(work_of(actor, around.tree).select_related("team", "organization"))
    acts_for = capacities(actor, work)
    week = last_ended(WEEK, around.today, request.organization.week_start)
    entries = entries_of_week(around, work, week)
    shown = lines(
        [entry for entry in entries if _is_shown(entry, around.today)],
        recordable={initiative.pk for initiative in work},
        page="my-week",
        acts_for=acts_for,
    )
    until = around.today + timedelta(days=DAYS_AHEAD)
    offers = list(offered_to(actor, at))
    commitments = [one for one in open_commitments(actor) if one.due_on <= until]
    breaches, verdicts = to_decide(actor), to_acknowledge(actor)
    with_steps(breaches, verdicts, commitments)
    return show(
        request,
        "cadence/week/page.html",
        {
            "week": week,
            "lines": [line for line in shown if not _comes_by_itself(line.entry)],
            "by_themselves": [line for line in shown if _comes_by_itself(line.entry)],
            "acts_for": acts_for,
            "absence": away_in(actor.organization_id).get(actor.pk),
            "given": sum(entry.reading is not None for entry in entries),
            "asked": len(entries),
            "owns": bool(work),
            "breaches": breaches,
            "came_up": _came_up(actor, {one.pk for one in verdicts}),
            "approvals": to_approve(actor),
            "verdicts": verdicts,
            "offers": [_asked(offer, refused) for offer in offers],
            "commitments": [_asked(commitment, refused) for commitment in commitments],
            "reviews": _reviews(actor, around, [initiative.team_id for initiative in work], at),
        },
        nav="my-week",
        status=status,
    )


def _came_up(actor: Membership, verdicts: set[int]) -> list[Escalation]:
    """What stands with this person because nobody below did it in time, and is not listed as
    theirs to decide or to acknowledge anyway."""
    return [
        step
        for step in standing_with(actor).exclude(kind=EscalationKind.DECISION)
        if step.verdict_id not in verdicts
    ]


def _is_shown(entry: Entry, today: date) -> bool:
    """Days and months that are in are not repeated, once the day on which they came is over."""
    if entry.reading is None or entry.metric.read_per == WEEK:
        return True
    return timezone.localdate(entry.reading.recorded_at) == today


def _comes_by_itself(entry: Entry) -> bool:
    """Whether nobody is asked for it: it is pulled or sent. It can be typed all the same."""
    return entry.metric.comes_from in (Origin.PULLED, Origin.API)


def _asked(thing: Any, refused: tuple[Any, ReasonForm] | None) -> Asked:
    prefix = f"{thing._meta.model_name}-{thing.pk}"
    if refused is not None and refused[0] == thing:
        return Asked(thing, refused[1])
    return Asked(thing, ReasonForm(auto_id=f"{prefix}-%s"))


def _reviews(
    actor: Membership, around: Surroundings, teams: Sequence[int], at: datetime
) -> list[Review]:
    """The reviews at which this person's work is looked at, one of each series: open or next."""
    mine = {*teams, *led_teams(actor), *([actor.team_id] if actor.team_id else [])}
    above = {team.pk for key in mine for team in around.tree.upwards(key)}
    found: dict[int, Review] = {}
    for one in held_or_soon(around.organization, at, at + timedelta(days=DAYS_AHEAD)):
        if one.team_id in above or one.facilitator_id == actor.pk:
            found.setdefault(one.series_id, one)
    return list(found.values())[:4]


@page
@require_POST
def offer_accept(request: PageRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(Ownership.objects.visible_to(request.actor), pk=pk)
    accept_ownership(actor=request.actor, at=timezone.now(), ownership=offer)
    tell(request, f"You answer for {offer.initiative.name} from now on.")
    return back(request, "my-week")


@page
@require_POST
def offer_decline(request: PageRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(Ownership.objects.visible_to(request.actor), pk=pk)
    return _with_reason(
        request, offer, decline_ownership, "You declined, and said why.", ownership=offer
    )


@page
@require_POST
def commitment_keep(request: PageRequest, pk: int) -> HttpResponse:
    commitment = get_object_or_404(_commitments(request), pk=pk)
    keep_commitment(actor=request.actor, at=timezone.now(), commitment=commitment)
    tell(request, f"Kept: {commitment.text}")
    return back(request, "my-week")


@page
@require_POST
def commitment_drop(request: PageRequest, pk: int) -> HttpResponse:
    commitment = get_object_or_404(_commitments(request), pk=pk)
    return _with_reason(
        request, commitment, drop_commitment, "Dropped, with your reason.", commitment=commitment
    )


@page
@require_POST
def verdict_acknowledge(request: PageRequest, pk: int) -> HttpResponse:
    """Acknowledge the verdict on a decision, named by its id."""
    decision = get_object_or_404(Decision.objects.visible_to(request.actor), pk=pk)
    acknowledge_verdict(actor=request.actor, at=timezone.now(), decision=decision)
    tell(request, f"You have seen what came of {decision}.")
    return back(request, "my-week")


def _with_reason(
    request: PageRequest, thing: Any, action: Callable[..., Any], done: str, **arguments: Any
) -> HttpResponse:
    form = ReasonForm(request.POST, auto_id=f"{thing._meta.model_name}-{thing.pk}-%s")
    if form.is_valid() and try_action(
        form, action, actor=request.actor, reason=form.cleaned_data["reason"], **arguments
    ):
        tell(request, done)
        return back(request, "my-week")
    asked = asked_page(request)
    if not asked:
        return show_my_week(request, refused=(thing, form), status=422)
    return show(
        request,
        "cadence/week/reason.html",
        {"form": form, "thing": thing, "next": asked},
        nav="my-week",
        status=422,
    )


def _commitments(request: PageRequest) -> Any:
    return Commitment.objects.filter(organization=request.organization)
