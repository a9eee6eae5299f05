"""What it takes to be there: memory of the processes, and time from the command to the page."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.context import Result, Row, Setting, at_most
from benchmarks.rounds import Ratio, interleave
from benchmarks.servers import free_port, serve, status, stop, wait_for
from benchmarks.worlds import ROOT, environment, manage

MIB = 1024.0
PROJECT = "benchmarks.bare.project_wsgi:application"


@dataclass(frozen=True)
class Installation:
    """A default installation, migrated and with its static files, in a folder of its own."""

    url: str
    data: str

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.url) | {"CADENCE_DATA_DIR": self.data, "CADENCE_HOSTS": ""}


@contextmanager
def installed() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as folder:
        one = Installation(f"sqlite:///{folder}/cadence.sqlite3", folder)
        manage(one.url, "migrate", "--verbosity", "0")
        # Once, so that the static files are collected too.
        with up(one):
            pass
        yield one


@contextmanager
def up(one: Installation) -> Iterator[tuple[int, int]]:
    """`cadence up` until its first page is there: its port and its process."""
    port = free_port()
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env=one.environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_for(port, "/sign-in")
        yield port, process.pid
    finally:
        stop(process)


def memory(setting: Setting) -> Iterator[Result]:
    """A web worker after some pages beside a bare one; then everything of an installation."""
    with installed() as one:
        bare = {**one.environment, "DATABASE_URL": one.url}
        mine, theirs = [], []
        for _ in range(setting.rounds if setting.quick else 5):
            mine.append(_worker("config.wsgi:application", one.environment, "/sign-in"))
            theirs.append(
                _worker("benchmarks.bare.project_wsgi:application", bare, "/admin/login/")
            )
        ratios = sorted(a / b for a, b in zip(mine, theirs, strict=True))
        yield Result(
            Ratio(
                ratios[len(ratios) // 2],
                ratios[0],
                ratios[-1],
                sorted(mine)[len(mine) // 2],
                sorted(theirs)[len(theirs) // 2],
                "MiB",
                len(ratios),
            ),
            "a worker of a new Django project",
            "web worker",
        )
        with up(one) as (port, process):
            for _ in range(10):
                status(port, "/sign-in")
            time.sleep(1 if setting.quick else 15)
            found = {pid: (_pss(pid), _name(pid)) for pid in _family(process)}
        whole = sum(size for size, _ in found.values())
        parts = ", ".join(f"{name} {size:.0f}" for size, name in found.values())
        yield Result(
            Ratio(whole, whole, whole, whole, 1, "MiB", 1),
            f"idle: {parts}",
            "whole installation",
            target=at_most(400, 250),
        )


def _worker(application: str, around: dict[str, str], path: str) -> float:
    """Resident memory in MiB of the only worker, after thirty answers."""
    with serve(application, around, workers=1, ask=path) as running:
        for _ in range(30):
            if status(running.port, path) != 200:
                raise AssertionError(f"{path} of {application} does not answer.")
        # The largest of the family is the worker: the others hold no application.
        return max(_status(pid, "VmRSS") for pid in _family(running.process))


def _family(process: int) -> list[int]:
    """A process and those below it."""
    found, waiting = [], [process]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        waiting += [int(child) for child in children]
    return found


def _status(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / MIB
    return 0.0


def _pss(pid: int) -> float:
    """What a process holds, its part of what is shared, in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / MIB
    return 0.0


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    known = {"up": "supervisor", "granian": "web", "worker": "worker", "beat": "timetable"}
    return next((known[part] for part in reversed(command) if part in known), "web worker")


def start(setting: Setting) -> Iterator[Result]:
    """From the command to the first page, beside a check of the same project."""
    with installed() as one:

        def ours() -> float:
            began = time.perf_counter()
            with up(one):
                return (time.perf_counter() - began) * 1000

        def reference() -> float:
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "django", "check"],
                cwd=ROOT,
                env={**one.environment, "PYTHONPATH": os.fspath(ROOT)},
                check=True,
                capture_output=True,
            )
            return (time.perf_counter() - began) * 1000

        ratio = interleave(ours, reference, rounds=setting.rounds, unit="ms")
    yield Result(ratio, "`django-admin check`")


ROWS = (
    Row(16, "Memory", at_most(1.8, 1.4), (), memory),
    Row(17, "From `cadence up` to the first page", at_most(4, 2), (), start),
)
