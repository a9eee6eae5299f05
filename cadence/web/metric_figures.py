"""A metric in weeks, months and to date, and what it is computed from, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cadence.calendar.periods import label
from cadence.calendar.spans import WEEK
from cadence.charts.scale import number
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.histories import History
from cadence.metrics.deriving import why_none
from cadence.metrics.figures import Frame, figures_of, frame_of
from cadence.metrics.models import Comparison, Formula, Metric
from cadence.metrics.operands import Operand

SIGNS = {
    Formula.RATIO: "divided by",
    Formula.DIFFERENCE: "without",
    Formula.SUM: "and",
    Formula.PRODUCT: "times",
}


@dataclass(frozen=True)
class Total:
    """A span, what the metric came to in it, and how that changed from the week and from the year
    before; None where there is nothing to compare."""

    span: str
    value: Decimal | None
    week: str
    year: str


@dataclass(frozen=True)
class Made:
    """What a derived metric is computed from, and why its last period has no value."""

    sign: str
    operands: list[Metric]
    why: str


def totals_of(around: Surroundings, metric: Metric) -> list[Total]:
    """The last week, month, quarter and year to date; a week earlier while the last one has no
    value. Empty when none of them has one. Two queries at most, and more for what is derived."""
    frame = frame_of(around.organization, around.today)
    before = Frame(frame.week_ending - WEEK, frame.fiscal_year_ends)
    return _totals(around, metric, frame) or _totals(around, metric, before)


def _totals(around: Surroundings, metric: Metric, frame: Frame) -> list[Total]:
    ((last, wow, yoy, *rest),) = (
        found.totals for found in figures_of(around.organization, [metric], frame)
    )
    week = f"Week to {label('day', frame.week_ending)}"
    found = [Total(week, last, change_text(metric, wow), change_text(metric, yoy))]
    for span, value, change in zip(
        ("Month to date", "Quarter to date", "Year to date"), rest[::2], rest[1::2], strict=True
    ):
        found.append(Total(span, value, "", change_text(metric, change)))
    return found if any(total.value is not None for total in found) else []


def change_text(metric: Metric, change: Decimal | None) -> str:
    """A change with its sign, in percent or in basis points; empty for none."""
    if change is None:
        return ""
    in_points = metric.comparison == Comparison.POINTS
    rounded = round(change, 0 if in_points else 1)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else "±"
    return f"{sign}{number(abs(rounded), 0 if in_points else 1)} {'bps' if in_points else '%'}"


def made_of(history: History) -> Made | None:
    """None for a metric that is read. Two queries."""
    metric = history.metric
    if not metric.is_derived:
        return None
    rows = Operand.objects.filter(metric=metric).select_related("operand")
    operands = [row.operand for row in rows]
    last = history.moments[-1]
    why = why_none(metric, operands, last.starts_on) if last.judgement is None else ""
    return Made(SIGNS[Formula(metric.formula)], operands, why)


def computed_from(metric: Metric) -> Sequence[Metric]:
    """The metrics that are computed from this one, as long as they live."""
    rows = Metric.objects.live().filter(operands__operand=metric)
    return list(rows.distinct().order_by("name", "pk"))
