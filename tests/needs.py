"""What a test needs and a user's machine may lack.

Call one at the beginning of a test or fixture. On a user's machine what is lacking skips the test
and says so; in CI (``CI=true``) it fails, so that a test cannot go missing unnoticed.
"""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lacking(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {what}")
    pytest.skip(what)


def shared_data() -> Path:
    """The folder of sample data that lies beside the checkout."""
    if not SHARED_DATA.is_dir():
        lacking("the sample data lie in ../shared/data")
    return SHARED_DATA


def postgresql() -> None:
    """Skips on SQLite even in CI, which runs the tests once on each database."""
    if connection.vendor != "postgresql":
        pytest.skip("runs on PostgreSQL: DATABASE_URL=postgres://user@host/name make test")


def sqlite() -> None:
    """For what is the same on both databases and takes long: once is enough."""
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite alone: make test without DATABASE_URL")


def browser() -> str:
    """The path of a Chromium."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    lacking("a browser: Debian's package chromium, for example")
    raise AssertionError


def redis() -> str:
    """The URL of a Redis that may be written to; REDIS_URL names another."""
    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")
    return answering(url, "Redis")


def rabbitmq() -> str:
    """The URL of a RabbitMQ that may be written to; RABBITMQ_URL names another."""
    url = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
    return answering(url, "RabbitMQ")


def answering(url: str, name: str) -> str:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=2):
            return url
    except OSError:
        lacking(f"{name} at {parts.hostname}, port {parts.port}")
        raise AssertionError from None
