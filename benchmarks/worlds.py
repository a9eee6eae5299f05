"""The generated organization that is measured: made once for a schema and a week, then copied.

What is measured writes, so each run works on a copy and throws it away.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("CADENCE_BENCHMARKS", ROOT / "var" / "benchmarks"))
SLUG, PASSWORD = "measured", "a password for measuring"


@dataclass(frozen=True)
class Sizes:
    initiatives: int
    metrics: int
    readings: int

    def options(self) -> list[str]:
        sizes = {"initiatives": self.initiatives, "metrics": self.metrics}
        given = {**sizes, "readings": self.readings}
        return [part for name, size in given.items() for part in (f"--{name}", str(size))]


LARGE = Sizes(2_000, 10_000, 1_000_000)
QUICK = Sizes(200, 1_200, 120_000)
TINY = Sizes(4, 60, 1_500)


@dataclass(frozen=True)
class Server:
    """A database server: SQLite in our folder, or PostgreSQL by the URL of a database on it."""

    url: str = ""

    @property
    def name(self) -> str:
        return "PostgreSQL" if self.url else "SQLite"

    def at(self, name: str) -> str:
        """The URL of a database on it."""
        if not self.url:
            return f"sqlite:///{FOLDER / name}.sqlite3"
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/cadence_bench_{name}"))

    def has(self, name: str) -> bool:
        if not self.url:
            return (FOLDER / f"{name}.sqlite3").exists()
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [f"cadence_bench_{name}"]
            )
            return found.fetchone() is not None

    def create(self, name: str, template: str = "") -> None:
        if not self.url:
            FOLDER.mkdir(parents=True, exist_ok=True)
            if template:
                source = FOLDER / f"{template}.sqlite3"
                shutil.copyfile(source, FOLDER / f"{name}.sqlite3")
            return
        made = sql.Identifier(f"cadence_bench_{name}")
        base = sql.Identifier(f"cadence_bench_{template}" if template else "template0")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, base))

    def drop(self, name: str) -> None:
        if not self.url:
            for path in FOLDER.glob(f"{name}.sqlite3*"):
                path.unlink()
            return
        gone = sql.Identifier(f"cadence_bench_{name}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(gone))

    def rename(self, name: str, other: str) -> None:
        if not self.url:
            (FOLDER / f"{name}.sqlite3").rename(FOLDER / f"{other}.sqlite3")
            return
        ends = [sql.Identifier(f"cadence_bench_{one}") for one in (name, other)]
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*ends))


def environment(url: str) -> dict[str, str]:
    """What a program needs to work on a database of ours."""
    data = FOLDER / "data"
    data.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "DATABASE_URL": url,
        "CADENCE_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CADENCE_HOSTS": "127.0.0.1,localhost,testserver",
        "CADENCE_LOG_LEVEL": "ERROR",
    }


def manage(url: str, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(url), check=True
    )


def world(server: Server, sizes: Sizes, *, beside: Sizes | None = None) -> str:
    """The name of a database that holds an organization of these sizes, made now if need be.

    ``beside`` are the sizes of a second organization in it, which nobody looks at.
    """
    name = _name(sizes, beside)
    if not server.has(name):
        half = f"{name}_half"
        server.drop(half)
        server.create(half)
        url = server.at(half)
        manage(url, "migrate", "--verbosity", "0")
        if beside:
            manage(url, "generate", "--name", "Beside", *beside.options())
        manage(url, "generate", "--name", SLUG, "--password", PASSWORD, *sizes.options())
        manage(url, "shell", "-v0", "-c", _SETTLE)
        server.rename(half, name)
    return name


# As a server that has run for a while: PostgreSQL knows its tables, SQLite has one file.
_SETTLE = """
from django.db import connection
cursor = connection.cursor()
if connection.vendor == 'postgresql':
    cursor.execute('VACUUM ANALYZE')
else:
    cursor.execute('PRAGMA wal_checkpoint(TRUNCATE)')
"""


def _name(sizes: Sizes, beside: Sizes | None) -> str:
    """Another schema, generator or week is another world."""
    digest = hashlib.sha256()
    folders = ("accounts/migrations", "cadence/migrations", "cadence/management/generate")
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(path.read_bytes())
    now = datetime.now(UTC)
    monday = (now - timedelta(days=now.weekday())).date()
    second = f"_{beside.metrics}" if beside else ""
    return f"{sizes.metrics}{second}_{monday:%m%d}_{digest.hexdigest()[:8]}"


@contextmanager
def copy_of(server: Server, name: str) -> Iterator[str]:
    """The URL of a copy, which is thrown away afterwards."""
    work = f"{name}_work{os.getpid()}"
    server.create(work, template=name)
    try:
        yield server.at(work)
    finally:
        server.drop(work)
