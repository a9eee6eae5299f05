"""Reading from PostgreSQL: one query, in a transaction that only reads, from a judged address.

The query becomes a cursor, which takes no other statement than a query: no COPY, no DO, and no
WITH that writes. It is declared twice. The first time as it was typed: so it is a whole query by
itself, and when it stands in parentheses the second time, it cannot close them. The second time
only as much of each value is asked for as a number or a date can have.
"""

import math
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Timer

import certifi
import psycopg
from psycopg import errors, pq, sql

from cadence.notices.addresses import Allowed, Refused, target_of
from cadence.notices.outward import Deadline, Resolve, Unanswered, vetted
from cadence.sources.asking import Asked
from cadence.sources.shapes import LONGEST_CELL, MOST_ROWS, Answer, Failed

MODES = {"verified": "verify-full", "encrypted": "require", "none": "disable"}
LONGEST_SENTENCE = 200
# Where nothing can be.
NO_FILE = "/dev/null/none"


def read(
    parts: Mapping[str, object], secret: str, asked: Asked, allowed: Allowed, resolve: Resolve
) -> Answer:
    """``parts`` are host, port, database, username and encryption. Raises Failed."""
    end = Deadline(time.monotonic() + asked.within, asked.within)
    try:
        with _connected(parts, secret, allowed, resolve, end) as connection:
            return _asked(connection, asked, end)
    except (Refused, Unanswered) as refusal:
        raise Failed(str(refusal)) from refusal
    except errors.QueryCanceled as error:
        raise Failed(f"It took longer than {asked.within:g} seconds.") from error
    except psycopg.Error as error:
        if time.monotonic() >= end.at:
            raise Failed(f"It took longer than {asked.within:g} seconds.") from error
        raise Failed(_sentence(error, secret)) from error


@contextmanager
def _connected(
    parts: Mapping[str, object], secret: str, allowed: Allowed, resolve: Resolve, end: Deadline
) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    host, port = str(parts["host"]), int(str(parts["port"]))
    # Reads the name as a web address does: one form for everybody who judges it.
    target_of(f"https://{host}:{port}", allowed)
    addresses = vetted(host, port, allowed, end, resolve)
    inside = allowed.place(host.lower(), port) or all(allowed.network(one) for one in addresses)
    if parts["encryption"] == "none" and not inside:
        raise Refused("Without encryption only databases inside the own network are read.")
    connection = psycopg.connect(
        host=",".join([host] * len(addresses)),
        hostaddr=",".join(str(address) for address in addresses),
        port=port,
        dbname=str(parts["database"]),
        user=str(parts["username"]),
        password=secret,
        connect_timeout=max(2, math.floor(end.left() / len(addresses))),
        sslmode=MODES[str(parts["encryption"])],
        # Nothing of this machine or its environment speaks for whoever wrote the connection:
        # no password file, no certificate, no ticket, no option.
        passfile=NO_FILE,
        sslcertmode="disable",
        # Where no file is, `require` checks none.
        sslrootcert=_authorities() if parts["encryption"] == "verified" else NO_FILE,
        gssencmode="disable",
        options="",
        target_session_attrs="any",
        client_encoding="utf8",
        application_name="Cadence",
        autocommit=True,
    )
    # Statements have a limit on the server's side; this one is for a server that does not keep it.
    handle = socket.socket(fileno=_copy_of(connection))
    timer = Timer(max(end.at - time.monotonic(), 0) + 0.5, _shut, (handle,))
    timer.daemon = True
    timer.start()
    try:
        yield connection
    finally:
        timer.cancel()
        with suppress(psycopg.Error):
            connection.close()
        handle.close()


def _authorities() -> str:
    """The file of those who sign certificates: the system's, or the one that comes with Python's
    web clients. ``SSL_CERT_FILE`` names another."""
    return ssl.get_default_verify_paths().cafile or certifi.where()


