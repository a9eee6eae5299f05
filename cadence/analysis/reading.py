"""What process behaviour says of one value, in words for people who decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from cadence.analysis.xmr import FEWEST, Behaviour, assurance, behaviour, rebased


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
    # The position from which the limits hold.
    since: int = 0

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
        return as_decimal(lower), as_decimal(upper)


def read_signal(
    values: Sequence[Decimal | None],
    positions: Collection[int],
    *,
    starts: Sequence[int] = (),
    floor: Decimal | None = None,
    ceiling: Decimal | None = None,
) -> SignalReading:
    """What the series says of the values at some positions: a signal has a cause to be found;
    routine variation has none, and only a change of the system moves it.

    ``starts`` are the positions from which limits are computed anew; those count that hold at the
    last of the positions.
    """
    last = max(positions, default=len(values) - 1)
    since, found = next(
        (each for each in reversed(rebased(values, starts)) if each[0] <= last), (0, behaviour([]))
    )
    if not found.has_limits:
        return SignalReading(
            Verdict.UNKNOWN,
            found,
            f"There are {found.count} readings; {FEWEST} are needed to tell a signal from chance.",
            "",
            "What do we know of the cause, and what changes?",
            since,
        )
    rule = _rule(found, positions)
    words = assurance(found, floor=floor, ceiling=ceiling)
    if rule:
        question = "What caused it, and what do we do about the cause?"
        return SignalReading(Verdict.SIGNAL, found, rule, words, question, since)
    return SignalReading(
        Verdict.ROUTINE,
        found,
        "Values like this come by chance; no single one has a cause of its own.",
        words,
        "What do we change in the way the work is done?",
        since,
    )


def signals_in_words(found: Behaviour) -> dict[int, str]:
    """Which rule makes each value a signal, by position; the plainest where there are several."""
    return {at: words for positions, words in reversed(_rules(found)) for at in positions}


def _rules(found: Behaviour) -> list[tuple[tuple[int, ...], str]]:
    """The plainest first."""
    signals = found.signals
    return [
        (signals.beyond_limits, "beyond the natural limits"),
        (
            signals.near_limit,
            "one of four in a row of which three are nearer a limit than the centre",
        ),
        (signals.run, "part of a run of eight or more on one side of the centre"),
    ]


def _rule(found: Behaviour, positions: Collection[int]) -> str:
    asked = set(positions)
    return next((f"It is {words}." for at, words in _rules(found) if asked & set(at)), "")


def as_decimal(value: Fraction) -> Decimal:
    """For drawing and writing: to 40 digits."""
    with localcontext() as context:
        context.prec = 40
        return Decimal(value.numerator) / Decimal(value.denominator)
