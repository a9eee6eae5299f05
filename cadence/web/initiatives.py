"""The initiatives of an organization, and the page of one."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_its_metric
from cadence.charts import Svg
from cadence.decisions.models import Commitment
from cadence.escalations.queries import steps as steps_up
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.histories import History, histories
from cadence.initiatives.models import Initiative
from cadence.initiatives.models import State as Life
from cadence.initiatives.queries import matching
from cadence.ownership.models import Ownership
from cadence.ownership.orphans import Orphan, orphans
from cadence.ownership.queries import Answerable, answers_for, record_of, standing
from cadence.permissions import Act, led_teams, may
from cadence.reviews.models import CheckIn
from cadence.reviews.queries import silent_owners
from cadence.web.exports import Export, exported
from cadence.web.filters import WorkFilter
from cadence.web.hand_over import InterimForm, OfferForm
from cadence.web.initiative_forms import EndForm
from cadence.web.lists.work import INITIATIVES, answered
from cadence.web.metric_charts import chart_of
from cadence.web.my_week import ReasonForm
from cadence.web.shell import PageRequest, page, show

PER_PAGE = 30
# As many as fit one look; the rest is in the log.
SHOWN = 8


@dataclass(frozen=True)
class Panel:
    """A metric on the page of its initiative."""

    history: History
    chart: Svg


@page
def initiatives(request: PageRequest) -> HttpResponse:
    """All of them, by priority. The number of queries does not grow with the rows."""
    around = Surroundings(request.organization, timezone.now())
    asked = WorkFilter(
        request.GET, organization=request.organization, tree=around.tree, states=Life.choices
    )
    wanted = asked.asked
    rows = matching(
        Initiative.objects.visible_to(request.actor),
        state=Life(wanted["state"]) if wanted["state"] else None,
        priority=wanted["priority"],
        teams=wanted["teams"],
        owner=wanted["owner"],
        search=wanted["search"],
    )
    waiting = Q(metrics__breaches__isnull=False, metrics__breaches__decision__isnull=True)
    rows = (
        rows.annotate(
            undecided=Count("metrics__breaches", filter=waiting, distinct=True),
            read=Count("metrics", filter=Q(metrics__retired_at__isnull=True), distinct=True),
        )
        .select_related("priority", "team")
        .order_by(F("ended_at").desc(nulls_first=True), "priority__rank", "name", "pk")
    )
    if file := exported(request, Export("initiatives", INITIATIVES, answered(rows, around.tree))):
        return file
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    answers = answers_for(shown, around.tree)
    listed = [
        {"initiative": initiative, "answers": _answers(initiative, answers[initiative.pk])}
        for initiative in shown
    ]
    context = {
        "filter": asked,
        "page": shown,
        "rows": listed,
        "may_create": bool(led_teams(request.actor)) or may(request.actor, Act.CHANGE_INITIATIVE),
    }
    return show(request, "cadence/initiatives/list.html", context, nav="initiatives")


def _answers(initiative: Initiative, answers: Answerable) -> Answerable | None:
    """Nobody acts for the owner of a draft, or of work that has ended."""
    if answers.owner is None and initiative.state not in {Life.ACTIVE, Life.PAUSED}:
        return None
    return answers


@page
def initiative(request: PageRequest, pk: int) -> HttpResponse:
    return show_initiative(request, get_initiative(request, pk))


def get_initiative(request: PageRequest, pk: int) -> Initiative:
    rows = Initiative.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("priority", "team", "organization"), pk=pk)


def show_initiative(
    request: PageRequest,
    initiative: Initiative,
    *,
    refused: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; ``refused`` are forms that come back with what was wrong, by their name."""
    around = Surroundings(request.organization, timezone.now())
    record = list(record_of(initiative))
    metrics = list(initiative.metrics.select_related("leads_to").order_by("-kind", "name", "pk"))
    for metric in metrics:
        # They are asked for their zone, and for how their work goes.
        metric.organization, metric.initiative = request.organization, initiative
    live = [metric for metric in metrics if metric.retired_at is None]
    found = histories(around, live)
    current = next((one for one in record if _is_current(one)), None)
    return show(
        request,
        "cadence/initiatives/page.html",
        {
            "initiative": initiative,
            "current": current,
            "answers": answers_for([initiative], around.tree)[initiative.pk],
            "pending": next((one for one in record if _is_pending(one)), None),
            "record": [one for one in reversed(record) if not _is_pending(one) and one != current],
            "before": [one for one in reversed(record) if one.accepted_at and one.ended_at],
            "orphan": _orphan(request, initiative, current),
            "panels": [Panel(history, chart_of(history)) for history in found],
            "retired": [metric for metric in metrics if metric.retired_at is not None],
            "outcomes": list(
                dict.fromkeys(metric.leads_to for metric in live if metric.leads_to is not None)
            ),
            "breaches": _breaches(initiative),
            "decisions": _decisions(found),
            "commitments": _commitments(initiative),
            "check_ins": list(
                CheckIn.objects.filter(initiative=initiative).select_related("author")[:4]
            ),
            "allows": allows(request.actor, initiative),
            "steps": _steps(initiative, current, found),
            "offer_form": OfferForm(initiative=initiative),
            "interim_form": InterimForm(initiative=initiative),
            "interims": list(initiative.interims.select_related("person", "named_by")),
            "pause_form": ReasonForm(auto_id="pause-%s"),
            "end_form": EndForm(initiative=initiative),
            "act_form": forms.Form(),
            **(refused or {}),
        },
        nav="initiatives",
        status=status,
    )


