"""PostgreSQL is read and nothing else, from an address that was judged."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection

from cadence.notices.addresses import Allowed
from cadence.notices.outward import system_resolver
from cadence.sources import postgresql
from cadence.sources.asking import Asked
from cadence.sources.shapes import Answer, Failed
from tests import needs

pytestmark = pytest.mark.django_db
ROWS = "SELECT day AS period, demos AS value FROM source_weeks ORDER BY day"


@pytest.fixture
def place() -> dict[str, Any]:
    """The server that the tests run on, as a connection would name it."""
    needs.postgresql()
    known = connection.settings_dict
    return {
        "host": known["HOST"] if not str(known["HOST"]).startswith("/") else "127.0.0.1",
        "port": int(known["PORT"] or 5432),
        "database": known["NAME"],
        "username": known["USER"],
        "encryption": "none",
    }


@pytest.fixture
def server(place: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own, which sees what a source has left behind."""
    known = connection.settings_dict
    with psycopg.connect(
        host=place["host"],
        port=place["port"],
        dbname=place["database"],
        user=place["username"],
        password=known["PASSWORD"],
        autocommit=True,
    ) as session:
        session.execute("DROP TABLE IF EXISTS source_weeks")
        session.execute("CREATE TABLE source_weeks (day date, demos numeric)")
        session.execute("CREATE SEQUENCE IF NOT EXISTS source_numbers")
        session.execute("INSERT INTO source_weeks VALUES ('2026-11-09', 31.25), ('2026-11-02', 40)")
        yield session
        session.execute("DROP TABLE source_weeks")
        session.execute("DROP SEQUENCE source_numbers")


def asked(query: str, within: float = 5.0, columns: tuple[str, str] = ("period", "value")) -> Asked:
    start, end = date(2026, 11, 9), date(2026, 11, 15)
    return Asked(query, "", *columns, start, end, "Europe/Berlin", within)


def read(place: dict[str, Any], what: Asked, **options: Any) -> Answer:
    allowed = Allowed.of(options.pop("allow", [f"{place['host']}:{place['port']}"]))
    secret = options.pop("secret", str(connection.settings_dict["PASSWORD"]))
    return postgresql.read(place, secret, what, allowed, options.pop("resolve", system_resolver))


def test_rows_come_as_exact_texts(place: Any, server: Any) -> None:
    found = read(place, asked(ROWS))
    assert found.columns == ("period", "value")
    assert found.rows == (("2026-11-02", "40"), ("2026-11-09", "31.25"))


def test_one_value_of_the_last_period(place: Any, server: Any) -> None:
    query = "SELECT sum(demos) FROM source_weeks WHERE day BETWEEN {starts_on} AND {ends_on};"
    assert read(place, asked(query, columns=("", ""))).rows == (("31.25",),)


