"""Connections and sources by a token, as on the pages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cadence.metrics.models import Reading
from cadence.sources.models import Connection, Source
from tests.api.conftest import Caller
from tests.cast import AT, LAST_WEEK, Cast
from tests.sources.rows import WEEKS, connection, run, source, weeks_in

Api = Callable[..., Caller]
Weeks = Callable[..., None]
SECRET = "correct horse, battery; staple"
SERVER = {
    "name": "Warehouse",
    "kind": "postgresql",
    "host": "db.example",
    "database": "figures",
    "username": "reader",
    "secret": SECRET,
}
ASKED = {"query": WEEKS, "period_column": "period", "value_column": "value"}


@pytest.fixture
def weeks(tmp_path: Path, settings: Settings) -> Weeks:
    settings.SOURCES_FOLDER = tmp_path
    return lambda *rows: weeks_in(tmp_path / "figures.sqlite3", rows)


@pytest.fixture
def of(cast: Cast) -> Connection:
    return connection(cast, name="Files")


def test_a_secret_is_taken_and_in_no_answer(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    made = ada.post("connections", SERVER)
    assert made.status == 201
    assert made.body["has_secret"] is True
    key = made.body["id"]
    renamed = ada.patch(f"connections/{key}", {"name": "Lake"})
    answers = [made, renamed, ada.get("connections"), ada.get(f"connections/{key}")]
    answers.append(ada.patch(f"connections/{key}", {"host": "thief.example"}))
    assert answers[-1].status == 422
    sealed = Connection.objects.get().secret
    for one in answers:
        assert SECRET not in one.text
        assert sealed not in one.text


def test_connections_are_for_administrators(cast: Cast, api: Api, of: Connection) -> None:
    elena = api(cast.elena)
    assert elena.get("connections").status == 403
    assert elena.get(f"connections/{of.pk}").status == 403
    assert elena.post("connections", SERVER).status == 403
    assert api(cast.sven).get(f"connections/{of.pk}").status == 404


def test_a_source_is_tried_and_set_up(cast: Cast, api: Api, of: Connection, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61.5))
    dana = api(cast.dana)
    asked = {"connection": of.pk, **ASKED, "time_of_day": "06:30"}
    tried = dana.post(f"metrics/{cast.demos.pk}/source/trial", asked)
    assert tried.body["rows"] == [
        {"period": str(LAST_WEEK), "value": "61.5", "on_record": None, "change": "new"}
    ]
    assert not Reading.objects.exists()
    made = dana.post(f"metrics/{cast.demos.pk}/source", asked)
    assert (made.status, made.body["state"]) == (201, "on")
    assert dana.get(f"metrics/{cast.demos.pk}").body["comes_from"] == "pulled"
    key = made.body["id"]
    weekly = dana.patch(f"sources/{key}", {"every": "week", "weekday": 0})
    assert (weekly.body["weekday"], weekly.body["query"]) == (0, WEEKS)
    daily = dana.patch(f"sources/{key}", {"every": "day"})
    assert daily.body["weekday"] is None
    again = dana.post(f"metrics/{cast.demos.pk}/source", asked)
    assert (again.status, again.body["code"]) == (409, "metric_has_source")


def test_a_trial_with_a_key_holds_no_transaction(
    cast: Cast, api: Api, of: Connection, weeks: Weeks
) -> None:
    weeks()
    asked = {"connection": of.pk, **ASKED}
    with CaptureQueriesContext(database) as queries:
        answer = api(cast.dana).ask(
            "POST", f"metrics/{cast.demos.pk}/source/trial", asked, **{"Idempotency-Key": "one"}
        )
    assert answer.status == 200
    assert not [one["sql"] for one in queries if "cadence_keptanswer" in one["sql"]]


def test_pausing_and_the_rest_are_addresses_of_their_own(cast: Cast, api: Api) -> None:
    one = source(cast)
    dana = api(cast.dana)
    for verb, state in (
        ("run", "on"),
        ("pause", "paused"),
        ("resumption", "on"),
        ("ending", "ended"),
    ):
        answer = dana.post(f"sources/{one.pk}/{verb}", None)
        assert (answer.status, answer.body["state"]) == (200, state), verb
    said = dana.post(f"metrics/{cast.demos.pk}/origin", {"comes_from": "api"})
    assert said.body == {"metric": cast.demos.pk, "comes_from": "api"}


def test_runs_are_listed_with_their_errors(cast: Cast, api: Api) -> None:
    one = source(cast)
    run(one)
    run(one, new_count=0, error="It answered 500.")
    found = api(cast.obi).get(f"sources/{one.pk}/runs").body["results"]
    assert [(each["new"], each["error"]) for each in found] == [(0, "It answered 500."), (1, "")]
    assert api(cast.sven).get(f"sources/{one.pk}/runs").status == 404


@pytest.mark.parametrize("state", ["on", "failing", "paused", "ended"])
def test_sources_are_found_by_their_state(cast: Cast, api: Api, state: str) -> None:
    of = connection(cast)
    facts: dict[str, dict[str, Any]] = {
        "on": {},
        "failing": {"failures": 2},
        "paused": {"paused_at": AT},
        "ended": {"ended_at": AT},
    }
    for each in facts.values():
        source(cast, of, cast.metric(), **each)
    found = api(cast.olu).get(f"sources?state={state}").body["results"]
    assert [one["state"] for one in found] == [state]


def test_a_list_of_many_costs_as_many_queries_as_a_list_of_one(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)

    def cost() -> int:
        with CaptureQueriesContext(database) as queries:
            assert olu.get("sources").status == 200
        return len(queries)

    run(source(cast))
    cost()  # notes that the token was used
    one = cost()
    for _ in range(5):
        run(source(cast, metric=cast.metric()))
    assert cost() == one
    assert Source.objects.count() == 6
