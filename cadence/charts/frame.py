"""What stands before anything is drawn: days along the paper, levels up it, room for words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cadence.charts import svg
from cadence.charts.labels import in_lanes, width_of
from cadence.charts.parts import LANE, Mark, Placed, Plot, Point
from cadence.charts.scale import Linear, axis_labels, extent, is_symbol, ticks, with_unit

TOP = 20.0
INSET = 12.0  # so that the first and last point keep clear of the edge


class Days:
    """A day's place between `left` and `right`; a single day stands in the middle."""

    def __init__(self, points: Sequence[Point], left: float, right: float) -> None:
        first, last = points[0].starts_on.toordinal(), points[-1].starts_on.toordinal()
        self.first, self.span = first, last - first
        self.left, self.right = left + INSET, right - INSET

    def __call__(self, day: date) -> float:
        if not self.span:
            return (self.left + self.right) / 2
        return self.left + (day.toordinal() - self.first) / self.span * (self.right - self.left)


def levels(values: Iterable[Decimal | None], unit: str) -> tuple[list[Decimal], list[str], float]:
    """The ticks that hold all of the values, their labels, and the room the widest one takes.

    At least one of the values is known.
    """
    domain = extent(values)
    assert domain is not None
    steps = ticks(*domain)
    names = axis_labels(steps)
    if is_symbol(unit):
        names = [with_unit(name, unit) for name in names]
    return steps, names, max(width_of(name) for name in names) + 10


@dataclass(frozen=True, slots=True)
class Framed:
    """The plot, the labels of its levels, and the marks at their places."""

    plot: Plot
    names: list[str]
    placed: list[Placed]


def framed(
    points: list[Point],
    marks: Sequence[Mark],
    *,
    others: Iterable[Decimal | None],
    unit: str,
    decimals: int,
    right: float,
    foot: float,
) -> Framed:
    """Points by day, with room for their limits and for ``others`` up the paper, and between the
    plot and ``foot`` (user units) for the words of marks."""
    values = [n for point in points for n in (point.value, point.floor, point.ceiling)]
    steps, names, left = levels([*values, *others], unit)
    across = Days(points, left, right)
    placed = place(marks, points, across, left, right)
    bottom = foot - max((each.lanes for each in placed), default=0) * LANE
    plot = Plot(
        points=points,
        xs=[across(point.starts_on) for point in points],
        up=Linear(steps[0], steps[-1], bottom, TOP),
        left=left,
        right=right,
        top=TOP,
        bottom=bottom,
        unit=unit,
        decimals=decimals,
    )
    return Framed(plot, names, placed)


def place(
    marks: Sequence[Mark], points: Sequence[Point], across: Days, left: float, right: float
) -> list[Placed]:
    """The marks within the chart, by day. Room for words goes to the newest first."""
    first, last = points[0].starts_on, points[-1].starts_on
    shown = sorted(
        (m for m in marks if m.starts_on >= first), key=lambda m: m.starts_on, reverse=True
    )
    xs = [across(m.starts_on) if m.starts_on <= last else right - 2 for m in shown]
    wanted = [(x, m.text) for x, m in zip(xs, shown, strict=True)]
    labels = in_lanes(wanted, left=left, right=right, lanes=3)
    return [Placed(*each) for each in zip(shown, xs, labels, strict=True)][::-1]


def empty(points: Sequence[Point], *, label: str) -> svg.Svg:
    """Words instead of a line, in a picture small enough to be read on a phone."""
    words = "No readings yet" if not points else "No readings in this span"
    if len(points) > 1:
        words += f": {points[0].label} to {points[-1].label}"
    return nothing(words, label=label)


def nothing(words: str, *, label: str) -> svg.Svg:
    """A picture that says why there is nothing to draw."""
    width, height = 360, 90
    body = svg.tag("line", class_="grid", x1=4, x2=width - 4, y1=70, y2=70, stroke=svg.LINE)
    body += svg.text(words, width / 2, 44, anchor="middle")
    return svg.document(
        body,
        class_="chart chart-history chart-empty",
        label=f"{label}. {words}.",
        width=width,
        height=height,
    )
