"""A worker passes over an organization in which nothing can be due, and over no other."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.errors import Refusal
from cadence.evaluation.attempts import Attempts
from cadence.evaluation.tick import STEPS, look, tick
from cadence.evaluation.watching import LONGEST, Memory, heads_of_ledgers
from cadence.ledger.actions import append
from cadence.ownership.models import Ownership
from tests.cast import AT, Cast
from tests.journeys.hunt import ACTS, Hunt, NothingToDo, Somebody

MINUTE = timedelta(minutes=1)


def is_quiet(memory: Memory, cast: Cast, at: datetime) -> bool:
    return memory.is_quiet(cast.acme, heads_of_ledgers().get(cast.acme.pk), at)


def happen(cast: Cast) -> None:
    append(organization=cast.acme, event="team.renamed", actor=None, at=AT, subject=cast.demand)


def rested(cast: Cast, at: datetime = AT) -> Memory:
    """What a worker remembers that looked until nothing was left to do."""
    happen(cast)
    memory = Memory()
    while any(tick(at=at, organization=cast.acme, memory=memory).values()):
        pass
    return memory


def weeks(cast: Cast, acts: int) -> Iterator[datetime]:
    """Weeks in which people do anything; each moment comes soon after one of their acts."""
    calls = cast.initiative("Call more", team=cast.partners, owner=cast.nils)
    cast.threshold(cast.metric(initiative=calls))
    cast.threshold(cast.metric(initiative=cast.pipeline))
    for team in (cast.partners, cast.commercial):
        cast.series(team, planned_to=AT - timedelta(weeks=1))
    hunt = Hunt(cast, seconds=0)
    # Each act is an hour and a half after the one before; so that these are weeks, some hours pass.
    hunt.moments = count(step=5)
    somebody = Somebody(hunt, Random(7))
    names, weights = zip(*ACTS.items(), strict=True)
    for _ in range(acts):
        (act,) = somebody.dice.choices(names, weights)
        with suppress(NothingToDo, Refusal):
            act(somebody)
        at = hunt.now()
        for minutes in (1, 2, 50):
            yield at + minutes * MINUTE


def test_whatever_people_do_a_look_that_is_left_out_would_have_found_nothing(cast: Cast) -> None:
    memory, left_out, done = Memory(), 0, 0
    for at in weeks(cast, acts=20):
        if is_quiet(memory, cast, at):
            found = tick(at=at, organization=cast.acme)
            assert not any(found.values()), (at, found)
            left_out += 1
        else:
            done += sum(tick(at=at, organization=cast.acme, memory=memory).values())
    assert left_out > 10
    assert done > 5


def test_nothing_is_looked_at_while_nothing_happens(cast: Cast) -> None:
    memory = rested(cast)
    with CaptureQueriesContext(connection) as asked:
        assert tick(at=AT + MINUTE, organization=cast.acme, memory=memory) == {}
    assert len(asked) == 1


def test_what_is_written_to_the_ledger_is_looked_at(cast: Cast) -> None:
    memory = rested(cast)
    assert is_quiet(memory, cast, AT + MINUTE)
    happen(cast)
    assert not is_quiet(memory, cast, AT + MINUTE)


def test_a_due_moment_ends_the_rest(cast: Cast) -> None:
    due = AT + 10 * MINUTE
    cast.owned_by(cast.nils, cast.initiative(draft=True), accepted=False, due_at=due)
    memory = rested(cast)
    assert is_quiet(memory, cast, due - MINUTE)
    assert not is_quiet(memory, cast, due)
    tick(at=due + MINUTE, memory=memory)
    assert Ownership.objects.get(due_at=due).ending == "lapsed"


def test_a_new_day_ends_the_rest_in_the_zone_of_the_organization(cast: Cast) -> None:
    zone = cast.acme.zone
    late = datetime(2026, 11, 18, 23, 50, tzinfo=zone)
    memory = rested(cast, late)
    assert is_quiet(memory, cast, late + 5 * MINUTE)
    assert not is_quiet(memory, cast, late + 10 * MINUTE)


def test_nobody_rests_longer_than_an_hour_or_looks_back(cast: Cast) -> None:
    memory = rested(cast)
    assert not is_quiet(memory, cast, AT + LONGEST)
    assert not is_quiet(memory, cast, AT - MINUTE)


def test_a_look_that_failed_is_not_remembered(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(cast)
    memory, attempts = Memory(), Attempts()

    def fail(_at: datetime, _one: object) -> int:
        raise ValueError("This step fails.")

    monkeypatch.setitem(STEPS, "opened", fail)
    look(attempts, AT, [cast.acme], memory)
    assert len(attempts.failures) == 1
    assert not is_quiet(memory, cast, AT)
