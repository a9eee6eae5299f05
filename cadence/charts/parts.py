"""The parts of a history chart, each as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from cadence.charts import svg
from cadence.charts.labels import Box, Label, spread, width_of
from cadence.charts.runs import Run, pieces, steps
from cadence.charts.scale import Linear, is_symbol, number, with_unit

_MARKS = {"decision": "decision", "threshold": "threshold-change", "rebasing": "rebasing"}
LANE = 14.0
"""The height of a line of words under the plot, in user units."""


class Limits(NamedTuple):
    """Natural limits, lower and upper, from a day on where they were computed anew."""

    lower: Decimal
    upper: Decimal
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One period. `value` is None without a reading; `label` is the period as pages write it."""

    starts_on: date
    label: str
    value: Decimal | None
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    beyond: bool = False
    # What the process says of it, as "beyond the natural limits"; empty for routine variation.
    signal: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened on a day: a decision, a threshold that was changed, limits computed anew."""

    starts_on: date
    text: str
    kind: Literal["decision", "threshold", "rebasing"]


@dataclass(frozen=True, slots=True)
class Plot:
    """What all parts of one chart share."""

    points: list[Point]
    xs: list[float]
    up: Linear
    left: float
    right: float
    top: float
    bottom: float
    unit: str
    decimals: int

    def say(self, value: Decimal) -> str:
        return with_unit(number(value, self.decimals), self.unit)


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark at its place; its words are None where there is no room for them."""

    mark: Mark
    x: float
    words: Label | None

    @property
    def lanes(self) -> int:
        return self.words.lane + 1 if self.words else 0


def value_axis(plot: Plot, names: Sequence[str]) -> str:
    parts = []
    step = (plot.bottom - plot.top) / max(len(names) - 1, 1)
    for i, name in enumerate(names):
        y = plot.bottom - i * step
        parts.append(
            svg.tag("line", class_="grid", x1=plot.left, x2=plot.right, y1=y, y2=y, stroke=svg.LINE)
        )
        parts.append(svg.text(name, plot.left - 6, y + 4, anchor="end"))
    if plot.unit and not is_symbol(plot.unit):
        parts.append(svg.text(plot.unit, 0, 10))
    return "".join(parts)


def period_labels(plot: Plot, height: int) -> str:
    parts = []
    words = [point.label for point in plot.points]
    for i in spread(plot.xs, words, left=plot.left, right=plot.right):
        x, half = plot.xs[i], width_of(words[i]) / 2
        anchor = "start" if x - half < plot.left else "end" if x + half > plot.right else "middle"
        at = plot.left if anchor == "start" else plot.right if anchor == "end" else x
        parts.append(svg.text(words[i], at, height - 4, anchor=anchor))
    return "".join(parts)


def band(plot: Plot, limits: Limits | None) -> str:
    if limits is None:
        return ""
    low, high = plot.up(limits.lower), plot.up(limits.upper)
    left = plot.left
    if limits.since is not None:
        left = next(
            (x for x, p in zip(plot.xs, plot.points, strict=True) if p.starts_on >= limits.since),
            left,
        )
    parts = [
        svg.tag(
            "rect",
            class_="limits",
            x=left,
            width=plot.right - left,
            y=high,
            height=low - high,
            fill=svg.ACCENT_SOFT,
            opacity="0.55",
        )
    ]
    for y in (low, high):
        parts.append(
            svg.tag(
                "line",
                class_="limit",
                x1=left,
                x2=plot.right,
                y1=y,
                y2=y,
                stroke=svg.ACCENT,
                stroke_dasharray="3 4",
            )
        )
    words = f"limits {number(limits.lower, plot.decimals)} to {number(limits.upper, plot.decimals)}"
    parts.append(svg.text(words, plot.right, plot.top - 8, anchor="end"))
    return "".join(parts)


