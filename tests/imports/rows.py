"""Imports as rows, as if they had happened."""

from typing import Any

from cadence.imports.models import Import, ImportedTable, Mapping
from cadence.imports.tables import Book, Sheet, pack
from tests.cast import AT, Cast

CHOICES = {
    "roles": ["metric", "period", "value"],
    "sheet": 0,
    "header_row": 1,
    "numbers": "recognise",
    "dates": "recognise",
    "days": "first",
}
COUNTS = {"new": 1, "corrected": 0, "unchanged": 0, "problems": 0}


def brought(cast: Cast, **facts: Any) -> Import:
    """A file of Olu's that was just brought."""
    return Import.objects.create(
        **{
            "organization": cast.acme,
            "started_by": cast.olu,
            "name": "week.csv",
            "kind": "text",
            "digest": "0" * 64,
            "size": 60,
            "uploaded_at": AT,
            **facts,
        }
    )


def checked(cast: Cast, **facts: Any) -> Import:
    moments = {"mapped_at": AT, "checked_at": AT}
    return brought(cast, choices=CHOICES, counts=COUNTS, **{**moments, **facts})


def recorded(cast: Cast, **facts: Any) -> Import:
    return checked(cast, **{"committed_at": AT, "landed_at": AT, **facts})


def table_of(one: Import) -> ImportedTable:
    rows: list[Any] = [
        ["Metric", "Week", "Value"],
        ["qualified-demos", "2026-11-09", "31"],
    ]
    cells = pack(Book("text", [Sheet("", rows)], "utf-8", ","))
    return ImportedTable.objects.create(organization=one.organization, of=one, cells=cells)


def mapping(cast: Cast, **facts: Any) -> Mapping:
    return Mapping.objects.create(
        **{
            "organization": cast.acme,
            "signature": "0" * 64,
            "name": "week.csv",
            "choices": CHOICES,
            "used_by": cast.olu,
            "used_at": AT,
            **facts,
        }
    )
