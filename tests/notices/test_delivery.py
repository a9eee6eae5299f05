"""Lease, send, mark: to receivers of all manners, at moments of our choosing."""

import threading
from datetime import datetime, timedelta

import pytest
import standardwebhooks
import time_machine
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization
from cadence.ledger.models import Entry
from cadence.notices import leases, marks, transports
from cadence.notices.delivery import Passed, deliver, deliver_now
from cadence.notices.models import Attempt, Delivery, Webhook
from cadence.notices.outcomes import PATIENCE, Effect, Outcome, next_try
from cadence.notices.outward import Answer
from cadence.notices.webhooks import rotate_secret
from tests.cast import AT, Cast
from tests.notices import receivers, rows
from tests.notices.receivers import Opens, Receiver, answers, receiver

LATER = AT + timedelta(seconds=1)


def a_pass(at: datetime = LATER) -> Passed:
    return deliver(now=lambda: at)


def now_of(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_what_is_due_is_sent_once_with_its_id(cast: Cast, opens: Opens) -> None:
    one = opens(answers(200))
    told = rows.to_webhook(rows.webhook(cast, one.url))
    later = rows.to_webhook(told.webhook, due_at=AT + timedelta(hours=1))
    assert a_pass() == Passed(sent=1)
    assert a_pass() == Passed()
    assert one.ids == [told.message_id]
    assert now_of(told).sent_at == LATER
    assert now_of(told).lease == ""
    assert now_of(later).state == "waiting"
    (tried,) = Attempt.objects.all()
    assert (tried.delivery_id, tried.status, tried.error) == (told.pk, 200, "")


def test_the_signature_is_verified_by_the_library_of_standard_webhooks(
    cast: Cast, opens: Opens
) -> None:
    one = opens(answers(200))
    hook = rows.webhook(cast, one.url)
    rows.to_webhook(hook)
    a_pass()
    (heard,) = one.heard
    with time_machine.travel(LATER, tick=False):
        told = standardwebhooks.Webhook(hook.secret).verify(heard.body, heard.headers)
        assert told["data"]["name"] == "Zürich"
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(hook.secret).verify(heard.body + b" ", heard.headers)


def test_after_a_rotation_both_secrets_verify_for_a_day(cast: Cast, opens: Opens) -> None:
    one = opens(answers(200))
    hook = rows.webhook(cast, one.url)
    old = hook.secret
    hook, new = rotate_secret(actor=cast.ada, at=AT, webhook=hook)
    assert new != old
    for at, known in ((LATER, [old, new]), (AT + timedelta(hours=25), [new])):
        rows.to_webhook(hook, at=at)
        a_pass(at)
        heard = one.heard[-1]
        with time_machine.travel(at, tick=False):
            for secret in (old, new):
                if secret in known:
                    assert standardwebhooks.Webhook(secret).verify(heard.body, heard.headers)
                else:
                    with pytest.raises(standardwebhooks.WebhookVerificationError):
                        standardwebhooks.Webhook(secret).verify(heard.body, heard.headers)


def test_a_receiver_hears_everything_in_order_one_at_a_time(cast: Cast, opens: Opens) -> None:
    at_once, most = [0], [0]

    def manner(connection: object, number: int) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        answers(200)(connection, number)  # type: ignore[arg-type]
        at_once[0] -= 1

    one = opens(manner)
    hook = rows.webhook(cast, one.url)
    told = [rows.to_webhook(hook) for _ in range(60)]
    assert a_pass() == Passed(sent=60)
    assert one.ids == [each.message_id for each in told]
    assert most == [1]


def test_a_slow_receiver_holds_up_nobody_else(cast: Cast, opens: Opens) -> None:
    """It answers only when the others have heard everything: were they to wait, nobody would."""
    others_are_done = threading.Event()
    slow = opens(receivers.hangs(others_are_done))
    to_slow = rows.to_webhook(rows.webhook(cast, slow.url))
    quick: list[Receiver] = []

    def manner(connection: object, number: int) -> None:
        answers(200)(connection, number)  # type: ignore[arg-type]
        if sum(len(each.heard) for each in quick) == 15:
            others_are_done.set()

    for _ in range(5):
        one = opens(manner)
        quick.append(one)
        hook = rows.webhook(cast, one.url)
        for _ in range(3):
            rows.to_webhook(hook)
    assert a_pass() == Passed(sent=16)
    assert now_of(to_slow).state == "sent"
    order = list(Attempt.objects.order_by("pk").values_list("delivery_id", flat=True))
    # It was let go by the last call; by then two to each of the others had been written down.
    assert order.index(to_slow.pk) >= 10


def test_many_dead_receivers_leave_room_for_one_that_answers(cast: Cast, opens: Opens) -> None:
    done = threading.Event()
    dead = opens(receivers.hangs(done))
    for _ in range(40):
        rows.to_webhook(rows.webhook(cast, dead.url), attempts=3)

    def manner(connection: object, number: int) -> None:
        answers(200)(connection, number)  # type: ignore[arg-type]
        done.set()

    rows.to_webhook(rows.webhook(cast, opens(manner).url))
    found = a_pass()
    assert found.sent == 1 + 8
    assert len(dead.heard) == 8


def test_what_fails_is_tried_again_later_with_the_same_id_and_body(
    cast: Cast, opens: Opens
) -> None:
    one = opens(answers(500, 503, 200))
    told = rows.to_webhook(rows.webhook(cast, one.url))
    at = LATER
    for count, state in ((1, "retrying"), (2, "retrying"), (3, "sent")):
        a_pass(at)
        assert (now_of(told).attempts, now_of(told).state) == (count, state)
        assert a_pass(at) == Passed()
        at = now_of(told).due_at
    assert one.ids == [told.message_id] * 3
    assert len({heard.body for heard in one.heard}) == 1
    errors = list(Attempt.objects.values_list("status", "error"))
    assert errors == [(500, "It answered 500."), (503, "It answered 503."), (200, "")]


def test_others_to_a_receiver_that_fails_are_put_off_with_it(cast: Cast, opens: Opens) -> None:
    one = opens(answers(500, 500, 200))
    hook = rows.webhook(cast, one.url)
    first, second = rows.to_webhook(hook), rows.to_webhook(hook)
    assert a_pass() == Passed(put_off=1)
    again = now_of(second).due_at
    assert now_of(first).due_at >= again > LATER
    # What comes now is not tried either: the receiver would only fail once more.
    third = rows.to_webhook(hook, at=LATER)
    assert a_pass() == Passed()
    assert now_of(third).due_at == again
    # The next try is of another message, and the pause after it is longer.
    assert a_pass(again) == Passed(put_off=1)
    pause, longer = again - LATER, now_of(third).due_at - again
    assert longer > pause * 1.4
    a_pass(max(now_of(each).due_at for each in (first, third)))
    assert one.ids == [each.message_id for each in (first, second, third, first, second)]


def test_a_message_that_is_refused_for_what_it_is_holds_up_no_other(
    cast: Cast, opens: Opens
) -> None:
    one = opens(answers(422, 200))
    hook = rows.webhook(cast, one.url)
    first, second = rows.to_webhook(hook), rows.to_webhook(hook)
    assert a_pass() == Passed(sent=1, put_off=1)
    assert now_of(first).state == "retrying"
    assert now_of(second).state == "sent"


def test_after_three_days_it_is_given_up_and_stays_to_be_seen(cast: Cast, opens: Opens) -> None:
    one = opens(answers(500))
    told = rows.to_webhook(rows.webhook(cast, one.url))
    at = LATER
    while now_of(told).failed_at is None:
        a_pass(at)
        at = now_of(told).due_at
    assert now_of(told).failed_at == AT + PATIENCE
    assert 10 < now_of(told).attempts < 30
    assert a_pass(at + timedelta(days=9)) == Passed()


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_pauses_grow_by_chance_and_end_with_the_third_day(chance: float) -> None:
    at, tries, pauses = AT, 0, []
    while at is not None:
        tries += 1
        again = next_try(at, AT, tries, chance=lambda: chance)
        if again is None:
            break
        pauses.append(again - at)
        at = again
    assert at == AT + PATIENCE
    assert pauses[0] == timedelta(seconds=30) * (0.75 + chance / 2)
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) <= timedelta(hours=15)


