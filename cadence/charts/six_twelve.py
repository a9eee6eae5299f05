"""Six weeks and twelve months of one number side by side, each with a scale of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cadence.charts import svg
from cadence.charts.frame import levels, nothing
from cadence.charts.labels import Box, width_of
from cadence.charts.runs import pieces
from cadence.charts.scale import Linear, brief, is_symbol, known, number, with_unit

Values = Sequence[Decimal | None]
WEEKS, MONTHS = 6, 12
_BETWEEN = 18.0  # room between the two halves, in user units
_INSET = 14.0
_SAMPLE = 18.0  # length of a line in the legend
_COLOUR = {"main": svg.INK, "other": svg.ACCENT, "prior": svg.MUTED, "target": svg.BREACH}
_DASHES = {"main": None, "other": "6 3", "prior": "2 3", "target": None}
_WIDTH = {"main": "2", "other": "2", "prior": "1.5", "target": "1.5"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line through the weeks, and one through the months. ``main`` is the number itself,
    ``prior`` the same a year before, ``target`` what it should be, ``other`` a second number."""

    name: str
    weeks: Values
    months: Values
    style: Literal["main", "other", "prior", "target"] = "main"

    def __post_init__(self) -> None:
        if (len(self.weeks), len(self.months)) != (WEEKS, MONTHS):
            raise ValueError("A line has six weeks and twelve months.")


@dataclass(frozen=True, slots=True)
class _Half:
    """The weeks or the months: their places, their scale."""

    labels: Sequence[str]
    xs: list[float]
    left: float
    right: float
    steps: list[Decimal]
    names: list[str]
    top: float
    bottom: float

    @property
    def up(self) -> Linear:
        return Linear(self.steps[0], self.steps[-1], self.bottom, self.top)


def six_twelve_chart(
    lines: Sequence[Line],
    axis: Sequence[str],
    *,
    unit: str,
    decimals: int,
    label: str,
    width: int = 640,
    height: int = 230,
) -> svg.Svg:
    """The chart of a weekly business review. A missing value leaves a gap in its line.

    Args:
        lines: In the order of the legend; each may be missing everywhere.
        axis: The eighteen labels, weeks and then months, oldest first.
        unit: For example "orders", "%" or "€".
        decimals: How many the metric shows.
        label: What the picture says, for those who cannot see it.
        width: In user units; the page scales the picture to the room there is.
        height: Likewise.

    Raises:
        ValueError: When there are not eighteen labels.
    """
    if len(axis) != WEEKS + MONTHS:
        raise ValueError("There is a label for each of six weeks and twelve months.")
    weeks = known(value for line in lines for value in line.weeks)
    months = known(value for line in lines for value in line.months)
    if not weeks and not months:
        return nothing("No values in these weeks and months", label=label)
    halves = _halves(weeks, months, axis, unit, float(width), float(height))
    parts = [_legend(lines, width)]
    if unit and not is_symbol(unit):
        parts.append(svg.text(unit, 0, 10))
    for half, from_left in zip(halves, (True, False), strict=True):
        parts.append(_scale(half, from_left))
    # What is looked at first is drawn last, above the others.
    for line in sorted(lines, key=lambda each: each.style == "main"):
        parts += [_line(half, values, line) for half, values in _pairs(halves, line)]
    taken = [
        Box(x - 4, half.up(value) - 4, x + 4, half.up(value) + 4)
        for line in lines
        for half, values in _pairs(halves, line)
        for x, value in zip(half.xs, values, strict=True)
        if value is not None and value.is_finite()
    ]
    for line in lines:
        for half, values in _pairs(halves, line):
            parts += _points(half, values, line, unit, decimals)
            if line.style == "main":
                parts += _values(half, values, decimals, taken)
    return svg.document(
        "".join(parts),
        class_="chart chart-history chart-six-twelve",
        label=label,
        width=width,
        height=height,
        role="group",
    )


def _pairs(halves: tuple[_Half, _Half], line: Line) -> tuple[tuple[_Half, Values], ...]:
    return (halves[0], line.weeks), (halves[1], line.months)


def _halves(
    weeks: Values, months: Values, axis: Sequence[str], unit: str, width: float, height: float
) -> tuple[_Half, _Half]:
    """A half without any value takes the scale of the other."""
    scales = [levels(values, unit) for values in (weeks or months, months or weeks)]
    left, right = scales[0][2], width - scales[1][2]
    slot = (right - left - _BETWEEN) / (WEEKS + MONTHS)
    middle = left + slot * WEEKS
    edges = ((left, middle), (middle + _BETWEEN, right))
    labels = (axis[:WEEKS], axis[WEEKS:])
    halves = []
    for (start, end), words, (steps, names, _) in zip(edges, labels, scales, strict=True):
        step = (end - start - 2 * _INSET) / (len(words) - 1)
        xs = [start + _INSET + i * step for i in range(len(words))]
        halves.append(_Half(words, xs, start, end, steps, names, 34.0, height - 24))
    return halves[0], halves[1]


