"""Two or more people at once: threads with a connection each, starting together in every round."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from cadence.guards import Guard
from tests.architecture.attack import by_name, triggers

READ_COMMITTED, REPEATABLE_READ = "READ COMMITTED", "REPEATABLE READ"
Runner = Callable[[int], Any]


def run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.rowcount


def value(question: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, list(values))
        row = cursor.fetchone()
        return row[0] if row else None


@contextmanager
def at_level(level: str) -> Iterator[None]:
    """A transaction. SQLite has one level only: one writer after the other."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            run(f"SET TRANSACTION ISOLATION LEVEL {level}")
        yield


def hesitate() -> None:
    """For a moment of up to three milliseconds."""
    time.sleep(random.random() * 0.003)


def refused(act: Callable[[], None]) -> bool:
    """Whether the database refused. A transaction that came too late to be in order is refused."""
    try:
        act()
    except IntegrityError:
        return True
    except OperationalError as error:
        if "could not serialize" in str(error):
            return True
        raise
    return False


def race(rounds: int, *runners: Runner, before: Runner | None = None) -> list[list[Any]]:
    """What every runner came to in every round. The first one prepares the round."""
    barrier = Barrier(len(runners), timeout=60)
    results: list[list[Any]] = [[None] * len(runners) for _ in range(rounds)]
    failures: list[Exception] = []

    def course(lane: int, runner: Runner) -> None:
        try:
            for number in range(rounds):
                if lane == 0 and before is not None:
                    before(number)
                barrier.wait()
                results[number][lane] = runner(number)
                barrier.wait()
        except BrokenBarrierError:
            pass
        except Exception as error:
            failures.append(error)
            barrier.abort()
        finally:
            connections["default"].close()

    threads = [Thread(target=course, args=entry) for entry in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


@contextmanager
def many_connections(folder: Path) -> Iterator[None]:
    """Threads see what the test has written. SQLite's test database is in memory, so on SQLite
    they get a file that is a copy of it, with the settings of the product."""
    if connection.vendor != "sqlite":
        yield
        return
    name = folder / "races.sqlite3"
    connection.ensure_connection()
    run("VACUUM INTO %s", str(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.settings["default"], "NAME", str(name))
        yield


def afterwards(question: Callable[[], Any]) -> Any:
    """The answer of the database in which the race took place."""
    return race(1, lambda _: question())[0][0]


@contextmanager
def without_touch(*names: str) -> Iterator[None]:
    """The guards as they would be if they only looked, to see that a race can be lost."""
    guards = [by_name()[name] for name in names]
    _install([replace(guard, touch="") for guard in guards])
    try:
        yield
    finally:
        _install(guards)


def _install(guards: Sequence[Guard]) -> None:
    for guard in guards:
        for name, table in triggers(guard):
            run(f"DROP TRIGGER {name} ON {table}")
        run(f"DROP FUNCTION guard_{guard.name}()")
        for statement in guard.statements("postgresql"):
            run(statement)
