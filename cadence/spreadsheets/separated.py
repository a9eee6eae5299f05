import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain

from cadence.spreadsheets.harm import harmless


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table as CSV, its head first. None is an empty cell, other values are written as text.

    Begins with a byte order mark: without one Excel takes UTF-8 for something else. A text that a
    spreadsheet would run stands behind an apostrophe, numbers do not.
    """
    written = io.StringIO()
    written.write("\ufeff")
    writer = csv.writer(written)
    for row in chain([head], rows):
        writer.writerow([_cell(value) for value in row])
    return written.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return harmless(value)
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(" ", "minutes")
    return str(value)
