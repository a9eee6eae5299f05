"""What is not kept: cells of files that are done with, and files that nobody came back to."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from cadence.imports.models import Import, ImportedTable

# The cells, after an import has landed or was dropped. That it was, and what it did, is kept.
KEPT_FOR = timedelta(days=7)
# After its last step an import waits so long for its next.
WAITS_FOR = timedelta(days=30)
AT_ONCE = 200


def forget_imports(*, at: datetime) -> int:
    """Drop what nobody finished, delete cells that were kept long enough, and count both."""
    return _drop_forgotten(at) + _delete_cells(at)


@transaction.atomic
def _drop_forgotten(at: datetime) -> int:
    before = at - WAITS_FOR
    rows = Import.objects.select_for_update(of=("self",), no_key=True).going()
    old = rows.filter(owed_at__isnull=True, uploaded_at__lte=before).filter(
        Q(mapped_at__isnull=True) | Q(mapped_at__lte=before)
    )
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return Import.objects.filter(pk__in=keys).update(dropped_at=at)


def _delete_cells(at: datetime) -> int:
    before = at - KEPT_FOR
    done = Q(of__landed_at__lte=before) | Q(of__dropped_at__lte=before)
    keys = list(ImportedTable.objects.filter(done).values_list("pk", flat=True)[:AT_ONCE])
    deleted, _ = ImportedTable.objects.filter(pk__in=keys).delete()
    return int(deleted)
