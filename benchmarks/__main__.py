"""`make bench`: every row on SQLite and on PostgreSQL, and a table at the end.

ONLY=6,7 chooses rows, DATABASE=sqlite or postgresql a database, QUICK=1 a small world whose figures
say little. PostgreSQL is the server of DATABASE_URL, else one on this machine, else it is skipped.
"""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import psycopg

from benchmarks.rounds import Ratio
from benchmarks.table import Line, Target, printed
from benchmarks.worlds import (
    LARGE,
    QUICK,
    ROOT,
    Server,
    copy_of,
    environment,
    manage,
    world,
)

LOCAL = "postgresql://postgres@127.0.0.1/postgres"
# Which rows a group has; a group that has none for a database is over at once.
GROUPS = {
    "writing": {1, 2, 3, 4, 5},
    "sweeping": {6, 7, 8},
    "pages": {9, 10, 11},
    "drawing": {12, 13, 14, 15},
    "resting": {16, 17},
    "growing": {18},
}
PACKAGES = ("django", "djangorestframework", "psycopg", "granian", "orjson", "django-import-export")


def main() -> None:
    quick = bool(os.environ.get("QUICK"))
    only, asked = os.environ.get("ONLY", ""), os.environ.get("DATABASE", "").lower()
    rounds = os.environ.get("ROUNDS", "5" if quick else "7")
    say("\n".join(machine()))
    servers = [] if asked.startswith("postgres") else [Server()]
    if asked != "sqlite":
        url = postgresql()
        if url:
            servers.append(Server(url))
        else:
            say("PostgreSQL is skipped: DATABASE_URL names none, and none is on this machine.")
    found: list[Line] = []
    for number, server in enumerate(servers):
        say(f"{server.name}: the world that is measured …")
        name = world(server, QUICK if quick else LARGE)
        manage(server.at(name), "collectstatic", "--verbosity", "0", "--no-input")
        for group, rows in GROUPS.items():
            if only and not rows & {int(one) for one in only.split(",")}:
                continue
            # One group does not find what another one wrote.
            with copy_of(server, name) as url:
                command = [sys.executable, "-m", "benchmarks.one", "--vendor", server.name]
                command += ["--group", group, "--only", only, "--rounds", rounds]
                command += ["--quick"] * quick + ["--alone"] * (number == 0)
                found += measured(command, url)
    found.sort(key=lambda line: int(line.number))
    sys.stdout.write("\n" + printed(found) + "\n\n" + "\n".join(machine()) + "\n")


def measured(command: list[str], url: str) -> list[Line]:
    """The lines that a process of ours writes while it measures."""
    found = []
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, env=environment(url), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for text in process.stdout:
            line = _line(json.loads(text))
            say(f"   {' | '.join(cell for cell in line.cells() if cell)}")
            found.append(line)
    if process.returncode:
        say(f"A process ended with {process.returncode}: rows are missing.")
    return found


def _line(given: dict[str, object]) -> Line:
    ratio, target = given.pop("ratio"), given.pop("target")
    return Line(
        **given,  # type: ignore[arg-type]
        ratio=Ratio(**ratio) if isinstance(ratio, dict) else None,
        target=Target(**target) if isinstance(target, dict) else None,
    )


def postgresql() -> str:
    """The URL of a server that answers, or an empty text."""
    for url in (os.environ.get("DATABASE_URL", ""), LOCAL):
        if url.startswith(("postgres://", "postgresql://")):
            try:
                with psycopg.connect(url, connect_timeout=3):
                    return url
            except psycopg.OperationalError as error:
                say(f"{url}: {str(error).splitlines()[0]}")
    return ""


def machine() -> list[str]:
    """What it was measured with."""
    found = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return [
        f"{platform.python_implementation()} {platform.python_version()} "
        f"({' '.join(platform.python_build())}, {platform.python_compiler()}), {sys.executable}",
        f"{os.cpu_count()} cores, {model}; load {load:.1f}; {platform.platform()}",
        ", ".join(found),
    ]


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
