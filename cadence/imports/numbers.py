"""How a column writes its numbers: which mark is the decimal one, decided by all of its cells."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Style = Literal["point", "comma"]
"""What stands before the decimals: 1,234.56 or 1.234,56."""

# Marks between groups of three: also no-break and narrow spaces, and the Swiss apostrophe.
_SPACES = " \u00a0\u202f\u2009\u2007"
_APOSTROPHES = "'’‘"
_SIGNS = {"−": "-", "–": "-", "﹣": "-", "－": "-"}
_FIRST = r"[1-9][0-9]{0,2}"
_GROUPED = {
    "point": re.compile(
        rf"{_FIRST}(?:([,{_SPACES}{_APOSTROPHES}])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:\.[0-9]+)?"
    ),
    "comma": re.compile(
        rf"{_FIRST}(?:([.{_SPACES}{_APOSTROPHES}])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:,[0-9]+)?"
    ),
}
_MARKS = {"point": ".", "comma": ","}
_PLAIN = {
    "point": re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"),
    "comma": re.compile(r"[0-9]+(?:,[0-9]*)?|,[0-9]+"),
}
# What nearly all numbers look like. One mark and three digits behind it can be either.
_SIMPLE = re.compile(r"(-?)([0-9]{1,20})(?:([.,])([0-9]{1,20}))?")
# 12,34,567.80 as India writes it.
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE][+-]?[0-9]{1,2}")
# ISO 4217. No other three letters: 12 MIO is not 12.
_CURRENCIES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
    "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD "
    "TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
).replace(" ", "|")
_UNITS = re.compile(
    rf"^(?:[$€£¥₹]|(?:{_CURRENCIES})(?= ?[0-9(.,+-]))\s?"
    rf"|\s?(?:[$€£¥₹]|(?<=[0-9 )])(?:{_CURRENCIES}))$"
)
_DROPPED = str.maketrans("", "", f"{_SPACES}{_APOSTROPHES}")
_LONGEST = 60


@dataclass(frozen=True)
class Number:
    """A number as it is written to be recorded (``-1234.5``), and whether a % stood behind it."""

    text: str
    is_percentage: bool = False


def number_in(text: str, style: Style) -> Number | None:
    """The number that a text writes in a style, or None when it writes none."""
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        sign, whole, mark, rest = simple.groups()
        if mark is None or mark == _MARKS[style]:
            return Number(text if mark != "," else f"{sign}{whole}.{rest}")
        return Number(sign + whole + rest) if _groups(whole, rest) else None
    bare, sign, percentage = _bare(text)
    if bare is None:
        return None
    if _GROUPED[style].fullmatch(bare) or (style == "point" and _INDIAN.fullmatch(bare)):
        grouping = "," if style == "point" else "."
        bare = bare.translate(_DROPPED).replace(grouping, "")
    elif not _PLAIN[style].fullmatch(bare):
        if not _SCIENTIFIC.fullmatch(bare):
            return None
        if ("," if style == "point" else ".") in bare:
            return None
    if style == "comma":
        bare = bare.replace(",", ".")
    return Number(sign + bare, percentage)


def _groups(whole: str, rest: str) -> bool:
    """Whether a mark between them can stand between groups of three."""
    return len(rest) == 3 and len(whole) <= 3 and whole[0] != "0"


def _bare(text: str) -> tuple[str | None, str, bool]:
    """Digits and marks alone; the sign, also one of brackets or behind; whether it is in %."""
    if len(text) > _LONGEST:
        return None, "", False
    for other, minus in _SIGNS.items():
        text = text.replace(other, minus)
    text = text.strip(_SPACES + "\t\n")
    text = _UNITS.sub("", text).strip(_SPACES)
    percentage = text.endswith("%")
    text = text.removesuffix("%").rstrip(_SPACES)
    sign = ""
    if text.startswith("(") and text.endswith(")"):
        sign, text = "-", text[1:-1].strip(_SPACES)
    elif text[:1] in {"+", "-"}:
        sign, text = text[0].replace("+", ""), text[1:].lstrip(_SPACES)
    elif text.endswith("-"):
        sign, text = "-", text[:-1].rstrip(_SPACES)
    text = _UNITS.sub("", text).strip(_SPACES)
    return (text if text[:1].isascii() and any(map(str.isdigit, text)) else None), sign, percentage


def styles_of(text: str) -> frozenset[Style]:
    """The styles in which a text is a number. Both, where it has no mark, or one that can be
    either and means another number in each: see ``is_ambiguous``."""
    found: set[Style] = set()
    if number_in(text, "point") is not None:
        found.add("point")
    if number_in(text, "comma") is not None:
        found.add("comma")
    return frozenset(found)


def is_ambiguous(text: str) -> bool:
    """Whether it is one number in the one style and another in the other: 1,234."""
    if text.isdigit():
        return False
    one, other = number_in(text, "point"), number_in(text, "comma")
    return one is not None and other is not None and one != other


@dataclass(frozen=True)
class Decided:
    """``style`` is None where nothing in the column decides. ``example`` is the first text that
    could be either, empty where there is none."""

    style: Style | None
    example: str = ""


def decide(texts: Iterable[str]) -> Decided:
    """The style of a column as a whole."""
    points = commas = 0
    example = ""
    for text in texts:
        simple = _SIMPLE.fullmatch(text)
        if simple is not None:
            _, whole, mark, rest = simple.groups()
            if mark is None:
                continue
            if _groups(whole, rest):
                example = example or text
            elif mark == ".":
                points += 1
            else:
                commas += 1
            continue
        styles = styles_of(text)
        if len(styles) == 2:
            if not example and is_ambiguous(text):
                example = text
        elif styles == {"point"}:
            points += 1
        elif styles == {"comma"}:
            commas += 1
    if not points and not commas:
        return Decided(None, example)
    # Where both are met, the cells in the rarer style are problems: nothing is taken for another.
    return Decided("point" if points >= commas else "comma", example)
