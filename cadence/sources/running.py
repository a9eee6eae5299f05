"""Lease, ask, record: every source that is due is run once, however many look.

What is asked of the database of Cadence is asked here, by the thread that called; the threads of
the pool only ask the sources. So one that is slow holds up nobody but itself, and no transaction
is held meanwhile. Whoever is killed between asking and recording has recorded nothing, and the
source is run again when its lease is over.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import transaction
from django.db.models import Q

from cadence.metrics.models import Metric
from cadence.notices.outward import Resolve, system_resolver
from cadence.sources import leases, outcomes
from cadence.sources.actions import end_it
from cadence.sources.models import Source
from cadence.sources.outcomes import Lost
from cadence.sources.queries import with_facts
from cadence.sources.reading import asked_of, prepared
from cadence.sources.shapes import Answer, Failed

log = structlog.get_logger(__name__)

READERS = 8
# So many of one organization at once: if all that it reads from are slow, there is room for others.
OF_ONE_ORGANIZATION = READERS // 2
# No more is begun after this; what is under way has a deadline of its own. Together they are
# shorter than the time that `cadence up` gives its programs to stop.
PASS = 8.0
MOST_OF_A_PASS = 200

# Of a metric that takes no readings any more.
_OVER = Q(metric__retired_at__isnull=False) | Q(metric__initiative__ended_at__isnull=False)

BROKEN = "Cadence could not run this source; its log says why."

Clock = Callable[[], datetime]


@dataclass
class Ran:
    """What a pass has done. ``broken`` are mistakes of ours; each is in the log."""

    went_well: int = 0
    failed: int = 0
    lost: int = 0
    ended: int = 0
    broken: int = 0


@dataclass(frozen=True)
class Running:
    source: Source
    today: date
    started_at: datetime
    began: float


def run_sources(*, now: Clock, lasting: float = PASS, resolve: Resolve = system_resolver) -> Ran:
    """Run what is due, as far as it goes in ``lasting`` seconds. Not to be called in a
    transaction, which would be held while sources take their time."""
    done = Ran(ended=_end_what_is_over(now()))
    end = time.monotonic() + lasting
    queue = leases.due(now(), at_most=MOST_OF_A_PASS)
    running: dict[Future[Answer | Failed], Running] = {}
    with ThreadPoolExecutor(READERS, thread_name_prefix="source") as readers:
        while running or (queue and time.monotonic() < end):
            while time.monotonic() < end and (key := _turn(queue, running)) is not None:
                source = leases.lease(key, now())
                if source is not None:
                    one = _begun(source, now())
                    running[readers.submit(_asked, one, _prepared(one, resolve))] = one
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                _end(running.pop(future), future.result(), now(), done)
    return done


def _turn(
    queue: list[tuple[int, int]], running: dict[Future[Answer | Failed], Running]
) -> int | None:
    """Whose turn it is, off the queue; None while there is no room for anybody on it."""
    asked = Counter(one.source.organization_id for one in running.values())
    for place, (_, organization) in enumerate(queue):
        if asked.total() < READERS and asked[organization] < OF_ONE_ORGANIZATION:
            return queue.pop(place)[0]
    return None


def _begun(source: Source, at: datetime) -> Running:
    today = at.astimezone(source.metric.organization.zone).date()
    return Running(source, today, at, time.monotonic())


def _prepared(one: Running, resolve: Resolve) -> Callable[[], Answer]:
    try:
        return prepared(one.source.connection, asked_of(one.source, one.today), resolve)
    except Failed as failure:
        return _raises(failure)


def _raises(failure: Failed) -> Callable[[], Answer]:
    def ask() -> Answer:
        raise failure

    return ask


def _asked(one: Running, ask: Callable[[], Answer]) -> Answer | Failed:
    try:
        return ask()
    except Failed as failure:
        return failure
    except Exception:
        log.exception("source.broken", source=one.source.pk)
        return Failed(BROKEN)


def _end(one: Running, answer: Answer | Failed, at: datetime, done: Ran) -> None:
    """As it came, or else the bare fact: what cannot be recorded would be asked for ever."""
    took = int((time.monotonic() - one.began) * 1000)
    for said in (answer, Failed(BROKEN)):
        try:
            run = outcomes.finish(
                at=at,
                source=one.source,
                answer=said,
                today=one.today,
                started_at=one.started_at,
                took_ms=took,
            )
        except Lost:
            done.lost += 1
            return
        except Exception:
            log.exception("source.not_recorded", source=one.source.pk)
            done.broken += 1
            continue
        if run.error:
            done.failed += 1
        else:
            done.went_well += 1
        return


def _end_what_is_over(at: datetime) -> int:
    """Sources of metrics that were retired, or whose initiative has ended: nobody wants them."""
    over = with_facts(Source.objects.live()).filter(_OVER)
    ended = 0
    for source in over.order_by("pk"):
        with transaction.atomic():
            source.metric = Metric.objects.select_for_update(no_key=True, of=("self",)).get(
                pk=source.metric_id
            )
            locked = Source.objects.select_for_update(no_key=True, of=("self",)).live()
            found = locked.filter(pk=source.pk).first()
            if found is not None:
                found.metric = source.metric
                end_it(None, at, found, "takes_no_readings")
                ended += 1
    return ended
