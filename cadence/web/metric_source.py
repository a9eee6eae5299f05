"""Where the readings of a metric come from: said, or pulled from a source."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from cadence.errors import Conflict
from cadence.metrics.models import Metric
from cadence.ownership.queries import standing
from cadence.permissions import Act, may
from cadence.sources.actions import (
    change_source,
    end_source,
    pause_source,
    resume_source,
    run_source_now,
    say_where_from,
    set_up_source,
)
from cadence.sources.models import Run, Source
from cadence.sources.queries import connections_to_choose, live_source
from cadence.sources.trying import Trial, try_source
from cadence.web.exports import Export, exported
from cadence.web.lists.sources import RUNS
from cadence.web.metrics import get_metric
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.source_forms import OriginForm, SourceForm, as_typed

RUNS_PER_PAGE = 20
# Of what would come in; the rest is counted.
SHOWN = 12


@page
def source(request: PageRequest, pk: int) -> HttpResponse:
    """The source of a metric and its runs. POST tries what was typed, or saves it."""
    metric = get_metric(request, pk)
    found = live_source(metric)
    posted = request.method == "POST"
    form = SourceForm(
        request.POST if posted else None,
        organization=request.organization,
        initial=as_typed(found),
    )
    trial: Trial | None = None
    if posted and form.is_valid():
        said = {"connection": form.cleaned_data["connection"], "wanted": form.wanted}
        if request.POST.get("act") == "try":
            trial = try_action(form, try_source, actor=request.actor, metric=metric, **said)
        elif _saved(request, form, metric, found, said):
            return _back(request, metric)
    status = 422 if posted and form.errors else 200
    return _shown(request, metric, found, {"form": form, "trial": trial}, status)


@page
@posted_from("metric-source", "pk")
def say(request: PageRequest, pk: int) -> HttpResponse:
    """Say where its readings come from, where no source pulls them."""
    metric = get_metric(request, pk)
    form = OriginForm(request.POST)
    if form.is_valid() and try_action(
        form, say_where_from, actor=request.actor, metric=metric, **form.cleaned_data
    ):
        tell(request, "Saved.")
        return _back(request, metric)
    return _shown(request, metric, live_source(metric), {"origin_form": form}, 422)


@page
@posted_from("metric-source", "pk")
def run_now(request: PageRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, run_source_now, "It runs within seconds. Its runs say what came.")


@page
@posted_from("metric-source", "pk")
def pause(request: PageRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, pause_source, "Paused. Its readings are owed all the same.")


@page
@posted_from("metric-source", "pk")
def resume(request: PageRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, resume_source, "It goes on, and runs within seconds.")


@page
@posted_from("metric-source", "pk")
def end(request: PageRequest, pk: int) -> HttpResponse:
    words = "It has ended. What it brought stays; from now on somebody types the readings."
    return _acted(request, pk, end_source, words)


def _saved(
    request: PageRequest,
    form: SourceForm,
    metric: Metric,
    found: Source | None,
    said: dict[str, Any],
) -> bool:
    done: Source | None
    if found is None:
        done = try_action(form, set_up_source, actor=request.actor, metric=metric, **said)
    else:
        done = try_action(form, change_source, actor=request.actor, source=found, **said)
    if done is not None:
        tell(request, "Saved. It runs within seconds; below is what came of it.")
    return done is not None


def _acted(
    request: PageRequest, pk: int, action: Callable[..., Source], words: str
) -> HttpResponse:
    metric = get_metric(request, pk)
    found = live_source(metric)
    if found is None:
        raise Conflict("This metric has no source.", code="source_ended")
    action(actor=request.actor, at=timezone.now(), source=found)
    tell(request, words)
    return _back(request, metric)


def _back(request: PageRequest, metric: Metric) -> HttpResponse:
    return redirect("web:metric-source", request.organization.slug, metric.pk)


def _shown(
    request: PageRequest,
    metric: Metric,
    found: Source | None,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    lives = metric.retired_at is None and metric.initiative.ended_at is None
    takes = lives and not metric.is_derived
    trial: Trial | None = context.get("trial")
    runs = Run.objects.filter(source=found).order_by("-started_at", "-pk")
    if file := exported(request, Export("runs", RUNS, runs)):
        return file
    context = {
        "metric": metric,
        "source": found,
        "form": SourceForm(organization=request.organization, initial=as_typed(found)),
        "origin_form": OriginForm(initial={"comes_from": metric.comes_from}),
        "connections": connections_to_choose(request.organization).exists(),
        "may_change": takes
        and may(request.actor, Act.CHANGE_METRIC, **standing(metric.initiative)),
        "takes": takes,
        "page": Paginator(runs, RUNS_PER_PAGE).get_page(request.GET.get("page")),
        "rows": trial.rows[:SHOWN] if trial else [],
        "more": max(len(trial.rows) - SHOWN, 0) if trial else 0,
        **context,
    }
    template = "cadence/sources/metric_source.html"
    return show(request, template, context, nav="scorecard", status=status)
