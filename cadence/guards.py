"""Guards: what the database refuses to everybody, said once beside the model.

A constraint judges one row, or two rows of a table. A guard judges a change: this row may not
become like that, given another one. It is a sentence and a condition in SQL that both databases
read; from it come a trigger on SQLite, and a trigger and its function on PostgreSQL.

In a condition ``NEW`` and ``OLD`` are the row, ``{differs}`` is the comparison that takes NULL
as a value, ``{true}`` and ``{false}`` are the values of a boolean column. A condition that is
true is refused.

Django alters SQLite tables by rebuilding them, which drops their triggers or fails because of
them; so the guards are lifted before migrations and installed after them. On PostgreSQL no
trigger names a column (``UPDATE OF``): the column could then not be altered.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.apps import apps
from django.db import DatabaseError, models
from django.db.backends.base.base import BaseDatabaseWrapper

Event = Literal["INSERT", "UPDATE", "DELETE"]
EVENTS: tuple[Event, ...] = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Guard:
    """``name`` is the clause that a refusal is known by; ``sentence`` is what people read.

    ``touch`` is SQL that runs when the guard lets the row pass: an UPDATE that changes nothing
    but makes two transactions collide that would otherwise not see each other.
    """

    name: str
    model: str
    sentence: str
    events: tuple[Event, ...]
    condition: str
    touch: str = ""

    @property
    def table(self) -> str:
        return apps.get_model(self.model)._meta.db_table

    def statements(self, vendor: str) -> list[str]:
        """The SQL that installs this guard."""
        return self._postgresql() if vendor == "postgresql" else self._sqlite()

    def _sqlite(self) -> list[str]:
        condition = self.condition.format(differs="IS NOT", true="1", false="0")
        touch = f" {self.touch};" if self.touch else ""
        return [
            f"CREATE TRIGGER {self._trigger(event)} BEFORE {event} ON {self.table} FOR EACH ROW "
            f"BEGIN SELECT RAISE(ABORT, '{self._message()}') WHERE {condition};{touch} END"
            for event in self.events
        ]

    def _postgresql(self) -> list[str]:
        condition = self.condition.format(differs="IS DISTINCT FROM", true="TRUE", false="FALSE")
        function = f"guard_{self.name}"
        touch = f" {self.touch};" if self.touch else ""
        body = (
            f"BEGIN IF ({condition}) THEN RAISE EXCEPTION USING ERRCODE = 'check_violation', "
            f"CONSTRAINT = '{self.name}', MESSAGE = '{self._message()}'; END IF;{touch} "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
        )
        found = [f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"]
        for event in self.events:
            found += self._postgresql_trigger(
                self._trigger(event), f"BEFORE {event}", "FOR EACH ROW", function
            )
        if "DELETE" in self.events and self.condition == ALWAYS:
            # TRUNCATE fires no row trigger.
            found += self._postgresql_trigger(
                f"{self._trigger('DELETE')}_all", "BEFORE TRUNCATE", "FOR EACH STATEMENT", function
            )
        return found

    def _postgresql_trigger(self, name: str, when: str, each: str, function: str) -> list[str]:
        return [
            f"CREATE TRIGGER {name} {when} ON {self.table} {each} EXECUTE FUNCTION {function}()",
            # Else a session with session_replication_role = replica walks past it.
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {name}",
        ]

    def _trigger(self, event: str) -> str:
        return f"guard_{self.name}_{event.lower()}"

    def _message(self) -> str:
        return f"{self.name}: {self.sentence}".replace("'", "''")


ALWAYS = "{true}"


def never_deleted(model: str, name: str, sentence: str) -> Guard:
    return Guard(name, model, sentence, ("DELETE",), ALWAYS)


def never_changed(model: str, name: str, sentence: str) -> Guard:
    return Guard(name, model, sentence, ("UPDATE", "DELETE"), ALWAYS)


def fixed(
    model: str, name: str, sentence: str, fields: Sequence[str], *, when: str = ALWAYS
) -> Guard:
    """These columns keep their value, in every row of which ``when`` is true."""
    changed = " OR ".join(f'NEW."{column}" {{differs}} OLD."{column}"' for column in fields)
    return Guard(name, model, sentence, ("UPDATE",), f"({when}) AND ({changed})")


def one_organization(model: type[models.Model]) -> Guard | None:
    """A row and all that it points to belong to one organisation. None where nothing can differ."""
    names = {field.name for field in model._meta.concrete_fields}
    if "organization" not in names:
        return None
    clauses = []
    for field in model._meta.concrete_fields:
        target = field.related_model
        if field.name == "organization" or not isinstance(target, type):
            continue
        if any(other.name == "organization" for other in target._meta.concrete_fields):
            clauses.append(
                f"(NEW.{field.column} IS NOT NULL AND NEW.organization_id {{differs}} "
                f"(SELECT organization_id FROM {target._meta.db_table} "
                f"WHERE id = NEW.{field.column}))"
            )
    if not clauses:
        return None
    return Guard(
        f"{model._meta.db_table}_stays_in_one_organization",
        model._meta.label,
        "What a row names belongs to the organisation of the row.",
        ("INSERT", "UPDATE"),
        " OR ".join(clauses),
    )


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Install exactly these guards: others that were installed before are lifted."""
    lift(connection)
    with connection.cursor() as cursor:
        for guard in guards:
            for statement in guard.statements(connection.vendor):
                cursor.execute(statement)
        cursor.execute(f"CREATE TABLE {INVENTORY} (digest varchar(64) NOT NULL)")
        cursor.execute(f"INSERT INTO {INVENTORY} VALUES (%s)", [digest(connection, guards)])


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every guard away. For migrations and test fixtures; no door calls it."""
    with connection.cursor() as cursor:
        for name, table in installed(connection):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER {name}")
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE proname LIKE 'guard\\_%%' "
                "AND pronamespace = current_schema()::regnamespace"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {function}()")
        cursor.execute(f"DROP TABLE IF EXISTS {INVENTORY}")


INVENTORY = "cadence_guards_installed"


def installed(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """Name and table of every guard trigger in the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgname LIKE 'guard\\_%%' "
                "AND c.relnamespace = current_schema()::regnamespace"
            )
        else:
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master "
                "WHERE type = 'trigger' AND name LIKE 'guard\\_%%' ESCAPE '\\'"
            )
        return sorted((str(name), str(table)) for name, table in cursor.fetchall())


def digest(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> str:
    """A fingerprint of the declared guards, to see whether other ones are installed."""
    text = "\n".join(line for guard in guards for line in guard.statements(connection.vendor))
    return hashlib.sha256(text.encode()).hexdigest()


def faults(connection: BaseDatabaseWrapper, guards: Sequence[Guard]) -> list[str]:
    """What is wrong with the installed guards, as sentences; empty when all is well."""
    expected = set()
    for guard in guards:
        for statement in guard.statements(connection.vendor):
            if statement.startswith("CREATE TRIGGER "):
                expected.add((statement.split()[2], guard.table))
    found = set(installed(connection))
    wrong = [f"The guard {name} on {table} is missing." for name, table in expected - found]
    wrong += [f"The guard {name} on {table} is not declared." for name, table in found - expected]
    if not wrong:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT digest FROM {INVENTORY}")
                row = cursor.fetchone()
        except DatabaseError:
            row = None
        if row is None or row[0] != digest(connection, guards):
            wrong.append("The guards in the database are of another version: run `migrate`.")
    return sorted(wrong)
