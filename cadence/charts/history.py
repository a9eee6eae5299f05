"""The history of a metric: its readings, the thresholds that held, and what was decided when."""

from collections.abc import Sequence
from datetime import date

from cadence.charts import svg
from cadence.charts.labels import in_lanes, width_of
from cadence.charts.parts import (
    LANE,
    Limits,
    Mark,
    Placed,
    Plot,
    Point,
    axis,
    band,
    line,
    mark_lines,
    point_shapes,
    thresholds,
)
from cadence.charts.scale import Linear, axis_labels, extent, is_symbol, known, ticks, with_unit

_TOP = 20.0
_INSET = 12.0  # so that the first and last point keep clear of the edge


def history_chart(
    points: Sequence[Point],
    *,
    marks: Sequence[Mark] = (),
    unit: str,
    decimals: int,
    label: str,
    limits: Limits | None = None,
    width: int = 640,
    height: int = 190,
) -> svg.Svg:
    """The readings as a line, thresholds as steps, decisions as dashed verticals.

    A period without a reading leaves a gap and a cross on the axis. A point beyond its threshold
    is a larger triangle: down below a floor, up above a ceiling. Every point takes focus and says
    what it is.

    Args:
        points: In any order, one for each period.
        marks: Those before the first point are left out; those after the last stand at the edge.
        unit: For example "demos", "%" or "€".
        decimals: How many the metric shows.
        label: What the picture says, for those who cannot see it.
        limits: Natural limits, drawn as a band behind the line.
        width: In user units; the page scales the picture to the room there is.
        height: Likewise.
    """
    ordered = sorted(points, key=lambda point: point.starts_on)
    # Without a reading there is no scale to draw thresholds against that would mean anything.
    if not known(point.value for point in ordered):
        return _empty(ordered, label=label)
    domain = extent(
        [n for point in ordered for n in (point.value, point.floor, point.ceiling)]
        + list(limits or ())
    )
    assert domain is not None
    levels = ticks(*domain)
    names = axis_labels(levels)
    if is_symbol(unit):
        names = [with_unit(name, unit) for name in names]
    left = max(width_of(name) for name in names) + 10
    right = float(width) - 4

    across = _Days(ordered, left + _INSET, right - _INSET)
    placed = _place(marks, ordered, across, left, right)
    bottom = height - 22 - max((each.lanes for each in placed), default=0) * LANE

    plot = Plot(
        points=ordered,
        xs=[across(point.starts_on) for point in ordered],
        up=Linear(levels[0], levels[-1], bottom, _TOP),
        left=left,
        right=right,
        top=_TOP,
        bottom=bottom,
        unit=unit,
        decimals=decimals,
    )
    body = (
        axis(plot, names, height)
        + band(plot, limits)
        + mark_lines(plot, placed)
        + thresholds(plot)
        + line(plot)
        + "".join(point_shapes(plot))
    )
    return svg.document(
        body, class_="chart chart-history", label=label, width=width, height=height, role="group"
    )


class _Days:
    """A day's place between `left` and `right`; a single day stands in the middle."""

    def __init__(self, points: Sequence[Point], left: float, right: float) -> None:
        first, last = points[0].starts_on.toordinal(), points[-1].starts_on.toordinal()
        self.first, self.span, self.left, self.right = first, last - first, left, right

    def __call__(self, day: date) -> float:
        if not self.span:
            return (self.left + self.right) / 2
        return self.left + (day.toordinal() - self.first) / self.span * (self.right - self.left)


def _place(
    marks: Sequence[Mark], points: Sequence[Point], across: _Days, left: float, right: float
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


def _empty(points: Sequence[Point], *, label: str) -> svg.Svg:
    """Words instead of a line, in a picture small enough to be read on a phone."""
    width, height = 360, 90
    words = "No readings yet" if not points else "No readings in this span"
    if len(points) > 1:
        words += f": {points[0].label} to {points[-1].label}"
    body = svg.tag("line", class_="grid", x1=4, x2=width - 4, y1=70, y2=70, stroke=svg.LINE)
    body += svg.text(words, width / 2, 44, anchor="middle")
    return svg.document(
        body,
        class_="chart chart-history chart-empty",
        label=f"{label}. {words}.",
        width=width,
        height=height,
    )
