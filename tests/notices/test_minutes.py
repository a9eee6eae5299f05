"""Rule 18: minutes reach those they concern, once."""

from datetime import timedelta

from django.core import mail
from pytest_django import Settings

from accounts.models import Membership
from cadence.ledger.models import Head
from cadence.notices.derive import derive_notices
from cadence.notices.models import Delivery
from cadence.ownership.models import Ownership
from cadence.reviews.actions import close_review
from cadence.reviews.models import Review
from cadence.reviews.room import note_attendance
from tests.cast import AT, Cast
from tests.notices.things import post
from tests.reviews.things import commitment

LATER = AT + timedelta(hours=1)


def closed(cast: Cast) -> Review:
    """A weekly with Dana, a decision of Olu that Nils carries out, and a commitment of Lars."""
    review, breach = cast.open_review(), cast.breach()
    cast.decision(breach, review=review, carried_out_by=cast.nils, decided_at=AT)
    commitment(cast, person=cast.lars, review=review)
    note_attendance(
        actor=cast.fay, at=AT, review=review, present={cast.dana.pk: True, cast.ada.pk: False}
    )
    return close_review(actor=cast.fay, at=AT, review=review)


def reached() -> set[str]:
    return {message.to[0].split("@")[0] for message in mail.outbox}


def test_they_go_to_those_they_concern_once(cast: Cast, settings: Settings) -> None:
    review = closed(cast)
    derive_notices(at=LATER)
    assert post(LATER) == 5
    assert reached() == {"dana", "fay", "olu", "nils", "lars"}
    derive_notices(at=LATER)
    assert post(LATER) == 0
    text = str(mail.outbox[0].body)
    head = Head.objects.get(pk=cast.acme.pk)
    assert f"{settings.PUBLIC_URL}/o/acme/reviews/{review.pk}/minutes" in text
    assert review.minutes_hash in text
    assert f"{head.sequence}:{head.hash}" in text
    assert "Two more people on calls until the end of the month." in text
    ((html, kind),) = mail.outbox[0].alternatives
    assert kind == "text/html"
    assert review.minutes_hash in str(html)


def test_each_person_has_a_message_of_their_own_that_keeps_its_name(cast: Cast) -> None:
    closed(cast)
    derive_notices(at=LATER)
    known = {f"<{row.message_id}>" for row in Delivery.objects.all()}
    post(LATER)
    assert {message.extra_headers["Message-ID"] for message in mail.outbox} == known
    assert len(known) == 5
    assert all(len(message.recipients()) == 1 for message in mail.outbox)


def test_who_left_meanwhile_reads_nothing(cast: Cast) -> None:
    closed(cast)
    derive_notices(at=LATER)
    Ownership.objects.filter(owner=cast.olu).update(ended_at=AT, ending="left")
    Membership.objects.filter(pk=cast.olu.pk).update(ended_at=AT)
    assert post(LATER) == 4
    assert "olu" not in reached()


def test_those_of_the_demo_stay_where_they_are(cast: Cast) -> None:
    cast.acme.is_demo = True
    cast.acme.save(update_fields=["is_demo"])
    closed(cast)
    assert derive_notices(at=LATER) == 5
    assert not Delivery.objects.exists()
