"""From the bytes of an XLSX workbook to tables: values as they were last computed, never formulas.

What would unfold to too much is refused by the directory of the archive, before anything is read.
"""

import io
import re
import time
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cadence.errors import Refusal
from cadence.imports.limits import (
    EMPTY_ROWS_END,
    LONGEST_CELL,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_ROWS,
    MOST_SHEETS,
    MOST_UNPACKED,
    too_much,
    unreadable,
)
from cadence.imports.tables import Book, Cell, Row, Sheet, within_limits

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECONDS = 30.0
# A double has 15 digits that mean something; a column of ours keeps nine after the point.
_DIGITS, _PLACES = 15, Decimal("0.000000001")
# Parts of a sheet that the reader does not tell of. Names may bear a prefix of their namespace.
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
# A formula of type ``str`` with an empty value was computed: it is an empty text.
_NO_VALUE = re.compile(
    rb'<(?:\w+:)?c\s(?![^<>]*\bt="str")[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>]*>\s*'
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MOST_MERGED = 10_000
# What a format of numbers writes as it stands: 0.0"%" shows 12.5 as 12.5%, and 0.0% as 1250%.
_LITERAL = re.compile(r'"[^"]*"|\\.')


def is_workbook(content: bytes) -> bool:
    """Whether it is an archive, or an Excel file of before 2007, which is then refused by name."""
    return content.startswith((_ZIP, _OLE))


def read_workbook(content: bytes) -> Book:
    """Every visible sheet that holds something. Raises Invalid with a sentence."""
    _look_inside(content)
    try:
        return _read(content)
    except Refusal:
        raise
    except Exception as error:
        # The reader stumbles over a broken file in many ways, none of which it names.
        raise unreadable("This workbook is broken: save it anew as .xlsx.") from error


def _look_inside(content: bytes) -> None:
    if content.startswith(_OLE):
        raise unreadable(
            "This is an Excel file of before 2007, or one with a password: save it as .xlsx."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise unreadable("This workbook is broken: save it anew as .xlsx.") from error
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise unreadable("This workbook unfolds to too much. Save only the sheet that you need.")
    if any(part.flag_bits & 1 for part in parts):
        raise unreadable("This workbook has a password: save it without.")
    if "xl/workbook.bin" in names or "[Content_Types].xml" not in names:
        raise unreadable("This is no .xlsx workbook: save it as .xlsx or CSV.")


def _read(content: bytes) -> Book:
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    end = time.monotonic() + SECONDS
    try:
        from_1904 = workbook.epoch == CALENDAR_MAC_1904
        visible = [one for one in workbook.worksheets if one.sheet_state == "visible"]
        if len(visible) > MOST_SHEETS:
            raise too_much("sheets", MOST_SHEETS)
        sheets: list[Sheet] = []
        room = MOST_CELLS
        for one in visible or workbook.worksheets:
            sheet = _sheet(one, from_1904, end, room)
            room -= sum(map(len, sheet.rows))
            if sheet.rows:
                sheets.append(sheet)
    finally:
        workbook.close()
    if not sheets:
        raise unreadable("There is nothing in this workbook.")
    within_limits(sheets)
    return Book("workbook", sheets)


def _sheet(worksheet: Any, from_1904: bool, end: float, room: int) -> Sheet:
    # What a sheet says of its size is often not so.
    worksheet.reset_dimensions()
    sheet = Sheet(str(worksheet.title)[:100], [], from_1904=from_1904)
    empty = 0
    for cells in worksheet.iter_rows():
        row = _row(cells)
        if not row:
            empty += 1
            if empty > EMPTY_ROWS_END:
                sheet.notes.append(
                    f"Nothing was read below row {len(sheet.rows)}: "
                    f"{EMPTY_ROWS_END:,} empty rows follow it."
                )
                break
            continue
        # A row keeps its number: the empty ones above it are there too.
        sheet.rows += [[] for _ in range(empty)]
        empty = 0
        sheet.rows.append(row)
        room -= len(row)
        if len(sheet.rows) > MOST_ROWS + 1:
            raise too_much("rows", MOST_ROWS)
        if room < 0:
            raise too_much("cells", MOST_CELLS)
        if time.monotonic() > end:
            raise unreadable("This workbook takes too long to read. Save the sheet as CSV.")
    if sheet.rows:
        _mark(sheet, _source(worksheet))
    return sheet


def _source(worksheet: Any) -> bytes:
    with worksheet._get_source() as source:
        found: bytes = source.read()
        return found


def _row(cells: Iterable[Any]) -> Row:
    row = [_cell(cell) for cell in cells]
    while row and row[-1] == "":
        row.pop()
    if len(row) > MOST_COLUMNS:
        raise too_much("columns", MOST_COLUMNS)
    return row


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return ["e", str(value)[:20]]
    if isinstance(value, bool):
        return ["b", "TRUE" if value else "FALSE"]
    if isinstance(value, int | float):
        number = _exact(value)
        shown = cell.number_format or ""
        if "%" in _LITERAL.sub("", shown):
            return ["p", format((number * 100).normalize(), "f")]
        return ["p" if "%" in shown else "n", format(number, "f")]
    if isinstance(value, datetime):
        return ["d", value.date().isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, time_of_day):
        return value.isoformat()
    text = str(value)
    if len(text) > LONGEST_CELL:
        raise unreadable(f"A cell holds more than {LONGEST_CELL:,} characters.")
    return text


def _exact(value: int | float) -> Decimal:
    """The number that the spreadsheet shows: a double that was computed ends in noise."""
    number = Decimal(f"{value:.{_DIGITS}g}") if isinstance(value, float) else Decimal(value)
    if number.is_finite() and number.adjusted() < _DIGITS:
        number = number.quantize(_PLACES)
        return number.normalize() + 0 if number else Decimal(0)
    return number


def _mark(sheet: Sheet, source: bytes) -> None:
    """Formulas that were never computed, and cells that lie under a merged range."""
    for match in _NO_VALUE.finditer(source):
        row, column = coordinate_to_tuple(match[1].decode())
        _put(sheet, row, column, ["f", ""])
    merged = 0
    for match in _MERGED.finditer(source):
        left, top, right, bottom = range_boundaries(match[1].decode())
        assert left and top and right and bottom
        width = min(right, MOST_COLUMNS) - left + 1
        merged += max(width, 0) * max(min(bottom, len(sheet.rows)) - top + 1, 0)
        if merged > _MOST_MERGED:
            raise unreadable("This sheet has too many merged cells: undo the merging.")
        for row in range(top, min(bottom, len(sheet.rows)) + 1):
            for column in range(left, left + width):
                if (row, column) != (top, left):
                    _put(sheet, row, column, ["m", match[1].decode()])
    if merged:
        sheet.notes.append(
            "Cells are merged. The value stands in the first cell of each; the others count as "
            "merged, not as having it."
        )


def _put(sheet: Sheet, row: int, column: int, cell: Cell) -> None:
    """Into a row that is there, and only where nothing stands."""
    if row > len(sheet.rows) or column > MOST_COLUMNS:
        return
    cells = sheet.rows[row - 1]
    cells += [""] * (column - len(cells))
    if cells[column - 1] == "":
        cells[column - 1] = cell
