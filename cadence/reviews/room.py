"""What is written down while a review is held, and when it is held."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Conflict, Invalid
from cadence.inputs import Inputs
from cadence.ledger.rules import digest
from cadence.permissions import Act, require
from cadence.reviews.access import (
    check_open,
    check_planned,
    lock_review,
    record,
    refusal,
    standing,
)
from cadence.reviews.models import Attendance, Review
from cadence.reviews.rules import period_of

LONGEST_NOTES = 10_000


@transaction.atomic
def note_attendance(
    *, actor: Membership | None, at: datetime, review: Review, present: Mapping[int, bool]
) -> Review:
    """Note who is there and who is not, by the id of the member; the others stay as noted."""
    review = lock_review(actor, review)
    require(actor, Act.TAKE_PART)
    check_open(review)
    people = Membership.objects.people().filter(organization=review.organization_id)
    if set(present) - set(people.filter(pk__in=list(present)).values_list("pk", flat=True)):
        raise Invalid.field("present", "There is no such person here.")
    noted = dict(review.attendances.values_list("member", "present"))
    changed = {key: there for key, there in present.items() if noted.get(key) is not there}
    if not changed:
        return review
    Attendance.objects.bulk_create(
        [
            Attendance(
                organization_id=review.organization_id,
                review=review,
                member_id=key,
                present=there,
                noted_at=at,
            )
            for key, there in sorted(changed.items())
        ],
        update_conflicts=True,
        unique_fields=["review", "member"],
        update_fields=["present", "noted_at"],
    )
    record("review.attendance_noted", actor, at, review, {"present": changed})
    return review


@transaction.atomic
def save_notes(
    *, actor: Membership, at: datetime, review: Review, notes: object, seen: str | None = None
) -> Review:
    """Replace the notes of an open review. ``seen`` is the text that the writer started from:
    Conflict ``notes_changed`` when somebody else has saved another one since."""
    review = lock_review(actor, review)
    require(actor, Act.RUN_REVIEW, **standing(review))
    inputs = Inputs()
    text = inputs.text("notes", notes, longest=LONGEST_NOTES, lines=True, needed=False)
    inputs.done()
    check_open(review)
    if seen is not None and _lines(seen) != review.notes:
        raise Conflict(
            "Somebody else has changed the notes since you began.",
            code="notes_changed",
            details={"notes": review.notes},
        )
    if text != review.notes:
        review.notes = text
        review.save(update_fields=["notes"])
        record("review.notes_saved", actor, at, review, {"hash": digest(text)})
    return review


@transaction.atomic
def add_note(*, actor: Membership, at: datetime, review: Review, text: object) -> Review:
    """Put a paragraph after the notes there are. Anybody who takes part can."""
    review = lock_review(actor, review)
    require(actor, Act.TAKE_PART)
    inputs = Inputs()
    words = inputs.text("text", text, longest=2000, lines=True)
    notes = f"{review.notes}\n\n{words}".strip()
    if len(notes) > LONGEST_NOTES:
        inputs.refuse("text", f"The notes are full: at most {LONGEST_NOTES} characters.")
    inputs.done()
    check_open(review)
    review.notes = notes
    review.save(update_fields=["notes"])
    record("review.notes_saved", actor, at, review, {"hash": digest(notes)})
    return review


@transaction.atomic
def take_facilitation(*, actor: Membership, at: datetime, review: Review) -> Review:
    """From now on the actor runs this review. Anybody who takes part can step in."""
    review = lock_review(actor, review)
    require(actor, Act.TAKE_PART)
    if review.state not in {"planned", "open"}:
        raise refusal(review)
    if review.facilitator_id != actor.pk:
        before, review.facilitator = review.facilitator_id, actor
        review.save(update_fields=["facilitator"])
        record("review.facilitation_taken", actor, at, review, {"from": before})
    return review


@transaction.atomic
def move_review(
    *, actor: Membership, at: datetime, review: Review, starts_at: datetime, reason: object
) -> Review:
    """Hold a planned review at another time of its week or month, with a reason.

    ``starts_at`` is aware, in the future, and before the next one of its series starts.
    """
    review = lock_review(actor, review)
    require(actor, Act.RUN_REVIEW, **standing(review))
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    problem = _misplaced(review, at, starts_at)
    if problem:
        inputs.refuse("starts_at", problem)
    inputs.done()
    check_planned(review, at)
    before = review.starts_at
    review.starts_at, review.moved_at, review.moved_reason = starts_at, at, words
    review.save(update_fields=["starts_at", "moved_at", "moved_reason"])
    data = {"from": before, "to": starts_at, "reason": words}
    record("review.moved", actor, at, review, data)
    return review


def _misplaced(review: Review, at: datetime, starts_at: datetime) -> str:
    """Why a review cannot be moved there, as a sentence; empty when it can."""
    if starts_at.tzinfo is None:
        return "This must be a time with a zone."
    if starts_at <= at:
        return "A review is moved to a time that is still to come."
    if starts_at >= review.hold_by:
        return "A review is held before the next one of its series starts."
    organization = review.organization
    day = review.starts_at.astimezone(organization.zone).date()
    first, last = period_of(review.series.kind, day, organization.week_start)
    if not first <= starts_at.astimezone(organization.zone).date() <= last:
        return f"A review stays in its {'week' if review.series.kind == 'weekly' else 'month'}."
    return ""


def _lines(text: str) -> str:
    """A browser sends line ends as CRLF."""
    return text.replace("\r\n", "\n").strip()
