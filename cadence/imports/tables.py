"""A table as it was brought: cells of text, and what a workbook knows about a cell besides."""

import zlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from cadence.imports.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, too_much

Cell = str | list[str]
"""A text; or a kind and a text, in cells of workbooks:

``n`` a number, ``p`` a percentage (25 for 25%), ``d`` a date as YYYY-MM-DD, ``b`` a truth value,
``e`` an error such as #N/A, ``f`` a formula without a value, ``m`` covered by a merged range.
"""

Row = list[Cell]


@dataclass
class Sheet:
    """Rows as they stand, empty ones too, so that a row has the number it has in the file.

    ``notes`` are sentences about what was read otherwise than it looks.
    """

    name: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    # Workbooks count days from 1900 or 1904.
    from_1904: bool = False


@dataclass
class Book:
    """What a file holds. ``kind`` is ``text`` or ``workbook``; ``encoding`` and ``separator`` say
    how a text was read."""

    kind: str
    sheets: list[Sheet]
    encoding: str = ""
    separator: str = ""


def text_of(cell: Cell) -> str:
    """The cell as people read it."""
    if isinstance(cell, str):
        return cell.strip()
    kind, text = cell
    if kind == "p":
        return f"{text}%"
    return "" if kind == "m" else text


def is_blank(cell: Cell) -> bool:
    return not cell.strip() if isinstance(cell, str) else False


def letter(column: int) -> str:
    """The letters of a column, counted from 0: A, B … Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def within_limits(sheets: list[Sheet]) -> None:
    """Raise Invalid when there is more than one import takes."""
    cells = 0
    for sheet in sheets:
        if len(sheet.rows) > MOST_ROWS + 1:
            raise too_much("rows", MOST_ROWS)
        if max(map(len, sheet.rows), default=0) > MOST_COLUMNS:
            raise too_much("columns", MOST_COLUMNS)
        cells += sum(map(len, sheet.rows))
    if cells > MOST_CELLS:
        raise too_much("cells", MOST_CELLS)


def packed(value: Any) -> bytes:
    """Plain JSON values, small: the columns of a file repeat themselves."""
    return zlib.compress(orjson.dumps(value), 1)


def unpacked(content: bytes | memoryview) -> Any:
    return orjson.loads(zlib.decompress(content))


def pack(book: Book) -> bytes:
    # Not `asdict`, which copies every row.
    sheets = [vars(sheet) for sheet in book.sheets]
    return packed({**vars(book), "sheets": sheets})


def unpack(content: bytes | memoryview) -> Book:
    found = unpacked(content)
    sheets = [Sheet(**sheet) for sheet in found.pop("sheets")]
    return Book(sheets=sheets, **found)
