"""From a table and what was said about it to rows of readings, each with its place in the file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast

from cadence.calendar.periods import (
    DAY,
    PeriodError,
    PeriodKind,
    is_start,
    period_start,
)
from cadence.errors import Problem
from cadence.evaluation.rows import Row as ReadingRow
from cadence.imports import dates, numbers
from cadence.imports.catalog import Catalog, Known
from cadence.imports.choices import (
    ACROSS,
    METRIC,
    NOTE,
    PERIOD,
    RECOGNISE,
    VALUE,
    Choices,
    metric_of,
)
from cadence.imports.dates import Named, Order
from cadence.imports.limits import MOST_READINGS, too_much
from cadence.imports.numbers import Style, number_in
from cadence.imports.tables import Cell, Row, Sheet, is_blank, text_of
from cadence.inputs import NumberError, exact

_WHY = {
    "e": "The workbook has an error here: {text}.",
    "f": "This formula has no value: open the workbook, let it compute, and save it.",
    "m": "This cell lies under the merged cells {text}, whose value stands in the first of them.",
    "b": "This is {text}, not a number.",
    "d": "This is a date, not a number.",
}
_SHARED = "Several metrics are called this: write the key of the one that is meant."


@dataclass
class Laid:
    """Rows in the order of the file. ``places`` has for each the row, and the columns of its
    metric, period, value and note; ``faults`` says better than the rules what is wrong with a
    field of a row, by the number of the row from 1."""

    rows: list[ReadingRow] = field(default_factory=list)
    places: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    faults: dict[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What the table leaves open, each with an example; empty where nothing is."""

    numbers: str = ""
    dates: str = ""

    def problems(self) -> list[Problem]:
        found = []
        if self.numbers:
            one, other = number_in(self.numbers, "point"), number_in(self.numbers, "comma")
            values = " or ".join(n.text for n in (one, other) if n)
            found.append(
                Problem("numbers", f"Say how numbers are written: {self.numbers} can be {values}.")
            )
        if self.dates:
            days = " or ".join(named(self.dates, order) for order in ("day", "month"))
            found.append(
                Problem("dates", f"Say how dates are written: {self.dates} can be {days}.")
            )
        return found


def named(text: str, order: str) -> str:
    found = dates.named_in(text, "month" if order == "month" else "day")
    return found.text if found else text


