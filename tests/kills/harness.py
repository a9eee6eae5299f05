"""Kills the delivery worker again and again, and counts what a receiver heard.

Every event is an action of the product with its ledger entry. A receiver in a process of its own
writes down what it hears. Workers are processes that are forked, work, and are killed with
SIGKILL on their way; the last one is left alone. What was lost, and what was heard twice, is
counted at the receiver.
"""

import json
import os
import random
import signal
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.urls import reverse

from accounts.models import Membership, Organization
from cadence.decisions.actions import commit
from cadence.initiatives.models import Initiative
from cadence.management.supervisor import stop_with_parent
from cadence.notices.derive import derive_notices
from cadence.notices.models import Delivery
from cadence.notices.webhooks import create_webhook, end_webhook
from tests.cast import AT
from tests.gather import gather
from tests.kills.worker import LEASE, STEPS, Plan, a_plan, work
from tests.notices.receivers import answer, read_request

ORDERS = ("lease, send, mark", "mark, then send")
RECEIVERS = 3
# Longer than a lease, so that the next worker finds what the killed one held.
ROUND = LEASE + timedelta(seconds=1)


@dataclass
class Tally:
    """Of one order. ``events`` are messages owed: each event goes to each receiver."""

    order: str
    events: int = 0
    kills: int = 0
    lost: int = 0
    heard_again: int = 0
    with_another_id: int = 0
    kills_at: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> str:
        return json.dumps(vars(self))


def run(order: str, rounds: int, seed: int, folder: Path) -> Tally:
    """``rounds`` workers are killed, or work to their end where they did not come to their step."""
    chance = random.Random(seed)
    if not Organization.objects.filter(slug="acme").exists():
        gather()
    # Else every worker would load all pages, to know their addresses.
    reverse("web:sign-in")
    # What happened before is not told to receivers of now.
    derive_notices(at=AT)
    tally = Tally(order)
    log = folder / f"heard-{ORDERS.index(order)}.txt"
    log.touch()
    port, receiver = _start_receiver(log)
    place = f"127.0.0.1:{port}"
    settings.OUTBOUND_ALLOW = [place]
    ada = Membership.objects.get(name="Ada", organization__slug="acme")
    at = AT
    hooks = [
        create_webhook(
            actor=ada, at=at, url=f"http://{place}/{number}", events=["commitment.made"]
        )[0]
        for number in range(RECEIVERS)
    ]
    began = time.monotonic()
    for number in range(rounds):
        at += ROUND
        _happen(order, number, tally)
        _one_killed(order, a_plan(chance, number), at, tally, chance, began, number)
    for _ in range(20):
        at += ROUND
        _fork(partial(work, order, None, at))
        if not Delivery.objects.waiting().filter(webhook__in=hooks).exists():
            break
    os.kill(receiver, signal.SIGKILL)
    os.waitpid(receiver, 0)
    _count(tally, log, {hook.pk for hook in hooks})
    for hook in hooks:
        end_webhook(actor=ada, at=at, webhook=hook)
    return tally


def _happen(order: str, number: int, tally: Tally) -> None:
    """Something that is told outside, with its entry in the ledger."""
    initiative = Initiative.objects.get(organization__slug="acme")
    olu = Membership.objects.select_related("organization").get(
        name="Olu", organization__slug="acme"
    )
    commit(
        actor=olu,
        at=AT,
        initiative=initiative,
        text=f"{order}, {number}",
        person=olu,
        due_on="2026-12-11",
    )
    tally.events += RECEIVERS


def _one_killed(
    order: str,
    plan: Plan,
    at: datetime,
    tally: Tally,
    chance: random.Random,
    began: float,
    number: int,
) -> None:
    usual = (time.monotonic() - began) / max(number, 1)
    after = chance.random() * min(usual, 0.3) if plan.step == "any moment" else None
    if _fork(partial(work, order, plan, at), after):
        tally.kills += 1
        tally.kills_at[plan.step] += 1


def _fork(act: Callable[[], None], kill_after: float | None = None) -> bool:
    """Whether the child was killed. Connections are not shared: each side opens its own."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "A worker failed; what it said is above."
    return False


def _start_receiver(log: Path) -> tuple[int, int]:
    """A port that answers 200 to everything once it has written it down, and its process."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    connections.close_all()
    child = os.fork()
    if child:
        port = int(listening.getsockname()[1])
        listening.close()
        return port, child
    # Not to be left behind when the harness itself is stopped.
    stop_with_parent()
    with log.open("a") as heard:
        while True:
            connection, _ = listening.accept()
            with connection:
                try:
                    request = read_request(connection)
                    path = request.line.split()[1]
                    facts = request.told["data"]
                    heard.write(json.dumps([request.id, path, facts["entry"]]) + "\n")
                    heard.flush()
                    connection.sendall(answer(200))
                except (OSError, ValueError):
                    continue


def _count(tally: Tally, log: Path, hooks: set[int]) -> None:
    heard = [tuple(json.loads(line)) for line in log.read_text().splitlines()]
    things = {(path, entry) for _, path, entry in heard}
    ids: dict[tuple[str, int], set[str]] = {}
    for key, path, entry in heard:
        ids.setdefault((path, entry), set()).add(key)
    tally.lost = tally.events - len(things)
    tally.heard_again = len(heard) - len(things)
    tally.with_another_id = sum(len(known) > 1 for known in ids.values())


def table(database: str, tallies: list[Tally]) -> str:
    rows = [
        ("messages owed", [one.events for one in tallies]),
        ("workers killed", [one.kills for one in tallies]),
        *((f"  {step}", [one.kills_at[step] for one in tallies]) for step in STEPS),
        ("lost", [one.lost for one in tallies]),
        ("heard again", [one.heard_again for one in tallies]),
        ("  with another id", [one.with_another_id for one in tallies]),
    ]
    lines = [f"{database:<20}" + "".join(f"{one.order:>20}" for one in tallies)]
    lines += [f"{name:<20}" + "".join(f"{number:>20,}" for number in row) for name, row in rows]
    return "\n".join(lines)
