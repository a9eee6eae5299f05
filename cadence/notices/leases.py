"""Who sends what: a lease, so that two workers do not send the same message at the same time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery

from cadence.notices.models import (
    Attempt,
    Channel,
    Delivery,
    DeliveryQuerySet,
    SlackHook,
    Webhook,
)
from cadence.notices.outcomes import OF_THE_RECEIVER

# Longer than a pass and a try together take; then somebody else may try.
LEASE = timedelta(minutes=2)
# So many are leased together for one receiver.
BATCH = 50


@dataclass(frozen=True)
class Receiver:
    """A webhook, a Slack channel, or the mail server (both None)."""

    channel: str
    webhook_id: int | None = None
    slack_id: int | None = None

    def waiting(self) -> DeliveryQuerySet:
        rows = Delivery.objects.waiting().filter(channel=self.channel)
        if self.channel == Channel.EMAIL:
            return rows
        return rows.filter(webhook=self.webhook_id, slack=self.slack_id)


def receiver_of(delivery: Delivery) -> Receiver:
    return Receiver(delivery.channel, delivery.webhook_id, delivery.slack_id)


def free(rows: DeliveryQuerySet, at: datetime) -> DeliveryQuerySet:
    return rows.filter(Q(leased_until=None) | Q(leased_until__lte=at))


def receivers_due(at: datetime, *, at_most: int) -> list[Receiver]:
    """Those for whom something is due. Who failed lately comes last, and only so many of them:
    any number of dead receivers must leave room for those that answer."""
    rows = free(Delivery.objects.waiting().filter(due_at__lte=at), at)
    found = (
        rows.order_by()
        .values_list("channel", "webhook_id", "slack_id")
        .annotate(most=Max("attempts"), since=Min("due_at"))
        .order_by("since")
    )
    well: list[Receiver] = []
    failing: list[Receiver] = []
    for channel, webhook, slack, most, _ in found:
        (failing if most else well).append(Receiver(channel, webhook, slack))
    return well + failing[:at_most]


@transaction.atomic
def lease(receiver: Receiver, at: datetime, lease_for: timedelta) -> tuple[str, list[Delivery]]:
    """The next messages of a receiver, the oldest first, for whoever has the token.

    Nothing while somebody else holds a lease for it, or while it is put off.
    """
    token = secrets.token_hex(16)
    if not _held_alone(receiver) or _put_off(receiver, at):
        return token, []
    rows = receiver.waiting()
    if receiver.channel != Channel.EMAIL and rows.filter(leased_until__gt=at).exists():
        return token, []
    due = free(rows.filter(due_at__lte=at), at).order_by("pk")
    keys = list(_locked(due).values_list("pk", flat=True)[:BATCH])
    Delivery.objects.filter(pk__in=keys).update(lease=token, leased_until=at + lease_for)
    return token, _under(token)


@transaction.atomic
def lease_one(delivery: Delivery, at: datetime) -> str:
    """The token under which this one is sent now; empty when another holds it or it is done."""
    token = secrets.token_hex(16)
    rows = free(Delivery.objects.waiting().filter(pk=delivery.pk), at)
    keys = list(_locked(rows).values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=keys).update(lease=token, leased_until=at + LEASE)
    return token if keys else ""


def give_back(token: str) -> None:
    """What was leased and not tried is free again."""
    Delivery.objects.waiting().filter(lease=token).update(lease="", leased_until=None)


def _under(token: str) -> list[Delivery]:
    rows = Delivery.objects.waiting().filter(lease=token)
    return list(
        rows.select_related(
            "organization", "webhook__organization", "slack", "member__user", "member__organization"
        )
        .order_by("pk")
        .all()
    )


def _locked(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """On SQLite the transaction is alone already."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(no_key=True, skip_locked=True)
    return rows


def _held_alone(receiver: Receiver) -> bool:
    """Lock the receiver, so that two who lease at once do not each take a part of its messages:
    they would be sent out of order. Mails have no order."""
    if receiver.channel == Channel.EMAIL:
        return True
    rows: QuerySet[Webhook] | QuerySet[SlackHook]
    if receiver.webhook_id is not None:
        rows = Webhook.objects.filter(pk=receiver.webhook_id)
    else:
        rows = SlackHook.objects.filter(pk__in=[receiver.slack_id])
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(no_key=True, skip_locked=True)
    return len(rows.values_list("pk", flat=True)[:1]) > 0


def _put_off(receiver: Receiver, at: datetime) -> bool:
    """Whether the receiver itself failed lately. What has come since is put off with the rest:
    it would only hear the same, and each new event would be one more call to who is down."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-at", "-pk")
    until = (
        receiver.waiting()
        .filter(due_at__gt=at, attempts__gt=0)
        .annotate(said=Subquery(last.values("status")[:1]))
        .filter(_of_the_receiver("said", receiver.channel))
        .aggregate(until=Max("due_at"))["until"]
    )
    if until is None:
        return False
    receiver.waiting().filter(due_at__lte=at).update(due_at=until)
    return True


def _of_the_receiver(name: str, channel: str) -> Q:
    nothing = Q(**{f"{name}__isnull": True})
    if channel == Channel.EMAIL:
        return nothing
    return (
        nothing
        | Q(**{f"{name}__gte": 500})
        | Q(**{f"{name}__in": OF_THE_RECEIVER})
        | Q(**{f"{name}__gte": 300, f"{name}__lt": 400})
    )
