"""Settings from the environment: read as meant, or refused by name."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_a_database_url_for_postgresql_is_read(tmp_path: Path) -> None:
    url = "postgres://ada:p%40ss@db.example.org:5433/cadence?sslmode=require"
    found = env.database(url, tmp_path)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("cadence", "ada", "p@ss")
    assert (found["HOST"], found["PORT"]) == ("db.example.org", "5433")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_socket_may_be_named_in_the_query(tmp_path: Path) -> None:
    found = env.database("postgres:///cadence?host=/run/postgresql", tmp_path)
    assert (found["NAME"], found["HOST"]) == ("cadence", "/run/postgresql")


def test_no_database_url_is_a_file_in_the_data_directory(tmp_path: Path) -> None:
    assert env.database("", tmp_path)["NAME"] == str(tmp_path / "cadence.sqlite3")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///other.sqlite3", "other.sqlite3"),
        ("sqlite:////srv/cadence.sqlite3", "/srv/cadence.sqlite3"),
    ],
)
def test_a_sqlite_url_names_its_file(url: str, name: str, tmp_path: Path) -> None:
    assert env.database(url, tmp_path)["NAME"] == name


def test_another_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="mysql"):
        env.database("mysql://localhost/cadence", tmp_path)


@pytest.mark.parametrize(
    ("raw", "meant"), [("true", True), ("ON", True), ("0", False), ("", False)]
)
def test_a_switch_is_on_or_off(raw: str, meant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SWITCH", raw)
    assert env.boolean("A_SWITCH") is meant


def test_a_value_that_cannot_be_read_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SETTING", "perhaps")
    for read in (
        lambda: env.boolean("A_SETTING"),
        lambda: env.integer("A_SETTING", 1),
        lambda: env.choice("A_SETTING", "json", {"json", "console"}),
        lambda: env.address("A_SETTING", "http://localhost:8000"),
    ):
        with pytest.raises(ImproperlyConfigured, match="A_SETTING is 'perhaps'"):
            read()


def test_a_number_that_is_too_small_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NUMBER", "0")
    assert env.integer("A_NUMBER", 60) == 0
    with pytest.raises(ImproperlyConfigured, match="A_NUMBER is '0'; say 1 or more"):
        env.integer("A_NUMBER", 60, least=1)


def test_an_address_is_taken_without_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AN_ADDRESS", "https://cadence.example.org/")
    assert env.address("AN_ADDRESS", "") == "https://cadence.example.org"


def test_a_data_directory_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("A_FOLDER", str(tmp_path / "file" / "data"))
    with pytest.raises(ImproperlyConfigured, match="A_FOLDER"):
        env.folder("A_FOLDER", tmp_path)
