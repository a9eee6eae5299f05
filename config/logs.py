"""Log lines, for a reader or as JSON for a collector; the same for web, worker and commands."""

import re
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# A path that is itself a key: whoever reads the log would have it.
_SECRET = re.compile(r"/(feeds|invitation|password/reset/[^/\s]+)/[^/?\s\"']+")


def without_secrets(_logger: object, _name: str, line: str) -> str:
    """The line that is about to be written, wherever in it such a path stands."""
    return _SECRET.sub(r"/\1/[secret]", line)


def configure(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING; the level is ``DEBUG`` … ``CRITICAL``, the form ``console`` or ``json``."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    if form == "json":
        last: list[Any] = [
            # Not `dict_tracebacks`, which writes what every variable held: tokens, whole requests.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(),
        ]
    else:
        # Where `rich` is installed, the other form would write what the variables held.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *last,
                    without_secrets,
                ],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print each line a second time, or only while debugging.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # The web server has set this one up for itself, and would write paths as they are.
            "granian.access": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            # One line a minute to say that a minute has passed is no news.
            "celery": {"level": "WARNING" if level == "INFO" else level},
            # They tell of every rule of a style sheet that means nothing on paper.
            **{
                name: {"level": "ERROR"}
                for name in ("weasyprint", "weasyprint.progress", "fontTools")
            },
        },
    }
