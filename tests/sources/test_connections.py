"""Connections are the administrators', and their secrets nobody's to read."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from pytest_django import Settings

from accounts.models import Membership
from accounts.sealing import SealBroken, seal, unseal
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.sources.connections import (
    Place,
    change_connection,
    create_connection,
    end_connection,
    try_connection,
)
from cadence.sources.models import Connection
from cadence.sources.reading import SEAL_BROKEN
from tests.cast import AT, Cast
from tests.notices.receivers import Opens, answers
from tests.sources.conftest import Weeks
from tests.sources.rows import connection, source

SECRET = "correct horse, battery; staple"
SERVER = Place(host="db.example", database="figures", username="reader")


def create(actor: Membership, place: Place = SERVER, **facts: Any) -> Connection:
    given: dict[str, Any] = {"name": "Warehouse", "kind": "postgresql", "secret": SECRET, **facts}
    return create_connection(actor=actor, at=AT, place=place, **given)


def test_a_connection_comes_with_a_machine_that_records(cast: Cast) -> None:
    made = create(cast.ada)
    assert (made.port, made.encryption) == (5432, "verified")
    assert (made.machine.name, made.machine.role) == ("Warehouse", "machine")


@pytest.mark.parametrize("who", ["elena", "dana", "olu", "obi", "robo"])
def test_nobody_but_an_administrator_makes_one(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        create(getattr(cast, who))
    one = connection(cast, host="db.example")
    with pytest.raises(Forbidden):
        change_connection(actor=getattr(cast, who), at=AT, connection=one, name="x", place=SERVER)
    with pytest.raises(Forbidden):
        end_connection(actor=getattr(cast, who), at=AT, connection=one)
    with pytest.raises(Forbidden):
        try_connection(actor=getattr(cast, who), connection=one)


def test_a_stranger_finds_none(cast: Cast) -> None:
    one = connection(cast, host="db.example")
    cast.sven.role = "administrator"
    cast.sven.save()
    with pytest.raises(NotFound):
        change_connection(actor=cast.sven, at=AT, connection=one, name="x", place=SERVER)


def test_no_row_of_the_database_holds_the_secret(cast: Cast) -> None:
    made = create(cast.ada)
    change_connection(
        actor=cast.ada, at=AT, connection=made, name="Lake", place=SERVER, secret=f"{SECRET}!"
    )
    with database.cursor() as cursor:
        for table in ("cadence_connection", "cadence_entry"):
            cursor.execute(f"SELECT * FROM {table}")
            assert SECRET not in str(cursor.fetchall())
        cursor.execute("SELECT secret FROM cadence_connection")
        ((kept,),) = cursor.fetchall()
    assert kept.startswith("s1:")
    assert unseal(kept) == f"{SECRET}!"


def test_two_seals_of_one_secret_differ(settings: Settings) -> None:
    assert seal(SECRET) != seal(SECRET)
    assert seal("") == unseal("") == ""


def test_a_secret_outlives_a_change_of_the_key(settings: Settings) -> None:
    sealed = seal(SECRET)
    settings.SECRET_KEY, old = "another key, as long as it takes", settings.SECRET_KEY
    with pytest.raises(SealBroken):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = ["one before", old]
    assert unseal(sealed) == SECRET


@pytest.mark.parametrize("text", ["plain", "s1:", "s1:AAAA", "s1:ä", "s2:x"])
def test_what_was_not_sealed_here_is_not_opened(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(text)


def test_a_secret_that_cannot_be_opened_is_said_and_breaks_nothing(
    cast: Cast, settings: Settings
) -> None:
    made = create(cast.ada)
    settings.SECRET_KEY = "another key, as long as it takes"
    assert try_connection(actor=cast.ada, connection=made).error == SEAL_BROKEN


@pytest.mark.parametrize(
    ("kind", "place", "field"),
    [
        ("mysql", SERVER, "kind"),
        ("postgresql", Place(), "host"),
        ("postgresql", Place(host="localhost", database="a", username="a"), "host"),
        ("postgresql", Place(host="10.0.0.1", database="a", username="a"), "host"),
        ("postgresql", Place(host="a.example,b.example", database="a", username="a"), "host"),
        ("postgresql", Place(host="a.example", port=0, database="a", username="a"), "port"),
        ("postgresql", Place(host="a.example", port="x", database="a", username="a"), "port"),
        ("postgresql", Place(host="a.example", database="a"), "username"),
        (
            "postgresql",
            Place(host="a.example", database="a", username="a", encryption="prefer"),
            "encryption",
        ),
        ("sqlite", Place(file="../secret_key"), "file"),
        ("sqlite", Place(), "file"),
        ("url", Place(url="http://figures.example"), "url"),
        ("url", Place(url="https://127.0.0.1/x"), "url"),
        ("url", Place(url="https://figures.example?key=1"), "url"),
        ("url", Place(url="https://figures.example", header="Host"), "header"),
        ("url", Place(url="https://figures.example", header="X: y"), "header"),
    ],
)
def test_a_place_that_cannot_be_read_is_refused_beside_its_field(
    cast: Cast, folder: Path, kind: str, place: Place, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(cast.ada, place, kind=kind, secret="")
    assert field in {problem.field for problem in refused.value.problems}
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("kind", "place", "secret"),
    [
        ("url", Place(url="https://figures.example"), "Bearer a\r\nX: y"),
        ("url", Place(url="https://figures.example"), "Bearer ä"),
        ("postgresql", SERVER, "x" * 2001),
        ("postgresql", SERVER, 7),
        ("postgresql", SERVER, "a\0b"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_refused(
    cast: Cast, kind: str, place: Place, secret: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        create(cast.ada, place, kind=kind, secret=secret)
    assert [problem.field for problem in refused.value.problems] == ["secret"]


@pytest.mark.parametrize(
    "place",
    [
        Place(host="thief.example", database="figures", username="reader"),
        Place(host="db.example", port=5433, database="figures", username="reader"),
        Place(host="db.example", database="figures", username="reader", encryption="encrypted"),
    ],
)
def test_a_secret_is_not_taken_elsewhere(cast: Cast, place: Place) -> None:
    """An administrator who does not know it could have it sent to a server of their own."""
    made = create(cast.ada)
    with pytest.raises(Invalid, match="Type it again"):
        change_connection(actor=cast.ada, at=AT, connection=made, name="Warehouse", place=place)
    change_connection(
        actor=cast.ada, at=AT, connection=made, name="Warehouse", place=place, secret="another"
    )
    made.refresh_from_db()
    assert unseal(made.secret) == "another"


def test_another_name_keeps_the_secret(cast: Cast) -> None:
    made = create(cast.ada)
    change_connection(actor=cast.ada, at=AT, connection=made, name="Lake", place=SERVER)
    made.refresh_from_db()
    assert (made.name, unseal(made.secret)) == ("Lake", SECRET)
    assert Entry.objects.latest("sequence").data["changed"] == {"name": ["Warehouse", "Lake"]}


def test_two_of_one_name_are_one_too_many(cast: Cast) -> None:
    create(cast.ada)
    with pytest.raises(Conflict) as refused:
        create(cast.ada, name="WAREHOUSE")
    assert refused.value.code == "connection_exists"


def test_a_connection_ends_after_its_sources_and_takes_its_secret_along(
    cast: Cast, folder: Path
) -> None:
    made = create(cast.ada)
    one = source(cast, made)
    with pytest.raises(Conflict) as refused:
        end_connection(actor=cast.ada, at=AT, connection=made)
    assert refused.value.code == "connection_in_use"
    cast.demos.comes_from = "typed"
    cast.demos.save()
    one.ended_at = AT
    one.save()
    end_connection(actor=cast.ada, at=AT, connection=made)
    made.refresh_from_db()
    assert made.secret == ""
    made.machine.refresh_from_db()
    assert not made.machine.is_current
    with pytest.raises(Conflict) as refused:
        end_connection(actor=cast.ada, at=AT, connection=made)
    assert refused.value.code == "connection_ended"


def test_a_file_is_tried(cast: Cast, weeks: Weeks) -> None:
    weeks()
    made = create(cast.ada, Place(file="figures.sqlite3"), kind="sqlite", secret="")
    assert try_connection(actor=cast.ada, connection=made).error == ""


@pytest.mark.parametrize(("status", "words"), [(200, ""), (404, ""), (401, "It answered 401.")])
def test_a_web_address_is_tried(cast: Cast, opens: Opens, status: int, words: str) -> None:
    one = opens(answers(status))
    made = create(cast.ada, Place(url=f"http://{one.place}"), kind="url", secret="Bearer abc")
    assert try_connection(actor=cast.ada, connection=made).error == words
    assert one.heard[0].headers["authorization"] == "Bearer abc"


def test_a_server_that_is_not_there_says_so(cast: Cast) -> None:
    made = create(cast.ada)
    tried = try_connection(actor=cast.ada, connection=made, resolve=lambda *_: [])
    assert tried.error == "The name db.example is not known."


def test_the_demo_connects_to_nothing(cast: Cast) -> None:
    cast.acme.is_demo = True
    cast.acme.save()
    with pytest.raises(Conflict) as refused:
        create(cast.ada)
    assert refused.value.code == "demo_reads_nothing"
