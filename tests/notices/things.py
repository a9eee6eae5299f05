"""Entries of a ledger, and what people were told of them."""

from datetime import timedelta
from typing import Any

from django.db import models

from accounts.models import Membership
from cadence.ledger.actions import append
from cadence.ledger.models import Entry
from cadence.notices.derive import derive_notices
from cadence.notices.models import Notice
from tests.cast import AT, Cast

SOON = AT + timedelta(minutes=1)


def happened(
    cast: Cast, event: str, subject: models.Model, by: Membership | None = None, **data: Any
) -> Entry:
    return append(organization=cast.acme, event=event, actor=by, at=AT, subject=subject, data=data)


def told(cast: Cast, entry: Entry | None = None) -> dict[str, Notice]:
    """The notices of an entry, the last one unless it is named, by the first name of the person."""
    derive_notices(at=SOON, organization=cast.acme)
    entry = entry or Entry.objects.filter(organization=cast.acme).latest("sequence")
    rows = Notice.objects.filter(entry=entry).select_related("member")
    return {row.member.name.split()[0].lower(): row for row in rows}
