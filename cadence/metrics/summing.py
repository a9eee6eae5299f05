"""Readings summed up over spans of time by the database: many metrics, many spans, one statement.

The spans cut time into pieces that do not overlap, the statement sums up the readings of each
metric over each piece, and a span is put together of its pieces. Exact, and the same on both
databases. A reading belongs to the span in which its last day lies. A span of which a reading is
missing has no value; nor has a week of what is read once a month.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, cast

from django.db import connection

from accounts.models import Organization
from cadence.calendar.periods import PeriodKind, period_start, shift
from cadence.calendar.spans import Span, month_end
from cadence.metrics.models import Aggregation, Metric, Reading
from cadence.metrics.rules import DIGITS, KEPT, PLACES, WIDE, rounded

Values = dict[int, dict[Span, Decimal | None]]
"""What each metric, by its id, comes to over each span; None where it has no value."""

# Sums are of whole units of the last decimal that is kept.
UNITS = 10**PLACES
_SUMMED = {Aggregation.SUM, Aggregation.MEAN}
_SMALLEST, _LARGEST = Aggregation.MIN, Aggregation.MAX
_PICKED = {Aggregation.FIRST, Aggregation.LAST}


@dataclass(frozen=True)
class _Stretch:
    """The readings of one kind that make up a span: the starts of the first and the last of them,
    and how many there are."""

    first: date
    last: date
    count: int


def stretch(kind: PeriodKind, span: Span, week_start: int) -> _Stretch | None:
    """The readings, of days, weeks or months, whose last day lies in a span; None for none, and
    where a week is not a week of theirs."""
    if kind == "day":
        return _Stretch(span.first, span.last, span.days)
    if kind == "week":
        first = period_start("week", span.first, week_start)
        last = period_start("week", span.last + timedelta(days=1), week_start) - timedelta(days=7)
        if span.kind == "week" and (first, last) != (span.first, span.first):
            return None
        count = (last - first).days // 7 + 1
    else:
        first = period_start("month", span.first, week_start)
        last = span.last.replace(day=1)
        if month_end(span.last) != span.last:
            last = shift("month", last, -1)
        if span.kind == "week":
            return None
        count = (last.year - first.year) * 12 + last.month - first.month + 1
    return _Stretch(first, last, count) if count > 0 else None


def aggregated(
    organization: Organization, metrics: Sequence[Metric], spans: Collection[Span]
) -> Values:
    """What metrics that are read come to. Two queries at most."""
    found: Values = {metric.pk: dict.fromkeys(spans) for metric in metrics}
    if not metrics or not spans:
        return found
    by_kind: dict[PeriodKind, list[Metric]] = {}
    for metric in metrics:
        by_kind.setdefault(cast(PeriodKind, metric.read_per), []).append(metric)
    selects = []
    for kind, mine in by_kind.items():
        pieces = _Pieces(kind, organization.week_start, spans)
        if pieces.stretches:
            selects.append((pieces, mine))
    rows = _summed_up(selects)
    for pieces, mine in selects:
        for metric in mine:
            found[metric.pk].update(pieces.put_together(metric, rows.get(metric.pk, ())))
    _pick(found, selects)
    return found


class _Pieces:
    """Time cut where a span of readings of one kind begins or has ended."""

    def __init__(self, kind: PeriodKind, week_start: int, spans: Iterable[Span]) -> None:
        self.stretches: dict[Span, _Stretch] = {}
        edges = set()
        for span in spans:
            if (found := stretch(kind, span, week_start)) is not None:
                self.stretches[span] = found
                edges |= {found.first, found.last + timedelta(days=1)}
        self.edges = sorted(edges)
        place = {day: at for at, day in enumerate(self.edges)}
        self.places = {
            span: (place[one.first], place[one.last + timedelta(days=1)])
            for span, one in self.stretches.items()
        }

    def put_together(self, metric: Metric, rows: Iterable[Any]) -> dict[Span, Decimal | None]:
        """The value of each span of which no reading is missing. ``first`` and ``last`` are left
        for `_pick`, a zero in their place."""
        size = len(self.edges)
        counts, sums = [0] * size, [0] * size
        least: list[Decimal | None] = [None] * size
        most: list[Decimal | None] = [None] * size
        for piece, count, total, low, high in rows:
            counts[piece], sums[piece], least[piece], most[piece] = count, total, low, high
        counted, summed = [0, *accumulate(counts)], [0, *accumulate(sums)]
        found: dict[Span, Decimal | None] = {}
        for span, (begin, end) in self.places.items():
            count = counted[end] - counted[begin]
            if count != self.stretches[span].count:
                continue
            if metric.aggregation == Aggregation.SUM:
                found[span] = _of_units(summed[end] - summed[begin])
            elif metric.aggregation == Aggregation.MEAN:
                total = Decimal(summed[end] - summed[begin])
                found[span] = rounded(WIDE.divide(total, Decimal(UNITS * count)))
            elif metric.aggregation == _SMALLEST:
                found[span] = min(one for one in least[begin:end] if one is not None)
            elif metric.aggregation == _LARGEST:
                found[span] = max(one for one in most[begin:end] if one is not None)
            else:
                found[span] = Decimal(0)
        return found


def _of_units(total: int) -> Decimal:
    """A sum as a decimal; of more than 15 digits the first 15."""
    value = Decimal(total).scaleb(-PLACES, WIDE)
    return value if -_MOST_UNITS < total < _MOST_UNITS else KEPT.plus(value)


_MOST_UNITS = 10**DIGITS


def _summed_up(
    selects: Sequence[tuple[_Pieces, list[Metric]]],
) -> dict[int, list[tuple[int, int, int, Decimal | None, Decimal | None]]]:
    """For each metric and piece of time: how many readings, their sum in units, the smallest and
    the largest. One query."""
    if not selects:
        return {}
    statements, values = [], []
    for pieces, metrics in selects:
        statement, given = _select(pieces, metrics)
        statements.append(statement)
        values += given
    found: dict[int, list[Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        for metric, piece, count, whole, rest, low, high in cursor.fetchall():
            total = int(whole) * UNITS + int(rest or 0)
            found.setdefault(metric, []).append(
                (piece, count, total, _decimal(low), _decimal(high))
            )
    return found


def _select(pieces: _Pieces, metrics: Sequence[Metric]) -> tuple[str, list[Any]]:
    adapt = connection.ops.adapt_datefield_value
    edges = [adapt(day) for day in pieces.edges]
    tree, given = _which(edges, 0, len(edges) - 1)
    aggregations = {metric.aggregation for metric in metrics}
    sums = _SUMS[connection.vendor] if aggregations & _SUMMED else "0, 0"
    low = "MIN(r.value)" if _SMALLEST in aggregations else "NULL"
    high = "MAX(r.value)" if _LARGEST in aggregations else "NULL"
    marks = ", ".join(["%s"] * len(metrics))
    statement = (
        f"SELECT r.metric_id, {tree} AS piece, COUNT(*), {sums}, {low}, {high} "  # noqa: S608 - marks
        f"FROM cadence_reading r WHERE r.metric_id IN ({marks}) "
        "AND r.starts_on >= %s AND r.starts_on < %s GROUP BY 1, 2"
    )
    return statement, [*given, *(metric.pk for metric in metrics), edges[0], edges[-1]]


def _which(edges: Sequence[Any], low: int, high: int) -> tuple[str, list[Any]]:
    """In which piece between the edges a reading lies, by halving: few comparisons a row."""
    if high - low <= 1:
        return str(low), []
    middle = (low + high) // 2
    left, left_given = _which(edges, low, middle)
    right, right_given = _which(edges, middle, high)
    return (
        f"CASE WHEN r.starts_on < %s THEN {left} ELSE {right} END",
        [edges[middle], *left_given, *right_given],
    )


def _on_sqlite() -> str:
    """SQLite computes with doubles: a sum of them would differ in its last digits. Whole numbers
    and the rest, in units, are summed up apart, both exactly. A value has 15 digits, so that of a
    number of seven digits before the point eight are kept after it, and so on."""
    whole = "CAST(r.value AS INTEGER)"
    rest = f"r.value - {whole}"
    steps = "".join(
        f"WHEN ABS(r.value) < 1e{size} THEN ROUND(({rest}) * 1e{DIGITS - size}) * 1e{size - 6} "
        for size in range(DIGITS - PLACES, DIGITS + 1)
    )
    return f"SUM({whole}), SUM(CASE {steps}END)"


_SUMS = {"postgresql": f"0, SUM(r.value) * {UNITS}", "sqlite": _on_sqlite()}


def _decimal(value: Any) -> Decimal | None:
    """A value of the column as either database gives it."""
    if value is None or isinstance(value, Decimal):
        return value
    return KEPT.create_decimal_from_float(value) if isinstance(value, float) else Decimal(value)


def _pick(found: Values, selects: Sequence[tuple[_Pieces, list[Metric]]]) -> None:
    """The first or the last reading of each span that has all of them. One query, or none."""
    wanted: dict[tuple[int, date], list[Span]] = {}
    for pieces, metrics in selects:
        for metric in metrics:
            if metric.aggregation not in _PICKED:
                continue
            first = metric.aggregation == Aggregation.FIRST
            for span, one in pieces.stretches.items():
                if found[metric.pk][span] is not None:
                    day = one.first if first else one.last
                    wanted.setdefault((metric.pk, day), []).append(span)
    if not wanted:
        return
    rows = Reading.objects.filter(
        metric__in={key for key, _ in wanted}, starts_on__in={day for _, day in wanted}
    )
    for key, day, value in rows.values_list("metric", "starts_on", "value"):
        for span in wanted.get((key, day), ()):
            found[key][span] = value
