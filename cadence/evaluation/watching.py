"""When nothing can be due: what a worker remembers from one look to the next.

What is due follows from what is stored and from the time. Whatever changes what is stored writes
to the ledger in the same transaction, so while its head is the same, only time can make something
due: at one of the moments below, or with a new day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.calendar.workdays import midnight_after
from cadence.decisions.models import Commitment, Verdict
from cadence.ownership.models import Ownership
from cadence.reviews.missed import not_held
from cadence.reviews.models import Review
from cadence.reviews.series import unplanned

# Nothing is taken as seen for longer, whatever was changed past the ledger.
LONGEST = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """A look at an organization after which nothing was left to do.

    ``head`` is the hash of its last ledger entry when the look began; ``until`` is the first moment
    at which time alone may make something due.
    """

    head: str
    at: datetime
    until: datetime


class Memory:
    """What was seen of each organization. Of one process; another one looks for itself."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def is_quiet(self, organization: Organization, head: str | None, at: datetime) -> bool:
        """Whether nothing can have become due since somebody looked."""
        seen = self._seen.get(organization.pk)
        return seen is not None and seen.head == head and seen.at <= at < seen.until

    def keep(self, organization: Organization, head: str | None, at: datetime) -> None:
        """Everything was done that was due. ``head`` was read before; without one nothing is kept.

        Where doing it wrote to the ledger, the next look finds another head, and looks again.
        """
        if head is not None:
            self._seen[organization.pk] = Seen(head, at, _rests_until(organization, at))


def heads_of_ledgers() -> Mapping[int, str]:
    """The hash of the last ledger entry of each organization, by its id. One query.

    By hand: it is all that a tick asks of most organizations, and the ORM takes longer to put it
    together than the database to answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, hash FROM cadence_head")
        return dict(cursor.fetchall())


def _rests_until(organization: Organization, at: datetime) -> datetime:
    """The first moment, from now on, at which something may be due. Now, where something is left:
    somebody else held it."""
    if not_held(at, organization).exists() or unplanned(at, organization).exists():
        return at
    breaches = Breach.objects.undecided() | Breach.objects.escalated()
    unfinished = Review.objects.filter(closed_at__isnull=True, missed_at__isnull=True)
    # What is overdue and was looked at has nobody above: the ledger says when it has.
    ahead = (
        (breaches, "due_at"),
        (Verdict.objects.filter(acknowledged_at__isnull=True), "due_at"),
        (Commitment.objects.filter(kept_at__isnull=True, dropped_at__isnull=True), "due_at"),
        (Ownership.objects.pending(), "due_at"),
        (Ownership.objects.all(), "successor_due_at"),
        (Review.objects.all(), "due_at"),
        (unfinished, "hold_by"),
        (Review.objects.planned().filter(hold_by__gt=at), "starts_at"),
    )
    moments = [at + LONGEST, *_midnights(organization, at)]
    for rows, due in ahead:
        mine = rows.filter(organization=organization)
        # A review that is to be opened and was not is due still.
        coming = mine if due == "starts_at" else mine.filter(**{f"{due}__gte": at})
        first = coming.order_by().aggregate(first=Min(due))["first"]
        if first is not None:
            moments.append(first)
    return min(moments)


def _midnights(organization: Organization, at: datetime) -> list[datetime]:
    """Of the organization, whose days these are, and of UTC, by which reviews are planned."""
    today = at.astimezone(organization.zone).date()
    return [
        midnight_after(today, organization.zone),
        midnight_after(at.astimezone(UTC).date(), ZoneInfo("UTC")),
    ]
