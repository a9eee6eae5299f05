"""From the sheets of a workbook to rows of named values; each cell that cannot be read is named."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from cadence.errors import Invalid
from cadence.imports.structure_sheets import (
    BY_NAME,
    EXAMPLE,
    EXPLAINED,
    SHEETS,
    Column,
    SheetKind,
)
from cadence.imports.tables import Cell, Row, is_blank, text_of
from cadence.imports.workbooks import is_workbook, read_workbook
from cadence.inputs import FIRST_DAY, LAST_DAY, NumberError, exact

# What a workbook writes for a character that XML does not have; see `spreadsheets.workbook`.
_ESCAPED = re.compile(r"_x005[Ff]_(?=x[0-9A-Fa-f]{4}_)")
MOST_TEXT = 4000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the sheet, its row and the head of the column, and why."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Given:
    """A row of a sheet: what stands in its cells, by the name of the column. What is empty is not
    there; it leaves things as they are."""

    sheet: SheetKind
    row: int
    values: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.values.get("name", ""))

    def fault(self, field: str, message: str) -> Fault:
        return Fault(self.sheet.name, self.row, self.sheet.head(field), message)


@dataclass
class Structure:
    """What a workbook says, sheet by sheet, and what of it cannot be read."""

    rows: dict[str, list[Given]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    # Sentences about what was not looked at.
    notes: list[str] = field(default_factory=list)


Cells = dict[str, list[Row]]
"""The sheets that matter, by name: what is kept between looking and doing."""


def cells_of(content: bytes) -> tuple[Cells, list[str]]:
    """The sheets of structure in a workbook, and what else was in it, in words. Raises Invalid
    ``file_unreadable``."""
    if not is_workbook(content):
        raise Invalid.field("file", "This is no .xlsx workbook.", code="file_unreadable")
    book = read_workbook(content)
    by_name = {sheet.name.casefold(): sheet.name for sheet in SHEETS}
    found: Cells = {}
    others, notes = [], []
    for sheet in book.sheets:
        name = by_name.get(sheet.name.strip().casefold())
        if name is None and sheet.name not in (EXPLAINED, EXAMPLE):
            others.append(sheet.name)
        elif name is not None:
            found[name] = sheet.rows
            notes += [f"{name}: {note}" for note in sheet.notes]
    if not found:
        names = ", ".join(BY_NAME)
        raise Invalid.field(
            "file", f"No sheet has one of these names: {names}.", code="file_unreadable"
        )
    if others:
        notes.append(f"Not read: {', '.join(others)}.")
    return found, notes


def read_structure(cells: Cells, parts: Iterable[str]) -> Structure:
    """The rows of these sheets. Every cell that cannot be read is a fault."""
    structure = Structure()
    for name in parts:
        structure.rows[name] = list(_rows(BY_NAME[name], cells.get(name, []), structure))
    return structure


def _rows(sheet: SheetKind, rows: list[Row], structure: Structure) -> Iterator[Given]:
    first = next((n for n, row in enumerate(rows) if not all(map(is_blank, row))), None)
    if first is None:
        return
    columns = _columns(sheet, rows[first], first + 1, structure)
    for number, row in enumerate(rows[first + 1 :], start=first + 2):
        if all(map(is_blank, row)):
            continue
        values: dict[str, Any] = {}
        before = len(structure.faults)
        for column, cell in zip(columns, row, strict=False):
            if column is None or is_blank(cell):
                continue
            try:
                value = _value(column, cell)
            except ValueError as error:
                structure.faults.append(Fault(sheet.name, number, column.head, str(error)))
                continue
            if value != "":
                values[column.name] = value
        for column in sheet.columns:
            lacks = column.needed and column.name not in values
            if lacks and len(structure.faults) == before:
                structure.faults.append(Fault(sheet.name, number, column.head, "This is needed."))
        yield Given(sheet, number, values)


def _columns(
    sheet: SheetKind, heads: Row, number: int, structure: Structure
) -> list[Column | None]:
    known = {column.head.casefold(): column for column in sheet.columns}
    found: list[Column | None] = []
    for cell in heads:
        head = text_of(cell)
        column = known.get(head.casefold())
        if column is not None and column in found:
            structure.faults.append(Fault(sheet.name, number, head, "This column is there twice."))
            column = None
        elif column is None and head:
            structure.notes.append(f"{sheet.name}: the column “{head[:60]}” was not read.")
        found.append(column)
    for column in sheet.columns:
        if column.needed and column not in found:
            message = f"There is no column “{column.head}”."
            structure.faults.append(Fault(sheet.name, number, column.head, message))
    return found


def _value(column: Column, cell: Cell) -> Any:
    """The value of a cell. Raises ValueError with a sentence."""
    if not isinstance(cell, str) and cell[0] in _UNREADABLE:
        raise ValueError(_UNREADABLE[cell[0]])
    text = _ESCAPED.sub("_", normalize("NFC", text_of(cell).replace("\r\n", "\n")))
    if len(text) > MOST_TEXT:
        raise ValueError(f"This is too long: at most {MOST_TEXT:,} characters.")
    match column.kind:
        case "number" | "whole":
            return _number(text)
        case "limit":
            try:
                return _number(text)
            except NumberError:
                return text
        case "day":
            return _day(text)
        case "choice":
            return _choice(column, text)
        case "email":
            return text.lower()
    return text


_UNREADABLE = {
    "e": "This is an error of the spreadsheet.",
    "f": "This is a formula that was never computed: open the workbook, and save it again.",
    "m": "This cell is merged with another one: undo the merging.",
}


def _number(text: str) -> Decimal:
    return exact(text.replace("\u00a0", "").replace(" ", ""))


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("This must be a date such as 2026-11-16.")
    return day


def _choice(column: Column, text: str) -> str:
    for value, word in column.choices.items():
        if text.casefold() in {value.casefold(), word.casefold()}:
            return value
    raise ValueError(f"This must be one of: {', '.join(column.choices.values())}.")
