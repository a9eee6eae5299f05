"""The delivery worker of the harness: a process that is killed somewhere on its way.

Steps are found where the product meets something else: an SQL statement, a call to the outside.
The code of the product runs as it is.
"""

import os
import random
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from cadence.notices import leases, marks, transports
from cadence.notices.delivery import deliver
from cadence.notices.derive import derive_notices
from cadence.notices.outcomes import Effect, Outcome
from cadence.notices.outward import Answer
from cadence.notices.postman import Postman
from cadence.notices.transports import prepared

STEPS = (
    "while telling",
    "while leasing",
    "after leasing",
    "before sending",
    "after sending",
    "while marking",
    "any statement",
    "any moment",
)
LEASE = timedelta(seconds=30)
Post = Callable[..., Answer]


@dataclass
class Plan:
    """Where this worker dies: at the so-manieth time that it comes to a step."""

    step: str
    times: int

    def here(self, step: str) -> None:
        if step == self.step:
            self.times -= 1
            if self.times <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.here("any statement")
        if sql.startswith("INSERT") and "cadence_delivery" in sql:
            self.here("while telling")
        if sql.startswith("UPDATE") and "cadence_delivery" in sql:
            changed = sql.partition("WHERE")[0]
            if "sent_at" in changed:
                # Written, and not committed.
                self.here("while marking")
            elif '"lease"' in changed and '"due_at"' not in changed:
                self.here("while leasing")
        return result


def work(order: str, plan: Plan | None, at: datetime) -> None:
    """Tell what has happened and deliver it, in one order or the other, then end."""
    with ExitStack() as stack:
        if plan is not None:
            stack.enter_context(connection.execute_wrapper(plan.statement))
            _watch_calls(plan)
        derive_notices(at=at)
        if order == "mark, then send":
            mark_then_send(at)
        else:
            deliver(now=lambda: at, lease_for=LEASE)


def _watch_calls(plan: Plan) -> None:
    post: Post = transports.post

    def watched(*arguments: Any, **options: Any) -> Answer:
        plan.here("after leasing")
        plan.here("before sending")
        answer = post(*arguments, **options)
        plan.here("after sending")
        return answer

    transports.post = watched


def mark_then_send(at: datetime) -> None:
    """The order that the product does not use: what is marked counts as sent, whatever follows."""
    postman = Postman()
    for receiver in leases.receivers_due(at, at_most=8):
        token, rows = leases.lease(receiver, at, LEASE)
        for delivery in rows:
            sending = prepared(delivery, at, postman)
            if sending is None:
                marks.drop(delivery, token, at)
            else:
                marks.mark(delivery, token, Outcome(Effect.SENT, None, "", 0), at)
                sending()


def a_plan(chance: random.Random, number: int) -> Plan:
    """Every step in turn; which time, by chance."""
    step = STEPS[number % len(STEPS)]
    # There is one statement that tells; the others come once for each receiver.
    most = {"any statement": 40, "while telling": 1, "while leasing": 3}.get(step, 4)
    times = chance.randint(1, most)
    return Plan(step, times)
