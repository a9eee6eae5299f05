"""The bell, the cursor behind the ledger, preferences and postboxes."""

from datetime import date, time, timedelta

from cadence.ledger.actions import append
from cadence.ledger.models import Head
from cadence.notices.models import Cursor, Notice, Postbox, Preference
from tests.architecture.attack import Attempt, again, attack, insert, never_deleted, update
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)


def notice(cast: Cast) -> Notice:
    """Olu was told of something."""
    entry = append(
        organization=cast.acme, event="tests.ran", actor=None, at=AT, subject=cast.pipeline
    )
    return Notice.objects.create(
        organization=cast.acme,
        member=cast.olu,
        entry=entry,
        kind="offer",
        title="Dana asks you to own Fill the pipeline",
        detail="An answer is awaited.",
        path="/o/acme/my-week",
        created_at=AT,
    )


def preference(cast: Cast) -> Preference:
    return Preference.objects.create(
        organization=cast.acme, member=cast.olu, kind="offer", mode="daily"
    )


def postbox(cast: Cast) -> Postbox:
    return Postbox.objects.create(
        organization=cast.acme,
        member=cast.olu,
        daily_on=date(2026, 11, 16),
        monday_on=date(2026, 11, 16),
    )


def cursor(cast: Cast) -> Cursor:
    """At the head of a ledger of two entries."""
    for _ in range(2):
        append(organization=cast.acme, event="tests.ran", actor=None, at=AT, subject=cast.pipeline)
    return Cursor.objects.create(organization=cast.acme, sequence=1)


never_deleted("a_notice_stays", notice)
never_deleted("a_cursor_is_never_deleted", cursor)
never_deleted("a_postbox_is_never_deleted", postbox)


@attack("a_notice_keeps_its_words")
def a_notice_reworded(cast: Cast, attempt: Attempt) -> None:
    told = notice(cast)
    other = append(
        organization=cast.acme, event="tests.ran", actor=None, at=AT, subject=cast.pipeline
    )
    attempt.allowed(update(told, read_at=LATER))
    attempt.keeps(
        told,
        member_id=cast.nils.pk,
        entry_id=other.pk,
        kind="breach",
        title="Nothing",
        detail="Nothing",
        path="/",
        created_at=LATER,
    )


@attack("a_read_notice_stays_read")
def a_notice_unread_again(cast: Cast, attempt: Attempt) -> None:
    told = notice(cast)
    attempt.allowed(update(told, read_at=AT))
    told.read_at = AT
    told.save(update_fields=["read_at"])
    attempt.keeps(told, read_at=None)
    attempt.refused(update(told, read_at=LATER))


@attack("a_notice_is_for_a_person")
def a_machine_is_told(cast: Cast, attempt: Attempt) -> None:
    told = notice(cast)
    attempt.allowed(insert(again(told, member=cast.nils)))
    attempt.refused(insert(again(told, member=cast.robo)))


@attack("a_person_is_told_once_of_an_entry")
def told_twice(cast: Cast, attempt: Attempt) -> None:
    told = notice(cast)
    attempt.allowed(insert(again(told, member=cast.nils)))
    attempt.refused(insert(again(told)))


@attack("a_notice_is_of_a_known_kind")
def of_an_unknown_kind(cast: Cast, attempt: Attempt) -> None:
    told = notice(cast)
    attempt.allowed(insert(again(told, member=cast.nils, kind="breach")))
    attempt.refused(insert(again(told, member=cast.nils, kind="gossip")))


@attack("one_preference_per_person_and_kind")
def two_preferences(cast: Cast, attempt: Attempt) -> None:
    chosen = preference(cast)
    attempt.allowed(insert(again(chosen, kind="breach")))
    attempt.refused(insert(again(chosen, mode="never")))


@attack("a_preference_is_a_known_one")
def an_unknown_preference(cast: Cast, attempt: Attempt) -> None:
    chosen = preference(cast)
    attempt.allowed(insert(again(chosen, kind="breach")))
    attempt.refused(insert(again(chosen, kind="gossip")))
    attempt.refused(insert(again(chosen, kind="breach", mode="hourly")))


@attack("a_preference_keeps_its_person")
def a_preference_given_away(cast: Cast, attempt: Attempt) -> None:
    chosen = preference(cast)
    attempt.allowed(update(chosen, mode="never"))
    attempt.keeps(chosen, member_id=cast.nils.pk, kind="breach")


@attack("a_postbox_keeps_its_person")
def a_postbox_given_away(cast: Cast, attempt: Attempt) -> None:
    box = postbox(cast)
    attempt.allowed(update(box, digest_at=time(9), time_zone="Asia/Tokyo"))
    attempt.keeps(box, member_id=cast.nils.pk)


@attack("a_postbox_goes_forward")
def a_digest_written_again(cast: Cast, attempt: Attempt) -> None:
    box = postbox(cast)
    for field in ("daily_on", "monday_on"):
        attempt.allowed(update(box, **{field: date(2026, 11, 23)}))
        attempt.refused(update(box, **{field: date(2026, 11, 9)}))
        attempt.refused(update(box, **{field: None}))


@attack("a_cursor_goes_forward")
def told_again(cast: Cast, attempt: Attempt) -> None:
    row = cursor(cast)
    attempt.allowed(update(row, sequence=2))
    attempt.refused(update(row, sequence=0))


@attack("a_cursor_stays_behind_the_head")
def ahead_of_what_happened(cast: Cast, attempt: Attempt) -> None:
    row = cursor(cast)
    head = Head.objects.get(organization=cast.acme)
    attempt.allowed(update(row, sequence=head.sequence))
    attempt.refused(update(row, sequence=head.sequence + 1))
    attempt.allowed(insert(Cursor(organization=cast.beta, sequence=0)))
    attempt.refused(insert(Cursor(organization=cast.beta, sequence=1)))
