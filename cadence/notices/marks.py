"""What is written down after a try, and what is not sent at all."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from accounts.models import Membership
from cadence.ledger.actions import append
from cadence.notices.addresses import without_path
from cadence.notices.failing import note_failing
from cadence.notices.leases import free, in_order, outage, receiver_of
from cadence.notices.models import Attempt, Channel, Delivery, SlackHook, Webhook
from cadence.notices.outcomes import (
    PATIENCE,
    Effect,
    Outcome,
    known,
    next_try,
    pause_of_receiver,
)
from cadence.notices.sending import mail_is_configured

# What was settled is shown for so long, and then forgotten.
KEPT_FOR = timedelta(days=90)


def mark(delivery: Delivery, token: str, outcome: Outcome, at: datetime) -> str:
    """Write down the try, and what becomes of the message where the lease is still ours.

    Gives ``sent``, ``put_off`` or ``failed``. What else waits for a receiver that failed is put
    off in a transaction of its own: two workers that hold a message each, and then want those of
    one another, would wait for each other.
    """
    down = outcome.effect is Effect.DOWN
    until = _left_alone_until(delivery, at) if down else None
    result = _mark(delivery, token, outcome, at, until)
    if until is not None:
        _put_off_others(delivery, token, at, until)
    if outcome.effect is not Effect.SENT:
        note_failing(delivery, at)
    return result


@transaction.atomic
def _mark(
    delivery: Delivery,
    token: str,
    outcome: Outcome,
    at: datetime,
    until: datetime | None,
) -> str:
    effect = outcome.effect
    if effect is Effect.GONE:
        lock_receiver(delivery)
    Attempt.objects.create(
        organization_id=delivery.organization_id,
        delivery=delivery,
        at=at,
        took_ms=max(0, outcome.took_ms),
        status=outcome.status if known(outcome.status) else None,
        error=outcome.error[:300],
        put_off_until=until,
    )
    ours = Delivery.objects.waiting().filter(pk=delivery.pk, lease=token)
    over = {"lease": "", "leased_until": None, "attempts": F("attempts") + 1}
    if effect is Effect.SENT:
        ours.update(sent_at=at, **over)
        return "sent"
    again = next_try(at, delivery.created_at, delivery.attempts + 1)
    if effect in (Effect.REFUSED, Effect.GONE) or again is None:
        ours.update(failed_at=at, **over)
        result = "failed"
    else:
        ours.update(due_at=again, **over)
        result = "put_off"
    if effect is Effect.GONE:
        _is_gone(delivery, at)
    return result


def _left_alone_until(delivery: Delivery, at: datetime) -> datetime:
    last = outage(receiver_of(delivery))
    before = last.put_off_until - last.at if last and last.put_off_until else None
    return at + pause_of_receiver(before)


@transaction.atomic
def _put_off_others(delivery: Delivery, token: str, at: datetime, until: datetime) -> None:
    """All that waits for the receiver. What has waited for as long as we try is given up: it would
    have met the same, and with one try at a time most would never have their last."""
    waiting = receiver_of(delivery).waiting()
    ours_or_free = Q(lease=token) | Q(leased_until=None) | Q(leased_until__lte=at)
    too_old = waiting.filter(ours_or_free, created_at__lte=at - PATIENCE)
    in_order(too_old).update(failed_at=at, lease="", leased_until=None)
    in_order(waiting.filter(due_at__lt=until)).update(due_at=until)


def lock_receiver(delivery: Delivery) -> None:
    """Before any of its messages, as pausing and ending do."""
    rows = receiver_of(delivery).rows
    if rows is not None:
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _is_gone(delivery: Delivery, at: datetime) -> None:
    """The receiver wants no more: it gets none, and the ledger says so."""
    drop_waiting(at, webhook=delivery.webhook_id, slack=delivery.slack_id)
    if delivery.webhook_id is not None:
        webhook = Webhook.objects.get(pk=delivery.webhook_id)
        if webhook.paused_at is not None or webhook.ended_at is not None:
            return
        webhook.paused_at = at
        webhook.save(update_fields=["paused_at"])
        append(
            organization=webhook.organization_id,
            event="webhook.paused",
            actor=None,
            at=at,
            subject=webhook,
            data={"description": webhook.description, "because": "gone"},
        )
    elif delivery.slack_id is not None:
        hook = SlackHook.objects.get(pk=delivery.slack_id)
        if hook.ended_at is not None:
            return
        hook.ended_at, hook.url = at, without_path(hook.url)
        hook.save(update_fields=["ended_at", "url"])
        append(
            organization=hook.organization_id,
            event="slack.disconnected",
            actor=None,
            at=at,
            subject=hook,
            data={"team": hook.team_id, "because": "gone"},
        )


def drop(delivery: Delivery, token: str, at: datetime) -> None:
    """It is not sent: what it said is not so any more."""
    ours = Delivery.objects.waiting().filter(pk=delivery.pk, lease=token)
    ours.update(dropped_at=at, lease="", leased_until=None)


def drop_waiting(at: datetime, *, webhook: int | None = None, slack: int | None = None) -> int:
    """What still waits for a receiver that is gone. What is under way is marked by who sends it."""
    rows = Delivery.objects.waiting().filter(webhook=webhook, slack=slack)
    return in_order(free(rows.exclude(channel=Channel.EMAIL), at)).update(dropped_at=at)


@transaction.atomic
def drop_what_nobody_gets(at: datetime) -> int:
    """Of all organizations, what has no receiver now; so that nothing piles up for nobody."""
    gone = Q(webhook__in=Webhook.objects.exclude(ended_at=None, paused_at=None).values("pk"))
    gone |= Q(slack__in=SlackHook.objects.exclude(ended_at=None).values("pk"))
    if mail_is_configured():
        reached = Membership.objects.current().filter(
            user__is_active=True, organization__is_demo=False
        )
        gone |= Q(channel=Channel.EMAIL) & ~Q(member__in=reached.values("pk"))
    else:
        gone |= Q(channel=Channel.EMAIL)
    rows = free(Delivery.objects.waiting(), at).filter(gone)
    return in_order(rows).update(dropped_at=at)


def forget_deliveries(*, at: datetime) -> int:
    """Delete what was settled long ago, of all organizations, with its tries; and count it."""
    long_ago = Delivery.objects.filter(created_at__lte=at - KEPT_FOR)
    settled = long_ago.exclude(pk__in=Delivery.objects.waiting().values("pk")).order_by()
    with transaction.atomic():
        for rows in (
            Attempt.objects.filter(delivery__in=settled).order_by(),
            Delivery.notices.through._default_manager.filter(delivery__in=settled),
        ):
            # By a query: Django would read every row to see what else points to it.
            rows._raw_delete(rows.db)
        return settled._raw_delete(settled.db)
