"""The worker's door. A task carries no fact: it looks for what is due in the database."""

import structlog
from celery import shared_task
from django.utils import timezone

from cadence.answers.actions import forget_answers
from cadence.evaluation.tick import tick as run_tick
from cadence.notices.minutes import send_minutes

log = structlog.get_logger(__name__)


@shared_task(name="cadence.tick", ignore_result=True)
def tick() -> None:
    """Once a minute: everything that is due since the last time, however long ago that was."""
    at = timezone.now()
    done = run_tick(at=at)
    done["mailed"] = send_minutes(at=at)
    done["forgotten"] = forget_answers(at=at)
    if any(done.values()):
        log.info("tick", **done)