def thresholds(plot: Plot) -> str:
    parts: list[str] = []
    labels: list[tuple[str, Run, bool]] = []
    for word, limits in (
        ("floor", [point.floor for point in plot.points]),
        ("ceiling", [point.ceiling for point in plot.points]),
    ):
        runs = list(steps(plot.xs, limits, end=plot.right))
        for i, run in enumerate(runs):
            left = plot.left if i == 0 and run.left == plot.xs[0] else run.left
            places = [(left, plot.up(run.value)), (run.right, plot.up(run.value))]
            if i + 1 < len(runs) and runs[i + 1].left == run.right:
                places.append((run.right, plot.up(runs[i + 1].value)))
            parts.append(
                svg.tag(
                    "path",
                    class_="threshold",
                    d=svg.path(places),
                    fill="none",
                    stroke=svg.BREACH,
                    stroke_width="1.5",
                )
            )
            # A threshold that is itself a series has a version a period: its ends say enough.
            if len(runs) <= 6 or i in {0, len(runs) - 1}:
                labels.append((word, Run(left, run.right, run.value), word == "floor"))
    # The newest version matters most: where two labels would meet, the older one goes.
    taken: list[Box] = []
    for word, run, below in sorted(labels, key=lambda each: -each[1].left):
        words = f"{word} {number(run.value, plot.decimals)}"
        y = plot.up(run.value)
        x = min(run.left + 4, plot.right - width_of(words))
        tries = (y + 13, y - 5) if below else (y - 5, y + 13)
        for baseline in tries:
            box = Box(x, baseline - 10, x + width_of(words), baseline + 3)
            if (
                plot.top - 12 <= box.top
                and box.bottom <= plot.bottom + 3
                and not any(map(box.meets, taken))
            ):
                taken.append(box)
                parts.append(svg.text(words, x, baseline, class_="over threshold-label"))
                break
    return "".join(parts)


def line(plot: Plot) -> str:
    return "".join(
        svg.tag(
            "path",
            class_="line",
            d=svg.path((x, plot.up(value)) for x, value in piece),
            fill="none",
            stroke=svg.INK,
            stroke_width="2",
            stroke_linejoin="round",
        )
        for piece in pieces(plot.xs, [point.value for point in plot.points])
        if len(piece) > 1
    )


def point_shapes(plot: Plot) -> list[str]:
    return [_point(plot, point, x) for point, x in zip(plot.points, plot.xs, strict=True)]


def _point(plot: Plot, point: Point, x: float) -> str:
    value = point.value
    if value is None or not value.is_finite():
        y, kind, said = plot.bottom, "point gap", f"{point.label}: no reading"
        cross = svg.path([(x - 3, y - 3), (x + 3, y + 3)]) + svg.path(
            [(x - 3, y + 3), (x + 3, y - 3)]
        )
        shape = svg.tag(
            "path", class_="shape", d=cross, fill="none", stroke=svg.MUTED, stroke_width="1.5"
        )
    else:
        y, said = plot.up(value), f"{point.label}: {plot.say(value)}"
        if point.beyond:
            kind = "point beyond"
            outline, where = _beyond(plot, point, value, x, y)
            said += where
            shape = svg.tag("path", class_="shape", d=outline, fill=svg.BREACH)
        else:
            kind = "point"
            shape = svg.tag("circle", class_="dot", cx=x, cy=y, r=2.6, fill=svg.INK)
    if point.signal:
        kind += " signal"
        said += f": signal, {point.signal}"
        shape = _ring(x, y) + shape
    hit = svg.tag("circle", class_="hit", cx=x, cy=y, r=9, fill="none")
    return svg.tag(
        "g", svg.title(said) + hit + shape, class_=kind, role="img", aria_label=said, tabindex="0"
    )


def _ring(x: float, y: float) -> str:
    return svg.tag(
        "circle", class_="ring", cx=x, cy=y, r=6, fill="none", stroke=svg.ACCENT, stroke_width="2"
    )


def _beyond(plot: Plot, point: Point, value: Decimal, x: float, y: float) -> tuple[str, str]:
    """The outline of a point beyond its threshold, and the words that say where it is."""
    if point.floor is not None and value < point.floor:
        words = f", below the floor of {number(point.floor, plot.decimals)}"
        return svg.triangle(x, y, 6, down=True), words
    if point.ceiling is not None and value > point.ceiling:
        words = f", above the ceiling of {number(point.ceiling, plot.decimals)}"
        return svg.triangle(x, y, 6, down=False), words
    return svg.diamond(x, y, 6), ", beyond its threshold"


def mark_lines(plot: Plot, placed: Sequence[Placed]) -> str:
    parts = []
    for each in placed:
        mark, x, words = each.mark, each.x, each.words
        said = f"{mark.starts_on.day} {mark.starts_on:%b %Y}: {mark.text}"
        foot = plot.bottom + (words.lane * LANE + 4 if words else 0)
        body = svg.title(said) + svg.tag(
            "line",
            x1=x,
            x2=x,
            y1=plot.top - 6,
            y2=foot,
            stroke=svg.MUTED,
            stroke_dasharray="2 3",
        )
        if words:
            y = plot.bottom + 15 + words.lane * LANE
            body += svg.text(words.words, words.x, y, class_="over")
        kind = f"mark {_MARKS[mark.kind]}"
        parts.append(svg.tag("g", body, class_=kind, role="img", aria_label=said, tabindex="0"))
    return "".join(parts)
