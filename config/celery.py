"""The worker and its timetable.

No task carries a fact: a tick looks in the database for what is due since the last one, so a tick
that is lost, doubled or late changes nothing. `celery -A config.celery worker` starts one by hand.
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings


def broker(url: str, data_dir: Path) -> dict[str, Any]:
    """Where wake-ups travel: the given URL, or a folder in the data directory when it is empty."""
    if url:
        return {"broker_url": url}
    folders = {name: data_dir / "broker" / name for name in ("messages", "control")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport_options": {
            # One folder for both directions: what is sent is what is received.
            "data_folder_in": str(folders["messages"]),
            "data_folder_out": str(folders["messages"]),
            "control_folder": str(folders["control"]),
        },
    }


app = Celery("cadence")
app.conf.update(
    **broker(settings.BROKER_URL, settings.DATA_DIR),
    broker_connection_retry_on_startup=True,
    task_default_queue="cadence",
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_pool="threads",
    # A tick, a pass of deliveries and one of sources that wait for others, and room for one more of
    # each.
    worker_concurrency=6,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_schedule_filename=str(settings.DATA_DIR / "beat-schedule"),
    beat_schedule={
        "tick": {
            "task": "cadence.tick",
            "schedule": settings.TICK_SECONDS,
            # A worker that was stopped must not wake up to a thousand ticks: it drops those that
            # the next one has followed, and RabbitMQ drops them by itself.
            "options": {"expires": settings.TICK_SECONDS},
        },
        "deliver": {
            "task": "cadence.deliver",
            "schedule": settings.DELIVER_SECONDS,
            "options": {"expires": settings.DELIVER_SECONDS},
        },
        "imports": {
            "task": "cadence.imports",
            "schedule": settings.IMPORT_SECONDS,
            "options": {"expires": settings.IMPORT_SECONDS},
        },
        "pull": {
            "task": "cadence.pull",
            "schedule": settings.DELIVER_SECONDS,
            "options": {"expires": settings.DELIVER_SECONDS},
        },
    },
)
app.autodiscover_tasks()


@signals.setup_logging.connect
def leave_logging_to_django(**_: object) -> None:
    """Celery sets up logging of its own unless this signal has a receiver."""
