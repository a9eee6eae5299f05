"""From what a source answered to the readings of a metric. Pure.

Nothing is guessed: an answer of another shape than the one that was agreed is a failure, with a
sentence that says what came instead.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cadence.calendar.periods import PeriodError, PeriodKind, last_ended, parse_period, period_end
from cadence.inputs import NumberError, exact

MOST_ROWS = 1000
# Of one value as text: more is no number and no date.
LONGEST_CELL = 100
# As databases write the first moment of a day, which is what date_trunc gives.
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9:]+)?")

Cell = str | Decimal | None


class Failed(Exception):
    """Why a source brought nothing, as a sentence without secrets."""


@dataclass(frozen=True)
class Answer:
    """What came back: the names of the columns, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Agreed:
    """What a row means. Without a period column the answer is one value, of the last period."""

    period_column: str
    value_column: str
    read_per: PeriodKind
    week_start: int


@dataclass(frozen=True)
class Pulled:
    """One value of the answer, by the first day of its period."""

    starts_on: date
    value: Decimal | None
    # Its period is not over, so it is not a reading yet.
    is_running: bool

    @property
    def counts(self) -> bool:
        return self.value is not None and not self.is_running


def pulled(answer: Answer, agreed: Agreed, today: date) -> list[Pulled]:
    """The values by their periods, the earliest first. Raises Failed for another shape."""
    if len(answer.rows) > MOST_ROWS:
        raise Failed(f"It answered more than {MOST_ROWS} rows.")
    if not agreed.period_column:
        return [_single(answer, agreed, today)]
    columns = [_place(answer.columns, name) for name in (agreed.period_column, agreed.value_column)]
    found: dict[date, Pulled] = {}
    for number, row in enumerate(answer.rows, start=1):
        period, value = (row[place] for place in columns)
        starts_on = _period(period, agreed, number)
        if starts_on in found:
            raise Failed(f"Row {number} is of the same period as another: {starts_on}.")
        running = period_end(agreed.read_per, starts_on) >= today
        # Where there is no value there is no reading; that it is missing shows by itself.
        number_of_it = None if value is None else _number(value, f"Row {number}: ")
        found[starts_on] = Pulled(starts_on, number_of_it, running)
    return [found[day] for day in sorted(found)]


def last_period(agreed: Agreed, today: date) -> tuple[date, date]:
    """The first and the last day of the latest period that is over."""
    start = last_ended(agreed.read_per, today, agreed.week_start)
    return start, period_end(agreed.read_per, start)


def _single(answer: Answer, agreed: Agreed, today: date) -> Pulled:
    if len(answer.rows) != 1:
        raise Failed(f"One value was expected, and it answered {_many(len(answer.rows), 'row')}.")
    if len(answer.columns) != 1:
        raise Failed(
            f"One value was expected, and it answered {_many(len(answer.columns), 'column')}: "
            f"{_listed(answer.columns)}."
        )
    (value,) = answer.rows[0]
    if value is None:
        raise Failed("It answered no value (null).")
    start, _ = last_period(agreed, today)
    return Pulled(start, _number(value, ""), False)


def _place(columns: Sequence[str], name: str) -> int:
    count = columns.count(name)
    if count == 1:
        return columns.index(name)
    if count:
        raise Failed(f"It answered {count} columns “{name}”; one was expected.")
    raise Failed(f"It answered no column “{name}”; it has {_listed(columns)}.")


def _period(cell: Cell, agreed: Agreed, number: int) -> date:
    if not isinstance(cell, str):
        raise Failed(f"Row {number}: the period is {'missing' if cell is None else 'a number'}.")
    text = cell.strip()
    if match := _MIDNIGHT.fullmatch(text):
        text = match[1]
    try:
        return parse_period(agreed.read_per, text, agreed.week_start)
    except PeriodError as error:
        raise Failed(f"Row {number}: {error}") from None


def _number(cell: str | Decimal, where: str) -> Decimal:
    try:
        return exact(cell)
    except NumberError as error:
        shown = str(cell)
        shown = ascii(shown if len(shown) <= 40 else f"{shown[:40]}…").strip("'\"")
        raise Failed(f"{where}“{shown}” is refused: {error}") from None


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(f"“{name[:40]}”" for name in columns[:8])
    return f"{shown} and more" if len(columns) > 8 else shown or "none"
