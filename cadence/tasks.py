"""The worker's door. A task carries no fact: it looks for what is due in the database."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from threading import Lock

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.models import Organization
from cadence.answers.actions import forget_answers
from cadence.decks.actions import freeze_due
from cadence.evaluation.attempts import Attempts
from cadence.evaluation.tick import look
from cadence.evaluation.watching import Memory
from cadence.imports.forgetting import forget_imports
from cadence.imports.running import run_owed
from cadence.notices.delivery import deliver as run_deliver
from cadence.notices.derive import derive_notices
from cadence.notices.digests import write_digests
from cadence.notices.marks import forget_deliveries
from cadence.sources.outcomes import forget_runs
from cadence.sources.running import run_sources

log = structlog.get_logger(__name__)
delivering = Lock()
importing = Lock()
pulling = Lock()
# What this process saw when it last looked: where nothing can be due since, it does not look.
memory = Memory()


@shared_task(name="cadence.tick", ignore_result=True)
def tick() -> None:
    """Once a minute: everything that is due since the last time, however long ago that was."""
    look_at_all(timezone.now(), memory)


def look_at_all(at: datetime, memory: Memory | None = None) -> None:
    """Each step for each organization on its own, so that one that fails ends nothing for others.

    What failed is in the log with its traceback, and fails the task when all the rest was done.
    """
    attempts = Attempts()
    everybody = list(Organization.objects.order_by("pk"))
    look(attempts, at, everybody, memory)
    for one in everybody:
        attempts.make("frozen", partial(freeze_due, at=at, organization=one), one)
        attempts.make("told", partial(derive_notices, at=at, organization=one), one)
        attempts.make("digests", partial(write_digests, at=at, organization=one), one)
    attempts.make("forgotten", partial(forget_answers, at=at))
    attempts.make("forgotten", partial(forget_deliveries, at=at))
    attempts.make("forgotten", partial(forget_imports, at=at))
    attempts.make("forgotten", partial(forget_runs, at=at))
    for failure in attempts.failures:
        log.error(
            "tick_failed",
            step=failure.step,
            organization=failure.organization,
            exc_info=failure.error,
        )
    done = attempts.done | {"failed": len(attempts.failures)}
    if any(done.values()):
        log.info("tick", **done)
    attempts.finish()


@shared_task(name="cadence.deliver", ignore_result=True)
def deliver() -> None:
    """Every few seconds: e-mails, Slack messages and webhooks that wait to be sent."""
    # While receivers are slow the next pass comes early. It would only take up a place.
    if not delivering.acquire(blocking=False):
        return
    try:
        done = run_deliver(now=timezone.now)
    finally:
        delivering.release()
    if done.broken:
        log.error("deliver", **asdict(done))
    elif done.sent or done.put_off or done.failed or done.dropped:
        log.info("deliver", **asdict(done))


@shared_task(name="cadence.imports", ignore_result=True)
def imports() -> None:
    """Every few seconds: large files that wait to be checked or recorded."""
    # A large one takes longer than it is until the next pass.
    if not importing.acquire(blocking=False):
        return
    try:
        done = run_owed(now=timezone.now)
    finally:
        importing.release()
    if done:
        log.info("imports", done=done)


@shared_task(name="cadence.pull", ignore_result=True)
def pull() -> None:
    """Every few seconds: the sources whose time has come."""
    # While sources are slow the next pass comes early, as with deliveries.
    if not pulling.acquire(blocking=False):
        return
    try:
        done = run_sources(now=timezone.now)
    finally:
        pulling.release()
    if done.broken:
        log.error("pull", **asdict(done))
    elif any(asdict(done).values()):
        log.info("pull", **asdict(done))
