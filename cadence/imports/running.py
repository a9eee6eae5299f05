"""The work that imports owe: to be checked, to be recorded. Done at once, or by a worker.

A row says what is owed. Whoever does it leases it first; who is killed leaves a lease that runs
out, and it is done again. Readings and the word that they landed are one transaction: there is
one effect, however often it is tried.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from cadence.errors import Invalid, Refusal
from cadence.evaluation.actions import record_batch
from cadence.evaluation.meaning import Batch
from cadence.evaluation.rows import Row
from cadence.imports.actions import AT_ONCE, book_of
from cadence.imports.catalog import catalog_of
from cadence.imports.choices import Choices
from cadence.imports.findings import STATUSES, Findings, check
from cadence.imports.laying import lay
from cadence.imports.mapping import heading, signature
from cadence.imports.models import Import, ImportedTable, ImportQuerySet, Mapping
from cadence.imports.tables import Sheet
from cadence.ledger.actions import append

# Renewed while rows are read; longer than the longest step between two renewals.
LEASE = timedelta(minutes=3)
# What kills a worker each time must not do so for ever.
MOST_TRIES = 3
Clock = Callable[[], datetime]


def run_owed(*, now: Clock) -> int:
    """Do what is owed, one import after the other, and count them. For a worker."""
    count = 0
    while True:
        one = lease_next(now())
        if one is None:
            return count
        run(one, now=now)
        count += 1


def run_small(one: Import, *, now: Clock) -> Import:
    """Do at once what is owed for a small one, for who waits; a large one is left to a worker."""
    if one.owed_at is None or one.total > AT_ONCE:
        return one
    leased = lease(one, now())
    if leased is not None:
        run(leased, now=now)
    return Import.objects.get(pk=one.pk)


@transaction.atomic
def lease_next(at: datetime) -> Import | None:
    """The one that waits the longest, for whoever called; None when nothing is owed."""
    return _take(_free(at).order_by("owed_at", "pk"), at)


@transaction.atomic
def lease(one: Import, at: datetime) -> Import | None:
    """This one, unless nothing is owed or somebody is at it."""
    return _take(_free(at).filter(pk=one.pk), at, skip=False)


def _free(at: datetime) -> ImportQuerySet:
    return Import.objects.owed().filter(Q(leased_until=None) | Q(leased_until__lte=at))


def _take(rows: ImportQuerySet, at: datetime, *, skip: bool = True) -> Import | None:
    """Lease the first. What somebody is writing right now is passed over where others wait too."""
    skip = skip and connection.features.has_select_for_update_skip_locked
    found = rows.select_for_update(of=("self",), no_key=True, skip_locked=skip).first()
    if found is None:
        return None
    found.lease, found.leased_until = secrets.token_hex(16), at + LEASE
    found.tries += 1
    found.save(update_fields=["lease", "leased_until", "tries"])
    return found


def run(one: Import, *, now: Clock) -> None:
    """Check or record what was leased. A refusal is written down; what is our fault is raised,
    after it was written down that it failed."""
    if one.tries > MOST_TRIES:
        _fail(one, now(), "It was begun three times and did not come to an end.")
        return
    try:
        if one.committed_at is None:
            _check(one, now)
        else:
            _land(one, now)
    except Refusal as refusal:
        said = "; ".join(problem.message for problem in refusal.problems[:3]) or refusal.message
        _fail(one, now(), said)
    except DatabaseError:
        # Others were writing, or the database is gone: it is tried again when the lease is over.
        raise
    except Exception:
        _fail(one, now(), "Cadence could not read this file; its log says why.")
        raise


def _sheet(one: Import) -> tuple[Sheet, Choices]:
    choices = Choices.of(one.choices)
    return book_of(one).sheets[choices.sheet], choices


def _check(one: Import, now: Clock, refusal: Invalid | None = None) -> None:
    """See what it would do. Where recording it was refused, and the check finds nothing else than
    before, what was refused are its problems."""
    actor = one.started_by
    sheet, choices = _sheet(one)
    today = now().astimezone(actor.organization.zone).date()
    seen = partial(check, actor, today, sheet, choices, catalog_of(actor), _telling(one, now))
    findings = seen()
    if refusal is not None and findings.counts == one.counts:
        findings = seen(refusal.problems)
    packed = findings.pack()
    with transaction.atomic():
        if _still_ours(one):
            ImportedTable.objects.filter(of=one).update(findings=packed)
            one.counts = findings.counts
            one.checked_at, one.owed_at = now(), None
            # Where it was to be recorded and the world has changed, it is looked at once more.
            one.committed_at = None
            _give_back(one, "counts", "checked_at", "owed_at", "committed_at")


def _land(one: Import, now: Clock) -> None:
    """Record it: readings, mapping and the import itself in one transaction, or none of it."""
    actor = one.started_by
    sheet, choices = _sheet(one)
    laid = lay(sheet, choices, catalog_of(actor), actor.organization.week_start, _telling(one, now))
    rows = _reasoned(one, laid.rows)
    at = now()
    try:
        with transaction.atomic():
            if _still_ours(one):
                batch = record_batch(actor=actor, at=at, rows=rows)
                _remember(one, sheet, choices, at)
                _landed(one, batch, at)
    except Invalid as refusal:
        # Since it was checked somebody recorded or retired something.
        _check(one, now, refusal)


def _telling(one: Import, now: Clock) -> Callable[[int], None]:
    return lambda row: _renew(one, now(), row)


def _reasoned(one: Import, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows; those that change a value bear the reason of the import, unless they have one."""
    if not one.counts["corrected"] or not one.reason:
        return rows
    table = ImportedTable.objects.only("findings").get(of=one)
    lines = Findings.unpack(table.findings).lines
    return [
        replace(row, note=one.reason) if line.status == "corrected" and not row.note else row
        for row, line in zip(rows, lines, strict=True)
    ]


