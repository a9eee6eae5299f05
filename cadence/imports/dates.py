"""How a column writes its periods: days, weeks by number, months; day or month first.

03/04/2026 is decided by the whole column: one 13 in it settles which is the day.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cadence.calendar.periods import MONTH, WEEK, PeriodKind

Order = Literal["day", "month"]
"""What comes first in 03/04/2026."""

# Without accents, in seven languages.
_NAMES = (
    "january januar janner janvier enero gennaio janeiro januari",
    "february februar feber fevrier febrero febbraio fevereiro februari",
    "march marz mrz mars marzo marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout agosto augustus",
    "september septembre septiembre setiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro",
)


def _beginnings() -> dict[str, int]:
    """Each month by its names and by what they begin with, from three letters on; what two months
    begin with is neither."""
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_NAMES, start=1):
        for name in names.split():
            for length in range(3, len(name) + 1):
                found.setdefault(name[:length], set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


_MONTHS = _beginnings()
_PLAIN = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüç", "aaaaaeeeeiiiiooooouuuuc")
_WORD = r"[a-záàâäãéèêëíìîïóòôöõúùûüç]"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_TOGETHER = re.compile(r"((?:19|20|21)[0-9]{2})([01][0-9])([0-3][0-9])")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
_MONTH_LAST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_WEEK_LAST = re.compile(r"([0-9]{4})[ -]?(?:w|kw|cw|wk|week)[ -]?([0-9]{1,2})")
_WEEK_FIRST = re.compile(
    r"(?:w|kw|cw|wk|week|woche|s|semaine)\.?[ -]?([0-9]{1,2})[ ,/-]+([0-9]{4})"
)
_DAY_NAMED = re.compile(
    rf"([0-9]{{1,2}})\.?(?:st|nd|rd|th)?[ -]*(?:de )?({_WORD}+)\.?,?[ -]*(?:de )?"
    rf"([0-9]{{4}}|[0-9]{{2}})"
)
_NAMED_DAY = re.compile(rf"({_WORD}+)\.?[ -]*([0-9]{{1,2}})(?:st|nd|rd|th)?,?[ -]+([0-9]{{4}})")
_NAMED = re.compile(rf"({_WORD}+)\.?[ -]*(?:de )?'?([0-9]{{4}}|[0-9]{{2}})")
_TIME = re.compile(
    r"[t ][0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?: ?[ap]m)?(?:z|[+-][0-9:]{2,6})?$"
)
_WEEKDAY = re.compile(rf"^{_WORD}{{2,10}}\.?,? (?=[0-9])")
_SERIAL = re.compile(r"[0-9]{5}")
_LONGEST = 40


@dataclass(frozen=True)
class Named:
    """A period as a file names it. ``text`` is a day as YYYY-MM-DD, a week as YYYY-Www or a month
    as YYYY-MM; it may name none there is, which is for the calendar to say."""

    kind: PeriodKind
    text: str


def named_in(text: str, order: Order, *, serials: Literal[0, 1900, 1904] = 0) -> Named | None:
    """The period that a text names, or None when it names none.

    ``serials`` says whether a number of five digits is a day of a workbook's count, and from when.
    """
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        return Named("day", text) if _YEAR_FIRST.fullmatch(text) else None
    if len(text) > _LONGEST:
        return None
    text = text.strip().lower()
    if serials and _SERIAL.fullmatch(text):
        return _day_of_serial(int(text), serials)
    text = _TIME.sub("", text)
    return _numeric(text, order) or _worded(text)


def _numeric(text: str, order: Order) -> Named | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3], match[4])
    if match := _YEAR_LAST.fullmatch(text):
        first, second = match[1], match[3]
        day_first = order == "day" or match[2] == "."
        day, month = (first, second) if day_first else (second, first)
        return _day(match[4], month, day) if int(month) <= 12 else None
    if match := _TOGETHER.fullmatch(text):
        return _day(*match.groups())
    if match := _MONTH_FIRST.fullmatch(text):
        return Named(MONTH, f"{match[2]}-{int(match[1]):02}")
    if match := _MONTH_LAST.fullmatch(text):
        return Named(MONTH, f"{match[1]}-{int(match[2]):02}")
    if match := _WEEK_LAST.fullmatch(text):
        return Named(WEEK, f"{match[1]}-W{int(match[2]):02}")
    if match := _WEEK_FIRST.fullmatch(text):
        return Named(WEEK, f"{match[2]}-W{int(match[1]):02}")
    return None


def _worded(text: str) -> Named | None:
    # A weekday and a month look alike: as a month first.
    return _with_month(text) or _with_month(_WEEKDAY.sub("", text))


def _with_month(text: str) -> Named | None:
    if match := _DAY_NAMED.fullmatch(text):
        month = _month(match[2])
        return _day(match[3], month, match[1]) if month else None
    if match := _NAMED_DAY.fullmatch(text):
        month = _month(match[1])
        return _day(match[3], month, match[2]) if month else None
    if match := _NAMED.fullmatch(text):
        month = _month(match[1])
        return Named(MONTH, f"{_year(match[2])}-{int(month):02}") if month else None
    return None


def _month(word: str) -> str:
    number = _MONTHS.get(word.translate(_PLAIN))
    return str(number) if number else ""


def _year(year: str) -> str:
    """Of two digits: what was from 1990, and all that comes."""
    return year if len(year) == 4 else f"{19 if year >= '90' else 20}{year}"


def _day(year: str, month: str, day: str) -> Named:
    return Named("day", f"{_year(year)}-{int(month):02}-{int(day):02}")


def _day_of_serial(serial: int, epoch: int) -> Named | None:
    # From 1900 counts a 29 February that never was; all days we know come after it.
    start = date(1899, 12, 30) if epoch == 1900 else date(1904, 1, 1)
    if not 30_000 <= serial <= 110_000:
        return None
    return Named("day", (start + timedelta(days=serial)).isoformat())


@dataclass(frozen=True)
class Decided:
    """``order`` is None where the column does not decide; then ``example`` is a date that could be
    either, or empty where no such date is in it."""

    order: Order | None
    example: str = ""


def decide(texts: Iterable[str]) -> Decided:
    """Whether the day or the month comes first in a column."""
    example = ""
    votes: dict[Order, int] = {"day": 0, "month": 0}
    for text in texts:
        match = _YEAR_LAST.fullmatch(_TIME.sub("", text.strip().lower()))
        if match is None or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            votes["day"] += 1
        elif second > 12 >= first:
            votes["month"] += 1
        elif first != second:
            example = example or text
    if votes["day"] == votes["month"]:
        return Decided(None, example)
    return Decided("day" if votes["day"] > votes["month"] else "month", example)