def test_a_week_begins_when_it_begins_for_the_organization(place: Any, server: Any) -> None:
    query = "SELECT date_trunc('week', '2026-11-08 23:30Z'::timestamptz)"
    ((found,),) = read(place, asked(query, columns=("", ""))).rows
    assert found == "2026-11-09 00:00:00+01"


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO source_weeks VALUES ('2026-11-16', 1)",
        "UPDATE source_weeks SET demos = 1 RETURNING day AS period, demos AS value",
        "WITH gone AS (DELETE FROM source_weeks RETURNING *) SELECT day AS period, demos AS value "
        "FROM gone",
        "CREATE TABLE source_mine (a int)",
        "CREATE TEMP TABLE source_mine (a int)",
        "SELECT 1 AS period, 2 AS value INTO source_mine",
        "DROP TABLE source_weeks",
        "TRUNCATE source_weeks",
        "DO $$ BEGIN DELETE FROM source_weeks; END $$",
        "DO $$ BEGIN COMMIT; DELETE FROM source_weeks; END $$",
        "CALL nothing()",
        "COPY source_weeks TO STDOUT",
        "COPY (SELECT 1) TO PROGRAM 'touch /tmp/cadence-source-was-here'",
        "COPY source_weeks FROM PROGRAM 'echo 2026-11-16'",
        "SELECT nextval('source_numbers') AS period, 1 AS value",
        "SELECT setval('source_numbers', 99) AS period, 1 AS value",
        "SELECT 1 AS period, 2 AS value FROM source_weeks FOR UPDATE",
        "SELECT set_config('transaction_read_only', 'off', false) AS period, 1 AS value",
        "SELECT 1 AS period, 2 AS value; DELETE FROM source_weeks",
        "SELECT 1 AS period, 2 AS value; COMMIT; DELETE FROM source_weeks; --",
        "SELECT 1 AS period, 2 AS value) AS a; DELETE FROM source_weeks; --",
        "SELECT 1 AS period, 2 AS value) q UNION ALL SELECT repeat('x', 1000), '1' FROM (SELECT 1",
        "COMMIT",
        "ROLLBACK",
        "BEGIN",
        "SET TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off",
        "NOTIFY somebody",
        "LISTEN somebody",
        "VACUUM",
        "EXPLAIN ANALYZE DELETE FROM source_weeks",
        "PREPARE mine AS DELETE FROM source_weeks",
        "",
        ";",
        "-- nothing",
        "/* never closed",
        "no SQL at all",
        "SELECT '%s' %(a)s",
    ],
)
def test_whatever_is_no_reading_is_refused(place: Any, server: Any, query: str) -> None:
    with pytest.raises(Failed):
        read(place, asked(query))
    rows = server.execute("SELECT day, demos FROM source_weeks ORDER BY day").fetchall()
    assert [str(demos) for _, demos in rows] == ["40", "31.25"]
    assert server.execute("SELECT to_regclass('source_mine')").fetchone() == (None,)
    assert server.execute("SELECT last_value, is_called FROM source_numbers").fetchone() == (
        1,
        False,
    )


def test_what_a_reading_transaction_lets_pass_is_undone(place: Any, server: Any) -> None:
    # Large objects were not counted as writing before PostgreSQL 16.
    with suppress(Failed):
        read(place, asked("SELECT lo_create(4711) AS period, 1 AS value"))
    assert server.execute("SELECT 1 FROM pg_largeobject_metadata WHERE oid = 4711").fetchall() == []


@pytest.mark.parametrize("query", ["SELECT {} -- so far", "SELECT {} ;", "(SELECT {})"])
def test_comments_and_marks_at_the_end_do_no_harm(place: Any, server: Any, query: str) -> None:
    assert read(place, asked(query.format("1 AS period, '5%' AS value"))).rows == (("1", "5%"),)


def test_a_query_that_sleeps_is_ended(place: Any, server: Any) -> None:
    began = time.monotonic()
    with pytest.raises(Failed, match="longer than 1 seconds"):
        read(place, asked("SELECT pg_sleep(30)::text AS period, 1 AS value", within=1))
    assert time.monotonic() - began < 4


def test_of_a_giant_value_only_its_beginning_comes(place: Any, server: Any) -> None:
    query = "SELECT repeat('x', 100000000) AS period, '1' AS value"
    ((period, _),) = read(place, asked(query)).rows
    assert len(str(period)) == 101


def test_no_more_rows_are_fetched_than_may_come(place: Any, server: Any) -> None:
    query = "SELECT i AS period, i AS value FROM generate_series(1, 100000) i"
    assert len(read(place, asked(query)).rows) == 1001


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT day, demos AS value FROM source_weeks", ("day", "value")),
        ("SELECT 1 AS value, 2 AS value, 3 AS period", ("value", "value", "period")),
    ],
)
def test_another_shape_is_told_by_its_columns(
    place: Any, server: Any, query: str, columns: tuple[str, ...]
) -> None:
    assert read(place, asked(query)).columns == columns


