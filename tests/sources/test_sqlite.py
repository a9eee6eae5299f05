"""Files are read and nothing else: not written, not attached, not left, not run for ever."""

import sqlite3
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from cadence.sources import sqlite
from cadence.sources.asking import Asked
from cadence.sources.shapes import Failed
from tests.sources.conftest import Weeks
from tests.sources.rows import WEEKS

FILE = "figures.sqlite3"


def asked(query: str, within: float = 5.0) -> Asked:
    start, end = date(2026, 11, 9), date(2026, 11, 15)
    return Asked(query, "", "period", "value", start, end, "Europe/Berlin", within)


def test_rows_come_as_they_are_kept(weeks: Weeks) -> None:
    weeks(("2026-11-02", 40), ("2026-11-09", 31.25), ("2026-11-16", None))
    found = sqlite.read(FILE, asked(WEEKS))
    assert found.columns == ("period", "value")
    assert found.rows == (("2026-11-02", 40), ("2026-11-09", "31.25"), ("2026-11-16", None))


def test_the_days_of_the_last_period_are_filled_in(weeks: Weeks) -> None:
    weeks(("2026-11-02", 40), ("2026-11-09", 31))
    query = "SELECT demos FROM weeks WHERE day BETWEEN {starts_on} AND {ends_on};"
    assert sqlite.read(FILE, asked(query)).rows == ((31,),)


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO weeks VALUES ('2026-11-09', 1)",
        "UPDATE weeks SET demos = 99",
        "DELETE FROM weeks",
        "DELETE FROM weeks RETURNING day AS period, demos AS value",
        "DROP TABLE weeks",
        "CREATE TABLE mine (a)",
        "CREATE TEMP TABLE mine (a)",
        "ATTACH 'other.sqlite3' AS other",
        "ATTACH '/etc/passwd' AS other",
        "DETACH main",
        "VACUUM INTO 'copy.sqlite3'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('libm.so.6')",
        "SELECT writefile('mine', 'x')",
        "SELECT readfile('/etc/passwd')",
        "BEGIN",
        "COMMIT",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; DELETE FROM weeks",
        "",
        "-- nothing",
        "SELECT \0",
        "no SQL at all",
    ],
)
def test_whatever_is_no_reading_is_refused(weeks: Weeks, query: str) -> None:
    path = weeks(("2026-11-09", 31))
    before = path.read_bytes()
    with pytest.raises(Failed):
        sqlite.read(FILE, asked(query))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [FILE]


def test_a_query_without_end_is_ended(weeks: Weeks) -> None:
    weeks()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    began = time.monotonic()
    with pytest.raises(Failed, match=r"longer than 0\.5 seconds"):
        sqlite.read(FILE, asked(endless, within=0.5))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "query",
    [
        "SELECT hex(zeroblob(1000000000))",
        "SELECT group_concat(hex(zeroblob(10000))) FROM weeks a, weeks b, weeks c",
    ],
)
def test_a_giant_value_is_not_built(weeks: Weeks, query: str) -> None:
    weeks(*[("2026-11-09", 1)] * 10)
    with pytest.raises(Failed, match="SQLite says"):
        sqlite.read(FILE, asked(query))


def test_no_more_rows_are_fetched_than_may_come(weeks: Weeks) -> None:
    weeks()
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    assert len(sqlite.read(FILE, asked(many)).rows) == 1001


def test_bytes_are_no_number(weeks: Weeks) -> None:
    weeks()
    with pytest.raises(Failed, match="BLOB"):
        sqlite.read(FILE, asked("SELECT x'00ff'"))


def test_text_that_is_no_text_does_not_break_anything(weeks: Weeks) -> None:
    weeks()
    assert sqlite.read(FILE, asked("SELECT CAST(x'ff41' AS TEXT)")).rows == (("�A",),)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.sqlite3",
        "/etc/passwd",
        "link",
        "linked/outside.sqlite3",
        "",
        ".",
        "\0",
        "missing.sqlite3",
        "a" * 5000,
        "%2e%2e/outside.sqlite3",
    ],
)
def test_nothing_outside_the_folder_is_opened(folder: Path, name: str) -> None:
    outside = folder.parent / "outside.sqlite3"
    with closing(sqlite3.connect(outside)) as database:
        database.execute("CREATE TABLE weeks (day, demos)")
    (folder / "link").symlink_to(outside)
    (folder / "linked").symlink_to(folder.parent)
    with pytest.raises(Failed, match="no such file"):
        sqlite.read(name, asked(WEEKS))


def test_a_link_inside_the_folder_may_be_followed(weeks: Weeks) -> None:
    path = weeks(("2026-11-09", 31))
    (path.parent / "latest").symlink_to(path)
    assert len(sqlite.read("latest", asked(WEEKS)).rows) == 1


def test_a_name_cannot_add_options_to_the_address_of_the_file(folder: Path) -> None:
    odd = folder / "figures.sqlite3?mode=rwc"
    with closing(sqlite3.connect(odd)) as database:
        database.execute("CREATE TABLE weeks (day, demos)")
    assert sqlite.read(odd.name, asked(WEEKS)).rows == ()
    assert [one.name for one in folder.iterdir()] == [odd.name]


def test_without_a_folder_no_file_is_read(settings: Settings) -> None:
    settings.SOURCES_FOLDER = None
    with pytest.raises(Failed, match="CADENCE_SOURCES_FOLDER"):
        sqlite.read(FILE, asked(WEEKS))


def test_the_database_of_cadence_itself_is_not_read(
    weeks: Weeks, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = weeks(("2026-11-09", 31))
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(path))
    with pytest.raises(Failed, match="no such file"):
        sqlite.read(FILE, asked(WEEKS))


def test_what_is_no_database_says_so(folder: Path) -> None:
    (folder / FILE).write_text("day,demos\n" * 1000)
    with pytest.raises(Failed, match="not a database"):
        sqlite.read(FILE, asked(WEEKS))


def test_what_was_written_a_moment_ago_is_read(weeks: Weeks) -> None:
    path = weeks(("2026-11-09", 31))
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("UPDATE weeks SET demos = 32")
        assert sqlite.read(FILE, asked(WEEKS)).rows == (("2026-11-09", 32),)
