"""Readings and judgements, many at once: COPY on PostgreSQL, one statement on SQLite.

The guards look at every row here as everywhere.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from cadence.metrics.models import Judgement, Reading


def load(prototype: models.Model, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of a table. ``fields`` are what the rows hold; the others are the prototype's."""
    meta = prototype._meta
    columns = {str(field.column): field for field in meta.concrete_fields if not field.primary_key}
    varying = [str(getattr(meta.get_field(name), "column", name)) for name in fields]
    same = [
        field.get_db_prep_save(getattr(prototype, field.attname), connection)
        for column, field in columns.items()
        if column not in varying
    ]
    names = [*varying, *(column for column in columns if column not in varying)]
    write = _copy if connection.vendor == "postgresql" else _insert
    write(meta.db_table, names, ((*row, *same) for row in rows))


def _copy(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _insert(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(["%s"] * len(names))
    statement = f'INSERT INTO "{table}" ({listed}) VALUES ({marks})'  # noqa: S608 - names of columns
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


READING = ("metric", "starts_on", "value", "recorded_at")
JUDGEMENT = ("metric", "starts_on", "value", "floor", "ceiling", "threshold", "result")


def load_readings(prototype: Reading, rows: Iterable[Sequence[Any]]) -> None:
    load(prototype, READING, rows)


def load_judgements(prototype: Judgement, rows: Iterable[Sequence[Any]]) -> None:
    load(prototype, JUDGEMENT, rows)
