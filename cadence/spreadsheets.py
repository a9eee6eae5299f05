"""Tables as CSV (RFC 4180) for people who go on in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet takes a cell that begins like this for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table, its head first. None is an empty cell, other values are written as text.

    Begins with a byte order mark: without one Excel takes UTF-8 for something else. A text that a
    spreadsheet would run stands behind an apostrophe, numbers do not.
    """
    written = io.StringIO()
    written.write("\ufeff")
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
