"""The feed of changes: every entry once, in order, also while others write."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from cadence.ledger.actions import append
from cadence.ledger.models import Entry
from tests.api.conftest import Caller, token_for
from tests.cast import AT, Cast
from tests.races.racing import many_connections, race

Api = Callable[..., Caller]


def write(cast: Cast, count: int) -> None:
    for _ in range(count):
        append(organization=cast.acme, event="tests.ran", actor=cast.olu, at=AT, subject=cast.demos)


def follow(caller: Caller, path: str = "changes?limit=7") -> tuple[list[int], str]:
    """The numbers of all there is from here on, and where to go on later."""
    seen: list[int] = []
    while True:
        page = caller.get(path).body
        seen += [change["number"] for change in page["results"]]
        path = page["next"].partition("/api/v1/")[2]
        if not page["more"]:
            return seen, path


def test_a_follower_goes_on_where_it_was(cast: Cast, api: Api) -> None:
    write(cast, 20)
    obi = api(cast.obi)
    seen, path = follow(obi)
    assert seen == list(range(1, 21))
    assert follow(obi, path) == ([], path)
    write(cast, 3)
    assert follow(obi, path)[0] == [21, 22, 23]


def test_a_change_says_what_happened_to_what_by_whom(cast: Cast, api: Api) -> None:
    write(cast, 1)
    (change,) = api(cast.obi).get("changes").body["results"]
    assert change == {
        "number": 1,
        "event": "tests.ran",
        "subject": {"type": "metric", "id": cast.demos.pk},
        "actor": {"id": cast.olu.pk, "name": "Olu"},
        "at": "2026-11-16T10:00:00Z",
    }
    assert api(cast.sven).get("changes").body["results"] == []


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", f"after={'9' * 30}", "limit=0", "limit=1001", "before=3"]
)
def test_what_it_does_not_know_is_refused(cast: Cast, api: Api, query: str) -> None:
    answer = api(cast.obi).get(f"changes?{query}")
    assert (answer.status, list(answer.problems)) == (422, [query.partition("=")[0]])


@pytest.mark.django_db(transaction=True)
def test_a_follower_sees_every_entry_once_while_others_write(cast: Cast, tmp_path: Path) -> None:
    secret = token_for(cast.obi, last_used_at=AT)[1]
    writers, times = 4, 15
    wanted = Entry.objects.filter(organization=cast.acme).count() + writers * times * 2

    def work(number: int) -> list[int]:
        for _ in range(times):
            with transaction.atomic():
                write(cast, 2)
        return []

    def follower(number: int) -> list[int]:
        caller, seen, path = Caller(Client(), secret), [], "changes?limit=7"
        asked = 0
        while len(seen) < wanted and (asked := asked + 1) < 5000:
            more, path = follow(caller, path)
            seen += more
        return seen

    with many_connections(tmp_path):
        (found,) = race(1, *[work] * writers, follower)
    assert found[-1] == list(range(1, wanted + 1))
