"""The worker's door. A task carries no fact: it looks for what is due in the database."""

from dataclasses import asdict
from threading import Lock

import structlog
from celery import shared_task
from django.utils import timezone

from cadence.answers.actions import forget_answers
from cadence.evaluation.tick import tick as run_tick
from cadence.notices.delivery import deliver as run_deliver
from cadence.notices.derive import derive_notices
from cadence.notices.digests import write_digests
from cadence.notices.marks import forget_deliveries

log = structlog.get_logger(__name__)
delivering = Lock()


@shared_task(name="cadence.tick", ignore_result=True)
def tick() -> None:
    """Once a minute: everything that is due since the last time, however long ago that was."""
    at = timezone.now()
    done = run_tick(at=at)
    done["told"] = derive_notices(at=at)
    done["digests"] = write_digests(at=at)
    done["forgotten"] = forget_answers(at=at) + forget_deliveries(at=at)
    if any(done.values()):
        log.info("tick", **done)


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
    if done.sent or done.put_off or done.failed or done.dropped:
        log.info("deliver", **asdict(done))
