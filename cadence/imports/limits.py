"""How much one file may hold, and why a file is not read at all."""

from cadence.errors import Invalid

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 500
MOST_CELLS = 1_000_000
LONGEST_CELL = 10_000
# Recorded by one import at most: they land in one transaction, and on SQLite every other writer
# waits for it, up to 20 seconds.
MOST_READINGS = 60_000
# What a workbook may unfold to, and into how many parts.
MOST_UNPACKED = 150 * 1024 * 1024
MOST_PARTS = 2_000
MOST_SHEETS = 50
# So many empty rows after one another end a sheet; what a format leaves behind can be a million.
EMPTY_ROWS_END = 10_000


def unreadable(message: str) -> Invalid:
    """Why a file is not read, as a sentence for who brought it. Code ``file_unreadable``."""
    return Invalid.field("file", message, code="file_unreadable")


def too_much(what: str, most: int) -> Invalid:
    return unreadable(f"The file holds too much: at most {most:,} {what}. Import it in parts.")