def test_columns_may_be_called_as_anybody_likes(place: Any, server: Any) -> None:
    names = ('we"ek', "c0")
    found = read(place, asked('SELECT 1 AS "we""ek", 2 AS c0, 3 AS "c1"', columns=names))
    assert found.rows == (("1", "2"),)


def test_what_postgresql_says_is_said(place: Any, server: Any) -> None:
    with pytest.raises(Failed, match=r"PostgreSQL says: relation .nowhere. does not exist"):
        read(place, asked("SELECT * FROM nowhere"))


def test_no_such_database_is_said_without_an_address(place: Any) -> None:
    with pytest.raises(Failed) as refused:
        read({**place, "database": "nowhere"}, asked(ROWS))
    assert str(refused.value) == "There is no such database on the server."


def test_the_secret_is_in_no_sentence(place: Any, server: Any) -> None:
    with pytest.raises(Failed) as refused:
        read(place, asked("SELECT 'hush-hush'::int AS period, 1 AS value"), secret="hush-hush")
    assert "hush" not in str(refused.value)


# Addresses; these need no server.


def at(port: int = 5432, host: str = "127.0.0.1", encryption: str = "none") -> dict[str, Any]:
    return {
        "host": host,
        "port": port,
        "database": "a",
        "username": "a",
        "encryption": encryption,
    }


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "169.254.169.254",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "/run/postgresql",
        "db.example,127.0.0.1",
        "@cadence",
        "",
    ],
)
def test_a_database_inside_is_not_read_unless_the_installation_says_so(host: str) -> None:
    with pytest.raises(Failed):
        read(at(host=host), asked(ROWS), allow=["db.inner:5432"])


def test_a_name_that_leads_inside_is_not_read() -> None:
    with pytest.raises(Failed, match="inside a network"):
        read(at(host="db.example"), asked(ROWS), allow=[], resolve=lambda *_: ["10.0.0.7"])


def test_a_name_is_resolved_once() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    with pytest.raises(Failed):
        read(
            at(host="db.example"),
            asked(ROWS, within=0.2),
            allow=[],
            resolve=lambda *_: next(answers),
        )
    assert next(answers) == ["127.0.0.1"]


def test_a_public_database_is_read_only_encrypted() -> None:
    with pytest.raises(Failed, match="Without encryption"):
        read(at(host="db.example"), asked(ROWS), allow=[], resolve=lambda *_: ["93.184.216.34"])


def test_a_server_that_does_not_encrypt_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        threading.Thread(target=_says_no, args=(listening,), daemon=True).start()
        with pytest.raises(Failed, match="does not encrypt"):
            read(at(port, encryption="encrypted"), asked(ROWS), allow=[f"127.0.0.1:{port}"])


def _says_no(listening: socket.socket) -> None:
    with suppress(OSError):
        connection, _ = listening.accept()
        connection.recv(100)
        connection.sendall(b"N")


def test_a_server_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(Failed):
            read(at(port), asked(ROWS, within=1), allow=[f"127.0.0.1:{port}"])
        assert time.monotonic() - began < 5


def test_nothing_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Failed, match="Nothing listens"):
        read(at(port), asked(ROWS), allow=[f"127.0.0.1:{port}"])


def test_the_environment_of_the_installation_speaks_for_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[bytes] = []

    def listen(listening: socket.socket) -> None:
        with suppress(OSError):
            one, _ = listening.accept()
            heard.append(one.recv(1000))
            # Asks for the password in clear.
            one.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
            heard.append(one.recv(1000))

    monkeypatch.setenv("PGPASSWORD", "of-the-installation")
    monkeypatch.setenv("PGOPTIONS", "-c role=postgres")
    monkeypatch.setenv("PGUSER", "root")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=listen, args=(listening,), daemon=True)
        thread.start()
        with pytest.raises(Failed):
            read(at(port), asked(ROWS, within=2), allow=[f"127.0.0.1:{port}"], secret="")
        thread.join(5)
    assert heard
    assert not any(b"of-the-installation" in one or b"role=" in one for one in heard)
