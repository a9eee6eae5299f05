"""What a load balancer is told."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from cadence import guards
from cadence.management import installation
from config import health


def test_alive_asks_nothing_of_the_database() -> None:
    # Without the mark for the database, a query would fail this test.
    answer = Client().get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_when_migrations_and_guards_are_in_place() -> None:
    answer = Client().get("/readyz")
    assert answer.json() == {"database": "ok", "migrations": "ok", "guards": "ok"}
    assert answer.status_code == 200


@pytest.mark.django_db
def test_not_ready_without_its_guards() -> None:
    guards.lift(connection)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["guards"] == "not as declared"


@pytest.mark.django_db
def test_a_web_server_refuses_to_run_without_its_guards() -> None:
    guards.lift(connection)
    with pytest.raises(SystemExit, match="guard"):
        health.refuse_to_run_unguarded()


def test_not_ready_without_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> list[str]:
        raise DatabaseError("password of ada: secret")

    monkeypatch.setattr(installation, "unapplied_migrations", unreachable)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "not reachable"
    assert b"secret" not in answer.content
