"""Daily figures from a CSV: a date column, a column for each figure, an empty cell is missing."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from cadence.inputs import FIRST_DAY, LAST_DAY, NumberError, exact

# 2020-01-05; 05-Jan-2020; Sun, 05-Jan-2020; 5 Jan 2020
DATE_FORMATS = ("%Y-%m-%d", "%d-%b-%Y", "%a, %d-%b-%Y", "%d %b %Y")
LONGEST_FILE = 64 * 1024 * 1024


class FiguresError(ValueError):
    """What is wrong with the file, with the line and the column."""


@dataclass(frozen=True)
class Figures:
    """Days in order, and for each column the values of the days that have one."""

    days: list[date]
    columns: dict[str, dict[date, Decimal]]


def read_figures(path: Path, date_column: str, columns: list[str], date_format: str) -> Figures:
    """Read the named columns. Thousands commas, a percent sign and a byte order mark are taken.

    Raises FiguresError for a missing column, a date that is none, not in order or there twice,
    and a cell that is no number.
    """
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise FiguresError(f"{path.name} is larger than 64 MiB.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FiguresError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FiguresError(f"{path.name} is not UTF-8 (byte {error.start}).") from error
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(rows, [])]
        places = {name: _place(header, name) for name in [date_column, *columns]}
        found = Figures([], {name: {} for name in columns})
        for row in rows:
            if any(cell.strip() for cell in row):
                _read_row(found, row, rows.line_num, places, date_column, date_format)
    except csv.Error as error:
        raise FiguresError(f"Line {rows.line_num}: {error}.") from error
    if not found.days:
        raise FiguresError(f"{path.name} has no rows.")
    return found


def _place(header: list[str], name: str) -> int:
    if name not in header:
        raise FiguresError(f"There is no column “{name}”. There are: {', '.join(header)}.")
    return header.index(name)


def _read_row(
    found: Figures,
    row: list[str],
    line: int,
    places: dict[str, int],
    date_column: str,
    date_format: str,
) -> None:
    day = _day(_cell(row, places[date_column]), line, date_column, date_format)
    if found.days and day <= found.days[-1]:
        raise FiguresError(
            f"Line {line}, column “{date_column}”: {day} is not after {found.days[-1]}."
        )
    found.days.append(day)
    for name, values in found.columns.items():
        cell = _cell(row, places[name]).replace(",", "").removesuffix("%").strip()
        if cell:
            try:
                values[day] = exact(cell)
            except NumberError as error:
                raise FiguresError(f"Line {line}, column “{name}”: {error}") from error


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _day(text: str, line: int, column: str, date_format: str) -> date:
    for pattern in (date_format,) if date_format else DATE_FORMATS:
        try:
            day = datetime.strptime(text, pattern).date()  # noqa: DTZ007  # only its date is used
        except ValueError:
            continue
        if FIRST_DAY <= day <= LAST_DAY:
            return day
    raise FiguresError(f"Line {line}, column “{column}”: “{text[:40]}” is not a date.")
