"""A configuration of a deck: what week it is for, the metrics, and the blocks that show them."""

import re
from dataclasses import dataclass, field
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cadence.analysis.wbr.lined import (
    ConfigError,
    Lined,
    check_keys,
    choice,
    mapping,
    read_yaml,
    text,
)

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
AGGREGATIONS = ("sum", "mean", "min", "max", "first", "last")
FUNCTIONS = ("sum", "difference", "product", "divide")
DISPLAYS = ("trailing_twelve_months", "fiscal_year")
STYLES = ("primary", "secondary", "target")
# With each metric come its changes to the week, the month and the year before.
CHANGES = ("WOW", "MOM", "YOY")

_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")


@dataclass(frozen=True)
class Metric:
    """One of three: a ``column``; ``filtered``, rows of a column for which a query holds; or a
    ``function`` of other metrics, after their aggregation."""

    name: str
    line: int
    aggregation: str = ""
    column: str = ""
    query: str = ""
    function: str = ""
    operands: tuple[str, ...] = ()
    # Whether it is compared in basis points instead of percent.
    bps: bool = False


@dataclass(frozen=True)
class Line:
    """A metric on a graph."""

    metric: str
    legend: str
    style: str
    prior_year: bool


@dataclass(frozen=True)
class Row:
    """A row of a table; without a metric it is a heading."""

    header: str
    metric: str
    style: str
    scaling: str


@dataclass(frozen=True)
class Block:
    kind: str  # 6_12Graph, 6_WeeksTable, 12_MonthsTable, section, embedded_content
    title: str
    fiscal_year: bool = False
    scaling: str = ""
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Config:
    week_ending: date
    week_number: int
    title: str
    # The month in which a fiscal year ends, 1 to 12.
    fiscal_year_end: int
    metrics: dict[str, Metric] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    first_block: int = 1


def read_config(document: str) -> Config:
    """Read and check a configuration. Raises ConfigError with the line."""
    top = read_yaml(document)
    check_keys(top, ("setup", "metrics", "deck"), ("setup", "metrics", "deck"))
    setup = mapping(top, "setup", _SETUP, ("week_ending", "week_number"))
    metrics = _metrics(top)
    display = choice(setup, "x_axis_monthly_display", DISPLAYS, DISPLAYS[0])
    if not isinstance(top["deck"], list):
        raise top.fault("“deck” is a list of blocks.", "deck")
    return Config(
        week_ending=_week_ending(setup),
        week_number=_whole(setup, "week_number", 1, 53),
        title=text(setup, "title"),
        fiscal_year_end=_month(setup),
        metrics=metrics,
        blocks=tuple(_block(top, block, metrics, display) for block in top["deck"]),
        first_block=_whole(setup, "block_starting_number", 0, 10_000, 1),
    )


_SETUP = (
    "week_ending",
    "week_number",
    "title",
    "fiscal_year_end_month",
    "block_starting_number",
    "x_axis_monthly_display",
    "tooltip",
)


def _week_ending(setup: Lined) -> date:
    written = text(setup, "week_ending")
    match = _DATE.fullmatch(written.strip())
    if match and match[2].title() in MONTHS:
        try:
            return date(int(match[3]), MONTHS.index(match[2].title()) + 1, int(match[1]))
        except ValueError:
            pass  # refused below, like any other date that there is not
    raise setup.fault(
        f"“week_ending” is a day such as 25-SEP-2021, not “{written[:40]}”.", "week_ending"
    )


def _month(setup: Lined) -> int:
    written = text(setup, "fiscal_year_end_month") or "DEC"
    if written.title() not in MONTHS:
        raise setup.fault(
            f"“fiscal_year_end_month” is a month such as DEC, not “{written[:40]}”.",
            "fiscal_year_end_month",
        )
    return MONTHS.index(written.title()) + 1


def _whole(place: Lined, key: str, least: int, most: int, default: int | None = None) -> int:
    found = place.get(key, default)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        raise place.fault(f"“{key}” is a whole number from {least} to {most}.", key)
    return found


def _metrics(top: Lined) -> dict[str, Metric]:
    if not isinstance(top["metrics"], Lined):
        raise top.fault("“metrics” has a name for each metric.", "metrics")
    found: dict[str, Metric] = {}
    section = top["metrics"]
    for name in section:
        _metric(found, name, mapping(section, name, _METRIC), section.lines[name])
    _check_references(found)
    return found


_METRIC = ("column", "filter", "function", "aggf", "metric_comparison_method")


def _metric(found: dict[str, Metric], name: str, given: Lined, line: int) -> None:
    sources = [key for key in ("column", "filter", "function") if key in given]
    if len(sources) != 1:
        raise given.fault(f"{name} has one of column, filter and function.")
    if name in found:
        raise given.fault(f"There are two metrics {name}.")
    method = choice(given, "metric_comparison_method", ("bps", ""))
    values: dict[str, Any] = {"name": name, "line": line, "bps": method == "bps"}
    if "function" in given:
        function = mapping(given, "function", FUNCTIONS)
        if len(function) != 1:
            raise function.fault(f"{name} has one function.")
        (values["function"],) = function
        values["operands"] = _operands(found, name, function)
    else:
        values["aggregation"] = choice(given, "aggf", AGGREGATIONS)
        if "filter" in given:
            chosen = mapping(given, "filter", ("base_column", "query"), ("base_column",))
            values["column"], values["query"] = text(chosen, "base_column"), text(chosen, "query")
        else:
            values["column"] = text(given, "column")
    found[name] = Metric(**values)


