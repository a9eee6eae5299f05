"""When a run of judged periods is a breach, and when it is over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class Judged:
    """One judged period: its start, what it came to, and how many in a row make a breach."""

    starts_on: date
    result: str  # inside, below, above, unknown
    periods_in_a_row: int = 1

    @property
    def is_beyond(self) -> bool:
        return self.result in {"below", "above"}


@dataclass(frozen=True)
class Episode:
    """A breach: the first period of its run, the one that opened it, the one that ended it."""

    first_period: date
    opening_period: date
    recovered_period: date | None = None


def recovery(known: Episode, judged: Sequence[Judged]) -> date | None:
    """The first judged period inside its threshold since the breach opened, or None."""
    for period in judged:
        if period.starts_on >= known.opening_period and period.result == "inside":
            return period.starts_on
    return None


def new_episodes(judged: Sequence[Judged], known: Sequence[Episode]) -> list[Episode]:
    """The breaches in these judged periods, oldest first, that are not yet known.

    Periods without a reading are not among the judged: they neither count nor break a run, or
    leaving a reading out would save a metric from its breach. A period without a limit does not
    either. A run begins anew where a known breach ended; one that leads into a known breach is
    part of it, for readings come in any order.
    """
    found: list[Episode] = []
    first: date | None = None
    length = 0
    is_open = False
    for period in judged:
        if any(_covers(episode, period.starts_on) for episode in known):
            if is_open:
                found.pop()
            first, length, is_open = None, 0, False
        elif period.result == "inside":
            if is_open:
                found[-1] = replace(found[-1], recovered_period=period.starts_on)
            first, length, is_open = None, 0, False
        elif period.is_beyond:
            first = first or period.starts_on
            length += 1
            if not is_open and length >= period.periods_in_a_row:
                found.append(Episode(first, period.starts_on))
                is_open = True
    return found


def _covers(episode: Episode, day: date) -> bool:
    return episode.first_period <= day and (
        episode.recovered_period is None or day < episode.recovered_period
    )


def gaps(expected: Sequence[date], judged: frozenset[date] | set[date]) -> list[Episode]:
    """The runs of expected periods that have no value, each ended by the next that has one."""
    found: list[Episode] = []
    is_open = False
    for period in expected:
        if period not in judged:
            if not is_open:
                found.append(Episode(period, period))
                is_open = True
        elif is_open:
            found[-1] = replace(found[-1], recovered_period=period)
            is_open = False
    return found
