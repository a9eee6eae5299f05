"""A table that people open in a spreadsheet."""

import csv
import io
from decimal import Decimal

from cadence.spreadsheets import csv_of


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_what_is_written_is_read_back() -> None:
    row = ['Lucía, “quoted” "here"', None, 7, Decimal("-0.5"), "two\nlines"]
    assert read(csv_of(["a", "b", "c", "d", "e"], [row])) == [
        ["a", "b", "c", "d", "e"],
        ['Lucía, “quoted” "here"', "", "7", "-0.5", "two\nlines"],
    ]


def test_a_text_that_a_spreadsheet_would_run_is_only_shown() -> None:
    harm = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "plain"]
    (row,) = read(csv_of(["a"] * 6, [harm]))[1:]
    assert row == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "'\t=1", "plain"]
