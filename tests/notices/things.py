"""Entries of a ledger, and what people were told of them."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from accounts.models import Membership
from cadence.ledger.actions import append
from cadence.ledger.models import Entry
from cadence.notices.derive import derive_notices
from cadence.notices.mails import message_for
from cadence.notices.models import Channel, Delivery, Notice
from tests.cast import AT, Cast

SOON = AT + timedelta(minutes=1)


def happened(
    cast: Cast, event: str, subject: models.Model, by: Membership | None = None, **data: Any
) -> Entry:
    # In a race there is no transaction of the test around it.
    with transaction.atomic():
        return append(
            organization=cast.acme, event=event, actor=by, at=AT, subject=subject, data=data
        )


def told(cast: Cast, entry: Entry | None = None) -> dict[str, Notice]:
    """The notices of an entry, the last one unless it is named, by the first name of the person."""
    derive_notices(at=SOON, organization=cast.acme)
    entry = entry or Entry.objects.filter(organization=cast.acme).latest("sequence")
    rows = Notice.objects.filter(entry=entry).select_related("member")
    return {row.member.name.split()[0].lower(): row for row in rows}


def post(at: datetime) -> int:
    """Send every e-mail that waits, as the worker does, and count those that were sent."""
    sent = 0
    for delivery in Delivery.objects.waiting().filter(channel=Channel.EMAIL).order_by("pk"):
        message = message_for(delivery, at)
        field = "dropped_at" if message is None else "sent_at"
        if message is not None:
            message.send()
            sent += 1
        Delivery.objects.filter(pk=delivery.pk).update(**{field: at})
    return sent
