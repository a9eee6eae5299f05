"""Reading from SQLite files below one folder of the installation: read only, and nothing else.

What a query may do is said by an authorizer, statement by statement as SQLite compiles it: read
tables and call functions. To attach another file, to set a pragma, to write or to load a library
is none of that.
"""

import sqlite3
import time
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from cadence.sources.asking import Asked
from cadence.sources.shapes import LONGEST_CELL, MOST_ROWS, Answer, Cell, Failed

NO_FOLDER = "This installation reads no SQLite files: CADENCE_SOURCES_FOLDER names no folder."
LONGEST_SQL = 10_000
# Of any text or blob on the way, in bytes: a query may not build a larger one.
LARGEST_VALUE = 1_000_000
STEPS_BETWEEN_LOOKS = 5_000

_MAY = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_FUNCTION,
}
_MAY_NOT_CALL = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"}


def read(file: str, asked: Asked) -> Answer:
    """Raises Failed."""
    end = time.monotonic() + asked.within
    with closing(_opened(path_of(file), end)) as connection:
        try:
            cursor = connection.execute(asked.as_sql())
            if cursor.description is None:
                raise Failed("The query answers nothing: it must be a SELECT.")
            rows = cursor.fetchmany(MOST_ROWS + 1)
        except sqlite3.Warning as error:
            raise Failed(_sentence(error)) from error
        except sqlite3.Error as error:
            if time.monotonic() >= end:
                raise Failed(f"It took longer than {asked.within:g} seconds.") from error
            raise Failed(_sentence(error)) from error
    columns = tuple(str(one[0])[:LONGEST_CELL] for one in cursor.description)
    return Answer(columns, tuple(tuple(_cell(value) for value in row) for row in rows))


def path_of(file: str) -> Path:
    """The file, which lies in the folder also when links are followed. Raises Failed."""
    if settings.SOURCES_FOLDER is None:
        raise Failed(NO_FOLDER)
    folder = settings.SOURCES_FOLDER.resolve()
    try:
        path = (folder / file).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise Failed("There is no such file in the folder of sources.") from None
    if not path.is_relative_to(folder) or not path.is_file() or _is_our_own(path):
        raise Failed("There is no such file in the folder of sources.")
    return path


def _is_our_own(path: Path) -> bool:
    database = settings.DATABASES["default"]
    with suppress(OSError, ValueError):
        return "sqlite" in str(database["ENGINE"]) and path.samefile(str(database["NAME"]))
    return False


def _opened(path: Path, end: float) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=2, isolation_level=None
        )
    except sqlite3.Error as error:
        raise Failed("The file cannot be opened.") from error
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA query_only = ON")
    # Functions in views and triggers of the file are not to be trusted either.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA mmap_size = 0")
    connection.set_authorizer(_authorized)
    connection.set_progress_handler(lambda: time.monotonic() >= end, STEPS_BETWEEN_LOOKS)
    return connection


def _authorized(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action not in _MAY:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _MAY_NOT_CALL:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _cell(value: object) -> Cell:
    if value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        # SQLite keeps doubles: this is the shortest text that means the same double.
        return repr(value)
    if isinstance(value, bytes):
        raise Failed("It answered bytes (a BLOB), which are neither a number nor a date.")
    return str(value)[: LONGEST_CELL + 1]


def _sentence(error: Exception) -> str:
    said = str(error)
    if "not authorized" in said or "prohibited" in said:
        return f"A source only reads: {said}."
    if "one statement" in said:
        return "A source asks one statement, not several."
    return f"SQLite says: {said}."
