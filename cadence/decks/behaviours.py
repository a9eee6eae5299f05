"""The process behaviour of a metric as a block of a deck, and the chart drawn from it."""

from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, cast

from cadence.analysis.reading import Verdict, as_decimal
from cadence.calendar.periods import PeriodKind, label
from cadence.charts import Point, Stretch, Svg, behaviour_chart
from cadence.evaluation.behaviours import MetricBehaviour
from cadence.ledger.actions import plain

# Limits are drawn and written; a deck keeps no more of their digits than that takes.
_KEPT = Context(prec=15)
_LIMITS = ("centre", "lower", "upper", "upper_range")


def behaviour_block(found: MetricBehaviour) -> dict[str, Any]:
    metric = found.history.metric
    points = []
    for at, moment in enumerate(found.history.moments):
        row, version = moment.judgement, moment.threshold
        limits = row if row is not None else version
        points.append(
            {
                "day": moment.starts_on.isoformat(),
                "label": label(cast(PeriodKind, metric.judged_per), moment.starts_on),
                "value": plain(row.value) if row else None,
                "floor": plain(limits.floor) if limits else None,
                "ceiling": plain(limits.ceiling) if limits else None,
                "beyond": bool(row and row.is_beyond),
                "signal": found.signals.get(at, ""),
            }
        )
    stretches = [
        {
            "first": each.first,
            "end": each.end,
            "is_trial": each.behaviour.is_trial,
            "centre": _kept(each.behaviour.centre),
            "lower": _kept(each.behaviour.lower_limit),
            "upper": _kept(each.behaviour.upper_limit),
            "upper_range": _kept(each.behaviour.upper_range_limit),
        }
        for each in found.stretches
    ]
    reading = found.reading
    words = f"{reading.title}. {reading.why}"
    # What is a signal is not predictable: nothing can be said of what it will keep doing.
    if reading.verdict == Verdict.ROUTINE and reading.assurance:
        words += f" As the work is done now, this {reading.assurance}."
    return {
        "key": f"behaviour:{metric.pk}",
        "kind": "behaviour",
        "title": f"{metric.name}: signal",
        "words": words,
        "unit": metric.unit,
        "decimals": metric.decimals,
        "points": points,
        "stretches": stretches,
    }


def behaviour_svg(block: Mapping[str, Any]) -> Svg:
    """The chart of such a block."""
    points = [
        Point(
            date.fromisoformat(each["day"]),
            each["label"],
            _exact(each["value"]),
            _exact(each["floor"]),
            _exact(each["ceiling"]),
            each["beyond"],
            each["signal"],
        )
        for each in block["points"]
    ]
    stretches = [
        Stretch(
            first=each["first"],
            end=each["end"],
            is_trial=each["is_trial"],
            **{name: _exact(each[name]) for name in _LIMITS},
        )
        for each in block["stretches"]
    ]
    return behaviour_chart(
        points,
        stretches,
        unit=block["unit"],
        decimals=block["decimals"],
        label=f"{block['title']}. {block['words']}",
    )


def _kept(value: Fraction | None) -> str | None:
    return None if value is None else plain(_KEPT.plus(as_decimal(value)))


def _exact(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
