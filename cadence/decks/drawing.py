"""Blocks of a deck as what a template prints: charts drawn, figures written.

A block is plain JSON, so that a deck can be kept as it was. Its ``kind`` says what else it has:

- ``graph``: title, axis (18 labels), unit, decimals, scaling, lines (name, style, weeks, months),
  totals (name, values: nine, points)
- ``table``: title, headers, rows (header, values, and unit, decimals, scaling, change, points)
- ``behaviour``: title, words, unit, decimals, points, stretches: see `decks.behaviours`
- ``list``: title, headers, rows (cells, path below the organization's own)
- ``section``: title; ``link``: title, address

A block of a review has a ``key`` too.

Numbers are texts of exact decimals, or null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from cadence.charts import Line, Svg, six_twelve_chart
from cadence.decks.behaviours import behaviour_svg
from cadence.decks.figures import Written, change

# The head of each of the nine totals, and what it means.
TOTALS = (
    ("Last week", ""),
    ("WOW", "Change to the week before"),
    ("YOY", "Change to the same week of the year before"),
    ("MTD", "Month to date"),
    ("YOY", "Change to the year before"),
    ("QTD", "Quarter to date"),
    ("YOY", "Change to the year before"),
    ("YTD", "Year to date"),
    ("YOY", "Change to the year before"),
)
_CHANGES = {1, 2, 4, 6, 8}
Block = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """``is_heading``: it has no figures of its own and stands above others."""

    header: str
    cells: list[str]
    is_heading: bool = False
    path: str = ""


@dataclass(frozen=True)
class Drawn:
    """One block. ``rows`` are those of a table, or the figures of a graph one key away."""

    kind: str
    title: str
    number: int | None = None
    chart: Svg | None = None
    headers: Sequence[str] = ()
    rows: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    address: str = ""
    words: str = ""
    key: str = ""


def drawn(block: Block, count: int | None = None) -> Drawn:
    return replace(_drawn(block, count), key=block.get("key", ""))


def _drawn(block: Block, count: int | None) -> Drawn:
    kind, title = str(block["kind"]), str(block["title"])
    if kind == "graph":
        return _graph(block, title, count)
    if kind == "table":
        rows = [_row(row) for row in block["rows"]]
        return Drawn(kind, title, count, headers=block["headers"], rows=rows)
    if kind == "list":
        rows = [Row("", row["cells"], path=row["path"]) for row in block["rows"]]
        return Drawn(kind, title, count, headers=block["headers"], rows=rows)
    if kind == "behaviour":
        chart, rows = behaviour_svg(block), [_reading(block, each) for each in block["points"]]
        return Drawn(kind, title, count, chart, ("Value", "Signal"), rows, words=block["words"])
    return Drawn(kind, title, count, address=str(block.get("address", "")))


def _graph(block: Block, title: str, count: int | None) -> Drawn:
    written = Written.by(block["unit"], block["decimals"], block["scaling"])
    lines = [
        Line(
            line["name"],
            [written.scaled(value) for value in exact(line["weeks"])],
            [written.scaled(value) for value in exact(line["months"])],
            line["style"],
        )
        for line in block["lines"]
    ]
    chart = six_twelve_chart(
        lines,
        block["axis"],
        unit=written.unit,
        decimals=written.decimals,
        label=f"{title}: six weeks and twelve months",
    )
    rows = [
        Row(line["name"], [written.figure(v) for v in exact([*line["weeks"], *line["months"]])])
        for line in block["lines"]
    ]
    totals = [
        Row(total["name"], _totals(exact(total["values"]), written, points=total["points"]))
        for total in block["totals"]
    ]
    return Drawn("graph", title, count, chart, block["axis"], rows, totals)


def _reading(block: Block, point: Block) -> Row:
    written = Written(block["unit"], block["decimals"])
    return Row(point["label"], [*map(written.figure, exact([point["value"]])), point["signal"]])


def _totals(values: Sequence[Decimal | None], written: Written, *, points: bool) -> list[str]:
    return [
        change(value, points=points) if at in _CHANGES else written.brief(value)
        for at, value in enumerate(values)
    ]


def _row(row: Block) -> Row:
    if not row["values"]:
        return Row(row["header"], [], is_heading=True)
    values, points = exact(row["values"]), bool(row.get("points"))
    if row.get("change"):
        power = 4 if points else 2
        moved = [None if value is None else value.scaleb(power) for value in values]
        return Row(row["header"], [change(value, points=points) for value in moved])
    written = Written.by(row.get("unit", ""), row.get("decimals", 0), row.get("scaling", ""))
    return Row(row["header"], [written.figure(value) for value in values])


def exact(values: Sequence[str | None]) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]
