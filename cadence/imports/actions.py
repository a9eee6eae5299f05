"""A file comes, somebody says what it holds, and commits it or drops it."""

import hashlib
from collections.abc import Mapping as Given
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, NotFound
from cadence.imports.catalog import catalog_of, require_import
from cadence.imports.choices import read_choices
from cadence.imports.laying import Reader
from cadence.imports.mapping import heading
from cadence.imports.models import Import, ImportedTable
from cadence.imports.reading_tables import ENCODINGS, read_file, read_text
from cadence.imports.tables import Book, pack, unpack
from cadence.inputs import Inputs

# So many rows are checked and recorded at once, while who brought them waits; more by a worker.
AT_ONCE = 2_000
# An organization has so many files under way at most.
MOST_GOING = 200


@transaction.atomic
def start_import(
    *,
    actor: Membership,
    at: datetime,
    content: bytes | str,
    name: object = "",
    encoding: str = "",
) -> Import:
    """Keep a file, or cells that were pasted, to be looked at. Nothing of it is recorded yet.

    Raises Invalid ``file_unreadable``, Forbidden, Conflict ``too_many_imports``.
    """
    require_import(actor)
    inputs = Inputs()
    called = inputs.text("name", name or "Pasted cells", longest=200)
    if encoding:
        inputs.choice("encoding", encoding, ENCODINGS)
    inputs.done()
    if isinstance(content, str):
        book = read_text(content)
        content = content.encode("utf-8", "replace")
    else:
        book = read_file(content, encoding=encoding)
    going = Import.objects.going().filter(organization=actor.organization_id)
    if going.count() >= MOST_GOING:
        raise Conflict(
            f"{MOST_GOING} imports wait to be finished. Record or drop some of them first.",
            code="too_many_imports",
        )
    kept = Import.objects.create(
        organization_id=actor.organization_id,
        started_by=actor,
        name=called,
        kind=book.kind,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        encoding=book.encoding,
        separator=book.separator,
        uploaded_at=at,
    )
    ImportedTable.objects.create(organization_id=actor.organization_id, of=kept, cells=pack(book))
    return kept


@transaction.atomic
def map_import(*, actor: Membership, at: datetime, one: Import, given: Given[str, Any]) -> Import:
    """Say what the columns are, and have the file checked: what is found is not recorded yet.

    Raises Invalid for the choices (also ``numbers`` and ``dates`` where the file does not decide
    how they are written), Forbidden, Conflict ``import_landed``, ``import_dropped``,
    ``import_busy``.
    """
    found = _lock(actor, one)
    _require_idle(found, at)
    book = book_of(found)
    catalog = catalog_of(actor)
    sheet = book.sheets[place_in(given.get("sheet", 0), len(book.sheets))]
    header = place_in(given.get("header_row", 1), len(sheet.rows) + 1)
    choices = read_choices(
        given,
        catalog,
        sheets=len(book.sheets),
        rows=len(sheet.rows),
        columns=len(heading(sheet, header)),
    )
    asked = Reader(sheet, choices, catalog, actor.organization.week_start).asked
    inputs = Inputs()
    inputs.problems += asked.problems()
    inputs.done()
    found.choices = choices.as_data()
    found.mapped_at, found.checked_at, found.owed_at = at, None, at
    found.committed_at, found.failed_at, found.failure = None, None, ""
    found.counts = {}
    found.done, found.total, found.tries = 0, len(sheet.rows), 0
    found.lease, found.leased_until = "", None
    found.save()
    return found


@transaction.atomic
def commit_import(*, actor: Membership, at: datetime, one: Import, reason: object = "") -> Import:
    """Have all of a checked file recorded, or nothing of it.

    Raises Invalid for the reason, which a person gives where values change; Forbidden; Conflict
    ``import_not_checked``, ``import_has_problems``, ``import_empty``, ``import_landed``,
    ``import_dropped``, ``import_busy``.
    """
    found = _lock(actor, one)
    _require_idle(found, at)
    if found.checked_at is None:
        raise Conflict("Say first what the columns are.", code="import_not_checked")
    counts = found.counts
    if counts["problems"]:
        raise Conflict("Nothing is recorded while a row has a problem.", code="import_has_problems")
    if not counts["new"] + counts["corrected"] + counts["unchanged"]:
        raise Conflict("There is no reading in it.", code="import_empty")
    inputs = Inputs()
    needed = actor.is_person and counts["corrected"] > 0
    found.reason = inputs.text("reason", reason, longest=500, needed=needed)
    inputs.done()
    found.committed_at, found.owed_at = at, at
    found.failed_at, found.failure = None, ""
    found.done, found.tries = 0, 0
    found.lease, found.leased_until = "", None
    found.save()
    return found


@transaction.atomic
def drop_import(*, actor: Membership, at: datetime, one: Import) -> Import:
    """Give it up. Raises Forbidden, Conflict ``import_landed``, ``import_dropped``."""
    found = _lock(actor, one)
    if found.landed_at or found.dropped_at:
        _require_idle(found, at)
    found.dropped_at, found.owed_at = at, None
    found.lease, found.leased_until = "", None
    found.save(update_fields=["dropped_at", "owed_at", "lease", "leased_until"])
    return found


def book_of(one: Import) -> Book:
    """Its cells. Raises Conflict ``import_forgotten`` once they are not kept any more."""
    table = ImportedTable.objects.filter(of=one).only("cells").first()
    if table is None:
        raise Conflict(
            "The cells of this file are not kept any more: bring it again.",
            code="import_forgotten",
        )
    return unpack(table.cells)


def require_own(actor: Membership, one: Import) -> None:
    """What is in a file is seen and decided by who brought it. Raises Forbidden."""
    if one.started_by_id != actor.pk:
        raise Forbidden("An import is looked into, recorded and dropped by who brought the file.")


def _lock(actor: Membership, one: Import) -> Import:
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=one.pk, organization=actor.organization_id).first()
    if found is None:
        raise NotFound("There is no such import.")
    require_own(actor, found)
    require_import(actor)
    return found


def _require_idle(one: Import, at: datetime) -> None:
    if one.landed_at is not None:
        raise Conflict("This import has landed already.", code="import_landed")
    if one.dropped_at is not None:
        raise Conflict("This import was dropped.", code="import_dropped")
    if one.owed_at is not None and one.leased_until is not None and one.leased_until > at:
        raise Conflict("The worker is at it. Wait until it is done.", code="import_busy")
    if one.owed_at is not None and one.committed_at is not None:
        raise Conflict("It waits to be recorded.", code="import_busy")


def place_in(said: object, count: int) -> int:
    """A place in a list where it is one; else the first, and the choices refuse what was said."""
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 8:
        said = int(said)
    return said if isinstance(said, int) and 0 <= said < count else 0