def _copy_of(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as copy:
        return copy.detach()


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _asked(
    connection: psycopg.Connection[tuple[object, ...]], asked: Asked, end: Deadline
) -> Answer:
    query = asked.as_sql()
    cursor = connection.cursor()
    cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    limit = str(max(1, int(end.left() * 1000)))
    for name, value in (
        ("statement_timeout", limit),
        ("lock_timeout", limit),
        ("idle_in_transaction_session_timeout", limit),
        ("datestyle", "ISO, YMD"),
        ("timezone", asked.time_zone),
    ):
        cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
    _declare(connection, "typed", sql.SQL("{}\n").format(_verbatim(query)))
    columns = _columns(connection, "typed")
    shown = [asked.period_column, asked.value_column] if asked.period_column else columns[:1]
    if len(columns) == 1 if not asked.period_column else all(columns.count(n) == 1 for n in shown):
        aliases = sql.SQL(", ").join(sql.Identifier(f"c{n}") for n in range(len(columns)))
        short = sql.SQL(", ").join(
            sql.SQL("left({}::text, {})").format(
                sql.Identifier(f"c{columns.index(name)}"), sql.Literal(LONGEST_CELL + 1)
            )
            for name in shown
        )
        whole = sql.SQL("SELECT {} FROM ({}\n) AS asked ({})").format(
            short, _verbatim(query), aliases
        )
        _declare(connection, "shortened", whole)
        cursor.execute(
            sql.SQL("FETCH FORWARD {} FROM shortened").format(sql.Literal(MOST_ROWS + 1))
        )
        rows = tuple(tuple(_cell(value) for value in row) for row in cursor.fetchall())
        return Answer(tuple(shown), rows)
    # Another shape: its columns say what is wrong, and no row needs to be read for that.
    return Answer(tuple(columns), ((None,) * len(columns),))


def _declare(
    connection: psycopg.Connection[tuple[object, ...]], name: str, query: sql.Composed
) -> None:
    statement = sql.SQL("DECLARE {} NO SCROLL CURSOR FOR {}").format(sql.Identifier(name), query)
    # Binary, because that takes the extended protocol, which has one statement and never more.
    connection.cursor(binary=True).execute(statement, binary=True)


def _verbatim(query: str) -> sql.SQL:
    return sql.SQL(query)


def _columns(connection: psycopg.Connection[tuple[object, ...]], name: str) -> list[str]:
    """Of a cursor that was declared, without running it."""
    found = connection.pgconn.describe_portal(name.encode())
    if found.status == pq.ExecStatus.FATAL_ERROR:
        raise Failed("The query answers nothing: it must be a SELECT.")
    names = (found.fname(place) for place in range(found.nfields))
    return [(one or b"").decode("utf-8", "replace") for one in names]


def _cell(value: object) -> str | None:
    return None if value is None else str(value)


def _sentence(error: psycopg.Error, secret: str) -> str:
    """What PostgreSQL said, in one line; of a connection that failed only why, and no address."""
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return _of_connecting(str(error))
    said = error.diag.message_primary or "no reason"
    if secret:
        said = said.replace(secret, "•••")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return f"A source only reads: {said}."
    if "multiple commands" in said:
        return "A source asks one statement, not several."
    return f"PostgreSQL says: {said[:LONGEST_SENTENCE]}."


_REASONS = (
    ("password authentication failed", "PostgreSQL did not take the name or the password."),
    ("no password supplied", "PostgreSQL asks for a password."),
    ("no pg_hba.conf entry", "PostgreSQL does not let this name in from here."),
    ("certificate verify failed", "The certificate of the server is not valid."),
    ("does not match host name", "The certificate of the server is of another name."),
    ("server does not support SSL", "The server does not encrypt."),
    ("Connection refused", "Nothing listens there: the connection was refused."),
    ("timeout", "No connection in time."),
)


def _of_connecting(said: str) -> str:
    for words, sentence in _REASONS:
        if words in said:
            return sentence
    for what in ("database", "role"):
        if f'{what} "' in said and "does not exist" in said:
            return f"There is no such {what} on the server."
    return "The connection broke off, or no PostgreSQL answers there."
