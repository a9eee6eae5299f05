"""The page of a metric, and what is done with it."""

from typing import cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.behaviour.queries import rebasings_of
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_its_metric
from cadence.calendar.periods import PeriodKind, last_ended, period_start
from cadence.evaluation.breaching import Surroundings, in_goalpost_window
from cadence.evaluation.histories import histories
from cadence.evaluation.lifecycle import retire_metric
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.initiatives.models import Initiative
from cadence.metrics.actions import change_metric, create_metric
from cadence.metrics.models import Metric, Reading
from cadence.metrics.queries import current_threshold
from cadence.metrics.rules import PERIODS_AFTER
from cadence.ownership.queries import answers_for, standing
from cadence.permissions import Act, may, require
from cadence.web.back import to
from cadence.web.behaviour_charts import picture_of
from cadence.web.exports import Export, exported
from cadence.web.initiatives import get_initiative
from cadence.web.lists.work import BREACHES, READINGS
from cadence.web.metric_charts import chart_of
from cadence.web.metric_figures import computed_from, made_of, totals_of
from cadence.web.metric_forms import (
    MetricForm,
    NewMetricForm,
    RebaseForm,
    ThresholdForm,
    as_set,
    as_typed,
)
from cadence.web.my_week import ReasonForm
from cadence.web.shell import PageRequest, page, show, tell, try_action

READINGS_PER_PAGE = 30


@page
def metric(request: PageRequest, pk: int) -> HttpResponse:
    found = get_metric(request, pk)
    lists = (
        Export("readings", READINGS, _readings(found)),
        Export("breaches", BREACHES, _breaches(found)),
    )
    return exported(request, *lists) or show_metric(request, found)


def get_metric(request: PageRequest, pk: int) -> Metric:
    rows = Metric.objects.visible_to(request.actor)
    return get_object_or_404(
        rows.select_related("initiative__organization", "organization", "leads_to"), pk=pk
    )


def show_metric(
    request: PageRequest,
    metric: Metric,
    *,
    retire_form: ReasonForm | None = None,
    rebase_form: RebaseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Chart, the same numbers as a table, every version of the threshold, readings, breaches."""
    breaches = _breaches(metric)
    around = Surroundings(request.organization, timezone.now())
    (history,) = histories(around, [metric])
    rebasings = rebasings_of([metric.pk]).get(metric.pk, [])
    place = standing(metric.initiative)
    lives = metric.retired_at is None and metric.initiative.ended_at is None
    return show(
        request,
        "cadence/metrics/page.html",
        {
            "metric": metric,
            "history": history,
            "chart": chart_of(history, width=900, height=260),
            "versions": history.versions[::-1],
            "moments": history.moments[::-1],
            "answers": answers_for([metric.initiative])[metric.initiative_id],
            "breaches": list(breaches[:12]),
            "led_by": list(metric.led_by.filter(retired_at__isnull=True)),
            "page": Paginator(_readings(metric), READINGS_PER_PAGE).get_page(
                request.GET.get("page")
            ),
            "may_change": lives and may(request.actor, Act.CHANGE_METRIC, **place),
            "totals": totals_of(around, metric),
            "made": made_of(history),
            "feeds": computed_from(metric),
            "may_record": lives
            and not metric.is_derived
            and may(request.actor, Act.RECORD_READINGS, **place),
            "week": last_ended("week", around.today, request.organization.week_start),
            "behaviour": picture_of(history, rebasings),
            "rebasings": rebasings[::-1],
            "rebase_form": rebase_form or RebaseForm(auto_id="rebase-%s"),
            "retire_form": retire_form or ReasonForm(auto_id="retire-%s"),
        },
        nav="scorecard",
        status=status,
    )


def _breaches(metric: Metric) -> "QuerySet[Breach]":
    """Latest first."""
    return with_its_metric(Breach.objects.filter(metric=metric)).order_by("-opened_at", "-pk")


def _readings(metric: Metric) -> "QuerySet[Reading]":
    """Latest first, with what each was before."""
    rows = Reading.objects.filter(metric=metric).order_by("-starts_on")
    return rows.select_related("recorded_by").prefetch_related("corrections__corrected_by")


@page
def new(request: PageRequest, pk: int) -> HttpResponse:
    """A metric of an initiative."""
    initiative = get_initiative(request, pk)
    require(request.actor, Act.CHANGE_METRIC, **standing(initiative))
    posted = request.method == "POST"
    form = NewMetricForm(request.POST if posted else None, organization=request.organization)
    if posted and form.is_valid():
        act = {"actor": request.actor, "initiative": initiative}
        made: Metric | None = try_action(form, create_metric, **act, **form.cleaned_data)
        if made is not None:
            tell(request, f"{made.name} is there. Now agree when somebody has to act.")
            return to(request, "threshold-new", made.pk)
    return _form(request, form, initiative, None, posted)


@page
def edit(request: PageRequest, pk: int) -> HttpResponse:
    metric = get_metric(request, pk)
    require(request.actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    posted = request.method == "POST"
    form = MetricForm(
        request.POST if posted else None,
        organization=request.organization,
        initial=as_typed(metric),
    )
    if posted and form.is_valid():
        act = {"actor": request.actor, "metric": metric}
        if try_action(form, change_metric, **act, **form.cleaned_data):
            tell(request, "Saved.")
            return to(request, "metric", pk)
    return _form(request, form, metric.initiative, metric, posted)


@page
def threshold_new(request: PageRequest, pk: int) -> HttpResponse:
    """A new version of the threshold. One that was crossed is loosened only by a decision."""
    metric = get_metric(request, pk)
    require(request.actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    posted = request.method == "POST"
    current = current_threshold(metric)
    form = ThresholdForm(request.POST if posted else None, metric=metric, initial=as_set(current))
    if posted and form.is_valid():
        done = try_action(
            form, set_threshold, actor=request.actor, metric=metric, wanted=Wanted(**form.wanted)
        )
        if done is not None:
            opened = len(done[1].opened)
            tell(request, "Set." + (" It opens a breach at once." if opened else ""))
            return to(request, "metric", pk)
    around = Surroundings(request.organization, timezone.now())
    undecided = Breach.objects.undecided().filter(metric=metric).first()
    kind = cast(PeriodKind, metric.judged_per)
    context = {
        "form": form,
        "metric": metric,
        "current": current,
        "running": period_start(kind, around.today, request.organization.week_start),
        "in_window": current is not None and in_goalpost_window(metric, around),
        "periods_after": PERIODS_AFTER,
        "undecided": undecided,
    }
    return show(
        request,
        "cadence/metrics/threshold.html",
        context,
        nav="scorecard",
        status=422 if posted else 200,
    )


@page
@require_POST
def retire(request: PageRequest, pk: int) -> HttpResponse:
    """No reading is owed for it any more; all of it stays on record."""
    metric = get_metric(request, pk)
    form = ReasonForm(request.POST, auto_id="retire-%s")
    if form.is_valid() and try_action(
        form, retire_metric, actor=request.actor, metric=metric, **form.cleaned_data
    ):
        tell(request, f"{metric.name} is retired. Its readings stay on record.")
        return to(request, "initiative", metric.initiative_id)
    return show_metric(request, metric, retire_form=form, status=422)


def _form(
    request: PageRequest,
    form: MetricForm,
    initiative: Initiative,
    metric: Metric | None,
    posted: bool,
) -> HttpResponse:
    context = {"form": form, "initiative": initiative, "metric": metric}
    return show(
        request,
        "cadence/metrics/form.html",
        context,
        nav="initiatives",
        status=422 if posted else 200,
    )
