"""Rounds: ours and the reference in turn, and what the ratios of the rounds come to."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

MOST = 200
Timed = Callable[[], float]
"""Does something once and gives back how long it took, or how many it did in a second."""


@dataclass(frozen=True)
class Ratio:
    """Ours divided by the reference: the median of the rounds, and the least and the most."""

    median: float
    least: float
    most: float
    ours: float
    reference: float
    # Of ours and of the reference: "ms", "rows/s", "MB" ….
    unit: str
    rounds: int


def seconds(act: Callable[[], object]) -> Timed:
    """How long it takes, in milliseconds."""

    def timed() -> float:
        began = time.perf_counter()
        act()
        return (time.perf_counter() - began) * 1000

    return timed


def rate(act: Callable[[], int]) -> Timed:
    """How many a second; ``act`` says how many it did."""

    def timed() -> float:
        began = time.perf_counter()
        count = act()
        return count / (time.perf_counter() - began)

    return timed


def _often(timed: Timed, times: float) -> Timed:
    """The mean of so many times, at least one and at most two hundred."""
    count = max(1, min(MOST, round(times)))

    def mean() -> float:
        return statistics.fmean(timed() for _ in range(count))

    return mean


def interleave(
    ours: Timed, reference: Timed, *, rounds: int, unit: str, inverse: bool = False
) -> Ratio:
    """Each round measures both, the one that begins taking turns; a round before warms up.

    ``inverse`` divides the reference by ours: how many times faster ours is. Of two times the
    shorter one is taken over and over for as long as the longer one: on a busy machine what is
    over at once is never interrupted, and what takes long always is.
    """
    first, second = ours(), reference()
    if unit == "ms":
        first, second = ours(), reference()
        ours, reference = _often(ours, second / first), _often(reference, first / second)
    pairs = []
    for number in range(rounds):
        gc.collect()
        if number % 2:
            second, first = reference(), ours()
        else:
            first, second = ours(), reference()
        pairs.append((first, second))
    ratios = [second / first if inverse else first / second for first, second in pairs]
    return Ratio(
        median=statistics.median(ratios),
        least=min(ratios),
        most=max(ratios),
        ours=statistics.median(first for first, _ in pairs),
        reference=statistics.median(second for _, second in pairs),
        unit=unit,
        rounds=rounds,
    )
