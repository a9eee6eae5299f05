"""What is never deleted is not deleted by the back doors of either database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from cadence.apps import declared_guards
from cadence.guards import Guard
from tests import needs
from tests.architecture.attack import as_a_replica, is_absolute, taken_back, triggers, without
from tests.architecture.test_tenancy import everything
from tests.cast import Cast

ABSOLUTE = [guard for guard in declared_guards() if is_absolute(guard)]


def run(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


@pytest.mark.parametrize("guard", ABSOLUTE, ids=lambda guard: guard.name)
def test_a_table_is_not_emptied(
    guard: Guard, cast: Cast, counted: Callable[[str, int], None]
) -> None:
    needs.postgresql()
    others = [one for one in declared_guards() if one != guard]
    emptying = f"TRUNCATE {guard.table} CASCADE"
    with without(list(declared_guards())):
        run(emptying)
    with without(others):
        with pytest.raises(IntegrityError, match=guard.name):
            run(emptying)
        with as_a_replica(), pytest.raises(IntegrityError, match=guard.name):
            run(emptying)
    counted("attacks on the database refused", 2)


@contextmanager
def careless() -> Iterator[None]:
    """A connection as the shell of SQLite opens it."""
    with taken_back(), connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
        try:
            yield
        finally:
            cursor.execute("PRAGMA recursive_triggers = ON")


@pytest.mark.parametrize("guard", ABSOLUTE, ids=lambda guard: guard.name)
def test_a_row_is_not_replaced(
    guard: Guard, cast: Cast, counted: Callable[[str, int], None]
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is a word of SQLite")
    row = next(row for model, row in everything(cast).items() if model._meta.label == guard.model)
    pk = row._meta.pk
    assert pk is not None
    itself = f'SELECT * FROM {guard.table} WHERE "{pk.column}" = {row.pk}'
    replacing = f"REPLACE INTO {guard.table} {itself}"
    others = [one for one in declared_guards() if one.table == guard.table and one != guard]
    with without(others):
        # Without the triggers that ask for the pragma, such a connection gets through.
        with careless(), connection.cursor() as cursor:
            for name, _ in triggers(guard):
                if name.endswith("_or_replace"):
                    cursor.execute(f"DROP TRIGGER {name}")
            assert run(replacing) == 1
        with careless(), pytest.raises(IntegrityError, match=guard.name):
            run(replacing)
        with pytest.raises(IntegrityError, match=guard.name):
            run(replacing)
    counted("attacks on the database refused", 2)