def allows(actor: Membership, initiative: Initiative) -> dict[str, bool]:
    """What the actor may do with this initiative as it stands now."""
    place = standing(initiative)
    state = initiative.state
    going = state in {Life.ACTIVE, Life.PAUSED}
    lives = going or state == Life.DRAFT
    change = may(actor, Act.CHANGE_INITIATIVE, **place)
    return {
        "offer": lives and may(actor, Act.OFFER_OWNERSHIP, **place),
        "check_in": going and may(actor, Act.CHECK_IN, **place),
        "record": going and may(actor, Act.RECORD_READINGS, **place),
        "decide": going and may(actor, Act.DECIDE, **place),
        "commit": lives and may(actor, Act.COMMIT, **place),
        "change": lives and change,
        "activate": state == Life.DRAFT and change,
        "pause": state == Life.ACTIVE and change,
        "resume": state == Life.PAUSED and change,
        "end": lives and change,
        "add_metric": lives and may(actor, Act.CHANGE_METRIC, **place),
    }


def _is_current(one: Ownership) -> bool:
    return one.accepted_at is not None and one.ended_at is None


def _is_pending(one: Ownership) -> bool:
    return one.accepted_at is None and one.ended_at is None


def _orphan(
    request: PageRequest, initiative: Initiative, current: Ownership | None
) -> Orphan | None:
    if initiative.state not in {Life.ACTIVE, Life.PAUSED}:
        return None
    at = timezone.now()
    teams = [initiative.team_id]
    silent = silent_owners(request.organization, at, teams=teams) if current else {}
    found = orphans(request.organization, at, team_ids=teams, silent=silent)
    return next((one for one in found if one.initiative.pk == initiative.pk), None)


def _breaches(initiative: Initiative) -> list[Breach]:
    """Those that matter now first, then the latest."""
    rows = with_its_metric(Breach.objects.filter(metric__initiative=initiative))
    rows = rows.prefetch_related(steps_up())
    found = list(rows.order_by("-opened_at", "-pk")[:50])
    found.sort(key=lambda one: (one.decision_id is not None, one.recovered_at is not None))
    return found[:SHOWN]


def _decisions(found: list[History]) -> list[Any]:
    decisions = {one.pk: one for history in found for one in history.decisions}
    latest = sorted(decisions.values(), key=lambda one: (one.decided_at, one.pk), reverse=True)
    return latest[:SHOWN]


def _commitments(initiative: Initiative) -> list[Commitment]:
    """Open ones by their day, then those settled last."""
    rows = Commitment.objects.filter(initiative=initiative).select_related("person")
    rows = rows.prefetch_related(steps_up())
    open_ones = rows.filter(kept_at__isnull=True, dropped_at__isnull=True)
    settled = rows.exclude(kept_at__isnull=True, dropped_at__isnull=True).order_by("-due_on")
    return [*open_ones, *settled[:4]]


def _steps(
    initiative: Initiative, current: Ownership | None, found: list[History]
) -> list[tuple[str, bool]]:
    """What a draft still takes before it is active; empty for any other."""
    if initiative.state != Life.DRAFT:
        return []
    return [
        ("Somebody accepts to own it", current is not None),
        ("It has a metric", bool(found)),
        (
            "Every metric has a threshold and an agreed response",
            bool(found) and all(history.current for history in found),
        ),
        ("Activate it", False),
    ]
