"""The picture of a metric's history: readings, the thresholds that held, what was decided."""

from collections.abc import Iterator
from decimal import Decimal
from textwrap import shorten
from typing import cast

from cadence.calendar.periods import PeriodKind, label
from cadence.charts import Limits, Mark, Point, Svg, history_chart
from cadence.charts.scale import is_symbol, number, with_unit
from cadence.evaluation.histories import History, Moment
from cadence.metrics.models import Metric, Threshold


def chart_of(
    history: History,
    *,
    width: int = 640,
    height: int = 190,
    limits: Limits | None = None,
) -> Svg:
    """The chart, with words for those who cannot see it. ``limits``: natural ones, to be drawn."""
    metric = history.metric
    return history_chart(
        points_of(history),
        marks=marks_of(history),
        unit=metric.unit,
        decimals=metric.decimals,
        label=words_of(history),
        limits=limits,
        width=width,
        height=height,
    )


def points_of(history: History) -> list[Point]:
    return [_point(history.metric, moment) for moment in history.moments]


def _point(metric: Metric, moment: Moment) -> Point:
    row, version = moment.judgement, moment.threshold
    limits = row if row is not None else version
    return Point(
        moment.starts_on,
        label(cast(PeriodKind, metric.judged_per), moment.starts_on),
        row.value if row else None,
        limits.floor if limits else None,
        limits.ceiling if limits else None,
        bool(row and row.is_beyond),
    )


def marks_of(history: History) -> list[Mark]:
    """Decisions and changes of the threshold."""
    return list(_marks(history))


def _marks(history: History) -> Iterator[Mark]:
    zone = history.metric.organization.zone
    for decision in history.decisions:
        words = f"{decision}: {shorten(decision.what, 34, placeholder='…')}"
        yield Mark(decision.decided_at.astimezone(zone).date(), words, "decision")
    before: Threshold | None = None
    for version in history.versions:
        if before is not None:
            yield Mark(version.starts_on, _change(history.metric, before, version), "threshold")
        before = version


def _change(metric: Metric, before: Threshold, after: Threshold) -> str:
    """``floor moved from 40 to 45``, or fewer words where it is not two numbers."""
    pairs: list[tuple[str, Decimal | None, Decimal | None]] = [
        ("floor", before.floor, after.floor),
        ("ceiling", before.ceiling, after.ceiling),
    ]
    for side, old, new in pairs:
        if old is not None and new is not None and old != new:
            return f"{side} moved from {_figure(metric, old)} to {_figure(metric, new)}"
    return "goalpost moved" if after.is_moved_goalpost else "threshold changed"


def words_of(history: History) -> str:
    """What a chart of it says to those who cannot see it."""
    metric, latest = history.metric, history.latest
    words = f"{metric.name}, {len(history.moments)} {metric.judged_per}s"
    if latest is not None:
        words += f": last {_say(metric, latest.value)}"
        if latest.is_beyond:
            words += f", {latest.result} its threshold"
    return words


def _say(metric: Metric, value: Decimal) -> str:
    return with_unit(number(value, metric.decimals), metric.unit)


def _figure(metric: Metric, limit: Decimal) -> str:
    """A limit with all of its decimals, and a unit only where that is a sign."""
    exponent = limit.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    words = number(limit, max(-exponent, 0))
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words
