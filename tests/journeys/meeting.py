"""Threads that begin together, on a database where they really meet."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

from django.db import connections

from cadence.errors import Refusal


@contextmanager
def in_a_file(path: Path) -> Iterator[None]:
    """On SQLite, work on a copy in a file: connections to a database in memory share a cache, and
    meet other locks than those of an installation. PostgreSQL stays as it is."""
    memory = connections["default"]
    if memory.vendor != "sqlite":
        yield
        return
    memory.ensure_connection()
    with sqlite3.connect(path) as copy:
        memory.connection.backup(copy)
    copy.close()
    # Connections of other threads are made from the same settings.
    settings, name = memory.settings_dict, memory.settings_dict["NAME"]
    settings["NAME"] = str(path)
    connections["default"] = memory.copy()
    # The first connection to a file changes its journal, which several at once cannot.
    connections["default"].ensure_connection()
    try:
        yield
    finally:
        connections["default"].close()
        settings["NAME"] = name
        connections["default"] = memory


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave back, or the code it was refused with, all begun together.

    Any other exception is raised: a lock that was not granted is a fault.
    """
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            ready.wait(10)
            return act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))
