"""How the figures of a deck are written: with a unit, a scale and what is missing."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from cadence.charts.scale import brief, is_symbol, number, with_unit

MISSING = "–"
# `##`, `##.1`, `##MM`, `##.2%`, `##bps`: how wbr-app names the scale of an axis.
SCALING = re.compile(r"##(?:\.(\d))?(%|bps|KK|MM|BB)?")
_SCALES = {"%": (2, "%"), "bps": (4, "bps"), "KK": (-3, "k"), "MM": (-6, "M"), "BB": (-9, "bn")}
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Written:
    """How the values of one metric are written: times ten to the ``power``, then with a unit."""

    unit: str = ""
    decimals: int = 0
    power: int = 0

    @classmethod
    def by(cls, unit: str, decimals: int, scaling: str) -> "Written":
        """``scaling``, where there is one, says more than unit and decimals."""
        found = SCALING.fullmatch(scaling)
        if found is None:
            return cls(unit, decimals)
        power, sign = _SCALES.get(found[2] or "", (0, unit))
        return cls(sign, int(found[1] or 0), power)

    def scaled(self, value: Decimal | None) -> Decimal | None:
        return None if value is None else value.scaleb(self.power, _EXACT)

    def brief(self, value: Decimal | None) -> str:
        """The same in about four characters where it is 10,000,000 or more."""
        scaled = self.scaled(value)
        if scaled is None or abs(scaled) < 10**7:
            return self.figure(value)
        words = brief(scaled, self.decimals)
        return with_unit(words, self.unit) if is_symbol(self.unit) else words

    def figure(self, value: Decimal | None) -> str:
        """``1,234``, ``12.3%``, ``1.2M``; an en dash for None. A long unit stands elsewhere."""
        scaled = self.scaled(value)
        if scaled is None:
            return MISSING
        words = number(scaled, self.decimals)
        if is_symbol(self.unit):
            return with_unit(words, self.unit)
        return words + self.unit if self.unit in {"k", "M", "bn"} else words


def change(value: Decimal | None, *, points: bool) -> str:
    """``+3.2%`` or ``−15 bps``; an en dash for None."""
    if value is None:
        return MISSING
    words = f"{value:+,.0f} bps" if points else f"{value:+,.1f}%"
    return words.replace("-", "−") if value else words.removeprefix("+")
