"""Webhooks, Slack channels, deliveries and their tries."""

from datetime import timedelta

from cadence.notices.models import Attempt as Try
from cadence.notices.models import Delivery
from tests.architecture.attack import Attempt, again, attack, delete, insert, never_deleted, update
from tests.architecture.attacks_on_work import entries
from tests.architecture.rows import DAY, rule
from tests.cast import AT, Cast
from tests.notices.rows import slack, to_person, to_webhook, webhook

LATER = AT + timedelta(hours=1)


@attack("a_delivery_has_one_receiver")
def a_delivery_to_nobody_or_to_two(cast: Cast, attempt: Attempt) -> None:
    hook, channel = webhook(cast), slack(cast)
    told = to_webhook(hook)
    attempt.allowed(insert(again(told, message_id="other")))
    attempt.allowed(
        insert(again(told, message_id="other", channel="slack", webhook=None, slack=channel))
    )
    for facts in (
        {"webhook": None},
        {"slack": channel},
        {"channel": "slack"},
        {"channel": "email"},
        {"channel": "pigeon"},
    ):
        attempt.refused(insert(again(told, message_id="other", **facts)))
    mail = to_person(cast.olu)
    attempt.refused(insert(again(mail, message_id="other", member=None)))
    attempt.refused(insert(again(mail, message_id="other", slack=channel)))


rule("one_slack_channel_per_team", lambda cast: slack(cast), {"ended_at": AT}, {})


@attack("a_delivery_keeps_its_message")
def a_delivery_turned_into_another(cast: Cast, attempt: Attempt) -> None:
    hook = webhook(cast)
    told = to_webhook(hook)
    attempt.allowed(update(told, due_at=LATER))
    attempt.keeps(
        told,
        channel={"channel": "slack", "webhook_id": None, "slack_id": slack(cast).pk},
        message_id="another",
        event="other.happened",
        entry_id={"entry_id": _entry(cast)},
        member_id=cast.olu.pk,
        slack_id={
            "channel": "slack",
            "webhook_id": None,
            "slack_id": slack(cast, cast.partners).pk,
        },
        webhook_id=webhook(cast).pk,
        body={"body": {"type": "invented"}},
    )


@attack("a_sent_delivery_stays_sent")
def a_sent_delivery_unsent(cast: Cast, attempt: Attempt) -> None:
    told = to_webhook(webhook(cast), sent_at=AT)
    attempt.allowed(update(told, attempts=2))
    attempt.keeps(
        told,
        sent_at=LATER,
        failed_at={"sent_at": None, "failed_at": LATER},
        dropped_at={"sent_at": None, "dropped_at": LATER},
    )


@attack("a_delivery_ends_in_one_way")
def a_delivery_that_ends_twice(cast: Cast, attempt: Attempt) -> None:
    told = to_webhook(webhook(cast))
    for name in ("sent_at", "failed_at", "dropped_at"):
        attempt.allowed(update(told, **{name: LATER}))
    for one, other in (
        ("sent_at", "failed_at"),
        ("sent_at", "dropped_at"),
        ("failed_at", "dropped_at"),
    ):
        attempt.refused(update(told, **{one: LATER, other: LATER}))
        attempt.refused(insert(again(told, message_id="new", **{one: LATER, other: LATER})))


@attack("a_delivery_that_waits_is_not_forgotten")
def a_waiting_delivery_deleted(cast: Cast, attempt: Attempt) -> None:
    hook = webhook(cast)
    for name in ("sent_at", "failed_at", "dropped_at"):
        attempt.allowed(delete(to_webhook(hook, **{name: AT})))
    attempt.refused(delete(to_webhook(hook)))


@attack("a_try_stays_as_it_was")
def a_try_made_nicer(cast: Cast, attempt: Attempt) -> None:
    told = to_webhook(webhook(cast))
    tried = Try.objects.create(
        organization=cast.acme,
        delivery=told,
        at=AT,
        took_ms=5,
        status=500,
        error="It answered 500.",
    )
    attempt.allowed(delete(tried))
    other = Delivery.objects.get(pk=to_webhook(webhook(cast)).pk)
    attempt.keeps(
        tried,
        delivery_id=other.pk,
        at=LATER,
        took_ms=1,
        status=200,
        error="",
        put_off_until=LATER,
    )


never_deleted("a_webhook_is_never_deleted", lambda cast: webhook(cast))
never_deleted("a_slack_channel_is_never_deleted", lambda cast: slack(cast))


@attack("an_ended_webhook_stays_ended")
def an_ended_webhook_revived(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(webhook(cast), url="https://elsewhere.example/"))
    ended = webhook(cast, secret="", ended_at=AT)
    attempt.keeps(
        ended,
        url="https://elsewhere.example/",
        description="Another",
        events={"events": ["review.closed"]},
        secret="whsec_AAAA",
        old_secret="whsec_AAAA",
        old_secret_until=LATER,
        paused_at=LATER,
        ended_at={"ended_at": None, "secret": "whsec_AAAA"},
    )


@attack("a_webhook_has_a_secret")
def a_webhook_that_signs_with_nothing(cast: Cast, attempt: Attempt) -> None:
    going = webhook(cast)
    attempt.allowed(update(going, secret="", ended_at=LATER))
    attempt.refused(update(going, secret=""))
    attempt.refused(insert(again(going, secret="")))


@attack("a_slack_channel_keeps_its_team")
def a_slack_channel_moved(cast: Cast, attempt: Attempt) -> None:
    channel = slack(cast)
    attempt.allowed(update(channel, ended_at=LATER))
    attempt.keeps(channel, team_id=cast.partners.pk, created_by_id=cast.olu.pk, created_at=AT + DAY)


@attack("a_disconnected_slack_channel_stays_so")
def a_disconnected_channel_revived(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(slack(cast), url="https://hooks.slack.example"))
    gone = slack(cast, cast.partners, ended_at=AT)
    attempt.keeps(gone, url="https://hooks.slack.example/other", ended_at=None)


def _entry(cast: Cast) -> int:
    return entries(cast, 1)[0].pk
