"""What became of metrics: their judged periods, threshold versions, decisions and state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, last_ended, period_start, shift, span
from cadence.decisions.models import Decision
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import breaches_that_matter, standing_of
from cadence.evaluation.states import State
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.metrics.queries import in_force, judgements_of

# As many periods as a chart can show and a person can take in.
SHOWN = {"day": 60, "week": 26, "month": 24}


@dataclass(frozen=True)
class Moment:
    """One judged period: what it came to, or None, and the threshold that held."""

    starts_on: date
    judgement: Judgement | None
    threshold: Threshold | None


@dataclass(frozen=True)
class History:
    """A metric over a span of periods, oldest first. ``versions`` are all there ever were."""

    metric: Metric
    moments: list[Moment]
    versions: list[Threshold]
    decisions: list[Decision]
    breaches: list[Breach]
    state: State

    @property
    def current(self) -> Threshold | None:
        last = self.versions[-1] if self.versions else None
        return last if last is not None and last.ends_on is None else None

    @property
    def latest(self) -> Judgement | None:
        known = [moment.judgement for moment in self.moments if moment.judgement is not None]
        return known[-1] if known else None


def histories(
    around: Surroundings, metrics: Sequence[Metric], periods: int | None = None
) -> list[History]:
    """The history of each metric up to the running period, in the order given.

    The number of queries does not grow with the metrics.
    """
    if not metrics:
        return []
    keys = [metric.pk for metric in metrics]
    spans = {metric.pk: _span(around, metric, periods) for metric in metrics}
    judgements = judgements_of(keys, min(days[0] for days in spans.values()))
    versions = _versions(keys)
    decisions = decisions_about(keys)
    breaches = breaches_that_matter(keys)
    found = []
    for metric in metrics:
        mine = versions.get(metric.pk, [])
        rows = {row.starts_on: row for row in judgements.get(metric.pk, ())}
        days = spans[metric.pk]
        # The running period is shown once it has a value, and none from before there was anything.
        shown = days if days[-1] in rows else days[:-1]
        first = min([*rows, _began(around, metric)])
        shown = [day for day in shown if day >= first] or shown[-1:]
        current = mine[-1] if mine and mine[-1].ends_on is None else None
        found.append(
            History(
                metric=metric,
                moments=[Moment(day, rows.get(day), in_force(mine, day)) for day in shown],
                versions=mine,
                decisions=decisions.get(metric.pk, []),
                breaches=breaches.get(metric.pk, []),
                state=standing_of(
                    around,
                    metric,
                    threshold=current,
                    breaches=breaches.get(metric.pk, ()),
                    history=[rows[day] for day in sorted(rows)],
                    period=days[-2],
                ),
            )
        )
    return found


def decisions_about(metrics: Collection[int]) -> dict[int, list[Decision]]:
    """Decisions about any breach of these metrics, the latest first, by metric."""
    rows = (
        Decision.objects.filter(breaches__metric__in=metrics)
        .select_related("decided_by", "verdict", "approval")
        .prefetch_related("breaches")
        .distinct()
        .order_by("-decided_at", "-pk")
    )
    found: dict[int, list[Decision]] = {}
    for row in rows:
        for key in {breach.metric_id for breach in row.breaches.all()}:
            found.setdefault(key, []).append(row)
    return found


def _span(around: Surroundings, metric: Metric, periods: int | None) -> list[date]:
    """The periods before the running one, and that one."""
    kind = cast(PeriodKind, metric.judged_per)
    ended = last_ended(kind, around.today, around.organization.week_start)
    return span(kind, shift(kind, ended, 1), (periods or SHOWN[kind]) + 1)


def _began(around: Surroundings, metric: Metric) -> date:
    """The period in which the metric was made."""
    day = metric.created_at.astimezone(around.organization.zone).date()
    return period_start(cast(PeriodKind, metric.judged_per), day, around.organization.week_start)


def _versions(metrics: Collection[int]) -> dict[int, list[Threshold]]:
    rows = Threshold.objects.filter(metric__in=metrics).order_by("starts_on")
    found: dict[int, list[Threshold]] = {}
    for row in rows.select_related("floor_metric", "ceiling_metric", "set_by", "approved_by"):
        found.setdefault(row.metric_id, []).append(row)
    return found
