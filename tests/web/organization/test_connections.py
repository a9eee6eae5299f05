"""Connections on the pages: made, tried and ended by administrators, and no secret comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Membership
from accounts.sealing import unseal
from cadence.sources.models import Connection
from tests.cast import AT, Cast
from tests.sources.rows import connection, source, weeks_in

SignedIn = Callable[[Membership], Client]
SECRET = "correct horse, battery; staple"
TYPED = {
    "name": "Warehouse",
    "kind": "postgresql",
    "host": "db.example",
    "database": "figures",
    "username": "reader",
    "encryption": "verified",
    "password": SECRET,
}


def url(name: str, *arguments: object) -> str:
    return reverse(f"web:{name}", args=["acme", *arguments])


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.SOURCES_FOLDER = tmp_path
    return tmp_path


def test_an_empty_page_says_what_to_do_next(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.ada).get(url("connections")).content.decode()
    assert "No connections yet" in shown
    assert url("connection-new") in shown


def test_one_is_made_and_its_secret_is_on_no_page(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    answer = ada.post(url("connection-new"), TYPED, follow=True)
    made = Connection.objects.get()
    assert unseal(made.secret) == SECRET
    for page in (answer, ada.get(url("connections")), ada.get(url("connection", made.pk))):
        assert SECRET not in page.content.decode()
        assert made.secret not in page.content.decode()
    assert "It has a secret" in answer.content.decode()


def test_what_was_typed_is_kept_but_for_the_secret(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.ada).post(url("connection-new"), {**TYPED, "host": "10.0.0.1"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "10.0.0.1 is inside a network" in shown
    assert 'value="figures"' in shown
    assert SECRET not in shown


def test_the_secret_of_a_web_address_is_refused_beside_its_field(
    cast: Cast, signed_in: SignedIn
) -> None:
    typed = {"name": "Shop", "kind": "url", "url": "https://shop.example", "header_value": "ä"}
    answer = signed_in(cast.ada).post(url("connection-new"), typed)
    assert answer.context["form"].errors.keys() == {"header_value"}


def test_another_host_wants_the_secret_again(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    ada.post(url("connection-new"), TYPED)
    made = Connection.objects.get()
    elsewhere = {**TYPED, "host": "thief.example", "password": ""}
    answer = ada.post(url("connection", made.pk), elsewhere)
    assert answer.context["form"].errors.keys() == {"password"}
    ada.post(url("connection", made.pk), {**TYPED, "password": "", "name": "Lake"})
    made.refresh_from_db()
    assert (made.name, unseal(made.secret)) == ("Lake", SECRET)
    ada.post(url("connection", made.pk), {**TYPED, "password": "", "forget_secret": "on"})
    made.refresh_from_db()
    assert made.secret == ""


def test_trying_it_says_what_came(cast: Cast, signed_in: SignedIn, folder: Path) -> None:
    one = connection(cast)
    ada = signed_in(cast.ada)
    answer = ada.post(url("connection-test", one.pk), follow=True)
    assert "It cannot be read: There is no such file" in answer.content.decode()
    weeks_in(folder / "figures.sqlite3", [])
    answer = ada.post(url("connection-test", one.pk), follow=True)
    assert "It can be read" in answer.content.decode()


def test_it_ends_after_its_sources(cast: Cast, signed_in: SignedIn) -> None:
    one = source(cast).connection
    ada = signed_in(cast.ada)
    answer = ada.post(url("connection-end", one.pk))
    assert answer.status_code == 409
    assert "Sources read from it" in answer.content.decode()
    other = connection(cast)
    ada.post(url("connection-end", other.pk))
    other.refresh_from_db()
    assert other.ended_at is not None


@pytest.mark.parametrize("who", ["elena", "dana", "olu", "obi"])
def test_others_see_none_of_it(cast: Cast, signed_in: SignedIn, who: str) -> None:
    client, one = signed_in(getattr(cast, who)), connection(cast, created_at=AT)
    for name, arguments in (("connections", ()), ("connection-new", ()), ("connection", (one.pk,))):
        assert client.get(url(name, *arguments)).status_code == 403
    assert client.post(url("connection-test", one.pk)).status_code == 403
