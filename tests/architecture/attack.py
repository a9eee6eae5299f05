"""How the database is attacked, and what counts as an attack that failed.

A change (a row updated, deleted or inserted) is tried in every way there is: as raw SQL, as raw
SQL that asks for conflicts to be overlooked, through the queryset, and on PostgreSQL by a session
that takes itself for a replica. Every refusal of a guard is tried once more without that one
guard: it has to pass then, or it would prove nothing.
"""

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, connection, models, transaction

from cadence import guards
from cadence.apps import declared_guards
from cadence.guards import ALWAYS, Guard
from tests.cast import Cast

Way = Callable[[], Any]


@dataclass
class Change:
    """One change of the database and the ways to bring it about."""

    told: str
    ways: list[Way]


def sql(text: str, *values: Any) -> Change:
    return Change(text, [lambda: _execute(text, values)])


def orm(act: Way) -> Change:
    return Change("through the ORM", [act])


def update(row: models.Model, **values: Any) -> Change:
    """By column: ``update(review, team_id=3)``. A text is stored as it is, of whatever field."""
    model, key = type(row), row.pk
    table, pk = model._meta.db_table, model._meta.pk
    assert pk is not None
    columns = ", ".join(f'"{name}" = %s' for name in values)
    where = f'WHERE "{pk.column}" = %s'
    stored = [*(_stored(model, name, value) for name, value in values.items()), key]
    ways: list[Way] = [
        lambda: _execute(f"UPDATE {table} SET {columns} {where}", stored),
        lambda: model._base_manager.filter(pk=key).update(**values),
    ]
    if connection.vendor == "sqlite":
        for word in ("IGNORE", "REPLACE"):
            text = f"UPDATE OR {word} {table} SET {columns} {where}"
            ways.append(lambda text=text: _execute(text, stored))
    return Change(f"{model.__name__}: {values}", ways)


def delete(row: models.Model) -> Change:
    model, key = type(row), row.pk
    text = f'DELETE FROM {model._meta.db_table} WHERE "{model._meta.pk.column}" = %s'  # type: ignore[union-attr]
    rows = model._base_manager.filter(pk=key)
    ways = [lambda: _execute(text, [key]), lambda: rows._raw_delete(rows.db)]
    return Change(f"{model.__name__} deleted", ways)


