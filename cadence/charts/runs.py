"""Where a line is whole and where it breaks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

X = TypeVar("X")


@dataclass(frozen=True, slots=True)
class Run:
    """A limit that holds from `left` to `right` (user units)."""

    left: float
    right: float
    value: Decimal


def pieces(xs: Sequence[X], values: Sequence[Decimal | None]) -> Iterator[list[tuple[X, Decimal]]]:
    """The unbroken stretches of a line; a None (or what is no number) breaks it."""
    whole: list[tuple[X, Decimal]] = []
    for x, value in zip(xs, values, strict=True):
        if value is not None and value.is_finite():
            whole.append((x, value))
        elif whole:
            yield whole
            whole = []
    if whole:
        yield whole


def steps(xs: Sequence[float], limits: Sequence[Decimal | None], *, end: float) -> Iterator[Run]:
    """The stretches over which a limit is the same, each up to the next, the last up to `end`."""
    if limits and limits.count(limits[0]) == len(limits):
        if limits[0] is not None and limits[0].is_finite():
            yield Run(xs[0], end, limits[0])
        return
    starts = [
        (next(places), limit)
        for limit, group in groupby(zip(xs, limits, strict=True), key=lambda pair: pair[1])
        for places in [(x for x, _ in group)]
    ]
    for i, (left, limit) in enumerate(starts):
        if limit is not None and limit.is_finite():
            yield Run(left, starts[i + 1][0] if i + 1 < len(starts) else end, limit)