def test_410_pauses_the_webhook_and_says_so(cast: Cast, opens: Opens) -> None:
    one = opens(answers(410))
    hook = rows.webhook(cast, one.url)
    first, second = rows.to_webhook(hook), rows.to_webhook(hook)
    assert a_pass() == Passed(failed=1)
    assert Webhook.objects.get(pk=hook.pk).paused_at == LATER
    assert now_of(first).state == "failed"
    assert a_pass() == Passed(dropped=1)
    assert now_of(second).state == "dropped"
    entry = Entry.objects.get(event="webhook.paused")
    assert (entry.actor_id, entry.data["because"]) == (None, "gone")
    assert len(one.heard) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
def test_slack_says_that_a_channel_is_no_more(cast: Cast, opens: Opens, status: int) -> None:
    one = opens(answers(status))
    hook = rows.slack(cast, url=one.url)
    told = rows.to_slack(hook, body={"text": "Hello"})
    a_pass()
    hook.refresh_from_db()
    assert hook.ended_at == LATER
    assert "s3cret" not in hook.url
    assert now_of(told).state == "failed"
    assert Entry.objects.get(event="slack.disconnected").data["because"] == "gone"


def test_slack_is_told_without_a_signature(cast: Cast, opens: Opens) -> None:
    one = opens(answers(200))
    rows.to_slack(rows.slack(cast, url=one.url), body={"text": "Hello"})
    assert a_pass() == Passed(sent=1)
    assert one.heard[0].told == {"text": "Hello"}
    assert "webhook-signature" not in one.heard[0].headers