def _operands(found: dict[str, Metric], name: str, function: Lined) -> tuple[str, ...]:
    """Names of the metrics that a function takes. One may be defined where it is used."""
    (kind,) = function
    given = function[kind]
    if not isinstance(given, list) or len(given) < 2 or (kind != "sum" and len(given) != 2):
        raise function.fault(f"“{kind}” in {name} takes {'' if kind == 'sum' else 'exactly '}two.")
    names = []
    for one in given:
        if not isinstance(one, Lined):
            raise function.fault(f"“{kind}” in {name} takes metrics.", kind)
        check_keys(one, ("metric", "column"))
        if len(one) != 1:
            raise one.fault("This is a metric or a column.")
        (key,) = one
        operand = mapping(one, key, ("name", "function"), ("name",))
        names.append(text(operand, "name"))
        if "function" in operand:
            inner = Lined(function=operand["function"])
            inner.line, inner.lines = operand.line, operand.lines
            _metric(found, names[-1], inner, operand.line)
    return tuple(names)


def _check_references(metrics: dict[str, Metric]) -> None:
    """Every operand is there, and no metric is made of itself."""
    for metric in metrics.values():
        for operand in metric.operands:
            if operand not in metrics:
                raise ConfigError(
                    f"Line {metric.line}: {metric.name} refers to {operand}, which is no metric."
                )
    try:
        TopologicalSorter({name: metric.operands for name, metric in metrics.items()}).prepare()
    except CycleError as error:
        loop: list[str] = error.args[1]
        raise ConfigError(
            f"Line {metrics[loop[0]].line}: {loop[0]} refers to itself: {' → '.join(loop)}."
        ) from None


def _block(top: Lined, given: Any, metrics: dict[str, Metric], display: str) -> Block:
    if not isinstance(given, Lined) or list(given) != ["block"]:
        raise top.fault("“deck” is a list of blocks.", "deck")
    block = mapping(given, "block", _BLOCK, ("ui_type",))
    kind = choice(block, "ui_type", tuple(_KINDS))
    for key in _KINDS[kind]:
        if key not in block:
            raise block.fault(f"“{key}” is missing.")
    shown = choice(block, "x_axis_monthly_display", DISPLAYS, display)
    return Block(
        kind=kind,
        title=text(block, "title"),
        fiscal_year=shown == "fiscal_year",
        scaling=text(block, "y_scaling"),
        lines=_lines(block, metrics) if kind == "6_12Graph" else (),
        rows=_rows(block, metrics) if kind.endswith("Table") else (),
        source=text(block, "source"),
    )


_KINDS = {
    "6_12Graph": ("metrics",),
    "6_WeeksTable": ("rows",),
    "12_MonthsTable": ("rows",),
    "section": (),
    "embedded_content": ("source",),
}
_BLOCK = (
    *("ui_type", "title", "x_axis_monthly_display", "y_scaling", "axes", "metrics", "rows"),
    *("source", "name", "id", "width", "height"),
)


def _lines(block: Lined, metrics: dict[str, Metric]) -> tuple[Line, ...]:
    if not isinstance(block["metrics"], Lined):
        raise block.fault("“metrics” has a name for each line of the graph.", "metrics")
    found = []
    section = block["metrics"]
    for name in section:
        _check_is_metric(section, name, name, metrics)
        given = section[name]
        if given is None:
            given = Lined()
            given.line, given.lines = section.lines[name], {}
        elif not isinstance(given, Lined):
            raise section.fault(f"{name} says how it is drawn.", name)
        check_keys(given, ("line_style", "graph_prior_year_flag", "legend_name"))
        prior = given.get("graph_prior_year_flag", True)
        if not isinstance(prior, bool):
            raise given.fault("“graph_prior_year_flag” is true or false.", "graph_prior_year_flag")
        style = choice(given, "line_style", STYLES, "primary")
        found.append(Line(name, text(given, "legend_name") or name, style, prior))
    return tuple(found)


def _rows(block: Lined, metrics: dict[str, Metric]) -> tuple[Row, ...]:
    if not isinstance(block["rows"], list):
        raise block.fault("“rows” is a list.", "rows")
    found = []
    for one in block["rows"]:
        if not isinstance(one, Lined) or list(one) != ["row"]:
            raise block.fault("“rows” is a list of rows.", "rows")
        row = mapping(one, "row", ("header", "metric", "style", "y_scaling"))
        name = text(row, "metric")
        if name:
            _check_is_metric(row, "metric", name, metrics)
        found.append(Row(text(row, "header"), name, text(row, "style"), text(row, "y_scaling")))
    return tuple(found)


def _check_is_metric(place: Lined, key: str, name: str, metrics: dict[str, Metric]) -> None:
    base, _ = split_change(name, metrics)
    if base not in metrics:
        raise place.fault(f"{name} is not among the metrics.", key)


def split_change(name: str, metrics: dict[str, Metric]) -> tuple[str, str]:
    """``PageViewsYOY`` is PageViews compared with the year before, unless it is a metric itself."""
    if name not in metrics and name[-3:] in CHANGES:
        return name[:-3], name[-3:]
    return name, ""
