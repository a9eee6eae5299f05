"""A line the height of a word, for a cell of the scorecard."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from cadence.charts import svg
from cadence.charts.runs import pieces, steps
from cadence.charts.scale import extent, known

_EDGE = 5.0  # room for the mark of the last value


def sparkline(
    values: Sequence[Decimal | None],
    floors: Sequence[Decimal | None] | None = None,
    ceilings: Sequence[Decimal | None] | None = None,
    *,
    label: str,
    width: int = 110,
    height: int = 24,
) -> svg.Svg:
    """The run of a metric, oldest first, one place for each period.

    Args:
        values: None is a period without a reading; the line has a gap there.
        floors: The floor that held in each period, as many as `values`; None where none held.
        ceilings: Likewise.
        label: What the picture says, for those who cannot see it.
        width: In user units (CSS pixels).
        height: Likewise.

    Raises:
        ValueError: When floors or ceilings are not as many as the values.
    """
    count = len(values)
    floors = floors if floors is not None else [None] * count
    ceilings = ceilings if ceilings is not None else [None] * count
    if not count == len(floors) == len(ceilings):
        raise ValueError("values, floors and ceilings must be equally many")
    domain = extent([*values, *set(floors), *set(ceilings)])
    if domain is None or not known(values):
        words = svg.text("no readings", width / 2, height / 2 + 4, anchor="middle")
        return svg.document(
            words, class_="chart chart-spark", label=label, width=width, height=height
        )

    low, high = domain
    bottom = height - _EDGE
    per_unit = (bottom - _EDGE) / float(high - low)

    def up(value: Decimal) -> float:
        # The difference is exact: two large values a little apart stay apart.
        return bottom - float(value - low) * per_unit

    xs, at = _columns(count, width)
    body = []
    for limits in (floors, ceilings):
        for run in steps(xs, limits, end=width - _EDGE / 2):
            y = _px(up(run.value))
            body.append(f"{_THRESHOLD}M{_px(run.left)} {y}L{_px(run.right)} {y}{_DASHED}")
    for piece in pieces(at, values):
        if len(piece) > 1:
            line = "L".join([f"{x} {_px(up(value))}" for x, value in piece])
            body.append(f"{_LINE}M{line}{_DRAWN}")
        else:
            x, value = piece[0]
            body.append(_dot(x, _px(up(value)), "1.5"))
    last = values[-1]
    if last is not None and last.is_finite():
        floor, ceiling = floors[-1], ceilings[-1]
        below = floor is not None and last < floor
        if below or (ceiling is not None and last > ceiling):
            # Beyond its threshold the newest period is a triangle.
            shape = svg.triangle(xs[-1], up(last), 4, down=below)
            body.append(svg.tag("path", class_="shape beyond", d=shape, fill=svg.BREACH))
        else:
            body.append(_dot(at[-1], _px(up(last)), "2"))
    return svg.document(
        "".join(body), class_="chart chart-spark", label=label, width=width, height=height
    )


# Written out: a thousand of these stand on one page.
_THRESHOLD = '<path class="threshold" d="'
_DASHED = f'" fill="none" stroke="{svg.BREACH}" stroke-dasharray="2 2"/>'
_LINE = '<path class="line" d="'
_DRAWN = f'" fill="none" stroke="{svg.INK}" stroke-width="1.5" stroke-linejoin="round"/>'


def _px(value: float) -> str:
    """As `svg.px`, of what is never below zero."""
    return f"{value:.1f}".removesuffix(".0")


def _dot(x: str, y: str, radius: str) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="{radius}" fill="{svg.INK}"/>'


@lru_cache(maxsize=64)
def _columns(count: int, width: int) -> tuple[list[float], list[str]]:
    """Where the periods stand from left to right, and the same as text."""
    room = width - 2 * _EDGE
    xs = [_EDGE + room * i / (count - 1) for i in range(count)] if count > 1 else [width / 2]
    return xs, [_px(x) for x in xs]
