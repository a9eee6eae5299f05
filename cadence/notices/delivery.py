"""Lease, send, mark: every message reaches its receiver at least once, always with the same id.

A message is leased before it is sent and marked after: who is killed between the two has it sent
once more when the lease is over, and the receiver knows it by its id. The other order, marking
first, would lose it. `make kills` shows both.

Each receiver is served by itself, one message at a time and the oldest first, while others are
served beside it, and mail in a thread of its own. What is asked of the database is asked here, by
the thread that called; the threads of the pools only send. What goes wrong with one message is
logged and counted: the outcomes of all others must still be written down.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from cadence.notices import leases, marks
from cadence.notices.leases import Receiver
from cadence.notices.models import Channel, Delivery
from cadence.notices.outcomes import Effect, Outcome, effect_again
from cadence.notices.postman import Postman
from cadence.notices.transports import Sending, prepared

log = structlog.get_logger(__name__)

SENDERS = 16
# So many of one organization at once: if all that it calls are slow, there is room for others.
OF_ONE_ORGANIZATION = SENDERS // 2
# No more is begun after this; what is under way has a deadline of its own. Together they are
# shorter than the time that `cadence up` gives its programs to stop.
PASS = 8.0

BROKEN = "Cadence could not send this message; its log says why."

Clock = Callable[[], datetime]


@dataclass
class Passed:
    """What a pass has done."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    dropped: int = 0
    # Mistakes of ours. Each is in the log with its traceback.
    broken: int = 0

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
    try:
        with (
            ThreadPoolExecutor(SENDERS, thread_name_prefix="deliver") as work.senders,
            ThreadPoolExecutor(1, thread_name_prefix="mail") as work.mail,
        ):
            work.run()
    finally:
        work.postman.close()
    return done


class Pass:
    senders: ThreadPoolExecutor
    mail: ThreadPoolExecutor

    def __init__(self, now: Clock, end: float, lease_for: timedelta, done: Passed) -> None:
        self.now, self.end, self.lease_for, self.done = now, end, lease_for, done
        self.postman = Postman()
        self.queue: list[Receiver] = []
        self.running: dict[Future[Outcome], Round] = {}

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.end

    def run(self) -> None:
        self.queue = leases.receivers_due(self.now(), at_most=SENDERS // 2)
        while (self.queue or self.running) and not (self.over and not self.running):
            while not self.over and (receiver := self._turn()) is not None:
                with self._going_on("delivery.not_begun", receiver=receiver):
                    self._begin(receiver)
            if self.running:
                finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in finished:
                    one = self.running.pop(future)
                    with self._going_on("delivery.not_ended", receiver=one.receiver):
                        self._end(one, future.result())

    def _turn(self) -> Receiver | None:
        """Whose turn it is, off the queue; None while there is no room for anybody on it."""
        called = Counter(
            one.receiver.organization_id
            for one in self.running.values()
            if one.receiver.channel != Channel.EMAIL
        )
        for place, receiver in enumerate(self.queue):
            if receiver.channel == Channel.EMAIL or (
                called.total() < SENDERS and called[receiver.organization_id] < OF_ONE_ORGANIZATION
            ):
                return self.queue.pop(place)
        return None

    def _begin(self, receiver: Receiver) -> None:
        token, rows = leases.lease(receiver, self.now(), self.lease_for)
        if rows:
            self._next(Round(receiver, token, rows))

    def _next(self, one: Round) -> None:
        """Send the next of the round; when it is over, give back what was not tried."""
        while one.waiting and not self.over:
            delivery = leases.still_ours(one.waiting.pop(0), one.token)
            if delivery is None:
                continue
            sending = _prepared(delivery, self.now(), self.postman)
            if sending is None:
                marks.drop(delivery, one.token, self.now())
                self.done.count("dropped")
                continue
            one.current = delivery
            pool = self.mail if one.receiver.channel == Channel.EMAIL else self.senders
            self.running[pool.submit(_outcome, sending, delivery)] = one
            return
        one.current = None
        leases.give_back(one.token)
        # Either all were sent, or there were more than one lease takes.
        self.queue.append(one.receiver)

    def _end(self, one: Round, outcome: Outcome) -> None:
        assert one.current is not None
        if outcome.error == BROKEN:
            self.done.broken += 1
        self._mark(one.current, one.token, outcome)
        if outcome.effect in (Effect.DOWN, Effect.GONE):
            leases.give_back(one.token)
        else:
            self._next(one)

    def _mark(self, delivery: Delivery, token: str, outcome: Outcome) -> None:
        """As it came, or else the bare fact: a message whose outcome cannot be written down would
        be sent again whenever its lease is over."""
        bare = Effect.SENT if outcome.effect is Effect.SENT else Effect.LATER
        for said in (outcome, Outcome(bare, None, BROKEN, 0)):
            with self._going_on("delivery.not_marked", delivery=delivery.pk):
                self.done.count(marks.mark(delivery, token, said, self.now()))
                return

    @contextmanager
    def _going_on(self, event: str, **facts: object) -> Iterator[None]:
        try:
            yield
        except Exception:
            log.exception(event, **facts)
            self.done.broken += 1


def _prepared(delivery: Delivery, at: datetime, postman: Postman) -> Sending | None:
    try:
        return prepared(delivery, at, postman)
    except Exception:
        log.exception("delivery.broken", delivery=delivery.pk, what=delivery.event)
        return lambda: Outcome(Effect.LATER, None, BROKEN, 0)


def _outcome(sending: Sending, delivery: Delivery) -> Outcome:
    try:
        outcome = sending()
        if delivery.channel == Channel.EMAIL:
            return outcome
        return replace(
            outcome, effect=effect_again(outcome.effect, outcome.status, delivery.attempts)
        )
    except Exception:
        log.exception("delivery.broken", delivery=delivery.pk, what=delivery.event)
        return Outcome(Effect.LATER, None, BROKEN, 0)


def deliver_now(delivery: Delivery, *, now: Clock) -> Delivery:
    """Send this one at once, for somebody who waits for the outcome; as it is afterwards.

    When another holds its lease, it is on its way already and nothing is done.
    """
    token = leases.lease_one(delivery, now())
    found = leases.still_ours(delivery, token) if token else None
    if found is not None:
        postman = Postman()
        try:
            sending = _prepared(found, now(), postman)
            if sending is None:
                marks.drop(found, token, now())
            else:
                marks.mark(found, token, _outcome(sending, found), now())
        finally:
            postman.close()
    return Delivery.objects.get(pk=delivery.pk)
