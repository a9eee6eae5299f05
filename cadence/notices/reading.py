"""What a person has under their bell, and what of it they have read."""

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.errors import NotFound
from cadence.notices.models import Notice, NoticeQuerySet


def notices_of(member: Membership) -> NoticeQuerySet:
    """The newest first."""
    return Notice.objects.visible_to(member).select_related("entry").order_by("-pk")


def unread_of(member: Membership) -> NoticeQuerySet:
    """For the bell on every page: those that are unread, by an index of them."""
    return Notice.objects.filter(member=member).unread()


@transaction.atomic
def mark_read(*, actor: Membership, at: datetime, notice: Notice) -> Notice:
    """Seen by its person. Marked twice, the first moment stays. Not in the ledger: when somebody
    read their news is nobody else's business."""
    found = Notice.objects.visible_to(actor).filter(pk=notice.pk).first()
    if found is None:
        raise NotFound("There is no such notice.")
    Notice.objects.filter(pk=found.pk).unread().update(read_at=at)
    found.refresh_from_db()
    return found


@transaction.atomic
def mark_all_read(*, actor: Membership, at: datetime, until: int | None = None) -> int:
    """All of one's own, or those up to the id that was on the page: what has come since is new."""
    rows = Notice.objects.visible_to(actor).unread()
    if until is not None:
        rows = rows.filter(pk__lte=until)
    return rows.update(read_at=at)
