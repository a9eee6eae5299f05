"""Tables for people who go on in a spreadsheet: CSV (RFC 4180) and XLSX. No cell of them runs."""

from cadence.spreadsheets.separated import csv_of as csv_of
from cadence.spreadsheets.tables import MOST_ROWS as MOST_ROWS
from cadence.spreadsheets.tables import Table as Table
from cadence.spreadsheets.workbook import workbook_of as workbook_of

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a list may be asked for as, besides a page of it.
FORMATS = {"csv": CSV, "xlsx": XLSX}


def file_of(table: Table, format: str) -> tuple[bytes, str]:
    """The table as a file of one of the `FORMATS`, and its content type."""
    if format == "csv":
        return csv_of(table.head, table.all_rows()).encode(), f"{CSV}; charset=utf-8"
    return workbook_of(table), XLSX