def _landed(one: Import, batch: Batch, at: datetime) -> None:
    statuses = {status: batch.counts[status] for status in STATUSES}
    one.counts = {**statuses, "problems": 0}
    one.opened = sorted(breach.pk for breach in batch.outcome.opened)
    one.recovered = len({breach.metric_id for breach in batch.outcome.recovered})
    one.landed_at, one.owed_at, one.done = at, None, one.total
    _give_back(one, "counts", "opened", "recovered", "landed_at", "owed_at", "done")
    append(
        organization=one.organization_id,
        event="import.landed",
        actor=one.started_by,
        at=at,
        subject=one,
        data={"file": one.name, "digest": one.digest, **statuses},
    )


def _remember(one: Import, sheet: Sheet, choices: Choices, at: datetime) -> None:
    """How a file with this header is read, for the next one."""
    if not choices.header_row:
        return
    Mapping.objects.update_or_create(
        organization_id=one.organization_id,
        signature=signature(heading(sheet, choices.header_row)),
        defaults={
            "name": one.name,
            "choices": one.choices,
            "used_by": one.started_by,
            "used_at": at,
        },
    )


def _fail(one: Import, at: datetime, why: str) -> None:
    with transaction.atomic():
        if _still_ours(one):
            one.failed_at, one.failure, one.owed_at = at, why[:500], None
            one.committed_at = None
            _give_back(one, "failed_at", "failure", "owed_at", "committed_at")


def _renew(one: Import, at: datetime, row: int) -> None:
    """Outside of any transaction, so that a page sees how far it is."""
    mine = Import.objects.filter(pk=one.pk, lease=one.lease)
    mine.update(done=min(row, one.total), leased_until=at + LEASE)


def _still_ours(one: Import) -> bool:
    """Lock it, and see whether it is still ours to do: the lease may have run out, or it was
    dropped meanwhile."""
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    return rows.owed().filter(pk=one.pk, lease=one.lease).exists()


def _give_back(one: Import, *fields: str) -> None:
    one.lease, one.leased_until = "", None
    one.save(update_fields=[*fields, "lease", "leased_until"])
