"""What a list of many metrics needs of their judgements and limits, and no more.

A scorecard of a thousand metrics has thirteen thousand judged periods. As rows of a model, with
their threshold, they take twenty times as long to read as the few values that are written of them.
"""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import ExpressionWrapper, F, TextField

from cadence.metrics.models import Judgement, Result, Threshold


class Figure(NamedTuple):
    """The judged value of one period and the limits that held: a `Judgement` to look at."""

    starts_on: date
    value: Decimal
    floor: Decimal | None
    ceiling: Decimal | None
    result: str

    @property
    def is_beyond(self) -> bool:
        return self.result in _BEYOND

    def get_result_display(self) -> str:
        return _WORDS[self.result]


class Named(NamedTuple):
    """A metric that is a limit, by its name."""

    name: str


class Limits(NamedTuple):
    """The threshold that holds now: a `Threshold` to look at."""

    floor: Decimal | None
    ceiling: Decimal | None
    floor_metric: Named | None
    ceiling_metric: Named | None
    periods_in_a_row: int


_WORDS = {value: str(label) for value, label in Result.choices}
_BEYOND = frozenset({Result.BELOW.value, Result.ABOVE.value})


def figures_of(metrics: Iterable[int], first: date, last: date) -> dict[int, dict[date, Figure]]:
    """The judged periods that start in a span, both days included, by metric and start."""
    rows = Judgement.objects.filter(metric__in=list(metrics), starts_on__range=(first, last))
    found: dict[int, dict[date, Figure]] = {}
    values = rows.order_by("metric_id", "starts_on").values_list(
        "metric_id", *_stored("starts_on", "value", "floor", "ceiling"), "result"
    )
    for metric, day, value, floor, ceiling, result in values.iterator(chunk_size=5000):
        figure = Figure(day, _decimal(value), _decimal(floor), _decimal(ceiling), result)
        if metric in found:
            found[metric][day] = figure
        else:
            found[metric] = {day: figure}
    return found


def limits_of(metrics: Collection[int]) -> dict[int, Limits]:
    """The threshold of each metric that has one now, by metric."""
    rows = Threshold.objects.filter(metric__in=list(metrics), ends_on__isnull=True).order_by()
    return {
        metric: Limits(
            _decimal(floor),
            _decimal(ceiling),
            Named(above) if above is not None else None,
            Named(below) if below is not None else None,
            count,
        )
        for metric, floor, ceiling, above, below, count in rows.values_list(
            "metric_id",
            *_stored("floor", "ceiling"),
            "floor_metric__name",
            "ceiling_metric__name",
            "periods_in_a_row",
        )
    }


def _stored(*names: str) -> "list[ExpressionWrapper[Any]]":
    """Columns as the database hands them out: of values decimals, or on SQLite doubles. That of
    text is the one type for which Django converts nothing."""
    return [ExpressionWrapper(F(name), output_field=TextField()) for name in names]


@lru_cache(maxsize=65536)
def _decimal(stored: Any) -> Any:
    """The exact decimal: a double holds the 15 digits of a value, its shortest text has them."""
    return stored if stored is None or isinstance(stored, Decimal) else Decimal(repr(stored))
