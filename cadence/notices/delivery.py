"""Lease, send, mark: every message reaches its receiver at least once, always with the same id.

A message is leased before it is sent and marked after: who is killed between the two has it sent
once more when the lease is over, and the receiver knows it by its id. The other order, marking
first, would lose it. `make kills` shows both.

Each receiver is served by itself, one message at a time and the oldest first, while others are
served beside it. What is asked of the database is asked here, by the thread that called; the
threads of the pool only send.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from cadence.notices import leases, marks
from cadence.notices.leases import Receiver
from cadence.notices.models import Delivery
from cadence.notices.outcomes import Effect, Outcome
from cadence.notices.postman import Postman
from cadence.notices.transports import Sending, prepared

log = structlog.get_logger(__name__)

SENDERS = 16
# No more is begun after this; what is under way has a deadline of its own. Together they are
# shorter than the time that `cadence up` gives its programs to stop.
PASS = 8.0

Clock = Callable[[], datetime]


@dataclass
class Passed:
    """What a pass has done."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    dropped: int = 0

    def count(self, effect: str) -> None:
        setattr(self, effect, getattr(self, effect) + 1)


@dataclass
class Round:
    """One receiver and what was leased for it."""

    receiver: Receiver
    token: str
    waiting: list[Delivery] = field(default_factory=list)
    current: Delivery | None = None


def deliver(*, now: Clock, lasting: float = PASS, lease_for: timedelta = leases.LEASE) -> Passed:
    """Send what is due, as far as it goes in ``lasting`` seconds, to all receivers side by side.

    ``now`` is the door's clock: a pass takes time, and every try has its own moment. Not to be
    called inside a transaction, which would be held while receivers take their time.
    """
    done = Passed(dropped=marks.drop_what_nobody_gets(now()))
    work = Pass(now, time.monotonic() + lasting, lease_for, done)
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="deliver") as pool:
        work.run(pool)
    work.postman.close()
    return done


class Pass:
    def __init__(self, now: Clock, end: float, lease_for: timedelta, done: Passed) -> None:
        self.now, self.end, self.lease_for, self.done = now, end, lease_for, done
        self.postman = Postman()
        self.running: dict[Future[Outcome], Round] = {}

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.end

    def run(self, pool: ThreadPoolExecutor) -> None:
        queue = leases.receivers_due(self.now(), at_most=SENDERS // 2)
        while (queue or self.running) and not (self.over and not self.running):
            while queue and len(self.running) < SENDERS and not self.over:
                self._begin(pool, queue.pop(0))
            if self.running:
                finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._end(pool, future)

    def _begin(self, pool: ThreadPoolExecutor, receiver: Receiver) -> None:
        token, rows = leases.lease(receiver, self.now(), self.lease_for)
        if rows:
            self._next(pool, Round(receiver, token, rows))

    def _next(self, pool: ThreadPoolExecutor, one: Round) -> None:
        """Send the next of the round; when it is over, give back what was not tried."""
        while one.waiting and not self.over:
            delivery = one.waiting.pop(0)
            sending = self._prepared(delivery)
            if sending is None:
                marks.drop(delivery, one.token, self.now())
                self.done.count("dropped")
                continue
            one.current = delivery
            self.running[pool.submit(sending)] = one
            return
        one.current = None
        leases.give_back(one.token)
        if not self.over:
            # Either all were sent, or there were more than one lease takes.
            self._begin(pool, one.receiver)

    def _prepared(self, delivery: Delivery) -> Sending | None:
        try:
            return prepared(delivery, self.now(), self.postman)
        except Exception:
            # One message that cannot be written must not keep all others from being sent.
            log.exception("delivery.broken", delivery=delivery.pk, what=delivery.event)
            error = "This message could not be written; the log says why."
            return lambda: Outcome(Effect.LATER, None, error, 0)

    def _end(self, pool: ThreadPoolExecutor, future: Future[Outcome]) -> None:
        one = self.running.pop(future)
        assert one.current is not None
        outcome = future.result()
        self.done.count(marks.mark(one.current, one.token, outcome, self.now()))
        if outcome.effect in (Effect.DOWN, Effect.GONE):
            leases.give_back(one.token)
        else:
            self._next(pool, one)


def deliver_now(delivery: Delivery, *, now: Clock) -> Delivery:
    """Send this one at once, for somebody who waits for the outcome; as it is afterwards.

    When another holds its lease, it is on its way already and nothing is done.
    """
    token = leases.lease_one(delivery, now())
    if token:
        postman = Postman()
        sending = prepared(delivery, now(), postman)
        if sending is None:
            marks.drop(delivery, token, now())
        else:
            marks.mark(delivery, token, sending(), now())
        postman.close()
    return Delivery.objects.get(pk=delivery.pk)
