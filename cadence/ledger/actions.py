from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from accounts.models import Membership, Organization
from cadence.ledger.models import Entry, Head
from cadence.ledger.rules import GENESIS, digest


def append(
    *,
    organization: Organization | int,
    event: str,
    actor: Membership | None,
    at: datetime,
    subject: models.Model,
    data: dict[str, Any] | None = None,
) -> Entry:
    """Write what happened. The last thing in a transaction: it holds the organization's head.

    ``event`` is ``subject.verb_in_the_past``. Dates, moments and decimals in ``data`` become
    strings; a float is refused, for it would not be the same on every machine.
    """
    key = organization if isinstance(organization, int) else organization.pk
    head = Head.objects.select_for_update(no_key=True).filter(pk=key).first()
    if head is None:
        Head.objects.get_or_create(pk=key, defaults={"sequence": 0, "hash": GENESIS})
        head = Head.objects.select_for_update(no_key=True).get(pk=key)
    entry = Entry(
        organization_id=key,
        sequence=head.sequence + 1,
        event=event,
        actor=actor,
        at=at,
        subject_type=subject._meta.model_name or "",
        subject_id=subject.pk,
        data=plain(data or {}),
        previous_hash=head.hash,
    )
    entry.hash = digest(entry.facts())
    entry.save(force_insert=True)
    head.sequence, head.hash = entry.sequence, entry.hash
    head.save(update_fields=["sequence", "hash"])
    return entry


@dataclass(frozen=True)
class Happening:
    """What ``append`` takes of one entry, for many at once."""

    event: str
    actor: Membership | None
    at: datetime
    subject: models.Model
    data: dict[str, Any]


@transaction.atomic
def append_all(*, organization: Organization, happenings: Sequence[Happening]) -> None:
    """Write many entries in this order, as ``append`` would one after the other.

    For an organization that has a ledger already. The head goes to the last one at once.
    """
    head = Head.objects.select_for_update(no_key=True).get(pk=organization.pk)
    entries = []
    for happening in happenings:
        entry = Entry(
            organization_id=organization.pk,
            sequence=head.sequence + 1,
            event=happening.event,
            actor=happening.actor,
            at=happening.at,
            subject_type=happening.subject._meta.model_name or "",
            subject_id=happening.subject.pk,
            data=plain(happening.data),
            previous_hash=head.hash,
        )
        entry.hash = digest(entry.facts())
        head.sequence, head.hash = entry.sequence, entry.hash
        entries.append(entry)
    Entry.objects.bulk_create(entries, batch_size=1000)
    if entries:
        head.save(update_fields=["sequence", "hash"])


def plain(value: Any) -> Any:
    """The value as JSON that means the same everywhere. Raises TypeError for what does not."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no exact form in the ledger.")
