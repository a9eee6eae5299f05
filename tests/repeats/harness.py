"""The same batch of readings, sent by several processes at the same moment, again and again.

Each process has the whole product in it and a connection of its own. Every round has another
batch: a week of every metric anew, and the week before corrected. What became of it is counted in
the database.
"""

import json
import multiprocessing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection, transaction

from cadence.breaches.models import Breach
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.metrics.models import Correction, Judgement, Metric, Reading
from tests.gather import gather
from tests.repeats.sender import BARE, KEYED, METRICS, send

LONG_AGO = datetime(2019, 1, 7, tzinfo=UTC)
FAR_AHEAD = date(2035, 1, 1)


@dataclass
class Tally:
    """Over all rounds. With a key each batch has one entry in the ledger; without one, each
    request has its own, although it changes nothing any more."""

    vendor: str
    processes: int
    rounds: int
    entries: int = 0
    entries_without_key: int = 0
    replayed: int = 0
    put_off: int = 0
    faults: str = ""

    def __str__(self) -> str:
        sent = self.rounds * self.processes
        return (
            f"{self.vendor}: {self.rounds} batches, each sent by {self.processes} processes at "
            f"once with one key: {sent} requests, {self.entries} effects, {self.replayed} answers "
            f"given again, {self.put_off} told to try again and did. Without a key, the same "
            f"{self.rounds} batches: {self.entries_without_key} entries."
            + (f"\nWRONG: {self.faults}" if self.faults else "")
        )

    def as_json(self) -> str:
        return json.dumps(vars(self))


def run(rounds: int, processes: int) -> Tally:
    """Send each batch with a key, then all of them once more without one, and count."""
    tally = Tally(connection.vendor, processes, rounds)
    with transaction.atomic():
        secret = _prepare()
    connection.close()
    context = multiprocessing.get_context("spawn")
    # The one who counts stands at the barrier too.
    barrier: Barrier = context.Barrier(processes + 1, timeout=120)
    answers: Any = context.SimpleQueue()
    workers = [
        context.Process(target=send, args=(secret, rounds, barrier, answers), daemon=True)
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    faults: list[str] = []
    for kind in (KEYED, BARE):
        for number in range(rounds):
            barrier.wait()
            given = [answers.get() for _ in workers]
            barrier.wait()
            tally.put_off += sum(put_off for *_, put_off in given)
            if kind == KEYED:
                faults += _faults_of(number, given)
                tally.replayed += sum(again for _, _, again, _ in given)
        if kind == KEYED:
            tally.entries = _entries()
            faults += _faults_in_database(rounds)
    tally.entries_without_key = _entries() - tally.entries
    for worker in workers:
        worker.join(30)
        faults += [f"a process ended with {worker.exitcode}"] if worker.exitcode else []
    if tally.entries != rounds:
        faults.append(f"{tally.entries} effects of {rounds} batches")
    fault = verify(Metric.objects.get(key="many-0").organization).fault
    tally.faults = "; ".join(faults + ([str(fault)] if fault else []))
    return tally


def _prepare() -> str:
    """The cast, metrics that have been judged for years, and a token of the machine."""
    from tests.api.conftest import token_for

    cast = gather()
    work = cast.initiative(draft=True)
    work.activated_at = LONG_AGO
    work.save(update_fields=["activated_at"])
    for number in range(METRICS):
        # Nothing is owed: only what is sent has an effect.
        metric = cast.metric(f"Many {number}", initiative=work, checked_to=FAR_AHEAD)
        Metric.objects.filter(pk=metric.pk).update(key=f"many-{number}")
        cast.threshold(metric, starts_on=LONG_AGO.date())
    far = datetime(2035, 1, 1, tzinfo=UTC)
    return token_for(cast.robo, scopes=["readings"], expires_at=far)[1]


def _entries() -> int:
    return Entry.objects.filter(event="readings.recorded").count()


def _faults_of(number: int, given: list[tuple[int, str, bool, int]]) -> list[str]:
    """Everybody hears the same, and one of them did it."""
    found = []
    if {status for status, *_ in given} != {200}:
        found.append(f"batch {number} was answered {sorted(status for status, *_ in given)}")
    if len({body for _, body, *_ in given}) != 1:
        found.append(f"batch {number} had several answers")
    if [again for _, _, again, _ in given].count(False) != 1:
        found.append(f"batch {number} was done {[again for *_, again, _ in given].count(False)} x")
    return found


def _faults_in_database(rounds: int) -> list[str]:
    mine = {"metric__key__startswith": "many-"}
    counted = {
        "readings": (Reading.objects.filter(**mine).count(), METRICS * rounds),
        "judgements": (Judgement.objects.filter(**mine).count(), METRICS * rounds),
        "corrections": (Correction.objects.count(), METRICS * (rounds - 1)),
    }
    found = [f"{n} {what}, not {due}" for what, (n, due) in counted.items() if n != due]
    doubled = Breach.objects.filter(**mine, recovered_at=None).count()
    return found + ([f"{doubled} open breaches"] if doubled > METRICS else [])
