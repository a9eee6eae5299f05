"""Guards survive migrations, and what is wrong with them is found."""

import pytest
from django.core.management import call_command
from django.db import connection

from cadence import guards
from cadence.apps import declared_guards
from cadence.guards import never_deleted
from tests.architecture.attack import all_faults, by_name, taken_back, triggers
from tests.cast import Cast

KEPT = "a_breach_is_never_deleted"


@pytest.fixture
def trigger(db: None) -> tuple[str, str]:
    """Name and table of one trigger, in a database whose changes are taken back."""
    return triggers(by_name()[KEPT])[0]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def drop(name: str, table: str) -> None:
    run(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def test_a_guard_that_is_missing_is_found(trigger: tuple[str, str]) -> None:
    with taken_back():
        drop(*trigger)
        (fault,) = all_faults()
        assert trigger[0] in fault
        assert "missing" in fault
    assert all_faults() == []


def test_a_guard_that_nobody_declared_is_found(db: None) -> None:
    extra = never_deleted("accounts.User", "a_user_is_never_deleted", "Nobody is forgotten.")
    with taken_back():
        for statement in extra.statements(connection.vendor):
            run(statement)
        assert all("a_user_is_never_deleted" in fault for fault in all_faults())
        assert any("not declared" in fault for fault in all_faults())
    assert all_faults() == []


def test_a_guard_that_was_altered_is_found(trigger: tuple[str, str]) -> None:
    name, table = trigger
    with taken_back():
        drop(name, table)
        if connection.vendor == "postgresql":
            run(
                f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW WHEN (OLD.id < 0) "
                f"EXECUTE FUNCTION guard_{KEPT}()"
            )
        else:
            run(
                f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW "
                "BEGIN SELECT RAISE(ABORT, 'never') WHERE OLD.id < 0; END"
            )
        (fault,) = all_faults()
        assert "altered" in fault
    assert all_faults() == []


def test_a_guard_that_was_switched_off_is_found(trigger: tuple[str, str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL switches a trigger off")
    name, table = trigger
    for state in ("DISABLE", "ENABLE", "ENABLE REPLICA"):
        with taken_back():
            run(f"ALTER TABLE {table} {state} TRIGGER {name}")
            (fault,) = all_faults()
            assert "altered" in fault
    assert all_faults() == []


def test_a_function_that_was_emptied_is_found(trigger: tuple[str, str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no functions behind its triggers")
    with taken_back():
        run(
            f"CREATE OR REPLACE FUNCTION guard_{KEPT}() RETURNS trigger LANGUAGE plpgsql "
            "AS $$BEGIN RETURN OLD; END$$"
        )
        assert all("altered" in fault for fault in all_faults())
        assert all_faults()
    assert all_faults() == []


@pytest.mark.django_db(transaction=True)
def test_guards_are_there_after_migrating_back_and_forth(cast: Cast) -> None:
    assert all_faults() == []
    cast.breach()
    try:
        if connection.vendor == "sqlite":
            # Tables are rebuilt on the way; with triggers in place that fails or drops them.
            guards.lift(connection)
            call_command("flush", interactive=False, verbosity=0)
            call_command("migrate", "cadence", "zero", interactive=False, verbosity=0)
            assert guards.installed(connection) == {}
    finally:
        call_command("migrate", interactive=False, verbosity=0)
    assert all_faults() == []
    assert len(guards.installed(connection)) >= len(declared_guards())


@pytest.mark.django_db(transaction=True)
def test_migrating_twice_installs_them_once() -> None:
    before = guards.installed(connection)
    call_command("migrate", interactive=False, verbosity=0)
    assert guards.installed(connection) == before
