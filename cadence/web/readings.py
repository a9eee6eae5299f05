"""Entering readings: the page of a week, and the saving of one line."""

from datetime import date, timedelta
from typing import cast

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.calendar.periods import (
    MONTH,
    WEEK,
    PeriodError,
    PeriodKind,
    check_year,
    is_start,
    last_ended,
    period_end,
    period_start,
    shift,
)
from cadence.evaluation.actions import record_readings
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.entries import entries_of, starts_in_week
from cadence.evaluation.queries import recordable, work_of
from cadence.evaluation.rows import Row
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric
from cadence.ownership.queries import standing
from cadence.permissions import Act, may
from cadence.web.back import to
from cadence.web.reading_lines import Line, ReadingForm, capacities, lacks_reason, lines
from cadence.web.shell import PageRequest, page, show, tell, try_action

# Metrics on a page; a daily one has seven lines.
PER_PAGE = 50


@page
def readings(request: PageRequest) -> HttpResponse:
    """The readings of a week, of my own work or of all that I may record."""
    return show_readings(request, asked_week(request))


def asked_week(request: PageRequest) -> date:
    """The week that ``period`` names by any of its days; the latest that ended if it names none."""
    organization = request.organization
    today = timezone.localdate()
    try:
        day = _within_reach(date.fromisoformat(request.GET.get("period", "")))
        return min(
            period_start(WEEK, day, organization.week_start),
            period_start(WEEK, today, organization.week_start),
        )
    except (ValueError, PeriodError):
        return last_ended(WEEK, today, organization.week_start)


def show_readings(
    request: PageRequest, week: date, *, bound: Line | None = None, status: int = 200
) -> HttpResponse:
    organization = request.organization
    around = Surroundings(organization, timezone.now())
    allowed = recordable(request.actor)
    mine = work_of(request.actor, around.tree)
    initiative = _initiative(request, bound)
    wants_all = request.GET.get("scope") == "all" or initiative is not None
    if initiative is not None:
        allowed = allowed.filter(pk=initiative.pk)
    metrics = (
        Metric.objects.live()
        .filter(formula="")
        .filter(initiative__in=allowed if wants_all else mine)
        .select_related("initiative")
        .order_by("initiative__priority__rank", "initiative__name", "-kind", "name", "pk")
    )
    shown = Paginator(metrics, PER_PAGE).get_page(request.GET.get("page"))
    entries = entries_of(
        around,
        [
            (metric, starts_in_week(metric, week, around.today, organization.week_start))
            for metric in shown
        ],
    )
    running = period_start(WEEK, around.today, organization.week_start)
    return show(
        request,
        "cadence/readings/page.html",
        {
            "week": week,
            "earlier": shift(WEEK, week, -1),
            "later": shift(WEEK, week, 1) if week < running else None,
            "is_running": week == running,
            "lines": lines(
                entries,
                recordable=set(allowed.values_list("pk", flat=True)),
                page="readings",
                bound=bound,
                acts_for=capacities(request.actor, {entry.metric.initiative for entry in entries}),
            ),
            "given": sum(entry.reading is not None for entry in entries),
            "asked": sum(entry.reading is not None or entry.is_open for entry in entries),
            "page": shown,
            "initiative": initiative,
            "wants_all": wants_all,
            "may_more": allowed.exclude(pk__in=mine.values("pk")).exists(),
        },
        nav="my-week",
        status=status,
    )


def _initiative(request: PageRequest, bound: Line | None) -> Initiative | None:
    """The initiative whose readings alone are asked for."""
    if bound is not None:
        return bound.entry.metric.initiative
    key = request.GET.get("initiative", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Initiative.objects.visible_to(request.actor).filter(pk=int(key)).first()


@page
@require_POST
def reading(request: PageRequest, metric_id: int, starts_on: str) -> HttpResponse:
    """Save one reading. A script gets the line back, a browser without one the page."""
    metric = get_object_or_404(
        Metric.objects.visible_to(request.actor).select_related("initiative"), pk=metric_id
    )
    start = _start(request, metric, starts_on)
    if start is None:
        return to(request, "readings")
    form = ReadingForm(request.POST)
    recorded = None
    if form.is_valid():
        if lacks_reason(form, metric, start):
            form.add_error("note", "Say why it is corrected; the old value stays on record.")
        else:
            recorded = try_action(
                form,
                record_readings,
                actor=request.actor,
                rows=[Row(metric.pk, start, form.cleaned_data["value"], form.cleaned_data["note"])],
                numbered=False,
            )
    around = Surroundings(request.organization, timezone.now())
    (entry,) = entries_of(around, [(metric, [start])])
    done = recorded[0] if recorded else None
    line = Line(
        entry,
        form=ReadingForm() if done else form,
        may_record=may(request.actor, Act.RECORD_READINGS, **standing(metric.initiative)),
        page=form.data.get("page", ""),
        capacity=capacities(request.actor, [metric.initiative]).get(metric.initiative_id, ""),
        was_saved=done is not None,
        opened=done is not None and done.opened and entry.breach is not None,
        recovered=done is not None and done.recovered,
    )
    status = 200 if done else 422
    if request.headers.get("X-Row"):
        context = {"line": line, "organization": request.organization}
        return render(request, "cadence/readings/_line.html", context, status=status)
    week = _week_of(metric, start, request.organization.week_start)
    if not done:
        return show_readings(request, week, bound=line, status=422)
    tell(request, f"{metric.name} is saved.")
    if form.cleaned_data["page"] == "my-week":
        return to(request, "my-week")
    answer = to(request, "readings")
    answer["Location"] += f"?period={week}&initiative={metric.initiative_id}"
    return answer


def _start(request: PageRequest, metric: Metric, text: str) -> date | None:
    """The start of a period of the metric; None for anything else that an address may hold."""
    try:
        day = _within_reach(date.fromisoformat(text))
        kind = cast(PeriodKind, metric.read_per)
        fits = is_start(kind, day, request.organization.week_start)
    except (ValueError, PeriodError):
        return None
    return day if fits else None


def _within_reach(day: date) -> date:
    """The day; PeriodError where the periods around it, which are shown with it, are none."""
    check_year(day.year - 2)
    check_year(day.year + 1)
    return day


def _week_of(metric: Metric, start: date, week_start: int) -> date:
    """The week in whose round the reading of a period is asked for."""
    today = timezone.localdate()
    if metric.read_per == "month":
        after = period_end(MONTH, start) + timedelta(days=1)
        return last_ended(WEEK, min(after, today), week_start)
    return period_start(WEEK, start, week_start)