def insert(row: models.Model) -> Change:
    """The row is not saved yet."""
    model = type(row)
    fields = [one for one in model._meta.concrete_fields if getattr(row, one.attname) is not None]
    values = [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    marks = ", ".join("%s" for _ in fields)
    text = f"INTO {model._meta.db_table} ({columns}) VALUES ({marks})"
    ways: list[Way] = [
        lambda: _execute(f"INSERT {text}", values),
        lambda: len(model._base_manager.bulk_create([copy.copy(row)])),
    ]
    if connection.vendor == "sqlite":
        for word in ("IGNORE", "REPLACE"):
            ways.append(lambda word=word: _execute(f"INSERT OR {word} {text}", values))
    return Change(f"{model.__name__} inserted", ways)


def again(row: models.Model, **changes: Any) -> models.Model:
    """A new row like this one, not saved."""
    clone = copy.copy(row)
    clone.pk, clone._state = None, copy.copy(row._state)
    # A shallow copy would share what the row points to.
    clone._state.fields_cache = dict(row._state.fields_cache)
    clone._state.adding = True
    for name, value in changes.items():
        setattr(clone, name, value)
    return clone


def _stored(model: type[models.Model], column: str, value: Any) -> Any:
    if isinstance(value, str):
        return value
    found = next(one for one in model._meta.concrete_fields if one.column == column)
    return found.get_db_prep_save(value, connection)


def _execute(text: str, values: Any = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text, list(values) or None)
        return cursor.rowcount


@dataclass
class Attempt:
    """An attack on one clause: a guard or a constraint. Whatever passes is taken back."""

    clause: str
    guard: Guard | None = None
    allowed_count: int = 0
    refused_count: int = 0
    columns: set[str] = field(default_factory=set)

    def allowed(self, change: Change) -> None:
        for way in change.ways:
            self._passes(way, f"{self.clause} refuses what is allowed: {change.told}")
            self.allowed_count += 1

    def refused(self, change: Change) -> None:
        # To replace a row that breaks a uniqueness is what `OR REPLACE` is for.
        for way in change.ways if self.guard is not None else change.ways[:2]:
            if self.guard is not None:
                with without([self.guard]):
                    self._passes(way, f"Not {self.clause} alone refuses this: {change.told}")
            self._is_refused(way, change.told)
            if connection.vendor == "postgresql":
                with as_a_replica():
                    self._is_refused(way, f"{change.told}, as a replica")

    def keeps(self, row: models.Model, **values: Any) -> None:
        """Every column of a ``fixed`` guard is tried. A dictionary changes others beside it."""
        for column, value in values.items():
            changes = value if isinstance(value, dict) else {column: value}
            self.refused(update(row, **changes))
            self.columns.add(column)
        assert self.guard is not None
        fixed = set(re.findall(r'NEW\."(\w+)" \{differs\} OLD\.', self.guard.condition))
        assert self.columns == fixed, f"{self.clause}: also try {sorted(fixed - self.columns)}"

    def _passes(self, way: Way, otherwise: str) -> None:
        with taken_back():
            try:
                rows = way()
            except (IntegrityError, DataError) as error:
                raise AssertionError(f"{otherwise} ({error})") from error
            assert rows != 0, f"{otherwise} (no row was there to change)"

    def _is_refused(self, way: Way, told: str) -> None:
        try:
            with taken_back():
                rows = way()
        except (IntegrityError, DataError) as error:
            assert self._is_named_in(error), f"{self.clause} should refuse {told}, but: {error}"
            self.refused_count += 1
        else:
            # `OR IGNORE` may leave the row out without a word.
            assert rows == 0, f"{self.clause} let through: {told}"
            self.refused_count += 1

    def _is_named_in(self, error: Exception) -> bool:
        if self.guard is not None:
            return isinstance(error, IntegrityError) and self.clause in str(error)
        # SQLite names the columns of a broken uniqueness; PostgreSQL has no column for infinity.
        words = (self.clause, "UNIQUE constraint", "NOT NULL", "not-null")
        return isinstance(error, DataError) or any(word in str(error) for word in words)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def without(lifted: list[Guard]) -> Iterator[None]:
    """The database without these guards; everything is as it was afterwards."""
    with taken_back(), connection.cursor() as cursor:
        settle(cursor)
        for guard in lifted:
            for name, table in triggers(guard):
                on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {name}{on_table}")
        yield


@contextmanager
def as_a_replica() -> Iterator[None]:
    """A PostgreSQL session in which ordinary triggers and foreign keys do not fire."""
    with taken_back(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield


def settle(cursor: Any) -> None:
    """PostgreSQL alters no table while a foreign key waits to be checked."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def triggers(guard: Guard) -> list[tuple[str, str]]:
    return [
        (statement.split()[2], guard.table)
        for statement in guard.statements(connection.vendor)
        if statement.startswith("CREATE TRIGGER ")
    ]


Story = Callable[[Cast, Attempt], None]
ATTACKS: dict[str, list[Story]] = {}


def attack(clause: str) -> Callable[[Story], Story]:
    """Registers a story as an attack on the guard or constraint of this name."""

    def register(story: Story) -> Story:
        ATTACKS.setdefault(clause, []).append(story)
        return story

    return register


def never_deleted(clause: str, find: Callable[[Cast], models.Model]) -> None:
    ATTACKS.setdefault(clause, []).append(lambda cast, attempt: attempt.refused(delete(find(cast))))


def by_name() -> dict[str, Guard]:
    return {guard.name: guard for guard in declared_guards()}


def is_absolute(guard: Guard) -> bool:
    return "DELETE" in guard.events and guard.condition == ALWAYS


def all_faults() -> list[str]:
    return guards.faults(connection, declared_guards())
