"""A process behaviour chart: values about their centre, and the ranges from each to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from cadence.charts import svg
from cadence.charts.frame import empty, framed
from cadence.charts.labels import width_of
from cadence.charts.parts import (
    Mark,
    Plot,
    Point,
    line,
    mark_lines,
    period_labels,
    point_shapes,
    thresholds,
    value_axis,
)
from cadence.charts.scale import Linear, known, number, with_unit

_RANGES = 64.0  # height of the lower part, in user units
_BETWEEN = 26.0  # room above the lower part, for its name
_LINE = 12.0  # from one line of words to the next


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a process does by chance from one re-basing to the next.

    ``first`` and ``end`` are positions among the points by day, the end not included. Limits are
    None where there are too few values for any.
    """

    first: int
    end: int
    centre: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    upper_range: Decimal | None = None
    is_trial: bool = False


def behaviour_chart(
    points: Sequence[Point],
    stretches: Sequence[Stretch],
    *,
    marks: Sequence[Mark] = (),
    unit: str,
    decimals: int,
    label: str,
    width: int = 640,
    height: int = 300,
) -> svg.Svg:
    """The values with their centre and natural limits; below them the moving ranges.

    A point with a ``signal`` stands in a ring and says why. Where limits were computed anew the
    lines begin again.

    Args:
        points: In any order, one for each period.
        stretches: In order; their positions are those of the points by day.
        marks: Decisions, thresholds that changed, re-basings.
        unit: For example "demos", "%" or "€".
        decimals: How many the metric shows.
        label: What the picture says, for those who cannot see it.
        width: In user units; the page scales the picture to the room there is.
        height: Of both parts together, likewise.
    """
    ordered = sorted(points, key=lambda point: point.starts_on)
    if not known(point.value for point in ordered):
        return empty(ordered, label=label)
    named = _names(stretches, decimals)
    foot = height - 22.0
    frame = framed(
        ordered,
        marks,
        others=[n for each in stretches for n in (each.lower, each.upper)],
        unit=unit,
        decimals=decimals,
        right=width - max([width_of(words) + 6 for _, words in named], default=4.0),
        foot=foot - _RANGES - _BETWEEN,
    )
    plot = frame.plot
    body = (
        value_axis(plot, frame.names)
        + _natural_limits(plot, stretches)
        + _beside(plot, named)
        + mark_lines(plot, frame.placed)
        + thresholds(plot)
        + line(plot)
        + "".join(point_shapes(plot))
        + _ranges(plot, stretches, foot - _RANGES, foot)
        + period_labels(plot, height)
    )
    return svg.document(
        body,
        class_="chart chart-history chart-behaviour",
        label=label,
        width=width,
        height=height,
        role="group",
    )


def _edges(plot: Plot, stretch: Stretch) -> tuple[float, float]:
    """Where a stretch begins and ends: half way to its neighbours, or at the edge of the plot."""
    xs, first, end = plot.xs, stretch.first, stretch.end
    left = plot.left if first == 0 else (xs[first - 1] + xs[first]) / 2
    right = plot.right if end == len(xs) else (xs[end - 1] + xs[end]) / 2
    return left, right


def _natural_limits(plot: Plot, stretches: Sequence[Stretch]) -> str:
    parts: list[str] = []
    for stretch in stretches:
        if stretch.lower is None or stretch.upper is None or stretch.centre is None:
            continue
        left, right = _edges(plot, stretch)
        low, middle, high = (
            plot.up(value) for value in (stretch.lower, stretch.centre, stretch.upper)
        )
        parts.append(
            svg.tag(
                "rect",
                class_="limits",
                x=left,
                width=right - left,
                y=high,
                height=low - high,
                fill=svg.ACCENT_SOFT,
                opacity="0.55",
            )
        )
        # Limits that rest on few values are dotted, and said to be on trial.
        dashes = "1 4" if stretch.is_trial else "3 4"
        parts += [_across(left, right, y, "limit", dashes) for y in (low, high)]
        parts.append(_across(left, right, middle, "centre", None))
    return "".join(parts)