def _legend(lines: Sequence[Line], width: int) -> str:
    parts = []
    x = float(width)
    for line in reversed(lines):
        x -= width_of(line.name) + 4
        parts.append(svg.text(line.name, x, 10))
        x -= _SAMPLE + 4
        parts.append(_stroke([(x, 6.0), (x + _SAMPLE, 6.0)], line.style))
        parts.append(_shape(line.style, x + _SAMPLE / 2, 6))
        x -= 14
    return "".join(parts)


def _scale(half: _Half, from_left: bool) -> str:
    parts = []
    step = (half.bottom - half.top) / max(len(half.names) - 1, 1)
    for i, name in enumerate(half.names):
        y = half.bottom - i * step
        parts.append(
            svg.tag("line", class_="grid", x1=half.left, x2=half.right, y1=y, y2=y, stroke=svg.LINE)
        )
        if from_left:
            parts.append(svg.text(name, half.left - 6, y + 4, anchor="end"))
        else:
            parts.append(svg.text(name, half.right + 6, y + 4))
    for words, x in zip(_short(half.labels), half.xs, strict=True):
        parts.append(svg.text(words, x, half.bottom + 18, anchor="middle"))
    return "".join(parts)


def _short(labels: Sequence[str]) -> list[str]:
    """``wk 41, 42, 43``: what all of them begin with is written once."""
    first, *rest = labels
    word = first.rpartition(" ")[0] + " "
    if word.strip() and all(each.startswith(word) for each in rest):
        return [first, *(each.removeprefix(word) for each in rest)]
    return [first, *rest]


def _stroke(places: Sequence[tuple[float, float]], style: str) -> str:
    return svg.tag(
        "path",
        class_=f"line {style}",
        d=svg.path(places),
        fill="none",
        stroke=_COLOUR[style],
        stroke_width=_WIDTH[style],
        stroke_dasharray=_DASHES[style],
        stroke_linejoin="round",
    )


def _line(half: _Half, values: Values, line: Line) -> str:
    parts = []
    for piece in pieces(half.xs, values):
        if len(piece) > 1:
            parts.append(_stroke([(x, half.up(value)) for x, value in piece], line.style))
    return "".join(parts)


def _shape(style: str, x: float, y: float) -> str:
    """Each kind of line has a shape of its own, so that colour is not the only sign."""
    if style == "target":
        return svg.tag(
            "path", class_="shape target", d=svg.triangle(x, y, 4, down=False), fill=svg.BREACH
        )
    if style == "other":
        return svg.tag("path", class_="shape other", d=svg.diamond(x, y, 3.6), fill=svg.ACCENT)
    if style == "prior":
        return ""
    return svg.tag("circle", class_="dot", cx=x, cy=y, r=2.6, fill=svg.INK)


def _points(half: _Half, values: Values, line: Line, unit: str, decimals: int) -> list[str]:
    found = []
    for x, words, value in zip(half.xs, half.labels, values, strict=True):
        if value is None or not value.is_finite():
            continue
        y = half.up(value)
        said = f"{words}, {line.name}: {with_unit(number(value, decimals), unit)}"
        body = svg.title(said) + svg.tag("circle", class_="hit", cx=x, cy=y, r=8, fill="none")
        body += _shape(line.style, x, y)
        # Only the number itself is walked through by keyboard; the table says the rest.
        stop = "0" if line.style == "main" else None
        found.append(svg.tag("g", body, class_="point", role="img", aria_label=said, tabindex=stop))
    return found


def _values(half: _Half, values: Values, decimals: int, taken: list[Box]) -> list[str]:
    """The numbers at their points, the newest first; where there is no room, none."""
    found = []
    for x, value in reversed(list(zip(half.xs, values, strict=True))):
        if value is None or not value.is_finite():
            continue
        words = brief(value, decimals)
        room = width_of(words) / 2 + 2
        y = half.up(value)
        for baseline in (y - 8, y + 16):
            box = Box(x - room, baseline - 10, x + room, baseline + 2)
            if (
                half.top - 14 <= box.top
                and box.bottom <= half.bottom
                and not any(map(box.meets, taken))
            ):
                taken.append(box)
                found.append(svg.text(words, x, baseline, anchor="middle", class_="over value"))
                break
    return found
