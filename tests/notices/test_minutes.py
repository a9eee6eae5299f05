"""Minutes reach those they concern, once."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from accounts.models import Membership
from cadence.ledger.models import Head
from cadence.notices.minutes import send_minutes
from cadence.reviews.actions import close_review
from cadence.reviews.models import Review
from cadence.reviews.room import note_attendance
from cadence.tasks import tick
from tests.cast import AT, Cast
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
    assert send_minutes(at=LATER) == 1
    assert reached() == {"dana", "fay", "olu", "nils", "lars"}
    review.refresh_from_db()
    assert review.minutes_sent_at == LATER
    assert send_minutes(at=LATER) == 0
    assert len(mail.outbox) == 5
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
    review = closed(cast)
    send_minutes(at=LATER)
    names = {message.extra_headers["Message-ID"] for message in mail.outbox}
    assert f"<minutes-{review.pk}-{cast.olu.pk}@localhost>" in names
    assert len(names) == 5
    assert all(len(message.recipients()) == 1 for message in mail.outbox)


def test_who_left_meanwhile_reads_nothing(cast: Cast) -> None:
    closed(cast)
    Membership.objects.filter(pk=cast.olu.pk).update(ended_at=AT)
    send_minutes(at=LATER)
    assert "olu" not in reached()


def test_old_minutes_and_those_of_the_demo_stay_where_they_are(cast: Cast) -> None:
    closed(cast)
    assert send_minutes(at=AT + timedelta(days=3)) == 0
    cast.acme.is_demo = True
    cast.acme.save(update_fields=["is_demo"])
    assert send_minutes(at=LATER) == 0
    assert mail.outbox == []


def test_without_a_mail_server_none_are_sent(cast: Cast, settings: Settings) -> None:
    review = closed(cast)
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert send_minutes(at=LATER) == 0
    review.refresh_from_db()
    assert review.minutes_sent_at is None


def test_a_server_that_fails_leaves_them_for_the_next_tick(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = closed(cast)

    def fail(*_: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
        assert send_minutes(at=LATER) == 0
    review.refresh_from_db()
    assert review.minutes_sent_at is None
    assert send_minutes(at=LATER) == 1


def test_one_who_is_refused_does_not_keep_them_from_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(cast)
    send = mail.backends.locmem.EmailBackend.send_messages

    def refuse_olu(self: Any, messages: Any) -> int:
        if messages[0].to == ["olu@acme.example"]:
            raise smtplib.SMTPRecipientsRefused({"olu@acme.example": (550, b"unknown")})
        return send(self, messages)

    monkeypatch.setattr(mail.backends.locmem.EmailBackend, "send_messages", refuse_olu)
    assert send_minutes(at=LATER) == 1
    assert reached() == {"dana", "fay", "nils", "lars"}
    assert send_minutes(at=LATER) == 0


def test_the_tick_of_the_worker_sends_them(cast: Cast) -> None:
    closed(cast)
    with time_machine.travel(LATER, tick=False):
        tick()
    assert len(mail.outbox) == 5
