"""Who is in the room: the people of its scope, and who of them was seen."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Membership
from cadence.reviews.models import Review


@dataclass(frozen=True)
class Seat:
    """A person who may be here, and what was noted: None where nobody has looked."""

    person: Membership
    present: bool | None


@dataclass(frozen=True)
class Presence:
    seats: list[Seat]

    @property
    def here(self) -> int:
        return sum(seat.present is True for seat in self.seats)

    @property
    def is_noted(self) -> bool:
        return any(seat.present is not None for seat in self.seats)

    @property
    def names(self) -> list[str]:
        return [seat.person.name for seat in self.seats if seat.present]


def presence_of(review: Review, teams: set[int]) -> Presence:
    """The people of these teams and their leads, the facilitator, and everybody noted. Two
    queries."""
    noted = dict(review.attendances.values_list("member", "present"))
    people = Membership.objects.people().filter(organization=review.organization_id)
    people = people.filter(
        Q(ended_at__isnull=True) & (Q(team__in=teams) | Q(leads__in=teams))
        | Q(pk=review.facilitator_id)
        | Q(pk__in=list(noted))
    ).distinct()
    return Presence([Seat(person, noted.get(person.pk)) for person in people])


def changes(presence: Presence, ticked: set[int], shown: set[int]) -> dict[int, bool]:
    """What one person changed: who they ticked, beside those that were ticked when they looked.

    What somebody else noted meanwhile stays. Whoever nobody has noted yet is noted now.
    """
    found = {}
    for seat in presence.seats:
        key = seat.person.pk
        if (key in ticked) != (key in shown) or seat.present is None:
            found[key] = key in ticked
    return found
