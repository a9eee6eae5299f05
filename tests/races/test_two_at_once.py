"""Two people write at once what may be there once only."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models

from accounts.models import Team
from cadence.breaches.models import Breach
from cadence.ledger.actions import append
from cadence.ledger.queries import verify
from cadence.metrics.models import Threshold
from cadence.ownership.models import Ownership
from tests import needs
from tests.architecture.attack import again
from tests.cast import AT, BEGINNING, Cast
from tests.races.racing import (
    READ_COMMITTED,
    REPEATABLE_READ,
    afterwards,
    at_level,
    hesitate,
    many_connections,
    race,
    refused,
    value,
    without_touch,
)

pytestmark = pytest.mark.django_db(transaction=True)
LEVELS = [READ_COMMITTED, REPEATABLE_READ]
Act = Callable[[], Any]


def rounds() -> int:
    """A file is synced to disk in every round, so SQLite gets fewer."""
    return 100 if connection.vendor == "postgresql" else 30


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest) -> str:
    if connection.vendor == "postgresql":
        return str(request.param)
    if request.param == REPEATABLE_READ:
        pytest.skip("SQLite has one level only")
    return "SQLite"


def both(pairs: Sequence[tuple[Act, Act]], level: str) -> list[int]:
    """In each round, how many of the two got through."""

    def runner(lane: int) -> Callable[[int], bool]:
        def act(number: int) -> bool:
            def writing() -> None:
                with at_level(level):
                    pairs[number][lane]()
                    hesitate()

            return not refused(writing)

        return act

    return [sum(result) for result in race(len(pairs), runner(0), runner(1))]


def saving(*rows: models.Model) -> tuple[Act, Act]:
    first, second = rows
    return first.save, second.save


def test_one_of_two_current_owners_is_refused(
    level: str, cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    pairs = []
    for _ in range(rounds()):
        work = cast.initiative()
        olu = again(cast.ownership, initiative=work)
        pairs.append(saving(olu, again(olu, owner=cast.nils)))
    with many_connections(tmp_path):
        passed = both(pairs, level)
        owners = afterwards(Ownership.objects.exclude(pk=cast.ownership.pk).count)
    assert passed == [1] * len(pairs)
    assert owners == len(pairs)
    said(f"two current owners at once: {len(pairs)} rounds {level}, 0 slipped")


def test_one_of_two_open_breaches_is_refused(
    level: str, cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    first, pairs = cast.breach(), []
    for _ in range(rounds()):
        breach = again(first, metric=cast.metric())
        pairs.append(saving(breach, again(breach)))
    with many_connections(tmp_path):
        passed = both(pairs, level)
        breaches = afterwards(Breach.objects.exclude(pk=first.pk).count)
    assert passed == [1] * len(pairs)
    assert breaches == len(pairs)
    said(f"two open breaches at once: {len(pairs)} rounds {level}, 0 slipped")


def overlapping(cast: Cast, count: int) -> list[tuple[Act, Act]]:
    """Two versions, both ended already, so that nothing but the guard stands against them."""
    pairs = []
    for _ in range(count):
        first = again(cast.floor, metric=cast.metric(), ends_on=date(2026, 10, 5))
        pairs.append(saving(first, again(first, starts_on=date(2026, 9, 7))))
    return pairs


def test_one_of_two_overlapping_thresholds_is_refused(
    level: str, cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    pairs = overlapping(cast, rounds())
    with many_connections(tmp_path):
        passed = both(pairs, level)
        thresholds = afterwards(Threshold.objects.exclude(pk=cast.floor.pk).count)
    assert passed == [1] * len(pairs)
    assert thresholds == len(pairs)
    said(f"two overlapping thresholds at once: {len(pairs)} rounds {level}, 0 slipped")


def test_without_the_touch_thresholds_would_overlap(
    cast: Cast, said: Callable[[str], None]
) -> None:
    needs.postgresql()
    with without_touch("threshold_versions_do_not_overlap"):
        passed = both(overlapping(cast, 50), READ_COMMITTED)
    slipped = passed.count(2)
    said(f"two overlapping thresholds at once: without the touch {slipped} of 50 slipped")
    assert slipped


def test_two_halves_do_not_make_a_circle_of_teams(
    level: str, cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    def below(lower: Team, upper: Team) -> Act:
        return lambda: Team.objects.filter(pk=lower.pk).update(parent=upper)

    pairs = []
    for number in range(rounds()):
        left, right = (
            Team.objects.create(
                organization=cast.acme, name=f"{side} {number}", created_at=BEGINNING
            )
            for side in ("Left", "Right")
        )
        pairs.append((below(left, right), below(right, left)))
    with many_connections(tmp_path):
        passed = both(pairs, level)
    assert passed == [1] * len(pairs)
    said(f"two halves of a circle of teams at once: {len(pairs)} rounds {level}, 0 slipped")


def test_a_ledger_stays_whole_under_eight_hands(
    cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    hands, each = 8, rounds() // 2

    def write(number: int) -> None:
        with at_level(READ_COMMITTED):
            append(
                organization=cast.acme.pk,
                event="metric.named",
                actor=cast.olu,
                at=AT + timedelta(seconds=number),
                subject=cast.demos,
            )

    with many_connections(tmp_path):
        race(each, *[write] * hands)
        found = afterwards(lambda: verify(cast.acme))
        head = afterwards(lambda: value("SELECT sequence FROM cadence_head"))
    assert found.fault is None
    assert found.entries == head == hands * each
    said(f"ledger: {hands} threads, {found.entries} entries, chain whole")
