"""A review as an act needs it: locked, of the actor's organization, in the right state."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Membership, Organization
from cadence.errors import Conflict, NotFound
from cadence.ledger.actions import append
from cadence.reviews.models import Review, ReviewQuerySet


def reviews_of(organization: Organization | None) -> ReviewQuerySet:
    return (
        Review.objects.filter(organization=organization) if organization else Review.objects.all()
    )


def locking(rows: ReviewQuerySet, *, skip_locked: bool = False) -> ReviewQuerySet:
    return rows.select_for_update(
        of=("self",), no_key=True, skip_locked=skip_locked
    ).select_related("series", "team", "facilitator", "organization")


def lock_review(actor: Membership | None, review: Review) -> Review:
    """The review as it is now, locked. NotFound where it is another organization's."""
    rows = Review.objects.filter(pk=review.pk)
    if actor is not None:
        rows = rows.visible_to(actor)
    found = locking(rows).first()
    if found is None:
        raise NotFound("There is no such review.")
    return found


def standing(review: Review) -> dict[str, int]:
    return {"team": review.team_id, "facilitator": review.facilitator_id}


def check_planned(review: Review, at: datetime) -> None:
    if review.state != "planned":
        raise refusal(review)
    if review.hold_by <= at:
        # No tick has said so yet, but whether one ran must not decide.
        raise Conflict("This review was not held in its time.", code="review_missed")


def check_open(review: Review) -> None:
    if review.state != "open":
        raise refusal(review)


def refusal(review: Review) -> Conflict:
    """Why a review in its state is not worked with."""
    code, message = {
        "planned": ("review_not_open", "This review has not been opened."),
        "open": ("review_already_open", "This review is open already."),
        "closed": ("review_closed", "This review was closed: its minutes stay as they are."),
        "missed": ("review_missed", "This review was not held in its time."),
        "skipped": ("review_skipped", "This review does not take place: its series has ended."),
    }[review.state]
    return Conflict(message, code=code)


def record(
    event: str,
    actor: Membership | None,
    at: datetime,
    review: Review,
    data: Mapping[str, object],
) -> None:
    append(
        organization=review.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=review,
        data=dict(data),
    )
