"""Words on a chart that must not lie on one another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CHARACTER = 6.0  # mean width of one, in user units, at 11 px


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Label:
    """Words that begin at `x` (user units) in a lane counted from 0 at the top."""

    words: str
    x: float
    lane: int


def width_of(words: str) -> float:
    """About how wide, in user units."""
    return len(words) * _CHARACTER


def shorten(words: str, most: int) -> str:
    """At most `most` characters, the last of them an ellipsis if some are left out."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def in_lanes(
    wanted: Iterable[tuple[float, str]], *, left: float, right: float, lanes: int, most: int = 34
) -> list[Label | None]:
    """A place for each label about its x, within `left` and `right`; None where there is no room.

    Earlier ones take their place first, so sort by what must not be left out.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(lanes)]
    placed: list[Label | None] = []
    for x, full in wanted:
        words = shorten(full, most)
        size = width_of(words)
        start = max(left, min(x - size / 2, right - size))
        for lane, others in enumerate(taken):
            if all(start + size + 8 <= a or b + 8 <= start for a, b in others):
                others.append((start, start + size))
                placed.append(Label(words, start, lane))
                break
        else:
            placed.append(None)
    return placed


def spread(xs: Sequence[float], words: Sequence[str], *, left: float, right: float) -> list[int]:
    """Which labels of an axis to print: the first, the last and as many between as fit evenly."""
    if not xs:
        return []
    widest = max(map(width_of, words)) + 16
    room = max(int((right - left) // widest), 1)
    last = len(xs) - 1
    every = max(-(-last // max(room - 1, 1)), 1)
    chosen = list(range(0, last + 1, every))
    if chosen[-1] != last:
        if len(chosen) > 1 and xs[last] - xs[chosen[-1]] < widest:
            chosen.pop()
        chosen.append(last)
    kept: list[int] = []
    for i in chosen:
        if not kept or xs[i] - xs[kept[-1]] >= widest - 8:
            kept.append(i)
        elif i == last and len(kept) > 1:
            kept[-1] = i
    return kept
