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

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Event = Literal["INSERT", "UPDATE", "DELETE"]
EVENTS: tuple[Event, ...] = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Guard:
    """``name`` is the clause that a refusal is known by; ``sentence`` is what people read.

    ``touch`` is SQL that runs before the condition is read: an UPDATE that changes nothing but
    makes two transactions collide that would otherwise not see each other. It comes first
    because whoever had to wait must look again. ``{in_order}`` ends the selection of several rows:
    two that lock them in another order would wait for one another. SQLite has one writer at a
    time, who sees all that was written before: nothing is touched there.

    ``together`` judges all rows of an INSERT at its end, at once, on PostgreSQL: a function called
    for each of ten thousand readings takes longer than writing them. For conditions that name
    other rows by their id alone.
    """

    name: str
    model: str
    sentence: str
    events: tuple[Event, ...]
    condition: str
    touch: str = ""
    together: bool = False

    @property
    def table(self) -> str:
        return str(apps.get_model(self.model)._meta.db_table)

    def statements(self, vendor: str) -> list[str]:
        """The SQL that installs this guard."""
        return self._postgresql() if vendor == "postgresql" else self._sqlite()

    def _sqlite(self) -> list[str]:
        condition = self.condition.format(differs="IS NOT", true="1", false="0")
        found = [self._sqlite_trigger(event, event, condition) for event in self.events]
        if self._is_absolute:
            # A connection without this pragma replaces a row and fires no trigger for the old one.
            unguarded = "(SELECT recursive_triggers FROM pragma_recursive_triggers) = 0"
            found += [
                self._sqlite_trigger(f"{event}_or_replace", event, unguarded)
                for event in ("INSERT", "UPDATE")
            ]
        return found

    def _sqlite_trigger(self, name: str, event: str, condition: str) -> str:
        return (
            f"CREATE TRIGGER {self._trigger(name)} BEFORE {event} ON {self.table} FOR EACH ROW "
            f"BEGIN SELECT RAISE(ABORT, '{self._message()}') WHERE {condition}; END"
        )

    def _postgresql(self) -> list[str]:
        function = f"guard_{self.name}"
        # Else a temporary table of the same name is looked at in place of the real one.
        path = (
            "PERFORM set_config('search_path', quote_ident(TG_TABLE_SCHEMA) || ', pg_temp', true)"
        )
        # What compares the row with itself alone looks at no table.
        reads = re.search(r"\b(FROM|UPDATE)\b", self.condition + self.touch)
        declared = "DECLARE each record; " if self.together and self.touch else ""
        found = [
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql "
            "SET search_path = pg_catalog AS "
            f"$${declared}BEGIN {f'{path}; ' if reads else ''}{self._postgresql_body()}$$"
        ]
        for event in self.events:
            if self.together and event == "INSERT":
                after = "REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
                found += self._postgresql_trigger(event, "AFTER INSERT", after)
            else:
                found += self._postgresql_trigger(event, f"BEFORE {event}", "FOR EACH ROW")
        if self._is_absolute:
            # TRUNCATE fires no row trigger.
            found += self._postgresql_trigger("DELETE_all", "BEFORE TRUNCATE", "FOR EACH STATEMENT")
        return found

    def _postgresql_body(self) -> str:
        condition = self.condition.format(differs="IS DISTINCT FROM", true="TRUE", false="FALSE")
        in_order = "ORDER BY id FOR NO KEY UPDATE"
        touch = f"{self.touch.format(in_order=in_order)}; " if self.touch else ""
        refuse = (
            "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
            f"CONSTRAINT = '{self.name}', MESSAGE = '{self._message()}'"
        )
        together = ""
        if self.together:
            # What is touched is named by these columns: once for each that is among the rows.
            named = ", ".join(sorted(set(re.findall(r"NEW\.(\w+)", self.touch))))
            touched = touch.replace("NEW.", "each.")
            loop = f"FOR each IN SELECT DISTINCT {named} FROM written LOOP {touched}END LOOP; "
            of_any = condition.replace("NEW.", "one.")
            together = (
                f"IF TG_LEVEL = 'STATEMENT' THEN {loop if touch else ''}"
                f"IF EXISTS (SELECT 1 FROM written one WHERE {of_any}) THEN {refuse}; END IF; "
                "RETURN NULL; END IF; "
            )
        return (
            f"{together}{touch}IF ({condition}) THEN {refuse}; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
        )

    def _postgresql_trigger(self, event: str, when: str, each: str) -> list[str]:
        name = self._trigger(event)
        return [
            f"CREATE TRIGGER {name} {when} ON {self.table} {each} "
            f"EXECUTE FUNCTION guard_{self.name}()",
            # Else a session with session_replication_role = replica walks past it.
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {name}",
        ]

    @property
    def _is_absolute(self) -> bool:
        """Whether no row is ever deleted, by whatever means."""
        return "DELETE" in self.events and self.condition == ALWAYS

    def _trigger(self, event: str) -> str:
        return f"guard_{self.name}_{event.lower()}"

    def _message(self) -> str:
        return f"{self.name}: {self.sentence}".replace("'", "''")


