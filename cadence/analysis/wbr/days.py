"""Daily figures by column, and what a span of days comes to."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from cadence.analysis.wbr.config import AGGREGATIONS, MONTHS, Config, Metric
from cadence.analysis.wbr.query import Cell, QueryError, read_query

Rows = Sequence[tuple[int, list[str]]]
"""The line of each row, and its cells."""

_DAY = re.compile(r"(?:[A-Za-z]{3,9}\.?,? +)?(\d{1,2})[- ]([A-Za-z]{3})[A-Za-z]*[- ](\d{4})")

_AGGREGATE: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "mean": fmean,
    "min": min,
    "max": max,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}
assert set(_AGGREGATE) == set(AGGREGATIONS)


class DataError(ValueError):
    """What is wrong with the figures, with the line and the column."""


@dataclass(frozen=True)
class Days:
    """Days in order, as ordinals, and for each metric with a source its value on each of them.

    None is a day on which the file has a row but no value.
    """

    ordinals: list[int]
    values: dict[str, list[float | None]]

    def over(self, metric: Metric, first: date, last: date, *, whole: bool) -> float | None:
        """What the metric comes to from one day to another, both included.

        A sum with a day without a value is missing; other aggregations take the days that have
        one. ``whole`` asks for a value on every single day.
        """
        begin = bisect_left(self.ordinals, first.toordinal())
        end = bisect_right(self.ordinals, last.toordinal())
        found = self.values[metric.name][begin:end]
        known = [value for value in found if value is not None]
        if whole and len(known) != (last - first).days + 1:
            return None
        if not known or (metric.aggregation == "sum" and len(known) != len(found)):
            return None
        return float(_AGGREGATE[metric.aggregation](known))


def read_days(header: Sequence[str], rows: Rows, config: Config) -> Days:
    """The figures that the metrics of a configuration need. The first column is the day.

    A day may have several rows where a filter chooses among them. Raises DataError.
    """
    places = {name: at for at, name in reversed(list(enumerate(header)))}
    sourced = [metric for metric in config.metrics.values() if metric.column]
    for metric in sourced:
        if metric.column not in places:
            there = ", ".join(name for name in header if name)
            raise DataError(f"{metric.name}: there is no column “{metric.column}”, only {there}.")
    days = [_day(row[0] if row else "", line, header) for line, row in rows]
    if not days:
        raise DataError("There are no rows.")
    _check_order(days, rows, header, several=any(metric.query for metric in sourced))
    columns: dict[str, list[float | None]] = {}
    values = {}
    for metric in sourced:
        if metric.column not in columns:
            columns[metric.column] = list(_numbers(rows, places[metric.column], metric.column))
        kept = columns[metric.column]
        if metric.query:
            kept = _filtered(metric, kept, rows, places)
        values[metric.name] = kept
    return _by_day(days, values, sourced)


def _by_day(
    days: list[int], values: dict[str, list[float | None]], metrics: Iterable[Metric]
) -> Days:
    """One value a day; of several rows what their aggregation comes to."""
    distinct = sorted(set(days))
    if len(distinct) == len(days):
        return Days(days, values)
    edges = [(bisect_left(days, day), bisect_right(days, day)) for day in distinct]
    found: dict[str, list[float | None]] = {}
    for metric in metrics:
        column, aggregate = values[metric.name], _AGGREGATE[metric.aggregation]
        by_day: list[float | None] = []
        for begin, end in edges:
            known = [value for value in column[begin:end] if value is not None]
            by_day.append(float(aggregate(known)) if known else None)
        found[metric.name] = by_day
    return Days(distinct, found)


def _check_order(days: list[int], rows: Rows, header: Sequence[str], *, several: bool) -> None:
    for before, day, (line, row) in zip(days, days[1:], rows[1:], strict=False):
        if day < before or (day == before and not several):
            what = "is there twice" if day == before else "is before the day above it"
            raise DataError(f"Line {line}, column “{header[0]}”: {row[0][:40]} {what}.")


def _day(cell: str, line: int, header: Sequence[str]) -> int:
    """2020-01-05; 05-Jan-2020; Sun, 05-Jan-2020; 5 Jan 2020."""
    match = _DAY.fullmatch(cell)
    try:
        if match is None:
            return date.fromisoformat(cell).toordinal()
        month = MONTHS.index(match[2].title()) + 1
        return date(int(match[3]), month, int(match[1])).toordinal()
    except ValueError:
        raise DataError(f"Line {line}, column “{header[0]}”: “{cell[:40]}” is not a day.") from None


def _numbers(rows: Rows, place: int, column: str) -> Iterable[float | None]:
    for line, row in rows:
        cell = row[place] if place < len(row) else ""
        if not cell:
            yield None
            continue
        try:
            yield _number(cell)
        except ValueError:
            raise DataError(
                f"Line {line}, column “{column}”: “{cell[:40]}” is not a number."
            ) from None


def _number(cell: str) -> float:
    plain = cell.replace(",", "")
    number = float(plain.removesuffix("%"))
    # float() also takes nan, inf and 1_000.
    if not abs(number) < 1e30 or "_" in plain:
        raise ValueError
    return number / 100 if plain.endswith("%") else number


def _filtered(
    metric: Metric, values: list[float | None], rows: Rows, places: Mapping[str, int]
) -> list[float | None]:
    """The values of the rows for which the query holds; the others have none."""
    try:
        judge, columns = read_query(metric.query)
    except QueryError as error:
        raise DataError(f"{metric.name}: “{metric.query[:80]}”: {error}.") from error
    for column in sorted(columns):
        if column not in places:
            raise DataError(f"{metric.name}: “{metric.query[:80]}”: no column {column}.")
    found = []
    for value, (_, row) in zip(values, rows, strict=True):
        cells: dict[str, Cell] = {name: _cell(row, places[name]) for name in columns}
        found.append(value if judge(cells) else None)
    return found


def _cell(row: list[str], place: int) -> Cell:
    cell = row[place] if place < len(row) else ""
    try:
        return _number(cell) if cell else None
    except ValueError:
        return cell
