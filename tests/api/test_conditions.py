"""Answers that are sent when something changed, and changes that are made when nothing did."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from tests.api.conftest import Answer, Caller, token_for
from tests.api.test_routes import CALLS, LISTS
from tests.api.things import things
from tests.cast import AT, Cast
from tests.races.racing import many_connections, race

Api = Callable[..., Caller]
ONE = [route for method, route in CALLS if method == "GET" and route not in LISTS]
CHANGED = [(method, route) for method, route in CALLS if method in {"PATCH", "DELETE"}]


def test_what_has_not_changed_is_not_sent_again(cast: Cast, api: Api) -> None:
    there = things(cast)
    ada, olu = api(cast.ada), api(cast.olu)
    for route in [*LISTS, *ONE]:
        path = route.replace("<int:pk>", str(there.get(route.split("/")[0])))
        # Some things are one's own.
        asks = ada if ada.get(path).status == 200 else olu
        tag = asks.get(path).headers["ETag"]
        known = asks.ask("GET", path, **{"if-none-match": f'"other", W/{tag}'})
        assert (known.status, known.text, known.headers["ETag"]) == (304, "", tag), route
        assert asks.ask("GET", path, **{"if-none-match": '"other"'}).status == 200, route


@pytest.mark.parametrize(
    ("sent", "status"),
    [("{}", 304), ("W/{}", 304), ("*", 304), ('"other"', 200), ("nonsense", 200), ("", 200)],
)
def test_tags_are_read_as_the_protocol_says(cast: Cast, api: Api, sent: str, status: int) -> None:
    olu = api(cast.olu)
    tag = olu.get("me").headers["ETag"]
    assert olu.ask("GET", "me", **{"if-none-match": sent.format(tag)}).status == status


def test_a_tag_changes_with_what_it_stands_for(cast: Cast, api: Api) -> None:
    obi = api(cast.obi)
    path = f"metrics/{cast.demos.pk}"
    before, list_before = obi.get(path).headers["ETag"], obi.get("metrics").headers["ETag"]
    Metric.objects.filter(pk=cast.demos.pk).update(name="Other demos")
    answer = obi.ask("GET", path, **{"if-none-match": before})
    assert (answer.status, answer.body["name"]) == (200, "Other demos")
    assert obi.get("metrics").headers["ETag"] != list_before


def asked(caller: Caller, method: str, path: str, tag: str, body: Any = None) -> Answer:
    return caller.ask(method, path, body or {}, **{"if-match": tag})


def test_every_change_minds_the_tag_that_is_no_longer_there(cast: Cast, api: Api) -> None:
    there = things(cast)
    entries = Entry.objects.count()
    for method, route in CHANGED:
        path = route.replace("<int:pk>", str(there.get(route.split("/")[0])))
        codes = {
            asked(api(member), method, path, '"of another time"').code
            for member in (cast.ada, cast.elena, cast.olu)
        }
        assert "precondition_failed" in codes, route
        assert codes <= {"precondition_failed", "forbidden", "not_found"}, (route, codes)
    assert len(CHANGED) > 5 and Entry.objects.count() == entries


def test_a_change_is_made_where_the_tag_is_still_there(cast: Cast, api: Api) -> None:
    dana = api(cast.dana)
    path = f"metrics/{cast.demos.pk}"
    tag = dana.get(path).headers["ETag"]
    changed = asked(dana, "PATCH", path, tag, {"name": "Demos"})
    assert (changed.status, changed.body["name"]) == (200, "Demos")
    assert changed.headers["ETag"] == dana.get(path).headers["ETag"] != tag
    late = asked(dana, "PATCH", path, tag, {"name": "Demos of somebody late"})
    assert late.status == 412
    assert asked(dana, "PATCH", path, "*", {"name": "Demos held"}).status == 200
    # A weak tag says "much the same", which is not enough to change something by.
    weak = "W/" + dana.get(path).headers["ETag"]
    assert asked(dana, "PATCH", path, weak, {"name": "Demos"}).status == 412
    assert dana.get(path).body["name"] == "Demos held"


@pytest.mark.parametrize("tag", ['"x"', "*", "nonsense"])
def test_a_tag_shows_nothing_of_what_is_not_there(cast: Cast, api: Api, tag: str) -> None:
    answer = asked(api(cast.dana), "PATCH", f"metrics/{cast.betas_metric.pk}", tag, {"name": "x"})
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_by_one_tag_at_once_one_is_made(cast: Cast, tmp_path: Path) -> None:
    secret = token_for(cast.dana, last_used_at=AT)[1]
    path = f"metrics/{cast.demos.pk}"
    tags: dict[int, str] = {}

    def read(number: int) -> None:
        tags[number] = Caller(Client(), secret).get(path).headers["ETag"]

    def change(name: str) -> Callable[[int], int]:
        def by(number: int) -> int:
            body = {"name": f"{name} {number}"}
            return asked(Caller(Client(), secret), "PATCH", path, tags[number], body).status

        return by

    with many_connections(tmp_path):
        found = race(10, change("One"), change("Two"), change("Three"), before=read)
    assert [sorted(statuses) for statuses in found] == [[200, 412, 412]] * 10
