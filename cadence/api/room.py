"""What is written down while a review is held, and when and by whom it is held."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.fields import MOST_ASSIGNED, Input, Told, text
from cadence.api.filters import LARGEST_ID
from cadence.api.reviews import ReviewEndpoint, WholeReviewSerializer
from cadence.api.schema import describe
from cadence.reviews.room import (
    LONGEST_NOTES,
    add_note,
    move_review,
    note_attendance,
    save_notes,
    take_facilitation,
)

CLOSED = ["review_closed", "review_missed", "review_skipped"]


class Moment(Told):
    """An ISO 8601 moment with its zone."""

    def __init__(self, **options: Any) -> None:
        super().__init__({"type": "string", "format": "date-time"}, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (False, data) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> datetime:
        found = None
        if isinstance(data, str) and data.isascii() and len(data) <= 40:
            with suppress(ValueError, OverflowError):
                found = datetime.fromisoformat(data)
                found = found.astimezone(UTC) if found.tzinfo else None
        if found is None:
            raise ValidationError("This must be a moment such as 2026-11-16T10:00:00Z.")
        return found


class Presence(Told):
    """Who is there and who is not: true or false by the id of the person."""

    def __init__(self, **options: Any) -> None:
        schema = {
            "type": "object",
            "additionalProperties": {"type": "boolean"},
            "propertyNames": {"pattern": "^[1-9][0-9]{0,18}$"},
            "maxProperties": MOST_ASSIGNED,
        }
        super().__init__(schema, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (False, data) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> dict[int, bool]:
        if not isinstance(data, Mapping) or len(data) > MOST_ASSIGNED:
            raise ValidationError(f"This must be an object of at most {MOST_ASSIGNED} people.")
        found = {}
        for name, there in data.items():
            digits = name.isascii() and name.isdigit() and len(name) <= 19
            if not digits or not 0 < int(name) <= LARGEST_ID or not isinstance(there, bool):
                raise ValidationError("This must be true or false, by the ids of people.")
            found[int(name)] = there
        return found


class MoveInput(Input):
    starts_at = Moment()
    reason = text(500)


class AttendanceInput(Input):
    present = Presence()


class NotesInput(Input):
    notes = text(LONGEST_NOTES)
    seen = text(
        LONGEST_NOTES,
        required=False,
        allow_null=True,
        help_text="The notes that you began with: refused when somebody saved others since.",
    )


class NoteInput(Input):
    text = text(2000)


class Move(ReviewEndpoint):
    @describe(
        takes=MoveInput,
        gives=WholeReviewSerializer,
        conflicts=["review_already_open", *CLOSED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Hold a planned review at another time of its week or month, with a reason."""
        review = self.found(pk)
        move_review(actor=self.actor, at=self.at, review=review, **self.take(MoveInput))
        return self.whole(pk)


class Facilitation(ReviewEndpoint):
    @describe(gives=WholeReviewSerializer, conflicts=CLOSED)
    def post(self, request: Request, pk: int) -> Response:
        """From now on you run this review. Anybody who takes part can step in."""
        take_facilitation(actor=self.actor, at=self.at, review=self.found(pk))
        return self.whole(pk)


class NotedAttendance(ReviewEndpoint):
    @describe(
        takes=AttendanceInput,
        gives=WholeReviewSerializer,
        conflicts=["review_not_open", *CLOSED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Note who is there and who is not. Others stay as noted."""
        review = self.found(pk)
        taken = self.take(AttendanceInput)
        note_attendance(actor=self.actor, at=self.at, review=review, **taken)
        return self.whole(pk)


class Notes(ReviewEndpoint):
    @describe(
        takes=NotesInput,
        gives=WholeReviewSerializer,
        conflicts=["notes_changed", "review_not_open", *CLOSED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Replace the notes of an open review."""
        review = self.found(pk)
        save_notes(actor=self.actor, at=self.at, review=review, **self.take(NotesInput))
        return self.whole(pk)


class Note(ReviewEndpoint):
    @describe(
        takes=NoteInput,
        gives=WholeReviewSerializer,
        conflicts=["review_not_open", *CLOSED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Put a paragraph after the notes there are."""
        review = self.found(pk)
        add_note(actor=self.actor, at=self.at, review=review, **self.take(NoteInput))
        return self.whole(pk)
