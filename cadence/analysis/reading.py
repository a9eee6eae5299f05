"""What process behaviour says of one value, in words for people who decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

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
            Verdict.SIGNAL: "Signal",
            Verdict.ROUTINE: "Routine variation",
            Verdict.UNKNOWN: "Too early to tell",
        }[self.verdict]

    @property
    def limits(self) -> tuple[Decimal, Decimal] | None:
        """The natural limits, to be drawn and written: lower, upper."""
        lower, upper = self.behaviour.lower_limit, self.behaviour.upper_limit
        if lower is None or upper is None:
            return None
        return _decimal(lower), _decimal(upper)


def read_signal(
    values: Sequence[Decimal | None],
    positions: Collection[int],
    *,
    floor: Decimal | None = None,
    ceiling: Decimal | None = None,
) -> SignalReading:
    """What the series says of the values at some positions: a signal has a cause to be found;
    routine variation has none, and only a change of the system moves it."""
    found = behaviour(values)
    if not found.has_limits:
        return SignalReading(
            Verdict.UNKNOWN,
            found,
            f"There are {found.count} readings; {FEWEST} are needed to tell a signal from chance.",
            "",
            "What do we know of the cause, and what changes?",
        )
    rule = _rule(found, positions)
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


def _rule(found: Behaviour, positions: Collection[int]) -> str:
    signals, asked = found.signals, set(positions)
    if asked & set(signals.beyond_limits):
        return "It lies beyond the natural limits."
    if asked & set(signals.near_limit):
        return "It is one of four in a row of which three are nearer a limit than the centre."
    if asked & set(signals.run):
        return "It is part of a run of eight or more on one side of the centre."
    return ""


def _decimal(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 40
        return Decimal(value.numerator) / Decimal(value.denominator)
