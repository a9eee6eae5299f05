"""The picture of what a metric does by chance: limits, signals, where limits were computed anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from cadence.analysis.reading import SignalReading, as_decimal
from cadence.behaviour.models import Rebasing
from cadence.charts import Mark, Stretch, Svg, behaviour_chart
from cadence.evaluation.behaviours import behaviour_of
from cadence.evaluation.histories import History
from cadence.web.metric_charts import marks_of, points_of, words_of


@dataclass(frozen=True)
class BehaviourPicture:
    """The chart, what it says of the latest value, and how many signals are on it."""

    chart: Svg
    reading: SignalReading
    signals: int


def picture_of(
    history: History, rebasings: Sequence[Rebasing], *, width: int = 900, height: int = 320
) -> BehaviourPicture:
    """``rebasings``: those of the metric that hold, oldest first."""
    found = behaviour_of(history, rebasings)
    signals = len(found.signals)
    anew = [Mark(row.starts_on, f"limits anew: {row.reason}", "rebasing") for row in rebasings]
    chart = behaviour_chart(
        [
            replace(point, signal=found.signals.get(at, ""))
            for at, point in enumerate(points_of(history))
        ],
        [
            Stretch(
                each.first,
                each.end,
                _drawn(each.behaviour.centre),
                _drawn(each.behaviour.lower_limit),
                _drawn(each.behaviour.upper_limit),
                _drawn(each.behaviour.upper_range_limit),
                each.behaviour.is_trial,
            )
            for each in found.stretches
        ],
        marks=[*marks_of(history), *anew],
        unit=history.metric.unit,
        decimals=history.metric.decimals,
        label=f"{words_of(history)}. {found.reading.title}; signals: {signals}",
        width=width,
        height=height,
    )
    return BehaviourPicture(chart, found.reading, signals)


def _drawn(value: Fraction | None) -> Decimal | None:
    return None if value is None else as_decimal(value)
