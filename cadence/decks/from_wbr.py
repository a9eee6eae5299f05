"""A deck of a weekly business review configuration, as blocks like those of a review."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cadence.analysis.wbr.config import Config, split_change
from cadence.decks.figures import SCALING

_STYLES = {"primary": "main", "secondary": "other", "target": "target"}
# As many decimals as tell the values of a chart apart.
_DIGITS = 3


def blocks_of(config: Config, built: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """``built`` is what ``analysis.wbr.deck.build`` gives for the configuration."""
    return [_block(config, block) for block in built]


def _block(config: Config, block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "6_12Graph":
        return _graph(config, block)
    if "rows" in block:
        rows = [_row(config, row) for row in block["rows"]]
        return {
            "kind": "table",
            "title": block["title"],
            "headers": block["headers"],
            "rows": rows,
        }
    if "source" in block:
        return {"kind": "link", "title": block["title"], "address": block["source"]}
    return {"kind": "section", "title": block["title"]}


def _graph(config: Config, block: dict[str, Any]) -> dict[str, Any]:
    lines = []
    for metric in block["metrics"]:
        style = _STYLES[metric["style"]]
        lines.append(_line(metric["legend"], style, metric["weeks"], metric["months"]))
        if metric["prior_year"] and style == "main":
            words = f"{metric['legend']}, a year before"
            lines.append(_line(words, "prior", metric["prior_weeks"], metric["prior_months"]))
    figures = [value for line in lines for value in [*line["weeks"], *line["months"]]]
    return {
        "kind": "graph",
        "title": block["title"],
        "axis": block["axis"],
        "unit": "",
        "decimals": decimals_of(figures),
        "scaling": _scaling(block["y_scaling"]),
        "lines": lines,
        "totals": [
            {
                "name": metric["legend"],
                "values": texts(metric["totals"]),
                "points": config.metrics[split_change(metric["name"], config.metrics)[0]].bps,
            }
            for metric in block["metrics"]
        ],
    }


def _line(
    name: str, style: str, weeks: Sequence[float | None], months: Sequence[float | None]
) -> dict[str, Any]:
    return {"name": name, "style": style, "weeks": texts(weeks), "months": texts(months)}


def _row(config: Config, row: dict[str, Any]) -> dict[str, Any]:
    name, moved = split_change(row["metric"], config.metrics) if row["metric"] else ("", "")
    values = texts(row["values"])
    scaling = _scaling(row["y_scaling"])
    return {
        "header": row["header"],
        "values": values,
        "scaling": scaling,
        "decimals": decimals_of(values),
        "change": bool(moved) and not scaling,
        "points": bool(moved) and config.metrics[name].bps,
    }


def _scaling(words: str) -> str:
    return words if SCALING.fullmatch(words) else ""


def texts(values: Sequence[float | None]) -> list[str | None]:
    """Floats as the shortest texts that mean the same."""
    return [None if value is None else str(Decimal(repr(value)).normalize()) for value in values]


def decimals_of(values: Sequence[str | None]) -> int:
    """As many decimals as the largest value needs for three digits, at most nine."""
    sizes = [abs(Decimal(value)) for value in values if value is not None]
    largest = max(sizes, default=Decimal(0))
    if not largest or all(size == size.to_integral_value() for size in sizes):
        return 0
    return min(max(_DIGITS - 1 - largest.adjusted(), 0), 9)