ALWAYS = "{true}"


def touch_open_reviews(*, when: str = "") -> str:
    """All of the organization's, not those in whose scope the row lies: the scope may be moving
    too. ``when`` is a condition on the row."""
    condition = f"AND {when} " if when else ""
    return (
        "UPDATE cadence_review SET id = id WHERE id IN (SELECT id FROM cadence_review "
        "WHERE organization_id = NEW.organization_id AND opened_at IS NOT NULL "
        f"AND closed_at IS NULL AND missed_at IS NULL {condition}{{in_order}})"
    )


def never_deleted(model: str, name: str, sentence: str) -> Guard:
    return Guard(name, model, sentence, ("DELETE",), ALWAYS)


def never_changed(model: str, name: str, sentence: str) -> Guard:
    return Guard(name, model, sentence, ("UPDATE", "DELETE"), ALWAYS)


def fixed(
    model: str, name: str, sentence: str, fields: Sequence[str], *, when: str = ALWAYS
) -> Guard:
    """These columns keep their value, in every row of which ``when`` is true."""
    return Guard(name, model, sentence, ("UPDATE",), f"({when}) AND ({_changed(fields)})")


def _changed(columns: Iterable[str]) -> str:
    return " OR ".join(f'NEW."{column}" {{differs}} OLD."{column}"' for column in columns)


def tenancy(model: type[models.Model]) -> list[Guard]:
    """Everything belongs to one organization: a row stays in its own, and so does what it names."""
    table, fields = model._meta.db_table, model._meta.concrete_fields
    assert model._meta.pk is not None
    kept = sorted({str(model._meta.pk.column), "organization_id"})
    foreign = [
        f"(NEW.{field.column} IS NOT NULL AND NEW.organization_id {{differs}} "
        f"(SELECT organization_id FROM {field.related_model._meta.db_table} "
        f"WHERE id = NEW.{field.column}))"
        for field in fields
        if isinstance(field.related_model, type) and _has_organization(field.related_model)
    ]
    found = [
        fixed(
            model._meta.label,
            f"{table}_keeps_its_organization",
            "A row keeps its number and its organization.",
            kept,
        )
    ]
    if foreign:
        found.append(
            Guard(
                f"{table}_stays_in_one_organization",
                model._meta.label,
                "What a row names belongs to the organization of the row.",
                ("INSERT", "UPDATE"),
                " OR ".join(foreign),
                together=True,
            )
        )
    return found


def _has_organization(model: type[models.Model]) -> bool:
    return any(field.name == "organization" for field in model._meta.concrete_fields)


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Install exactly these guards: others that were installed before are lifted."""
    lift(connection)
    with connection.cursor() as cursor:
        for guard in guards:
            for statement in guard.statements(connection.vendor):
                cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every guard away. For migrations and test fixtures; no door calls it."""
    with connection.cursor() as cursor:
        for name, table in installed(connection):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on_table}")
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE proname LIKE 'guard\\_%%' "
                "AND pronamespace = current_schema()::regnamespace"
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {function}()")


def installed(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], str]:
    """Every guard trigger in the database: its name and table, and what the database runs."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED[connection.vendor])
        return {(str(name), str(table)): str(text) for name, table, text in cursor.fetchall()}


# On PostgreSQL the trigger as it would be written, whether it is ENABLE ALWAYS, and its function.
_INSTALLED = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master "
    "WHERE type = 'trigger' AND name LIKE 'guard\\_%%' ESCAPE '\\' ORDER BY 1",
    "postgresql": "SELECT t.tgname, c.relname, concat_ws(' | ', pg_get_triggerdef(t.oid, true), "
    "t.tgenabled, array_to_string(p.proconfig, ' '), p.prosrc) FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE t.tgname LIKE 'guard\\_%%' AND c.relnamespace = current_schema()::regnamespace "
    "ORDER BY 1",
}


def faults(connection: BaseDatabaseWrapper, guards: Sequence[Guard]) -> list[str]:
    """What is wrong with the installed guards, as sentences; empty when all is well."""
    found, expected = installed(connection), _expected(connection.vendor, guards)
    wrong = []
    for name, table in sorted(expected.keys() | found.keys()):
        there, declared = found.get((name, table)), expected.get((name, table))
        if there is None:
            wrong.append(f"The guard {name} on {table} is missing: run `migrate`.")
        elif declared is None:
            wrong.append(f"The guard {name} on {table} is not declared: run `migrate`.")
        elif there != declared:
            wrong.append(f"The guard {name} on {table} was altered: run `migrate`.")
    return wrong


def _expected(vendor: str, guards: Iterable[Guard]) -> dict[tuple[str, str], str]:
    """What ``installed`` finds when all is well."""
    expected = {}
    for guard in guards:
        function, *others = guard.statements(vendor)
        source = function.split("$$")[1] if vendor == "postgresql" else ""
        for statement in others if vendor == "postgresql" else [function, *others]:
            if statement.startswith("CREATE TRIGGER "):
                text = (
                    f"{statement} | A | search_path=pg_catalog | {source}" if source else statement
                )
                expected[statement.split()[2], guard.table] = text
    return expected
