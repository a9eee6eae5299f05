"""A line the height of a word, for a cell of the scorecard."""

from collections.abc import Sequence
from decimal import Decimal

from cadence.charts import svg
from cadence.charts.runs import pieces, steps
from cadence.charts.scale import Linear, extent, known

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
    floors = floors if floors is not None else [None] * len(values)
    ceilings = ceilings if ceilings is not None else [None] * len(values)
    if not len(values) == len(floors) == len(ceilings):
        raise ValueError("values, floors and ceilings must be equally many")
    domain = extent([*values, *floors, *ceilings])
    if domain is None or not known(values):
        words = svg.text("no readings", width / 2, height / 2 + 4, anchor="middle")
        return svg.document(
            words, class_="chart chart-spark", label=label, width=width, height=height
        )

    across = Linear(Decimal(0), Decimal(max(len(values) - 1, 1)), _EDGE, width - _EDGE)
    up = Linear(*domain, height - _EDGE, _EDGE)
    xs = [across(Decimal(i)) if len(values) > 1 else width / 2 for i in range(len(values))]
    body = []
    for limits in (floors, ceilings):
        for run in steps(xs, limits, end=width - _EDGE / 2):
            places = [(run.left, up(run.value)), (run.right, up(run.value))]
            body.append(
                svg.tag(
                    "path",
                    class_="threshold",
                    d=svg.path(places),
                    fill="none",
                    stroke=svg.BREACH,
                    stroke_dasharray="2 2",
                )
            )
    for piece in pieces(xs, values):
        if len(piece) > 1:
            body.append(
                svg.tag(
                    "path",
                    class_="line",
                    d=svg.path((x, up(v)) for x, v in piece),
                    fill="none",
                    stroke=svg.INK,
                    stroke_width="1.5",
                    stroke_linejoin="round",
                )
            )
        else:
            x, value = piece[0]
            body.append(svg.tag("circle", class_="dot", cx=x, cy=up(value), r=1.5, fill=svg.INK))
    body.append(_last(xs, values, floors, ceilings, up))
    return svg.document(
        "".join(body), class_="chart chart-spark", label=label, width=width, height=height
    )


def _last(
    xs: Sequence[float],
    values: Sequence[Decimal | None],
    floors: Sequence[Decimal | None],
    ceilings: Sequence[Decimal | None],
    up: Linear,
) -> str:
    """The mark of the newest period: a dot, a triangle when beyond, nothing without a reading."""
    value, floor, ceiling = values[-1], floors[-1], ceilings[-1]
    if value is None or not value.is_finite():
        return ""
    x, y = xs[-1], up(value)
    below = floor is not None and value < floor
    if below or (ceiling is not None and value > ceiling):
        shape = svg.triangle(x, y, 4, down=below)
        return svg.tag("path", class_="shape beyond", d=shape, fill=svg.BREACH)
    return svg.tag("circle", class_="dot", cx=x, cy=y, r=2, fill=svg.INK)
