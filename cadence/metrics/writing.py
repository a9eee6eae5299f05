"""Many rows at once, in the quickest way that the database has. Nothing is judged here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, models


def write_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    shared: Mapping[str, Any],
    unique: Sequence[str] = (),
    unless_there: bool = False,
) -> None:
    """Insert rows, given as plain values in the order of the columns. One statement.

    ``shared`` are columns that have one value in all rows. Where a row with the same ``unique``
    columns is there, its other columns of ``columns`` are set instead; ``unless_there`` leaves out
    those that would break a constraint of uniqueness. Values are whole numbers,
    exact decimals, days, moments, texts and None. The database asks its constraints
    and guards as ever; nothing of the model is called, and no object is made.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        constants = [_moment(value) for value in shared.values()]
        if connection.vendor == "postgresql":
            lists = [_array(values) for values in zip(*rows, strict=True)]
            source = _from_lists(model, list(shared), columns)
        else:
            lists = [orjson.dumps(rows, _text, orjson.OPT_PASSTHROUGH_DATETIME).decode()]
            source = _from_json(list(shared), columns)
        head = f"INSERT INTO {model._meta.db_table} ({_listed([*shared, *columns])}) SELECT"
        conflict = "ON CONFLICT DO NOTHING" if unless_there else _in_place_of(unique, columns)
        cursor.execute(" ".join([head, source, conflict]), constants + lists)


def _from_lists(model: type[models.Model], shared: Sequence[str], columns: Sequence[str]) -> str:
    """A list for each column."""
    given = [
        *(f"%s::{_kind(model, name)}" for name in shared),
        *(f"given.{_quoted(c)}" for c in columns),
    ]
    lists = [f"%s::{_kind(model, name)}[]" for name in columns]
    source = f"unnest({', '.join(lists)}) AS given ({_listed(columns)})"
    return f"{', '.join(given)} FROM {source}"


def _from_json(shared: Sequence[str], columns: Sequence[str]) -> str:
    """One list of lists. A statement for each row would open and close a savepoint for its guards,
    which takes as long as the row."""
    given = [
        *("%s" for _ in shared),
        *(f"json_extract(value, '$[{n}]')" for n in range(len(columns))),
    ]
    # Without WHERE the conflict clause would be read as that of a join.
    return f"{', '.join(given)} FROM json_each(%s) WHERE true"


def _in_place_of(unique: Sequence[str], columns: Sequence[str]) -> str:
    if not unique:
        return ""
    kept = [_quoted(name) for name in columns if name not in unique]
    sets = ", ".join(f"{name} = excluded.{name}" for name in kept)
    return f"ON CONFLICT ({_listed(unique)}) DO UPDATE SET {sets}"


def _quoted(name: str) -> str:
    """Some are words of SQL: ``limit``."""
    return connection.ops.quote_name(name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_quoted, names))


def _kind(model: type[models.Model], column: str) -> str:
    field = next(one for one in model._meta.concrete_fields if one.column == column)
    return str(field.db_type(connection))


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _text(value: Any) -> str:
    return str(_moment(value))


def _array(values: Sequence[Any]) -> str:
    """As a literal: the driver would look at the type of every value."""
    if isinstance(next((value for value in values if value is not None), None), str):
        return "{" + ",".join(map(_as_member, values)) + "}"
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _as_member(text: str | None) -> str:
    if text is None:
        return "NULL"
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
