"""Reviews whose facilitator leaves: somebody else runs them. Part of
`evaluation.leaving.deactivate_member`: change first, tell the ledger last."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from accounts.tree import Tree
from cadence.ledger.actions import append
from cadence.reviews.access import record
from cadence.reviews.models import Review, ReviewQuerySet, ReviewSeries


@dataclass(frozen=True)
class HandedOn:
    """Who facilitates what from now on."""

    before: Membership
    series: list[ReviewSeries]
    reviews: list[Review]


def reviews_to_run(member: Membership) -> ReviewQuerySet:
    """Open and planned reviews that the member facilitates."""
    rows = Review.objects.open() | Review.objects.planned()
    return rows.filter(facilitator=member)


def locked_series(member: Membership) -> list[ReviewSeries]:
    """Before any initiative or review: changing a series locks it, and then its reviews."""
    rows = ReviewSeries.objects.live().filter(facilitator=member).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def hand_on(member: Membership, series: list[ReviewSeries], tree: Tree) -> HandedOn:
    """The lead of the team, or the next one up, facilitates what the member did. An open review
    goes on. Where nobody is above, it stays until somebody takes it over."""
    # By their ids, for what is open or planned is said by conditions on the series too.
    keys = list(reviews_to_run(member).values_list("pk", flat=True))
    rows = Review.objects.filter(pk__in=keys).order_by("pk")
    reviews = list(rows.select_for_update(of=("self",), no_key=True))
    moved_series, moved = [], []
    for one in series:
        person = tree.acting_owner(one.team_id)
        if person is not None:
            one.facilitator = person
            one.save(update_fields=["facilitator"])
            moved_series.append(one)
    for review in reviews:
        person = tree.acting_owner(review.team_id)
        # Closed or missed since it was looked for.
        if person is None or review.closed_at or review.missed_at:
            continue
        review.facilitator = person
        review.save(update_fields=["facilitator"])
        moved.append(review)
    return HandedOn(member, moved_series, moved)


def tell_handed_on(actor: Membership | None, at: datetime, handed: HandedOn) -> None:
    """An entry for each series, with its planned reviews, and one for each other review."""
    before = handed.before.pk
    series = {one.pk for one in handed.series}
    for one in handed.series:
        append(
            organization=one.organization_id,
            event="series.changed",
            actor=actor,
            at=at,
            subject=one,
            data={"facilitator": [before, one.facilitator_id]},
        )
    for review in handed.reviews:
        # A planned review follows its series: six weeks of them are no news.
        if review.opened_at is not None or review.series_id not in series:
            data = {"from": before, "to": review.facilitator_id}
            record("review.facilitation_moved", actor, at, review, data)
