"""What a change changed, for the ledger: the old value and the new one of each field."""

from typing import Any

from django.db import models

Changes = dict[str, list[Any]]


def put(row: models.Model, **values: Any) -> Changes:
    """Set these fields and say which of them differ now, as {field: [old, new]}; saves nothing.

    The keys are what ``save(update_fields=…)`` takes. A row that is named is its id.
    """
    changed: Changes = {}
    for name, value in values.items():
        column = row._meta.get_field(name).attname  # type: ignore[union-attr]
        old = getattr(row, column)
        setattr(row, name, value)
        new = getattr(row, column)
        if new != old:
            changed[name] = [old, new]
    return changed
