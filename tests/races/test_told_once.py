"""Two workers derive and write digests at once: everybody is told once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from cadence.ledger.models import Entry
from cadence.notices import derive
from cadence.notices.derive import derive_notices
from cadence.notices.digests import write_digests
from cadence.notices.models import Delivery, Notice
from tests.cast import Cast
from tests.notices.things import SOON, happened
from tests.races.racing import afterwards, many_connections, race

pytestmark = pytest.mark.django_db(transaction=True)


def rounds() -> int:
    return 40 if connection.vendor == "postgresql" else 12


def test_two_workers_tell_every_entry_once(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "BATCH", 2)
    breaches = [cast.breach(cast.metric()).pk for _ in range(rounds())]

    def happens(number: int) -> None:
        for _ in range(3):
            happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breaches[number]])

    with many_connections(tmp_path):
        results = race(
            rounds(),
            lambda _: derive_notices(at=SOON),
            lambda _: derive_notices(at=SOON),
            before=happens,
        )
        entries = afterwards(Entry.objects.filter(event="readings.recorded").count)
        told = afterwards(Notice.objects.count)
        mails = afterwards(Delivery.objects.count)
    assert [sum(pair) for pair in results] == [3] * rounds()
    assert entries == told == mails == 3 * rounds()


def test_who_derives_while_others_act_misses_nothing(cast: Cast, tmp_path: Path) -> None:
    """Entries that are written meanwhile are told now or the next time, and in order."""
    breaches = [cast.breach(cast.metric()).pk for _ in range(rounds())]

    def happens(number: int) -> None:
        for _ in range(3):
            happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breaches[number]])

    with many_connections(tmp_path):
        race(rounds(), lambda _: derive_notices(at=SOON), happens)
        afterwards(lambda: derive_notices(at=SOON))
        order = afterwards(
            lambda: list(Notice.objects.order_by("pk").values_list("entry__sequence", flat=True))
        )
    assert len(order) == 3 * rounds()
    assert order == sorted(order)


def test_two_workers_write_one_digest(cast: Cast, tmp_path: Path) -> None:
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def write(number: int) -> int:
        return write_digests(at=monday + timedelta(weeks=number))

    with many_connections(tmp_path):
        results = race(rounds(), write, write)
        ids = afterwards(lambda: list(Delivery.objects.values_list("message_id", flat=True)))
    assert len(ids) == len(set(ids)) == sum(sum(pair) for pair in results)
    assert len(ids) >= rounds()
