"""Tables as CSV (RFC 4180) for people who go on in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

# A spreadsheet takes a cell that begins like this for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table, its head first. None is an empty cell, other values are written as text.

    Begins with a byte order mark: without one Excel takes UTF-8 for something else. A text that a
    spreadsheet would run stands behind an apostrophe, numbers do not.
    """
    return "".join(csv_lines(head, rows))


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The same, line by line, for an answer that is streamed."""
    yield "\ufeff"
    for row in chain([head], rows):
        written = io.StringIO()
        csv.writer(written).writerow([_cell(value) for value in row])
        yield written.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
