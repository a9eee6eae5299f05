"""The scorecard of the organization."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone

from cadence.breaches.models import Breach
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
from cadence.escalations.queries import steps
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import STATES, Score, scorecard_metrics, scores
from cadence.metrics.models import Metric
from cadence.permissions import Act, may
from cadence.web.filters import WorkFilter
from cadence.web.shell import PageRequest, page, show

PER_PAGE = 50
# How many of the thirteen periods are columns where there is little room.
COLUMNS = 6
_TABS: dict[PeriodKind, str] = {"week": "Weekly", "month": "Monthly", "day": "Daily"}


@dataclass(frozen=True)
class Row:
    """A score with its picture, and its breach that went up the escalation path, if one did."""

    score: Score
    picture: Svg
    went_up: Breach | None


@dataclass(frozen=True)
class Group:
    """The rows of one initiative, and the outcomes that its inputs lead to."""

    rows: list[Row]

    @property
    def initiative(self) -> object:
        return self.rows[0].score.metric.initiative

    @property
    def outcomes(self) -> list[Metric]:
        found = (row.score.metric.leads_to for row in self.rows)
        return list(dict.fromkeys(metric for metric in found if metric is not None))


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
    totals = metrics.aggregate(
        total=Count("pk"),
        undecided=Count("pk", filter=Q(is_undecided=True)),
        missing=Count("pk", filter=Q(is_missing=True)),
    )
    pages = Paginator(metrics, PER_PAGE)
    pages.count = totals["total"]  # counted with the rest, in one query
    shown = pages.get_page(request.GET.get("page"))
    went_up = _went_up(list(shown))
    rows = [
        Row(score, _picture(score), went_up.get(score.metric.pk))
        for score in scores(around, list(shown), last)
    ]
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
            "groups": _grouped(rows),
            "columns": rows[0].score.cells if rows else [],
            "older": len(rows[0].score.cells) - COLUMNS if rows else 0,
        },
        nav="scorecard",
    )


def _went_up(metrics: list[Metric]) -> dict[int, Breach]:
    rows = Breach.objects.filter(level__gt=0, metric__in=metrics)
    waits = rows.undecided() | rows.escalated()
    found = waits.select_related("decision").prefetch_related(steps())
    return {breach.metric_id: breach for breach in found.order_by("pk")}


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


def _grouped(rows: list[Row]) -> list[Group]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.score.metric.initiative_id, []).append(row)
    return [Group(members) for members in found.values()]


def _picture(score: Score) -> Svg:
    rows = [cell.judgement for cell in score.cells]
    known = [row for row in rows if row is not None]
    words = f"{score.metric.name}, {len(rows)} {score.metric.judged_per}s: "
    if known:
        value = number(known[-1].value, score.metric.decimals)
        words += f"last {with_unit(value, score.metric.unit)}, {known[-1].get_result_display()}"
    else:
        words += "no readings"
    return sparkline(
        [row.value if row else None for row in rows],
        [row.floor if row else None for row in rows],
        [row.ceiling if row else None for row in rows],
        label=words,
    )
