"""What values come to: aggregation, formulas and judgement, on plain decimals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

DIGITS = 15
PLACES = 9
# PRODUCT rule 7: what is loosened until this many periods after a breach is a moved goalpost.
PERIODS_AFTER = 4
# Wide enough that no sum of readings is rounded before its end.
WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
KEPT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_SMALLEST = Decimal(1).scaleb(-PLACES)


@dataclass(frozen=True)
class Limits:
    """What a value must stay between; None is no limit on that side."""

    floor: Decimal | None = None
    ceiling: Decimal | None = None


def aggregate(aggregation: str, values: Sequence[Decimal]) -> Decimal:
    """The values of a whole period, oldest first, as one value.

    Sum, mean, first, last, min or max; rounded half to even to 15 significant digits and 9
    decimals, which is what both databases keep. Raises ValueError for no values, an unknown
    aggregation, or a sum of 10^15 and more.
    """
    if not values:
        raise ValueError("There is nothing to aggregate.")
    if aggregation == "sum":
        value = _total(values)
    elif aggregation == "mean":
        value = WIDE.divide(_total(values), Decimal(len(values)))
    elif aggregation in {"first", "last"}:
        value = values[0] if aggregation == "first" else values[-1]
    elif aggregation in {"min", "max"}:
        value = min(values) if aggregation == "min" else max(values)
    else:
        raise ValueError(f"{aggregation!r} is not an aggregation.")
    return kept(value)


def derive(formula: str, values: Sequence[Decimal], *, in_percent: bool = False) -> Decimal:
    """What a formula makes of the values of its operands, in their order; rounded as aggregates.

    Ratio, difference and product take two, a sum two and more. ``in_percent``: a ratio is a hundred
    times as large. Raises ValueError, with a sentence, where there is no such number: by zero
    nothing is divided, and 16 digits are not kept.
    """
    if formula == "sum":
        return kept(_total(values))
    first, second = values
    if formula == "ratio":
        if not second:
            raise ValueError("By zero nothing is divided.")
        return kept(WIDE.divide(WIDE.multiply(first, Decimal(100 if in_percent else 1)), second))
    if formula == "difference":
        return kept(WIDE.subtract(first, second))
    if formula == "product":
        return kept(WIDE.multiply(first, second))
    raise ValueError(f"{formula!r} is not a formula.")


def kept(value: Decimal) -> Decimal:
    """The value as it is stored: 15 significant digits, 9 decimals, half to even. Raises ValueError
    for 10^15 and more."""
    found = rounded(value)
    if abs(found) >= 10**DIGITS:
        raise ValueError("The values of this period come to 16 digits: at most 15 are kept.")
    return found


def rounded(value: Decimal) -> Decimal:
    """To 15 significant digits and 9 decimals, half to even, of any size."""
    return KEPT.plus(WIDE.quantize(value, _SMALLEST))


def _total(values: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = WIDE.add(total, value)
    return total


def judge(value: Decimal, limits: Limits | None) -> str:
    """``below``, ``above`` or ``inside``; ``unknown`` without a limit. On a limit is inside."""
    if limits is None or (limits.floor is None and limits.ceiling is None):
        return "unknown"
    if limits.floor is not None and value < limits.floor:
        return "below"
    if limits.ceiling is not None and value > limits.ceiling:
        return "above"
    return "inside"


def is_looser(old: Limits, new: Limits, *, rows: tuple[int, int] = (1, 1)) -> bool:
    """Whether some value is allowed by the new limits that the old ones refused.

    ``rows`` are the numbers of periods in a row, old and new: more of them is looser too.
    """
    floor_falls = old.floor is not None and (new.floor is None or new.floor < old.floor)
    ceiling_rises = old.ceiling is not None and (new.ceiling is None or new.ceiling > old.ceiling)
    return floor_falls or ceiling_rises or rows[1] > rows[0]
