"""Whose turn it is: nobody and nothing that fails or is slow holds up the rest."""

import threading
from datetime import datetime, timedelta
from socket import socket
from typing import Any

import pytest
from pytest_django import Settings

from cadence.notices import leases, marks, transports
from cadence.notices.delivery import SENDERS, Passed, deliver
from cadence.notices.models import Attempt, Delivery, Webhook
from cadence.notices.outcomes import PATIENCE, Effect, Outcome
from cadence.notices.outward import Answer
from tests.cast import AT, Cast
from tests.notices import receivers, rows
from tests.notices.receivers import Opens, answer, answers
from tests.notices.test_postman import mail, peculiar_server

LATER = AT + timedelta(seconds=1)


def a_pass(at: datetime = LATER) -> Passed:
    return deliver(now=lambda: at)


def now_of(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


@pytest.mark.parametrize("status", [500, 503, 404])
def test_one_message_that_a_receiver_stumbles_over_holds_back_no_other_for_long(
    cast: Cast, opens: Opens, status: int
) -> None:
    statuses: dict[str, int] = {}
    one = opens(lambda connection, _: connection.sendall(answer(statuses.get(one.ids[-1], 200))))
    hook = rows.webhook(cast, one.url)
    poison = rows.to_webhook(hook)
    statuses[poison.message_id] = status
    others = [rows.to_webhook(hook) for _ in range(3)]
    assert a_pass() == Passed(put_off=1)
    at = now_of(poison).due_at
    assert at < LATER + timedelta(minutes=1)
    assert a_pass(at) == Passed(sent=3, put_off=1)
    assert [now_of(each).state for each in others] == ["sent"] * 3
    # Nor what comes later, whatever becomes of the one.
    fresh = rows.to_webhook(hook, at=at)
    a_pass(at + timedelta(minutes=1))
    a_pass(at + timedelta(minutes=2))
    assert now_of(fresh).state == "sent"


def test_what_has_waited_for_three_days_is_given_up_with_its_receiver(
    cast: Cast, opens: Opens
) -> None:
    """One message at a time is tried on a dead receiver: most would never have their last try."""
    one = opens(answers(404))
    hook = rows.webhook(cast, one.url)
    told = [rows.to_webhook(hook) for _ in range(30)]
    at = LATER
    while at < AT + PATIENCE:
        a_pass(at)
        waiting = Delivery.objects.waiting().order_by("due_at").first()
        assert waiting is not None
        at = max(at, waiting.due_at)
    a_pass(at)
    assert {now_of(each).state for each in told} == {"failed"}
    assert len(one.heard) < 30


def test_a_mail_that_the_server_breaks_off_at_holds_back_no_other(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, *others = (rows.to_person(one) for one in (cast.olu, cast.nils, cast.sven))
    monkeypatch.setattr(transports, "message_for", lambda found, at: mail(found.member.user.email))
    with peculiar_server(settings, {"RCPT TO:<OLU": None}):
        assert a_pass() == Passed(sent=2, put_off=1)
    assert now_of(poison).state == "retrying"
    assert {now_of(each).state for each in others} == {"sent"}


def test_a_mail_server_that_is_down_puts_off_all_mail(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = rows.to_person(cast.olu), rows.to_person(cast.sven)
    monkeypatch.setattr(transports, "message_for", lambda found, at: mail(found.member.user.email))
    with peculiar_server(settings, {"greeting": "421 Not now"}):
        assert a_pass() == Passed(put_off=1)
        again = now_of(second).due_at
        assert now_of(first).due_at >= again > LATER
        a_pass(again)
    assert (now_of(first).attempts, now_of(second).attempts) == (1, 1)


def test_a_mistake_with_one_message_loses_no_outcome_of_others(
    cast: Cast, opens: Opens, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opens(answers(200))
    told = [rows.to_webhook(rows.webhook(cast, one.url)) for _ in range(3)]
    broken = rows.to_webhook(rows.webhook(cast, one.url))
    post = transports.post

    def breaks(url: str, body: bytes, headers: dict[str, str], **options: Any) -> Answer:
        if headers["webhook-id"] == broken.message_id:
            raise KeyError("a mistake of ours")
        return post(url, body, headers, **options)

    monkeypatch.setattr(transports, "post", breaks)
    assert a_pass() == Passed(sent=3, put_off=1, broken=1)
    assert {now_of(each).state for each in told} == {"sent"}
    assert now_of(broken).state == "retrying"
    assert "its log says why" in Attempt.objects.get(delivery=broken).error


def test_an_outcome_that_cannot_be_written_down_is_written_as_a_try(
    cast: Cast, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opens(answers(200, 422))
    first, second = (rows.to_webhook(rows.webhook(cast, one.url)) for _ in range(2))
    mark = marks.mark

    def refuses(delivery: Delivery, token: str, outcome: Outcome, at: datetime) -> str:
        if outcome.status is not None:
            raise ValueError("It does not fit.")
        return mark(delivery, token, outcome, at)

    monkeypatch.setattr(marks, "mark", refuses)
    assert a_pass() == Passed(sent=1, put_off=1, broken=2)
    assert {now_of(first).state, now_of(second).state} == {"sent", "retrying"}


@pytest.mark.parametrize("status", [-1, 0, 99, 600, 99999])
def test_a_status_that_is_none_is_not_written_down(cast: Cast, status: int) -> None:
    told = rows.to_webhook(rows.webhook(cast))
    token, (mine,) = leases.lease(leases.receiver_of(told), LATER, leases.LEASE)
    assert marks.mark(mine, token, Outcome(Effect.LATER, status, "Odd.", 1), LATER) == "put_off"
    assert Attempt.objects.get().status is None


def test_one_organization_cannot_take_all_senders(cast: Cast, opens: Opens) -> None:
    """Its receivers answer, and all is well with them, but there are as many as senders: were all
    of them called at once, they would wait for somebody whose turn never comes."""
    done = threading.Event()
    slow = opens(receivers.hangs(done))
    for _ in range(SENDERS):
        rows.to_webhook(rows.webhook(cast, slow.url), due_at=AT - timedelta(hours=1))

    def manner(connection: socket, number: int) -> None:
        connection.sendall(answer(200))
        done.set()

    beta = {"organization": cast.beta, "created_by": cast.sven}
    theirs = rows.to_webhook(rows.webhook(cast, opens(manner).url, **beta))
    a_pass()
    assert now_of(theirs).state == "sent"


def test_who_was_served_the_longest_time_ago_is_served_first(cast: Cast) -> None:
    """Slow receivers have the oldest messages: by their age they would always come first."""
    lately, long_ago, never = (
        rows.webhook(cast, served_at=at) for at in (LATER, AT - timedelta(hours=1), None)
    )
    for hours, hook in enumerate((never, long_ago, lately)):
        rows.to_webhook(hook, due_at=AT - timedelta(hours=hours))
    due = leases.receivers_due(LATER, at_most=8)
    assert [one.webhook_id for one in due] == [never.pk, long_ago.pk, lately.pk]
    leases.lease(due[0], LATER + timedelta(seconds=1), leases.LEASE)
    leases.give_back(Delivery.objects.exclude(lease="").get().lease)
    due = leases.receivers_due(LATER + timedelta(seconds=2), at_most=8)
    assert [one.webhook_id for one in due] == [long_ago.pk, lately.pk, never.pk]


def test_mail_has_a_sender_of_its_own(cast: Cast, opens: Opens, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mailed = threading.Event()
    slow = opens(receivers.hangs(mailed))
    for member in (cast.ada, cast.sven) * SENDERS:
        hook = rows.webhook(cast, slow.url, organization=member.organization, created_by=member)
        rows.to_webhook(hook, due_at=AT - timedelta(hours=1))
    told = rows.to_person(cast.olu)
    threading.Timer(0.5, mailed.set).start()
    deliver(now=lambda: LATER, lasting=0.2)
    # Without anything to say in a digest it is dropped: its turn has come.
    assert now_of(told).state in ("dropped", "sent")


def test_a_batch_goes_where_the_receiver_is_now(cast: Cast) -> None:
    hook = rows.webhook(cast)
    first, second = rows.to_webhook(hook), rows.to_webhook(hook)
    token, batch = leases.lease(leases.receiver_of(first), LATER, leases.LEASE)
    Webhook.objects.filter(pk=hook.pk).update(url="https://elsewhere.example/")
    found = leases.still_ours(batch[1], token)
    assert found is not None
    assert found.webhook is not None
    assert found.webhook.url == "https://elsewhere.example/"
    Delivery.objects.filter(pk=second.pk).update(dropped_at=LATER)
    assert leases.still_ours(batch[1], token) is None
