"""What a metric does by chance over its history, and which values chance does not explain."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cadence.analysis.reading import SignalReading, read_signal, signals_in_words
from cadence.analysis.xmr import Behaviour, rebased
from cadence.behaviour.models import Rebasing
from cadence.evaluation.histories import History


@dataclass(frozen=True)
class Stretch:
    """Positions among the moments of a history between two re-basings, ``end`` not included."""

    first: int
    end: int
    behaviour: Behaviour


@dataclass(frozen=True)
class MetricBehaviour:
    """``signals``: which rule makes a value one, in words, by position. ``reading`` is of the
    latest value, beside the threshold that holds now."""

    history: History
    values: list[Decimal | None]
    stretches: list[Stretch]
    signals: dict[int, str]
    reading: SignalReading


def behaviour_of(history: History, rebasings: Sequence[Rebasing]) -> MetricBehaviour:
    """``rebasings``: those of the metric that hold, oldest first. No query."""
    rows = [moment.judgement for moment in history.moments]
    values = [row.value if row is not None else None for row in rows]
    starts = _positions(history, rebasings)
    found = rebased(values, starts)
    ends = [first for first, _ in found[1:]] + [len(values)]
    signals: dict[int, str] = {}
    for _, each in found:
        signals |= signals_in_words(each)
    current = history.current
    reading = read_signal(
        values,
        [at for at, value in enumerate(values) if value is not None][-1:],
        starts=starts,
        floor=current.floor if current else None,
        ceiling=current.ceiling if current else None,
    )
    stretches = [Stretch(first, end, each) for (first, each), end in zip(found, ends, strict=True)]
    return MetricBehaviour(history, values, stretches, signals, reading)


def _positions(history: History, rebasings: Sequence[Rebasing]) -> list[int]:
    """Where among the moments limits are computed anew: at the first one that is not before."""
    days = [moment.starts_on for moment in history.moments]
    first = (
        next((at for at, day in enumerate(days) if day >= row.starts_on), None) for row in rebasings
    )
    return [at for at in first if at is not None]
