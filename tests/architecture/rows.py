"""What one row, or two rows of a table, may not be like: short ways to attack a constraint."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import models

from tests.architecture.attack import (
    ATTACKS,
    Attempt,
    Change,
    again,
    by_name,
    insert,
    sql,
    update,
    without,
)
from tests.cast import Cast

Find = Callable[[Cast], models.Model]
Facts = dict[str, Any]
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def rule(clause: str, find: Find, allowed: Facts, *refused: Facts) -> None:
    """A row like the one found may be inserted with the first facts, with none of the others."""

    def story(cast: Cast, attempt: Attempt) -> None:
        row = find(cast)
        attempt.allowed(insert(again(row, **allowed)))
        for facts in refused:
            attempt.refused(insert(again(row, **facts)))

    ATTACKS.setdefault(clause, []).append(story)


def changed(clause: str, find: Find, allowed: Facts, *refused: Facts) -> None:
    """The row found may be changed like the first facts, and like none of the others."""

    def story(cast: Cast, attempt: Attempt) -> None:
        row = find(cast)
        attempt.allowed(update(row, **allowed))
        for facts in refused:
            attempt.refused(update(row, **facts))

    ATTACKS.setdefault(clause, []).append(story)


def finite(clause: str, find: Find, column: str, **others: str) -> None:
    """A copy of the row, made in SQL, may hold a number in this column and nothing else."""
    nothing = ["'NaN'", "'Infinity'", "'-Infinity'", "1e400", "-1e400", "1e15", "'much'", "''"]

    def story(cast: Cast, attempt: Attempt) -> None:
        row = find(cast)
        # 40 digits are a number, but one that no column keeps.
        attempt.allowed(copied(row, **{column: "999999999999999", **others}))
        for value in [*nothing, "1" * 40]:
            attempt.refused(copied(row, **{column: value, **others}))

    ATTACKS.setdefault(clause, []).append(story)


def copied(row: models.Model, **expressions: str) -> Change:
    model = type(row)
    table = model._meta.db_table
    columns = [one.column for one in model._meta.concrete_fields if not one.primary_key]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(expressions.get(column, f'"{column}"') for column in columns)
    return sql(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = {row.pk}")


def shadowed(clause: str, guard: str, story: Callable[[Cast], list[Change]]) -> None:
    """A guard refuses it before the constraint is asked, so the guard stands aside here."""

    def alone(cast: Cast, attempt: Attempt) -> None:
        allowed, refused = story(cast)
        with without([by_name()[guard]]):
            attempt.allowed(allowed)
            attempt.refused(refused)

    ATTACKS.setdefault(clause, []).append(alone)
