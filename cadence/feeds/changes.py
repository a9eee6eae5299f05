"""When what a calendar shows was last changed: the moments of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Model, Q

from accounts.models import Organization
from cadence.ledger.models import Entry
from cadence.reviews.models import ReviewQuerySet

Key = tuple[str, int]

# Entries about the organization itself that change what is shown of things within it.
SETTINGS: Key = ("settings.changed", 0)
DUTIES: Key = ("duty.moved", 0)
CLOSING_DAYS: Key = ("closingday", 0)
# What the tick notes of a series while it plans ahead changes nothing of it.
_NO_CHANGE = ("series.planned",)
# A review that is opened or closed stays where it is in the calendar.
_OF_A_PLACE = ("review.moved", "review.facilitation_taken", "review.facilitation_moved")


def key_of(thing: Model) -> Key:
    """As the ledger names its subject."""
    return thing._meta.model_name or "", thing.pk


@dataclass(frozen=True)
class Changes:
    moments: dict[Key, datetime]

    def last(self, since: datetime, keys: Iterable[Key]) -> datetime:
        """The last change of any of these things; ``since`` where there was none.

        It never goes back as long as a thing joins or leaves the keys with an entry of its own:
        that one is later than all that was there before.
        """
        return max([since, *(self.moments[key] for key in keys if key in self.moments)])


def read_changes(
    organization: Organization, keys: Iterable[Key], reviews: ReviewQuerySet
) -> Changes:
    """What the ledger says of these things, of these reviews as events of their series with who
    facilitates them, and of the settings, duties and closing days of the organization. One query.
    """
    which = Q(subject_type="closingday") | Q(
        subject_type="organization", event__in=[SETTINGS[0], DUTIES[0]]
    )
    which |= Q(subject_type="review", event__in=_OF_A_PLACE, subject_id__in=reviews.values("pk"))
    which |= Q(subject_type="membership", subject_id__in=reviews.values("facilitator"))
    for kind, ids in _by_kind(keys).items():
        which |= Q(subject_type=kind, subject_id__in=ids)
    rows = Entry.objects.filter(which, organization=organization).exclude(event__in=_NO_CHANGE)
    found: dict[Key, datetime] = {}
    named = rows.order_by().values_list("subject_type", "subject_id", "event")
    for kind, pk, event, at in named.annotate(Max("at")):
        key = {"organization": (event, 0), "closingday": CLOSING_DAYS}.get(kind, (kind, pk))
        found[key] = max(at, found.get(key, at))
    return Changes(found)


def _by_kind(keys: Iterable[Key]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, pk in keys:
        found.setdefault(kind, set()).add(pk)
    return found
