"""Connections and sources, as if they had been made at AT."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import time
from itertools import count
from pathlib import Path
from typing import Any

from accounts.models import Membership, Role
from accounts.sealing import seal
from cadence.metrics.models import Metric
from cadence.sources.models import Connection, Run, Source
from tests.cast import AT, BEGINNING, Cast

_numbers = count(1)
WEEKS = "SELECT day AS period, demos AS value FROM weeks ORDER BY day"


def connection(cast: Cast, *, secret: str = "", **facts: Any) -> Connection:
    """A file, unless said otherwise."""
    organization = facts.get("organization", cast.acme)
    name = facts.get("name", f"Connection {next(_numbers)}")
    if not {"url", "host"} & facts.keys():
        facts = {"kind": "sqlite", "file": "figures.sqlite3", **facts}
    elif "host" in facts:
        server = {"port": 5432, "database": "figures", "username": "reader"}
        facts = {"kind": "postgresql", "encryption": "verified", **server, **facts}
    else:
        facts = {"kind": "url", "header": "Authorization", **facts}
    machine = facts.pop("machine", None) or Membership.objects.create(
        organization=organization, name=name, role=Role.MACHINE, joined_at=BEGINNING
    )
    return Connection.objects.create(
        **{
            "organization": organization,
            "machine": machine,
            "name": name,
            "secret": seal(secret),
            "created_by": cast.ada,
            "created_at": AT,
            **facts,
        }
    )


def source(
    cast: Cast, of: Connection | None = None, metric: Metric | None = None, **facts: Any
) -> Source:
    """Of the demos, daily at six, due since AT; its metric is said to be pulled."""
    metric = metric or cast.demos
    of = of or connection(cast)
    made = Source.objects.create(
        **{
            "organization": metric.organization,
            "metric": metric,
            "connection": of,
            "query": WEEKS,
            "period_column": "period",
            "value_column": "value",
            "every": "day",
            "time_of_day": time(6),
            "set_up_by": cast.dana,
            "set_up_at": AT,
            "next_at": AT,
            **facts,
        }
    )
    if made.ended_at is None:
        metric.comes_from = "pulled"
        metric.save(update_fields=["comes_from"])
    return made


def run(of: Source, **facts: Any) -> Run:
    return Run.objects.create(
        **{
            "organization": of.organization,
            "source": of,
            "started_at": AT,
            "took_ms": 12,
            "new_count": 1,
            **facts,
        }
    )


def weeks_in(path: Path, rows: Iterable[tuple[str, Any]]) -> None:
    """A file with a table of weeks, in place of the one that was there."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE weeks (day TEXT, demos)")
        database.executemany("INSERT INTO weeks VALUES (?, ?)", rows)
