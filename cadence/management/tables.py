"""Reading a CSV that somebody else wrote: its cells, its numbers, and where something is wrong."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

LARGEST_FILE = 64 * 1024 * 1024
# Beyond these a number is a slip, and arithmetic with it would take for ever.
MOST_DIGITS = 40
MOST_ZEROS = 40


class TableError(ValueError):
    """What is wrong with a table, with the line and the column where there is one."""


@dataclass(frozen=True)
class Table:
    """``rows``: the line of each row that is not empty, and its cells without outer spaces."""

    header: list[str]
    rows: list[tuple[int, list[str]]]

    def place(self, column: str) -> int:
        """Which column it is. Of two with one name it is the first."""
        if column not in self.header:
            there = ", ".join(name for name in self.header if name)
            raise TableError(f"There is no column “{column}”. There are: {there}.")
        return self.header.index(column)

    def cells(self, column: str) -> Iterator[tuple[int, str]]:
        """The line and the cell of each row; a row that is too short has an empty one."""
        place = self.place(column)
        for line, row in self.rows:
            yield line, row[place] if place < len(row) else ""

    def numbers(self, column: str) -> list[Decimal | None]:
        """A number for each row; None for an empty cell."""
        found = []
        for line, cell in self.cells(column):
            try:
                found.append(number(cell))
            except ValueError as error:
                raise TableError(f"Line {line}, column “{column}”: {error}") from None
        return found


def read_file(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TableError(f"{path.name} is larger than 64 MiB.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TableError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is not UTF-8 (byte {error.start}).") from error


def read_table(text: str) -> Table:
    """A table with a header. Raises TableError for one without, and for broken quotes."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise TableError(f"Line {reader.line_num}: {error}.") from error
    if not rows:
        raise TableError("There are no rows.")
    return Table(rows[0][1], rows[1:])


def number(text: str) -> Decimal | None:
    """The number in a cell; None when it is empty. A percent sign divides by a hundred.

    Thousands commas are taken; NaN and infinity are no numbers. Raises ValueError.
    """
    plain = text.strip().replace(",", "")
    percent = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    if not plain:
        return None
    try:
        found = Decimal(plain) if len(plain) <= 100 else Decimal("NaN")
    except InvalidOperation:
        raise ValueError(f"“{text.strip()[:40]}” is not a number.") from None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"“{text.strip()[:40]}” is not a number.")
    if len(found.as_tuple().digits) > MOST_DIGITS or abs(exponent) > MOST_ZEROS:
        raise ValueError(f"“{text.strip()[:40]}” has more than {MOST_DIGITS} digits.")
    return found / 100 if percent else found
