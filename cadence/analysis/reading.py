"""What process behaviour says of one value, in words for people who decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cadence.analysis.xmr import FEWEST, Behaviour, assurance, behaviour


class Verdict(StrEnum):
    SIGNAL = "signal"
    ROUTINE = "routine"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SignalReading:
    """Whether a value is a signal, why in words, and the question that a decision answers."""

    verdict: Verdict
    behaviour: Behaviour
    # Which rule it is part of, or why nothing can be said.
    why: str
    # What an unchanged process will do about its threshold: see `xmr.assurance`.
    assurance: str
    question: str

    @property
    def title(self) -> str:
        return {
            Verdict.SIGNAL: "A signal",
            Verdict.ROUTINE: "Routine variation",
            Verdict.UNKNOWN: "Too early to tell",
        }[self.verdict]


def read_signal(
    values: Sequence[Decimal | None],
    position: int,
    *,
    floor: Decimal | None = None,
    ceiling: Decimal | None = None,
) -> SignalReading:
    """What the series says of the value at a position: a signal has a cause to be found; routine
    variation has none, and only a change of the system moves it."""
    found = behaviour(values)
    if not found.has_limits:
        return SignalReading(
            Verdict.UNKNOWN,
            found,
            f"There are {found.count} readings; {FEWEST} are needed to tell a signal from chance.",
            "",
            "What do we know of the cause, and what changes?",
        )
    rule = _rule(found, position)
    words = assurance(found, floor=floor, ceiling=ceiling)
    if rule:
        return SignalReading(
            Verdict.SIGNAL, found, rule, words, "What caused it, and what do we do about the cause?"
        )
    return SignalReading(
        Verdict.ROUTINE,
        found,
        "Values like this come by chance; no single one has a cause of its own.",
        words,
        "What do we change in the way the work is done?",
    )


def _rule(found: Behaviour, position: int) -> str:
    signals = found.signals
    if position in signals.beyond_limits:
        return "It lies beyond the natural limits."
    if position in signals.near_limit:
        return "It is one of four in a row of which three are nearer a limit than the centre."
    if position in signals.run:
        return "It is part of a run of eight or more on one side of the centre."
    return ""
