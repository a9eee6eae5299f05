"""Short ways to bring a file, have it checked, and have it land."""

from datetime import datetime
from typing import Any

from accounts.models import Membership
from cadence.imports.actions import commit_import, map_import, start_import
from cadence.imports.catalog import catalog_of
from cadence.imports.choices import Choices
from cadence.imports.findings import Findings
from cadence.imports.mapping import proposed
from cadence.imports.models import Import, ImportedTable
from cadence.imports.running import run_small
from cadence.imports.tables import unpack
from tests.cast import AT, Cast


def now() -> datetime:
    return AT


def bring(
    cast: Cast, content: bytes | str, actor: Membership | None = None, **facts: Any
) -> Import:
    return start_import(actor=actor or cast.olu, at=AT, content=content, **facts)


def proposal(one: Import) -> Choices:
    book = unpack(ImportedTable.objects.get(of=one).cells)
    return proposed(one.started_by, book.sheets, catalog_of(one.started_by))


def mapped(
    cast: Cast, content: bytes | str, actor: Membership | None = None, **given: Any
) -> Import:
    """Brought, mapped as proposed unless said otherwise, and checked."""
    one = bring(cast, content, actor)
    guess = proposal(one).as_data()
    choices = {**guess, "columns": guess.pop("roles"), **given}
    one = map_import(actor=one.started_by, at=AT, one=one, given=choices)
    return run_small(one, now=now)


def found(one: Import) -> Findings:
    return Findings.unpack(ImportedTable.objects.get(of=one).findings)


def faults(one: Import) -> list[tuple[int, int, str]]:
    return [(fault.row, fault.column, fault.message) for fault in found(one).faults]


def landed(one: Import, reason: str = "") -> Import:
    """Committed, and recorded at once where it is small."""
    one = commit_import(actor=one.started_by, at=AT, one=one, reason=reason)
    return run_small(one, now=now)
