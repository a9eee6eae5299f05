"""What every event has: an identity that stays, and moments that change only with what it says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from icalendar import Event


@dataclass(frozen=True)
class Site:
    """The installation and the organization: what links and identities are made of."""

    slug: str

    @property
    def host(self) -> str:
        return urlsplit(settings.PUBLIC_URL).hostname or "localhost"

    def uid(self, thing: Model) -> str:
        """The same for ever, in every feed that tells of this thing."""
        return f"{thing._meta.model_name}-{thing.pk}@{self.host}"

    def link(self, name: str, key: object) -> str:
        return str(settings.PUBLIC_URL) + reverse(name, args=[self.slug, key])


def event(
    uid: str, summary: str, *, created_at: datetime, changed_at: datetime, category: str
) -> Event:
    """An event that is the same, byte for byte, as long as nothing of it changes.

    So DTSTAMP is not the moment of asking: without a scheduling method it is that of the last
    change (RFC 5545 section 3.8.7.2).
    """
    found = Event()
    changed_at = max(created_at, changed_at).astimezone(UTC).replace(microsecond=0)
    created_at = created_at.astimezone(UTC).replace(microsecond=0)
    found.add("uid", uid)
    found.add("dtstamp", changed_at)
    found.add("created", created_at)
    found.add("last-modified", changed_at)
    # Grows with every change, and needs nobody to count.
    found.add("sequence", int((changed_at - created_at).total_seconds()))
    found.add("summary", summary)
    found.add("categories", ["Cadence", category])
    return found