@pytest.mark.parametrize("gone", [{"paused_at": AT}, {"ended_at": AT, "secret": ""}])
def test_nothing_is_sent_to_a_webhook_that_is_paused_or_ended(
    cast: Cast, opens: Opens, gone: dict[str, object]
) -> None:
    one = opens(answers(200))
    told = rows.to_webhook(rows.webhook(cast, one.url, **gone))
    assert a_pass() == Passed(dropped=1)
    assert (now_of(told).state, one.heard) == ("dropped", [])


def test_an_inner_address_is_not_called_and_the_page_can_say_why(cast: Cast) -> None:
    with receiver(answers(200)) as one:
        told = rows.to_webhook(rows.webhook(cast, one.url.replace("http:", "https:")))
        a_pass()
        assert one.heard == []
    assert "inside a network" in Attempt.objects.get(delivery=told).error


def test_a_redirect_to_this_machine_leads_nowhere(cast: Cast, opens: Opens) -> None:
    with receiver(answers(200)) as inner:
        told = rows.to_webhook(rows.webhook(cast, opens(receivers.redirects(inner.url)).url))
        a_pass()
        assert inner.heard == []
    assert "redirects are not followed" in Attempt.objects.get(delivery=told).error


def test_nothing_is_sent_for_the_demo(cast: Cast, opens: Opens) -> None:
    one = opens(answers(200))
    told = rows.to_webhook(rows.webhook(cast, one.url))
    slack = rows.to_slack(rows.slack(cast, url=one.url), body={"text": "Hello"})
    Organization.objects.filter(pk=cast.acme.pk).update(is_demo=True)
    assert a_pass() == Passed(dropped=2)
    assert [now_of(each).state for each in (told, slack)] == ["dropped", "dropped"]
    assert one.heard == []


