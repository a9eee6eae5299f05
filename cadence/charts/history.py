"""The history of a metric: its readings, the thresholds that held, and what was decided when."""

from collections.abc import Sequence

from cadence.charts import svg
from cadence.charts.frame import empty, framed
from cadence.charts.parts import (
    Limits,
    Mark,
    Point,
    band,
    line,
    mark_lines,
    period_labels,
    point_shapes,
    thresholds,
    value_axis,
)
from cadence.charts.scale import known


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
        return empty(ordered, label=label)
    frame = framed(
        ordered,
        marks,
        others=limits[:2] if limits else (),
        unit=unit,
        decimals=decimals,
        right=width - 4.0,
        foot=height - 22.0,
    )
    plot = frame.plot
    body = (
        value_axis(plot, frame.names)
        + period_labels(plot, height)
        + band(plot, limits)
        + mark_lines(plot, frame.placed)
        + thresholds(plot)
        + line(plot)
        + "".join(point_shapes(plot))
    )
    return svg.document(
        body, class_="chart chart-history", label=label, width=width, height=height, role="group"
    )
