from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.notices.receivers import Manner, Opens, Receiver, receiver
from tests.sources.rows import weeks_in

Weeks = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """The folder below which files may be read."""
    found = tmp_path / "figures"
    found.mkdir()
    settings.SOURCES_FOLDER = found
    return found


@pytest.fixture
def weeks(folder: Path) -> Weeks:
    """`weeks(("2026-11-09", 31))` is what the file says from now on."""

    def write(*rows: tuple[str, Any]) -> Path:
        path = folder / "figures.sqlite3"
        weeks_in(path, rows)
        return path

    return write


@pytest.fixture
def opens(settings: Settings) -> Iterator[Opens]:
    """Starts a web server, which may be read."""
    with ExitStack() as stack:

        def start(manner: Manner) -> Receiver:
            one = stack.enter_context(receiver(manner))
            settings.SOURCES_ALLOW = [*settings.SOURCES_ALLOW, one.place]
            return one

        yield start
