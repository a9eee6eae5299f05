"""The timetable: it says when, and knows nothing of what is done.

The application of the worker without Django in it, no models and no pages: half the memory.
"""

from celery import Celery
from django.conf import settings
from django.utils.log import configure_logging

from config.celery import app as worker

configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
app = Celery("cadence", fixups=())
app.conf.update(worker.conf.changes)
