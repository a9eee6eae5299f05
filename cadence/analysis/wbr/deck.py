"""The blocks of a deck: six weeks, twelve months and totals of each metric, beside the year before.

A week is the seven days that end on the day the configuration names; spans and what each is
compared with are in `cadence.calendar.spans`. Functions apply after aggregation. What is missing is
None.
"""

from collections.abc import Sequence
from typing import Any

from cadence.analysis.wbr.config import Block, Config, Row, split_change
from cadence.analysis.wbr.days import Days
from cadence.calendar.spans import (
    WEEKS_SHOWN,
    Span,
    month_labels,
    months_of_year,
    months_until,
    to_date,
    weeks_until,
)

Values = list[float | None]
# A change to the week before is one of weeks, to the month before one of months.
_COMPARED = {"WOW": "week", "MOM": "month"}


def build(config: Config, days: Days) -> list[dict[str, Any]]:
    """The blocks of the deck in plain values, in the order of the configuration."""
    deck = _Deck(config, days)
    return [deck.block(block) for block in config.blocks]


class _Deck:
    def __init__(self, config: Config, days: Days) -> None:
        self.config, self.days = config, days
        self._known: dict[tuple[str, Span], float | None] = {}
        self.weeks = weeks_until(config.week_ending)
        self.to_date = to_date(config.week_ending, config.fiscal_year_end)

    def block(self, block: Block) -> dict[str, Any]:
        found: dict[str, Any] = {"type": block.kind, "title": block.title}
        if block.kind == "6_12Graph":
            months = self._months(block.fiscal_year)
            found["axis"] = self._week_labels() + month_labels(months)
            found["y_scaling"] = block.scaling
            found["metrics"] = [
                {
                    "name": line.metric,
                    "legend": line.legend,
                    "style": line.style,
                    "prior_year": line.prior_year,
                    "weeks": self._line(line.metric, self.weeks),
                    "prior_weeks": self._prior(line.metric, self.weeks),
                    "months": self._line(line.metric, months),
                    "prior_months": self._prior(line.metric, months),
                    "totals": self.totals(line.metric),
                }
                for line in block.lines
            ]
        elif block.kind == "6_WeeksTable":
            found["headers"] = [*self._week_labels(), "QTD", "YTD"]
            spans = [*self.weeks, *self.to_date[1:]]
            found["rows"] = [self._row(row, spans) for row in block.rows]
        elif block.kind == "12_MonthsTable":
            months = self._months(block.fiscal_year)
            found["headers"] = month_labels(months)
            found["rows"] = [self._row(row, months) for row in block.rows]
        elif block.source:
            found["source"] = block.source
        return found

    def totals(self, name: str) -> Values:
        """Last week, its change to the week and the year before, then month, quarter and year to
        date, each with its change to the year before. Changes in percent or basis points."""
        base, change = split_change(name, self.config.metrics)
        last = self.weeks[-1]
        spans = [last, *self.to_date]
        values = [self._shown(name, span) for span in spans]
        if change:
            # A change of a change would say nothing; of last week it is shown all the same.
            before = self._shown(name, self.weeks[-2])
            moved = self._compared(base, values[0], before) if change == "YOY" else None
            return [values[0], moved, None, values[1], None, values[2], None, values[3], None]
        week = self._compared(name, values[0], self._value(name, self.weeks[-2]))
        found = [values[0], week]
        for span, value in zip(spans, values, strict=True):
            found += [value] if span != last else []
            found.append(self._compared(name, value, self._value(name, span.year_before())))
        return found

    def _row(self, row: Row, spans: Sequence[Span]) -> dict[str, Any]:
        values = self._line(row.metric, spans) if row.metric else []
        return {
            "header": row.header,
            "metric": row.metric,
            "style": row.style,
            "y_scaling": row.scaling,
            "values": values,
        }

    def _line(self, name: str, spans: Sequence[Span]) -> Values:
        return [self._shown(name, span) for span in spans]

    def _prior(self, name: str, spans: Sequence[Span]) -> Values:
        if split_change(name, self.config.metrics)[1]:
            return [None] * len(spans)
        return [self._value(name, span.year_before()) for span in spans]

    def _shown(self, name: str, span: Span) -> float | None:
        """The value of a metric, or its change as a fraction: 0.05 is five percent more."""
        base, change = split_change(name, self.config.metrics)
        value = self._value(base, span)
        if not change:
            return value
        if change == "YOY":
            before: Span | None = span.year_before()
        else:
            before = span.before() if span.kind == _COMPARED[change] else None
        if before is None:
            return None
        return _change(value, self._value(base, before), self.config.metrics[base].bps)

    def _value(self, name: str, span: Span) -> float | None:
        key = (name, span)
        if key not in self._known:
            self._known[key] = self._computed(name, span)
        return self._known[key]

    def _computed(self, name: str, span: Span) -> float | None:
        metric = self.config.metrics[name]
        if not metric.function:
            return self.days.over(metric, span.first, span.last, whole=self._runs_on(span))
        values = [self._value(operand, span) for operand in metric.operands]
        if metric.function == "sum":
            known = [value for value in values if value is not None]
            return sum(known) if known else None
        a, b = values
        if a is None or b is None:
            return None
        if metric.function == "divide":
            return a / b if b else None
        return a - b if metric.function == "difference" else a * b

    def _compared(self, name: str, value: float | None, before: float | None) -> float | None:
        bps = self.config.metrics[name].bps
        change = _change(value, before, bps)
        return None if change is None else change * (10_000 if bps else 100)

    def _months(self, fiscal_year: bool) -> list[Span]:
        """Twelve months: of the fiscal year, or up to the last one that ended with the week."""
        if fiscal_year:
            return months_of_year(self.config.week_ending, self.config.fiscal_year_end)
        return months_until(self.config.week_ending)

    def _runs_on(self, span: Span) -> bool:
        """A month that has not ended with the week is missing unless every day of it has a value;
        what it is compared with has ended."""
        return span.kind == "month" and span.last > self.config.week_ending

    def _week_labels(self) -> list[str]:
        number = self.config.week_number
        weeks = [number - back for back in range(WEEKS_SHOWN - 1, -1, -1)]
        return [f"wk {week if week > 0 else week + 52}" for week in weeks]


def _change(value: float | None, before: float | None, bps: bool) -> float | None:
    if value is None or before is None:
        return None
    if bps:
        return value - before
    return value / before - 1 if before else None
