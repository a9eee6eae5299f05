"""Process behaviour (XmR) charts: what a series does by chance, and what it does not.

After Shewhart and Wheeler. Of the values X the centre is the mean or the median, of the moving
ranges mR (the absolute differences of neighbours) likewise; the natural process limits lie
``2.66 mR`` (median: ``3.145 mR``) on either side of the centre, the upper range limit at
``3.268 mR`` (``3.865 mR``). Source: D. Wheeler, Making Sense of Data, 2003, chapters 7 to 10.

Nothing is rounded and everything is compared in whole numbers, so that a series gives the same
signals in cents and in millions. A value on a limit is not beyond it; a value on the centre line
is on neither side of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Literal

Centre = Literal["mean", "median"]

LIMIT = {"mean": Fraction("2.66"), "median": Fraction("3.145")}
RANGE_LIMIT = {"mean": Fraction("3.268"), "median": Fraction("3.865")}

# Fewer values say nothing about what is usual; fewer than twelve say it provisionally.
FEWEST = 6
TRIAL = 12
RUN = 8


@dataclass(frozen=True)
class Signals:
    """Positions, counted from 0, of the values that chance does not explain, by rule."""

    # A value beyond a limit.
    beyond_limits: tuple[int, ...] = ()
    # All four of which three are nearer the same limit than the centre, and none the other limit.
    near_limit: tuple[int, ...] = ()
    # All of eight or more in a row on one side of the centre.
    run: tuple[int, ...] = ()

    def any(self) -> bool:
        return bool(self.beyond_limits or self.near_limit or self.run)

    def at(self, position: int) -> bool:
        """Whether the value there is part of a signal."""
        return position in {*self.beyond_limits, *self.near_limit, *self.run}


@dataclass(frozen=True)
class Behaviour:
    """What a series does by chance. Limits are None when there are too few values for any.

    ``mean`` and ``average_moving_range`` are always arithmetic; ``centre`` and ``moving_range``
    are those that the limits rest on.
    """

    count: int
    uses: Centre
    mean: Fraction | None
    average_moving_range: Fraction | None
    centre: Fraction | None
    moving_range: Fraction | None
    lower_limit: Fraction | None
    upper_limit: Fraction | None
    upper_range_limit: Fraction | None
    signals: Signals = field(default_factory=Signals)

    @property
    def has_limits(self) -> bool:
        return self.upper_limit is not None

    @property
    def is_trial(self) -> bool:
        """Whether the limits rest on so few values that they may still move much."""
        return self.has_limits and self.count < TRIAL


def behaviour(values: Sequence[Decimal | None], *, uses: Centre = "mean") -> Behaviour:
    """What the series does by chance, and where it does something else.

    ``values`` are in order of time, None where one is missing. A missing value has no moving
    range on either side of it; for runs it neither counts nor breaks.
    """
    unit, whole = _whole(values)
    known = [value for value in whole if value is not None]
    ranges = [abs(b - a) for a, b in pairwise(whole) if a is not None and b is not None]
    mean = Fraction(sum(known), len(known) * unit) if known else None
    average = Fraction(sum(ranges), len(ranges) * unit) if ranges else None
    if mean is None or average is None or len(known) < FEWEST:
        return Behaviour(len(known), uses, mean, average, None, None, None, None, None)
    centre = mean if uses == "mean" else _median(known) / unit
    moving = average if uses == "mean" else _median(ranges) / unit
    width = LIMIT[uses] * moving
    lower, upper = centre - width, centre + width
    return Behaviour(
        count=len(known),
        uses=uses,
        mean=mean,
        average_moving_range=average,
        centre=centre,
        moving_range=moving,
        lower_limit=lower,
        upper_limit=upper,
        upper_range_limit=RANGE_LIMIT[uses] * moving,
        signals=_signals(whole, *(limit * unit for limit in (lower, centre, upper))),
    )


def rebased(
    values: Sequence[Decimal | None], starts: Sequence[int] = (), *, uses: Centre = "mean"
) -> list[tuple[int, Behaviour]]:
    """Behaviour between re-basings: for each stretch its first position and what it does.

    ``starts`` are the positions from which limits are computed anew. Positions of signals are
    those of the whole series.
    """
    edges = sorted({0, *(start for start in starts if 0 < start < len(values)), len(values)})
    found = []
    for first, end in pairwise(edges):
        found.append((first, _moved(behaviour(values[first:end], uses=uses), first)))
    return found


def assurance(
    behaviour: Behaviour, *, floor: Decimal | None = None, ceiling: Decimal | None = None
) -> str:
    """What an unchanged process will do about its threshold, in words; empty without limits."""
    lower, upper = behaviour.lower_limit, behaviour.upper_limit
    if lower is None or upper is None or (floor is None and ceiling is None):
        return ""
    if (floor is not None and upper < floor) or (ceiling is not None and lower > ceiling):
        return "will keep missing it"
    if (floor is None or lower >= floor) and (ceiling is None or upper <= ceiling):
        return "will keep meeting it"
    return "will do either, by chance"


def _whole(values: Sequence[Decimal | None]) -> tuple[int, list[int | None]]:
    """The values as whole numbers of a unit ``1 / n``, and that n: exact, and quick to compare."""
    ratios = [None if value is None else value.as_integer_ratio() for value in values]
    unit = lcm(*(ratio[1] for ratio in ratios if ratio is not None))
    return unit, [ratio and ratio[0] * (unit // ratio[1]) for ratio in ratios]


def _median(values: Sequence[int]) -> Fraction:
    ordered = sorted(values)
    return Fraction(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2)


def _signals(
    values: Sequence[int | None], lower: Fraction, centre: Fraction, upper: Fraction
) -> Signals:
    edges = (lower, (lower + centre) / 2, centre, (centre + upper) / 2, upper)
    times = lcm(*(edge.denominator for edge in edges))
    # A flat series has all five edges on its centre: nothing is beyond, near or on a side.
    least, low, middle, high, most = (
        edge.numerator * (times // edge.denominator) for edge in edges
    )
    known = [(at, value * times) for at, value in enumerate(values) if value is not None]
    beyond = [at for at, value in known if value < least or value > most]
    near = [(at, (value > high) - (value < low)) for at, value in known]
    sides = [(at, (value > middle) - (value < middle)) for at, value in known]
    return Signals(tuple(beyond), tuple(_three_of_four(near)), tuple(_runs(sides)))


def _three_of_four(near: Sequence[tuple[int, int]]) -> list[int]:
    """``near``: position, and 1 near the upper limit, -1 near the lower one, else 0.

    One of the four that lies near the other limit speaks against a shift: it takes away a vote.
    """
    found: set[int] = set()
    for end in range(4, len(near) + 1):
        four = near[end - 4 : end]
        if abs(sum(side for _, side in four)) >= 3:
            found.update(at for at, _ in four)
    return sorted(found)


def _runs(sides: Sequence[tuple[int, int]]) -> list[int]:
    """``sides``: position, and 1 above the centre, -1 below, 0 on it, which breaks a run."""
    found: list[int] = []
    run: list[int] = []
    before = 0
    for at, side in sides:
        if side != before:
            run, before = [], side
        run.append(at)
        if side and len(run) == RUN:
            found += run
        elif side and len(run) > RUN:
            found.append(at)
    return found


def _moved(found: Behaviour, by: int) -> Behaviour:
    signals = found.signals
    rules = (signals.beyond_limits, signals.near_limit, signals.run)
    moved = (tuple(at + by for at in rule) for rule in rules)
    return replace(found, signals=Signals(*moved))
