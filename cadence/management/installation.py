"""What state an installation is in: its database, its static files, its data directory."""

import fcntl
import hashlib
from pathlib import Path
from typing import TextIO

from django.contrib.staticfiles.finders import get_finders
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cadence import guards
from cadence.apps import declared_guards


def unapplied_migrations() -> list[str]:
    """Names such as ``cadence.0002_reviews``, in the order they would be applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def guard_faults() -> list[str]:
    """What is wrong with the guards in the database, as sentences; empty when all is well."""
    return guards.faults(connection, declared_guards())


def static_files_fingerprint() -> str:
    """Changes when any static file of any app does: names, sizes and times, not contents."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class AlreadyRunning(Exception):
    """Another ``cadence up`` holds the data directory; the message is its process id."""


def hold(data_dir: Path) -> TextIO:
    """Hold the data directory until the returned file is closed or the process ends.

    Two of them would have two timetables and, on the embedded broker, each other's messages.
    Raises AlreadyRunning.
    """
    file = (data_dir / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise AlreadyRunning(file.read().strip()) from error
    return file