def _names(stretches: Sequence[Stretch], decimals: int) -> list[tuple[Decimal, str]]:
    """The limits that hold now, with what is written beside them: upper, centre, lower."""
    newest = stretches[-1] if stretches else Stretch(0, 0)
    if newest.lower is None or newest.upper is None or newest.centre is None:
        return []
    trial = "trial " if newest.is_trial else ""
    return [
        (newest.upper, f"{trial}{number(newest.upper, decimals)}"),
        (newest.centre, number(newest.centre, decimals)),
        (newest.lower, f"{trial}{number(newest.lower, decimals)}"),
    ]


def _beside(plot: Plot, named: Sequence[tuple[Decimal, str]]) -> str:
    """The numbers of the limits to the right of the plot, kept clear of each other."""
    lines = [plot.up(value) + 4 for value, _ in named]
    for at in range(1, len(lines)):
        lines[at] = max(lines[at], lines[at - 1] + _LINE)
    return "".join(
        svg.text(words, plot.right + 6, y) for (_, words), y in zip(named, lines, strict=True)
    )


def _across(left: float, right: float, y: float, kind: str, dashes: str | None) -> str:
    return svg.tag(
        "line",
        class_=kind,
        x1=left,
        x2=right,
        y1=y,
        y2=y,
        stroke=svg.ACCENT,
        stroke_dasharray=dashes,
    )


def _ranges(plot: Plot, stretches: Sequence[Stretch], top: float, bottom: float) -> str:
    """The moving ranges, each at the second of its two values; none across a missing one."""
    moved = list(_moving_ranges(plot, stretches))
    parts = [
        svg.text("moving range", plot.left, top - 8),
        svg.tag(
            "line",
            class_="grid",
            x1=plot.left,
            x2=plot.right,
            y1=bottom,
            y2=bottom,
            stroke=svg.LINE,
        ),
    ]
    tops = [each.upper_range for each in stretches]
    highest = max(known([*(size for _, size in moved), *tops]), default=Decimal(0))
    up = Linear(Decimal(0), highest or Decimal(1), bottom, top)
    for stretch in stretches:
        if stretch.upper_range is not None:
            left, right = _edges(plot, stretch)
            parts.append(_across(left, right, up(stretch.upper_range), "limit", "3 4"))
    if stretches and stretches[-1].upper_range is not None:
        limit = stretches[-1].upper_range
        parts.append(svg.text(number(limit, plot.decimals), plot.right + 6, up(limit) + 4))
    pieces: list[list[tuple[float, float]]] = []
    last = -2
    for at, size in moved:
        if at != last + 1:
            pieces.append([])
        pieces[-1].append((plot.xs[at], up(size)))
        last = at
    for piece in pieces:
        if len(piece) > 1:
            parts.append(
                svg.tag(
                    "path",
                    class_="line range",
                    d=svg.path(piece),
                    fill="none",
                    stroke=svg.MUTED,
                    stroke_width="1.5",
                )
            )
    parts += [_range(plot, stretches, at, size, up(size)) for at, size in moved]
    return "".join(parts)


def _moving_ranges(plot: Plot, stretches: Sequence[Stretch]) -> Iterator[tuple[int, Decimal]]:
    """Position of the second value, and how far it is from the one before it."""
    starts = {stretch.first for stretch in stretches}
    for at, (one, two) in enumerate(pairwise(plot.points), start=1):
        a, b = one.value, two.value
        if at not in starts and a is not None and b is not None:
            yield at, abs(b - a)


def _range(plot: Plot, stretches: Sequence[Stretch], at: int, size: Decimal, y: float) -> str:
    stretch = next((each for each in stretches if each.first <= at < each.end), None)
    limit = stretch.upper_range if stretch is not None else None
    said = f"{plot.points[at].label}: moved by {with_unit(number(size, plot.decimals), plot.unit)}"
    x = plot.xs[at]
    dot = svg.tag("circle", class_="dot", cx=x, cy=y, r=2, fill=svg.MUTED)
    kind = "moved"
    if limit is not None and size > limit:
        said += ", beyond the range limit"
        kind += " signal"
        dot = svg.tag(
            "path", class_="shape", d=svg.diamond(x, y, 5), fill=svg.ACCENT, stroke="none"
        )
    return svg.tag("g", svg.title(said) + dot, class_=kind, role="img", aria_label=said)
