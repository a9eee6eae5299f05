"""Attendance, notes, facilitation, and holding a review at another time."""

from datetime import UTC, datetime, timedelta

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.reviews.actions import close_review
from cadence.reviews.models import Review
from cadence.reviews.room import (
    add_note,
    move_review,
    note_attendance,
    save_notes,
    take_facilitation,
)
from tests.cast import AT, Cast


def events(review: Review) -> list[str]:
    return list(Entry.objects.about(review).values_list("event", flat=True))


def test_anybody_who_takes_part_notes_who_is_there(cast: Cast) -> None:
    review = cast.open_review()
    note_attendance(
        actor=cast.nils, at=AT, review=review, present={cast.olu.pk: True, cast.fay.pk: False}
    )
    later = AT + timedelta(minutes=5)
    note_attendance(actor=cast.olu, at=later, review=review, present={cast.fay.pk: True})
    note_attendance(actor=cast.olu, at=later, review=review, present={cast.fay.pk: True})
    noted = {row.member: (row.present, row.noted_at) for row in review.attendances.all()}
    assert noted == {cast.olu: (True, AT), cast.fay: (True, later)}
    assert events(review) == ["review.attendance_noted"] * 2
    for person in (cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            note_attendance(actor=person, at=AT, review=review, present={cast.olu.pk: True})


def test_nobody_is_noted_who_is_not_a_person_here(cast: Cast) -> None:
    review = cast.open_review()
    for key in (cast.sven.pk, cast.robo.pk, 10**15):
        with pytest.raises(Invalid) as refused:
            note_attendance(
                actor=cast.fay, at=AT, review=review, present={cast.olu.pk: True, key: True}
            )
        assert refused.value.problems[0].field == "present"
    assert not review.attendances.exists()


def test_attendance_is_noted_while_a_review_is_open(cast: Cast) -> None:
    closed = cast.close(cast.open_review())
    for review, code in (
        (cast.planned_review(), "review_not_open"),
        (closed, "review_closed"),
        (cast.open_review(missed_at=AT), "review_missed"),
    ):
        with pytest.raises(Conflict) as refused:
            note_attendance(actor=cast.fay, at=AT, review=review, present={cast.olu.pk: True})
        assert refused.value.code == code


def test_the_facilitator_keeps_the_notes(cast: Cast) -> None:
    review = cast.open_review()
    save_notes(actor=cast.fay, at=AT, review=review, notes="First.\r\nSecond.")
    saved = save_notes(
        actor=cast.dana, at=AT, review=review, notes="Third.", seen="First.\r\nSecond."
    )
    assert saved.notes == "Third."
    with pytest.raises(Forbidden):
        save_notes(actor=cast.nils, at=AT, review=review, notes="Mine.")
    with pytest.raises(Invalid):
        save_notes(actor=cast.fay, at=AT, review=review, notes="n" * 10_001)
    save_notes(actor=cast.fay, at=AT, review=review, notes="Third.")
    assert events(review) == ["review.notes_saved"] * 2


def test_two_who_write_notes_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    review = cast.open_review()
    save_notes(actor=cast.fay, at=AT, review=review, notes="Fay's.", seen="")
    with pytest.raises(Conflict) as refused:
        save_notes(actor=cast.dana, at=AT, review=review, notes="Dana's.", seen="")
    assert (refused.value.code, refused.value.details) == ("notes_changed", {"notes": "Fay's."})
    add_note(actor=cast.nils, at=AT, review=review, text="Nils's.")
    assert Review.objects.get(pk=review.pk).notes == "Fay's.\n\nNils's."


def test_a_note_says_something_and_fits(cast: Cast) -> None:
    review = cast.open_review(notes="n" * 9_000)
    for text in ("  ", "n" * 1_500, None, "\ud800"):
        with pytest.raises(Invalid) as refused:
            add_note(actor=cast.nils, at=AT, review=review, text=text)
        assert refused.value.problems[0].field == "text"
    with pytest.raises(Conflict):
        add_note(actor=cast.nils, at=AT, review=cast.planned_review(), text="Too soon.")


def test_anybody_who_takes_part_can_take_over_facilitation_and_then_close(cast: Cast) -> None:
    review = cast.open_review()
    with pytest.raises(Forbidden):
        close_review(actor=cast.nils, at=AT, review=review)
    for _ in range(2):
        take_facilitation(actor=cast.nils, at=AT, review=review)
    assert events(review) == ["review.facilitation_taken"]
    close_review(actor=cast.nils, at=AT, review=review)
    for person in (cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            take_facilitation(actor=person, at=AT, review=cast.open_review())
    with pytest.raises(NotFound):
        take_facilitation(actor=cast.sven, at=AT, review=cast.open_review())
    with pytest.raises(Conflict):
        take_facilitation(actor=cast.nils, at=AT, review=review)


def test_a_planned_review_is_moved_within_its_week_with_a_reason(cast: Cast) -> None:
    review = cast.planned_review()
    before = AT - timedelta(hours=1)
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    moved = move_review(
        actor=cast.fay, at=before, review=review, starts_at=friday, reason="A fair."
    )
    assert (moved.starts_at, moved.moved_at, moved.moved_reason) == (friday, before, "A fair.")
    assert moved.occurs_on == AT.date()
    assert moved.hold_by == review.hold_by
    entry = Entry.objects.about(review).get()
    assert entry.event == "review.moved"
    assert entry.data["reason"] == "A fair."


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 11, 16, 8, tzinfo=UTC),  # before now
        datetime(2026, 11, 22, 23, 30, tzinfo=UTC),  # Monday in Berlin, another week
        datetime(2026, 11, 23, 10, tzinfo=UTC),  # when the next one starts
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(2026, 11, 18, 9),  # noqa: DTZ001 - which is refused
    ],
)
def test_a_review_is_not_moved_out_of_its_week(cast: Cast, starts_at: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        move_review(
            actor=cast.fay,
            at=AT - timedelta(hours=1),
            review=cast.planned_review(),
            starts_at=starts_at,
            reason="A fair.",
        )
    assert [problem.field for problem in refused.value.problems] == ["starts_at"]


def test_a_monthly_moves_within_its_month(cast: Cast) -> None:
    series = cast.series(kind="monthly", rule="FREQ=MONTHLY;BYDAY=3MO")
    review = cast.planned_review(series, hold_by=datetime(2026, 12, 21, 10, tzinfo=UTC))
    at = AT - timedelta(hours=1)
    with pytest.raises(Invalid):
        december = datetime(2026, 12, 1, 10, tzinfo=UTC)
        move_review(actor=cast.fay, at=at, review=review, starts_at=december, reason="Late.")
    november = datetime(2026, 11, 30, 10, tzinfo=UTC)
    move_review(actor=cast.fay, at=at, review=review, starts_at=november, reason="Late.")


def test_a_move_has_a_reason_and_only_what_is_planned_moves(cast: Cast) -> None:
    at, wednesday = AT - timedelta(hours=1), AT + timedelta(days=2)
    with pytest.raises(Invalid) as refused:
        move_review(
            actor=cast.fay, at=at, review=cast.planned_review(), starts_at=wednesday, reason=" "
        )
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    for review, code in (
        (cast.open_review(), "review_already_open"),
        (cast.planned_review(missed_at=AT), "review_missed"),
    ):
        with pytest.raises(Conflict) as conflict:
            move_review(actor=cast.fay, at=at, review=review, starts_at=wednesday, reason="Fair.")
        assert conflict.value.code == code
    with pytest.raises(Forbidden):
        move_review(
            actor=cast.nils, at=at, review=cast.planned_review(), starts_at=wednesday, reason="No."
        )
