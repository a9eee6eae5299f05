"""Reading what somebody typed or a machine sent: every fault is collected and named by field."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from accounts.fields import TextError, clean_text
from cadence.errors import Invalid, Problem

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 12, 31)
DIGITS, PLACES = 15, 9
# What nearly all numbers are, within the limits whatever their digits. [0-9]: other scripts have
# digits too.
_SHORT = 15
_short_number = re.compile(r"-?[0-9]+(?:\.[0-9]{1,9})?").fullmatch


class NumberError(ValueError):
    """Why a number is refused, as a sentence."""


def exact(value: object) -> Decimal:
    """An exact decimal of at most 15 significant digits, 9 of them after the point.

    Takes a Decimal, an int or a text such as ``-12.50``. Raises NumberError for anything else:
    a float (it has already lost its digits), NaN, infinities, more digits than both databases
    keep. The text is measured before it is computed with: 5,000 digits cost nothing.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NumberError("This must be a number.")
    short = value if isinstance(value, str) else str(value) if isinstance(value, Decimal) else ""
    if len(short) <= _SHORT and _short_number(short):
        # Zero has no sign.
        return Decimal(short.rstrip("0").rstrip(".") if "." in short else short) or Decimal(0)
    if isinstance(value, str) and (len(value) > 60 or not value.strip().isascii()):
        raise NumberError("This must be a number of at most 15 digits.")
    if isinstance(value, int):
        if abs(value) >= 10**DIGITS:
            raise NumberError("This number is too large: at most 15 digits.")
        return Decimal(value)
    if isinstance(value, str) and "_" in value:
        raise NumberError("This must be a number.")
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else value
    except InvalidOperation:
        raise NumberError("This must be a number.") from None
    if not number.is_finite():
        raise NumberError("This must be a finite number.")
    sign, figures, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, figures)).lstrip("0")
    if not text.strip("0"):
        return Decimal(0)
    kept = text.rstrip("0")
    exponent += len(text) - len(kept)
    if len(kept) + max(exponent, 0) > DIGITS or len(kept) + exponent > DIGITS:
        raise NumberError("This number has too many digits: at most 15.")
    if -exponent > PLACES:
        raise NumberError("This number has too many decimals: at most 9.")
    return Decimal((sign, tuple(map(int, kept)), exponent)).quantize(
        Decimal(1) if exponent >= 0 else Decimal((0, (1,), exponent))
    )


class Inputs:
    """Reads fields one after the other and remembers what is wrong; ``done`` refuses all at once.

    Every reader gives a value that can be worked with, also where it noted a problem.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, field: str, message: str) -> None:
        self.problems.append(Problem(field, message))

    def done(self) -> None:
        """Raise Invalid when anything was wrong."""
        if self.problems:
            raise Invalid.fields(self.problems)

    def text(
        self, field: str, value: object, *, longest: int, lines: bool = False, needed: bool = True
    ) -> str:
        try:
            return clean_text(
                "" if value is None else value, longest=longest, lines=lines, needed=needed
            )
        except TextError as error:
            self.refuse(field, str(error))
            return ""

    def number(self, field: str, value: object, *, needed: bool = True) -> Decimal | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            if needed:
                self.refuse(field, "This number is needed.")
            return None
        try:
            return exact(value)
        except NumberError as error:
            self.refuse(field, str(error))
            return None

    def whole(self, field: str, value: object, *, least: int, most: int) -> int:
        try:
            number = exact(value)
        except NumberError as error:
            self.refuse(field, str(error))
            return least
        if number != number.to_integral_value() or not least <= number <= most:
            self.refuse(field, f"This must be a whole number from {least} to {most}.")
            return least
        return int(number)

    def choice(self, field: str, value: object, choices: Iterable[str]) -> str:
        allowed = list(choices)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(field, f"This must be one of: {', '.join(allowed)}.")
            return allowed[0]
        return value

    def day(self, field: str, value: object, *, needed: bool = True) -> date | None:
        """A date, given as one or as YYYY-MM-DD, between 1990 and 2200."""
        if value is None or value == "":
            if needed:
                self.refuse(field, "This date is needed.")
            return None
        day = value
        if isinstance(value, str):
            try:
                day = date.fromisoformat(value) if len(value) == 10 and value.isascii() else None
            except ValueError:
                day = None
        if type(day) is not date:
            self.refuse(field, "This must be a date such as 2026-11-16.")
            return None
        if not FIRST_DAY <= day <= LAST_DAY:
            self.refuse(field, "This date lies in the far past or future.")
            return None
        return day
