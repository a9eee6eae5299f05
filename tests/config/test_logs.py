"""What a log line holds when something breaks: where, and never what the variables held."""

import json
import logging
import logging.config
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from django.conf import settings

from cadence.notices import webhooks
from config.logs import configure
from tests.cast import AT, Cast

URL = "https://receiver.example/t0ken"
SECRET = "whsec_s3cret"  # what must not be found again


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """The lines that go to stderr, in the form that is asked for."""
    lines = StringIO()
    arranged = configure("INFO", request.param)
    arranged["handlers"]["stderr"]["stream"] = lines
    # What other tests have got hold of goes on writing where it did.
    structlog.configure(cache_logger_on_first_use=False)
    logging.config.dictConfig(arranged)
    yield lines
    logging.config.dictConfig(settings.LOGGING)


@pytest.mark.parametrize("written", ["json", "console"], indirect=True)
def test_a_secret_that_an_action_holds_is_not_in_the_log(
    cast: Cast, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: Any) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(webhooks, "new_secret", lambda: SECRET)
    monkeypatch.setattr(webhooks, "append", breaks)
    try:
        webhooks.create_webhook(actor=cast.ada, at=AT, url=URL)
    except RuntimeError:
        logging.getLogger("django.request").exception("It broke.")
        structlog.get_logger("cadence").exception("broken")
    line = written.getvalue()
    assert "The disk is full." in line and "create_webhook" in line
    for secret in (SECRET, "t0ken"):
        assert secret not in line


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_a_line_for_a_collector_is_json_and_says_where_it_broke(written: StringIO) -> None:
    try:
        int("x")
    except ValueError:
        logging.getLogger("django.request").exception("It broke.")
    told = json.loads(written.getvalue())
    (trace,) = told["exception"]
    assert (told["event"], trace["exc_type"]) == ("It broke.", "ValueError")
    assert (
        trace["frames"][-1]["name"] == "test_a_line_for_a_collector_is_json_and_says_where_it_broke"
    )
