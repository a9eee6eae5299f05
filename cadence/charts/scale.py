"""From values to places on the paper, and from values to words. Exact decimals in, floats out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext

# 1e15 and 1e-12 in one series need 27 digits and a few to divide with.
_EXACT = Context(prec=60)
_MOST = Decimal(10) ** 16
_SYMBOLS = {"€", "$", "£", "¥"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SHORT = ((Decimal(10) ** 12, "tn"), (Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"))


@dataclass(frozen=True, slots=True)
class Linear:
    """Values from `low` to `high` laid out from `start` to `end`, in user units. `low` < `high`."""

    low: Decimal
    high: Decimal
    start: float
    end: float

    def __call__(self, value: Decimal) -> float:
        with localcontext(_EXACT):
            share = float((value - self.low) / (self.high - self.low))
        return self.start + share * (self.end - self.start)


def known(values: Iterable[Decimal | None]) -> list[Decimal]:
    """The values that can be drawn: not None, not NaN, not infinite."""
    return [value for value in values if value is not None and value.is_finite()]


def extent(values: Iterable[Decimal | None]) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest with room between them; None when there is no value.

    Equal values get a tenth of their size on either side, zeros get one.
    """
    numbers = known(values)
    if not numbers:
        return None
    low, high = min(numbers), max(numbers)
    if low == high:
        room = abs(low) / 10 or Decimal(1)
        return low - room, high + room
    return low, high


def ticks(low: Decimal, high: Decimal, about: int = 4) -> list[Decimal]:
    """Values 1, 2 or 5 times a power of ten apart, from `low` or below to `high` or above.

    Args:
        low, high: The ends, `low` < `high`.
        about: How many steps are wanted; the answer has between half and twice as many.
    """
    with localcontext(_EXACT):
        raw = (high - low) / about
        power = Decimal(1).scaleb(raw.adjusted())
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= raw)
        first = (low / step).to_integral_value(ROUND_FLOOR)
        last = (high / step).to_integral_value(ROUND_CEILING)
        return [step * (first + i) for i in range(int(last - first) + 1)]


def number(value: Decimal, decimals: int) -> str:
    """`value` as people write it: 2,210 or −0.5.

    A value that would round to zero without being zero is written 1×10⁻¹², because
    "0.00" would say something else; so is one of more than 16 digits before the point.
    """
    if not -_MOST < value < _MOST:
        return _scientific(value)
    # Rounds half to even, to any number of digits, without the cost of another context.
    words = f"{value:,.{decimals}f}"
    if words.strip("-0.,"):
        return words.replace("-", "−") if words[0] == "-" else words
    # "-0.0" would be read as a little below zero
    return _scientific(value) if value else words.lstrip("-")


def brief(value: Decimal, decimals: int) -> str:
    """`value` in about four characters, for where there is little room: 842, 12.3k, 1.20M."""
    with localcontext(_EXACT):
        for size, letters in ((10**12, "tn"), (10**9, "bn"), (10**6, "M"), (10**3, "k")):
            if 10 * size > abs(value) >= size and size > 1000:
                return number(value / size, 2) + letters
            if 1000 * size > abs(value) >= 10 * size:
                return number(value / size, 1 if abs(value) < 100 * size else 0) + letters
    return number(value, decimals)


def with_unit(words: str, unit: str) -> str:
    """€120, 41% or 31 demos."""
    unit = unit.strip()
    if unit in _SYMBOLS:
        return f"−{unit}{words[1:]}" if words.startswith("−") else f"{unit}{words}"
    return f"{words}%" if unit == "%" else f"{words} {unit}".rstrip()


def is_symbol(unit: str) -> bool:
    """Whether a unit is short enough to stand at every number of an axis."""
    return unit.strip() in _SYMBOLS or unit.strip() == "%"


def axis_labels(values: Sequence[Decimal]) -> list[str]:
    """One short label for each tick, all with as many decimals."""
    largest = max(map(abs, values))
    for size, letters in _SHORT:
        if size <= largest < 1000 * _SHORT[0][0]:
            with localcontext(_EXACT):
                scaled = [value / size for value in values]
            places = _places(scaled)
            if places > 3:
                break
            return [f"{number(value, places)} {letters}" if value else "0" for value in scaled]
    places = _places(values)
    if places > 5 or largest >= 10**15:
        return [_scientific(value) if value else "0" for value in values]
    return [number(value, places) for value in values]


def _places(values: Sequence[Decimal]) -> int:
    exponents = [value.normalize().as_tuple().exponent for value in values if value]
    return max([0, *(-each for each in exponents if isinstance(each, int))])


def _scientific(value: Decimal) -> str:
    power = value.adjusted()
    with localcontext(_EXACT):
        digits = round(value.scaleb(-power), 2).normalize()
    return f"{digits:f}×10{str(power).translate(_SUPERSCRIPT)}".replace("-", "−")
