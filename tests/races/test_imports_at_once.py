"""A file that is committed twice at once, or worked on by several, is recorded once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from cadence.errors import Conflict
from cadence.imports.actions import commit_import
from cadence.imports.running import lease, lease_next, run, run_small
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.metrics.models import Reading
from tests.cast import AT, Cast
from tests.imports.bringing import mapped, now
from tests.races.racing import afterwards, many_connections, race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def file_of(number: int) -> str:
    day = AT.date() - timedelta(weeks=number + 1)
    return f"Metric;Week;Value\nqualified-demos;{day};{50 + number}\n"


def effects() -> tuple[int, int, int]:
    events = Entry.objects.values_list("event", flat=True)
    return (
        Reading.objects.count(),
        list(events).count("readings.recorded"),
        list(events).count("import.landed"),
    )


def test_committed_twice_at_once_a_file_lands_once(cast: Cast, tmp_path: Path) -> None:
    files: dict[int, Any] = {}

    def prepare(number: int) -> None:
        files[number] = mapped(cast, file_of(number))

    def commit(number: int) -> str:
        try:
            one = commit_import(actor=cast.olu, at=AT, one=files[number])
        except Conflict as refused:
            return refused.code
        return run_small(one, now=now).state

    with many_connections(tmp_path):
        results = race(ROUNDS, commit, commit, before=prepare)
        assert afterwards(effects) == (ROUNDS, ROUNDS, ROUNDS)
        assert afterwards(lambda: verify(cast.acme).fault) is None
    allowed = {"landed", "recording", "import_busy", "import_landed"}
    assert {one for result in results for one in result} <= allowed


def test_two_workers_do_not_do_the_same(cast: Cast, tmp_path: Path) -> None:
    files: dict[int, Any] = {}

    def prepare(number: int) -> None:
        one = mapped(cast, file_of(number))
        files[number] = commit_import(actor=cast.olu, at=AT, one=one)

    def work(number: int) -> bool:
        one = lease_next(AT)
        if one is None:
            return False
        run(one, now=now)
        return True

    with many_connections(tmp_path):
        results = race(ROUNDS, work, work, before=prepare)
        assert afterwards(effects) == (ROUNDS, ROUNDS, ROUNDS)
    assert [sum(result) for result in results] == [1] * ROUNDS


def test_killed_in_the_middle_it_is_done_once_more_and_lands_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost after the readings were written and before the transaction ends."""
    one = commit_import(actor=cast.olu, at=AT, one=mapped(cast, file_of(0)))
    first = lease(one, AT)
    assert first is not None

    def lost(*_: Any) -> None:
        assert Reading.objects.count() == 1, "they were written, and are taken back"
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr("cadence.imports.running._landed", lost)
        with pytest.raises(OperationalError):
            run(first, now=now)
    assert effects() == (0, 0, 0)
    assert lease_next(AT) is None
    again = lease_next(AT + timedelta(minutes=3))
    assert again is not None
    run(again, now=lambda: AT + timedelta(minutes=3))
    assert effects() == (1, 1, 1)
