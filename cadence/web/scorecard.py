"""The scorecard of the organization."""

from collections.abc import Iterable
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone

from cadence.calendar.periods import (
    KINDS,
    PeriodError,
    PeriodKind,
    last_ended,
    period_start,
    shift,
)
from cadence.charts import Svg, sparkline
from cadence.charts.scale import number, with_unit
from cadence.escalations.queries import with_steps
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import PERIODS, STATES, Score, scorecard_metrics, scores
from cadence.evaluation.wording import standing
from cadence.metrics.models import MetricQuerySet
from cadence.permissions import Act, may
from cadence.web.exports import Export, exported
from cadence.web.filters import WorkFilter
from cadence.web.lists.work import score_columns, scored
from cadence.web.scorecard_rows import Row, table_body
from cadence.web.shell import PageRequest, page, show

# How many metrics a page shows, as one likes.
SIZES = (50, 100, 200, 1000)
# How many of the thirteen periods are columns where there is little room.
COLUMNS = 6
_TABS: dict[PeriodKind, str] = {"week": "Weekly", "month": "Monthly", "day": "Daily"}


@page
def scorecard(request: PageRequest) -> HttpResponse:
    """Metrics by initiative over thirteen periods, up to ``until``, of one kind of period."""
    around = Surroundings(request.organization, timezone.now())
    kind = _kind(request)
    ended = last_ended(kind, around.today, request.organization.week_start)
    running = shift(kind, ended, 1)
    last = min(_until(request, kind) or ended, running)
    asked = WorkFilter(
        request.GET, organization=request.organization, tree=around.tree, states=STATES
    )
    metrics = scorecard_metrics(request.actor, kind, min(last, ended), **asked.asked)
    if file := _file(request, around, metrics, last):
        return file
    totals = metrics.aggregate(
        total=Count("pk"),
        undecided=Count("pk", filter=Q(is_undecided=True)),
        missing=Count("pk", filter=Q(is_missing=True)),
    )
    per_page = _per_page(request)
    pages = Paginator(metrics, per_page)
    pages.count = totals["total"]  # counted with the rest, in one query
    shown = pages.get_page(request.GET.get("page"))
    found = scores(around, list(shown), last)
    went_up = _went_up(found, around)
    rows = [Row(one, _picture(one), went_up.get(one.metric.pk, "")) for one in found]
    older = PERIODS - COLUMNS
    return show(
        request,
        "cadence/scorecard/page.html",
        {
            "filter": asked,
            "kind": kind,
            "tabs": list(_TABS.items()),
            "last": last,
            "ended": ended,
            "earlier": shift(kind, last, -1),
            "later": shift(kind, last, 1) if last < running else None,
            "totals": totals,
            "page": shown,
            "may_record": may(request.actor, Act.TAKE_PART),
            "body": table_body(rows, slug=request.organization.slug, older=older),
            "columns": found[0].columns if found else [],
            "older": older,
            "per_page": per_page,
            "sizes": SIZES if totals["total"] > SIZES[0] else (),
        },
        nav="scorecard",
    )


def _file(
    request: PageRequest, around: Surroundings, metrics: MetricQuerySet, last: date
) -> HttpResponse | None:
    if "format" not in request.GET:
        return None
    rows = metrics.select_related("initiative__team", "leads_to")
    columns = score_columns(around, rows, last)
    return exported(request, Export("scorecard", columns, scored(around, rows, last)))


def _went_up(found: Iterable[Score], around: Surroundings) -> dict[int, str]:
    """With whom a breach stands that went up the escalation path, by metric."""
    breaches = [one for score in found for one in reversed(score.breaches) if one.level]
    with_steps(breaches)
    zone = around.organization.zone
    return {one.metric_id: standing(one, around.today, zone) for one in breaches}


def _per_page(request: PageRequest) -> int:
    asked = request.GET.get("rows", "")
    return next((size for size in SIZES if str(size) == asked), SIZES[0])


def _kind(request: PageRequest) -> PeriodKind:
    asked = request.GET.get("per", "")
    return next((kind for kind in KINDS if kind == asked), "week")


def _until(request: PageRequest, kind: PeriodKind) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("until", ""))
        start = period_start(kind, day, request.organization.week_start)
        # So that the thirteen columns before it can be written, too.
        shift(kind, start, -20)
    except (ValueError, PeriodError):
        return None
    return start


def _picture(score: Score) -> Svg:
    metric = score.metric
    rows = [score.figures.get(day) for day in score.columns]
    last = next((row for row in reversed(rows) if row is not None), None)
    words = f"{metric.name}, {len(rows)} {metric.judged_per}s: "
    if last is not None:
        value = number(last.value, metric.decimals)
        words += f"last {with_unit(value, metric.unit)}, {last.get_result_display()}"
    else:
        words += "no readings"
    return sparkline(
        [row.value if row else None for row in rows],
        [row.floor if row else None for row in rows],
        [row.ceiling if row else None for row in rows],
        label=words,
    )