def test_a_test_is_given_less_time_than_news(
    cast: Cast, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def watched(*_: object, within: float) -> Answer:
        given.append(within)
        return Answer(200, "", 1)

    monkeypatch.setattr(transports, "post", watched)
    hook = rows.webhook(cast)
    for event in ("test", "breach.escalated"):
        rows.to_webhook(hook, event=event)
    a_pass()
    assert given == [5.0, 10.0]


# Leases


def test_what_somebody_else_has_leased_is_left_alone_until_the_lease_is_over(
    cast: Cast, opens: Opens
) -> None:
    one = opens(answers(200))
    hook = rows.webhook(cast, one.url)
    told = rows.to_webhook(hook)
    leases.lease(leases.receiver_of(told), LATER, leases.LEASE)
    # The receiver has one at a time, so what comes after waits too.
    rows.to_webhook(hook)
    assert a_pass() == Passed()
    assert a_pass(LATER + leases.LEASE) == Passed(sent=2)


def test_whoever_has_lost_the_lease_marks_nothing(cast: Cast) -> None:
    told = rows.to_webhook(rows.webhook(cast))
    receiver_of = leases.receiver_of(told)
    slow, (mine,) = leases.lease(receiver_of, LATER, leases.LEASE)
    over = LATER + leases.LEASE
    other, (theirs,) = leases.lease(receiver_of, over, leases.LEASE)
    marks.mark(mine, slow, Outcome(Effect.DOWN, 500, "It answered 500.", 1), over)
    assert (now_of(told).lease, now_of(told).attempts) == (other, 0)
    marks.mark(theirs, other, Outcome(Effect.SENT, 200, "", 1), over)
    assert now_of(told).state == "sent"
    # Both tries did happen.
    assert Attempt.objects.filter(delivery=told).count() == 2


def test_a_pass_that_is_over_gives_back_what_it_has_not_tried(cast: Cast, opens: Opens) -> None:
    held = threading.Event()
    one = opens(receivers.hangs(held))
    hook = rows.webhook(cast, one.url)
    first, second = rows.to_webhook(hook), rows.to_webhook(hook)
    threading.Timer(0.6, held.set).start()
    assert deliver(now=lambda: LATER, lasting=0.3) == Passed(sent=1)
    assert (now_of(first).state, now_of(second).state) == ("sent", "waiting")
    assert (now_of(second).lease, now_of(second).leased_until) == ("", None)


def test_sending_at_once_does_not_take_what_is_on_its_way(cast: Cast, opens: Opens) -> None:
    one = opens(answers(200))
    told = rows.to_webhook(rows.webhook(cast, one.url))
    token, _ = leases.lease(leases.receiver_of(told), LATER, leases.LEASE)
    assert deliver_now(told, now=lambda: LATER).state == "waiting"
    leases.give_back(token)
    assert deliver_now(told, now=lambda: LATER).state == "sent"
    assert one.ids == [told.message_id]


def test_the_queries_of_a_lease_do_not_grow_with_what_is_leased(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for number in (1, 40):
        hook = rows.webhook(cast)
        for _ in range(number):
            told = rows.to_webhook(hook)
        with django_assert_num_queries(9, exact=False) as asked:
            leases.lease(leases.receiver_of(told), LATER, leases.LEASE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_was_settled_long_ago_is_forgotten_with_its_tries(cast: Cast) -> None:
    hook = rows.webhook(cast)
    long_ago = AT - timedelta(days=91)
    old = rows.to_webhook(hook, at=long_ago, sent_at=long_ago)
    Attempt.objects.create(organization=cast.acme, delivery=old, at=long_ago, took_ms=1, status=200)
    failed = rows.to_webhook(hook, at=long_ago, failed_at=long_ago)
    waiting = rows.to_webhook(hook, at=long_ago)
    fresh = rows.to_webhook(hook, sent_at=AT)
    assert marks.forget_deliveries(at=AT) == 2
    assert set(Delivery.objects.all()) == {waiting, fresh}
    assert failed not in Delivery.objects.all()
    assert Attempt.objects.count() == 0