@dataclass
class Reader:
    """Reads cells of one table, each distinct text once."""

    sheet: Sheet
    choices: Choices
    catalog: Catalog
    week_start: int

    def __post_init__(self) -> None:
        self.start = self.choices.header_row
        self._named: dict[str, Named | None] = {}
        self._starts: dict[tuple[str, PeriodKind], date | str] = {}
        self._metrics: dict[str, object] = {}
        self.order: Order = "day"
        self.serials: Literal[0, 1900, 1904] = 0
        self.styles: dict[int, Style] = {}
        self.asked = self._decide()

    # What the columns decide

    def _decide(self) -> Asked:
        return Asked(self._decide_numbers(), self._decide_dates())

    def texts(self, place: int) -> Iterator[str]:
        for row in self.sheet.rows[self.start :]:
            if place < len(row):
                cell = row[place]
                if isinstance(cell, str) and cell:
                    yield cell.strip()

    def _decide_numbers(self) -> str:
        """The style of each column of values; gives an example where nothing decides it."""
        roles = self.choices.roles
        values = [
            place
            for place, role in enumerate(roles)
            if role in {VALUE, ACROSS} or metric_of(role) is not None
        ]
        said = self.choices.numbers
        if said != RECOGNISE:
            self.styles = dict.fromkeys(values, "comma" if said == "comma" else "point")
            return ""
        found = {place: numbers.decide(self.texts(place)) for place in values}
        known = {one.style for one in found.values() if one.style}
        # A column that does not decide is written as the others are.
        common: Style = known.pop() if len(known) == 1 else "point"
        decided = len({one.style for one in found.values() if one.style}) == 1
        self.styles = {place: one.style or common for place, one in found.items()}
        if decided:
            return ""
        return next((one.example for one in found.values() if not one.style and one.example), "")

    def _decide_dates(self) -> str:
        roles = self.choices.roles
        if PERIOD in roles:
            texts = list(self.texts(self.choices.column(PERIOD)))
        else:
            texts = [text_of(cell) for cell in self._header_cells() if isinstance(cell, str)]
        days = sum(len(text) == 5 and text.isdigit() for text in texts)
        if days and days >= 0.8 * len(texts):
            self.serials = 1904 if self.sheet.from_1904 else 1900
        if self.choices.dates != RECOGNISE:
            self.order = "month" if self.choices.dates == "month" else "day"
            return ""
        found = dates.decide(dict.fromkeys(texts))
        self.order = found.order or "day"
        return "" if found.order else found.example

    def _header_cells(self) -> Sequence[Cell]:
        if not self.start:
            return ()
        row = self.sheet.rows[self.start - 1]
        return [cell for cell, role in zip(row, self.choices.roles, strict=False) if role == ACROSS]

    # Cells

    def metric(self, cell: Cell) -> object:
        """The id of the metric that a cell names; the text itself, or None, where it names none."""
        text = text_of(cell)
        if text not in self._metrics:
            known = self.catalog.find(text)
            # A number in a file is a number of theirs, such as of a store; never our id.
            self._metrics[text] = known.pk if known else None if text.isdigit() else text
        return self._metrics[text]

    def metric_fault(self, cell: Cell) -> str:
        """Why a cell names no metric, where that can be said better than the rules do."""
        if not isinstance(cell, str):
            return _WHY[cell[0]].format(text=cell[1]) if cell[0] in "efm" else ""
        return _SHARED if self.catalog.is_shared(cell) else ""

    def period(self, cell: Cell, known: Known | None) -> date | str:
        """The start of the period for this metric, or the text that the rules refuse."""
        text = cell if isinstance(cell, str) else text_of(cell)
        kind = cast(PeriodKind, known.read_per) if known else DAY
        key = (text, kind)
        if key not in self._starts:
            self._starts[key] = self._start(text, isinstance(cell, list) and cell[0] == "n", kind)
        return self._starts[key]

    def _start(self, text: str, is_number: bool, kind: PeriodKind) -> date | str:
        serials: Literal[0, 1900, 1904] = self.serials
        if is_number and not serials:
            serials = 1904 if self.sheet.from_1904 else 1900
        found = dates.named_in(text.strip(), self.order, serials=serials)
        if found is None:
            return text.strip()
        if found.kind != DAY:
            return found.text
        try:
            day = date.fromisoformat(found.text)
            if self.choices.days == "any":
                return period_start(kind, day, self.week_start)
            # Else as text: the refusal then says which start was meant.
            return day if is_start(kind, day, self.week_start) else found.text
        except (ValueError, PeriodError):
            return found.text

    def value(self, cell: Cell, place: int, known: Known | None) -> tuple[object, str]:
        """The value, and why it is none where that can be said better than the rules do."""
        if isinstance(cell, str):
            text = cell.strip()
            if not text:
                return None, ""
            number = number_in(text, self.styles[place])
            if number is None:
                return None, self._no_number(text, self.styles[place])
            if number.is_percentage and known and "%" not in known.unit:
                return None, self._no_percentage(known)
            return number.text, ""
        kind, text = cell
        if kind == "p" and known and "%" not in known.unit:
            return None, self._no_percentage(known)
        return (text, "") if kind in {"n", "p"} else (None, _WHY[kind].format(text=text))

    @staticmethod
    def _no_percentage(known: Known) -> str:
        unit = f"in {known.unit}" if known.unit else "a number without %"
        return f"This is a percentage, and “{known.name}” is {unit}."

    @staticmethod
    def _no_number(text: str, style: Style) -> str:
        if number_in(text, "comma" if style == "point" else "point") is not None:
            return "This number is written otherwise than the others of its column."
        try:
            exact(text)
        except NumberError as error:
            return str(error)
        return "This must be a number."


def lay(
    sheet: Sheet,
    choices: Choices,
    catalog: Catalog,
    week_start: int,
    told: Callable[[int], None] = lambda row: None,
) -> Laid:
    """Every reading of a table. ``told`` is called with the number of rows read so far.

    Raises Invalid when the table holds more readings than are recorded at once.
    """
    reader = Reader(sheet, choices, catalog, week_start)
    laid = Laid()
    layer = {"long": _lay_long, "wide": _lay_wide, "across": _lay_across}[choices.shape]
    take = layer(reader, laid)
    for number, row in enumerate(sheet.rows[reader.start :], start=reader.start + 1):
        if row and not all(map(is_blank, row)):
            take(number, row)
            if len(laid.rows) > MOST_READINGS:
                raise too_much("readings", MOST_READINGS)
        if not number % 2_000:
            told(number)
    return laid


Take = Callable[[int, Row], None]


def _cell(row: Row, place: int) -> Cell:
    return row[place] if 0 <= place < len(row) else ""


def _add(
    laid: Laid,
    reading: ReadingRow,
    place: tuple[int, int, int, int, int],
    fault: str,
    period: Cell,
    metric_fault: str = "",
) -> None:
    laid.rows.append(reading)
    laid.places.append(place)
    if fault:
        laid.faults[len(laid.rows), "value"] = fault
    if metric_fault:
        laid.faults[len(laid.rows), "metric"] = metric_fault
    if not isinstance(period, str) and period[0] in "efm":
        laid.faults[len(laid.rows), "period"] = _WHY[period[0]].format(text=period[1])


def _lay_long(reader: Reader, laid: Laid) -> Take:
    """A row for each reading."""
    choices, by_id = reader.choices, reader.catalog.by_id
    metric_at, value_at = choices.column(METRIC), choices.column(VALUE)
    period_at = choices.column(PERIOD)
    note_at = choices.column(NOTE) if NOTE in choices.roles else -1

    def take(number: int, row: Row) -> None:
        metric_cell = _cell(row, metric_at)
        metric = reader.metric(metric_cell)
        known = by_id.get(metric) if isinstance(metric, int) else None
        why = "" if known else reader.metric_fault(metric_cell)
        period_cell = _cell(row, period_at)
        period = reader.period(period_cell, known)
        value, fault = reader.value(_cell(row, value_at), value_at, known)
        note = text_of(_cell(row, note_at))
        places = (number, metric_at + 1, period_at + 1, value_at + 1, note_at + 1)
        _add(laid, ReadingRow(metric, period, value, note), places, fault, period_cell, why)

    return take


def _lay_wide(reader: Reader, laid: Laid) -> Take:
    """A column for each metric; an empty cell is no reading."""
    choices = reader.choices
    period_at = choices.column(PERIOD)
    note_at = choices.column(NOTE) if NOTE in choices.roles else -1
    # One that has been retired since it was chosen too: the rules refuse its readings.
    metrics = [
        (place, key, reader.catalog.by_id.get(key))
        for place, role in enumerate(choices.roles)
        if (key := metric_of(role)) is not None
    ]

    def take(number: int, row: Row) -> None:
        period_cell = _cell(row, period_at)
        note = text_of(_cell(row, note_at))
        for place, key, known in metrics:
            cell = _cell(row, place)
            if is_blank(cell):
                continue
            value, fault = reader.value(cell, place, known)
            places = (number, place + 1, period_at + 1, place + 1, note_at + 1)
            reading = ReadingRow(key, reader.period(period_cell, known), value, note)
            _add(laid, reading, places, fault, period_cell)

    return take


def _lay_across(reader: Reader, laid: Laid) -> Take:
    """A row for each metric, the headings are the periods; an empty cell is no reading."""
    choices, by_id = reader.choices, reader.catalog.by_id
    metric_at = choices.column(METRIC)
    header = reader.sheet.rows[reader.start - 1] if reader.start else []
    across = [place for place, role in enumerate(choices.roles) if role == ACROSS]

    def take(number: int, row: Row) -> None:
        metric_cell = _cell(row, metric_at)
        metric = reader.metric(metric_cell)
        known = by_id.get(metric) if isinstance(metric, int) else None
        why = "" if known else reader.metric_fault(metric_cell)
        for place in across:
            cell = _cell(row, place)
            if is_blank(cell):
                continue
            value, fault = reader.value(cell, place, known)
            places = (number, metric_at + 1, place + 1, place + 1, 0)
            heading = _cell(header, place)
            reading = ReadingRow(metric, reader.period(heading, known), value, "")
            _add(laid, reading, places, fault, heading, why)

    return take
