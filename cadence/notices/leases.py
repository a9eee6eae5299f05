"""Who sends what: a lease, so that two workers do not send the same message at the same time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from cadence.notices.models import (
    Attempt,
    Channel,
    Delivery,
    DeliveryQuerySet,
    SlackHook,
    Webhook,
)

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
    organization_id: int | None = None

    def deliveries(self) -> DeliveryQuerySet:
        rows = Delivery.objects.filter(channel=self.channel)
        if self.channel == Channel.EMAIL:
            return rows
        return rows.filter(webhook=self.webhook_id, slack=self.slack_id)

    def waiting(self) -> DeliveryQuerySet:
        return self.deliveries().waiting()

    @property
    def rows(self) -> QuerySet[Webhook] | QuerySet[SlackHook] | None:
        """Its own row, to be locked or changed. The mail server has none."""
        if self.webhook_id is not None:
            return Webhook.objects.filter(pk=self.webhook_id)
        if self.slack_id is not None:
            return SlackHook.objects.filter(pk=self.slack_id)
        return None


def receiver_of(delivery: Delivery) -> Receiver:
    if delivery.channel == Channel.EMAIL:
        return Receiver(delivery.channel)
    return Receiver(
        delivery.channel, delivery.webhook_id, delivery.slack_id, delivery.organization_id
    )


def free(rows: DeliveryQuerySet, at: datetime) -> DeliveryQuerySet:
    return rows.filter(Q(leased_until=None) | Q(leased_until__lte=at))


def receivers_due(at: datetime, *, at_most: int) -> list[Receiver]:
    """Those for whom something is due: mail first, then whoever was served the longest time ago.

    By the age of their messages those that are slow would always be first, for theirs grow old.
    Who failed lately comes last, and only so many of them: any number of dead receivers must
    leave room for those that answer.
    """
    rows = free(Delivery.objects.waiting().filter(due_at__lte=at), at)
    found = (
        rows.order_by()
        .values_list("channel", "webhook_id", "slack_id")
        .annotate(
            organization=Max("organization_id"),
            most=Max("attempts"),
            since=Min("due_at"),
            served=Max(Coalesce("webhook__served_at", "slack__served_at")),
        )
        .order_by(F("served").asc(nulls_first=True), "since")
    )
    mail: list[Receiver] = []
    well: list[Receiver] = []
    failing: list[Receiver] = []
    for channel, webhook, slack, organization, most, *_ in found:
        if channel == Channel.EMAIL:
            mail.append(Receiver(channel))
        else:
            one = Receiver(channel, webhook, slack, organization)
            (failing if most else well).append(one)
    return mail + well + failing[:at_most]


@transaction.atomic
def lease(receiver: Receiver, at: datetime, lease_for: timedelta) -> tuple[str, list[Delivery]]:
    """The next messages of a receiver, the oldest first, for whoever has the token.

    What has failed comes after what was not tried: were it first, one message that the receiver
    stumbles over would be all that it ever gets. Nothing while somebody else holds a lease for
    the receiver, or while it is put off.
    """
    token = secrets.token_hex(16)
    if not _held_alone(receiver) or _put_off(receiver, at):
        return token, []
    rows = receiver.waiting()
    if receiver.channel != Channel.EMAIL and rows.filter(leased_until__gt=at).exists():
        return token, []
    due = free(rows.filter(due_at__lte=at), at).order_by("attempts", "pk")
    keys = list(_locked(due).values_list("pk", flat=True)[:BATCH])
    if not keys:
        return token, []
    Delivery.objects.filter(pk__in=keys).update(lease=token, leased_until=at + lease_for)
    if receiver.rows is not None:
        receiver.rows.update(served_at=at)
    return token, list(_under(token).order_by("attempts", "pk"))


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


def still_ours(delivery: Delivery, token: str) -> Delivery | None:
    """It and its receiver as they are now, or None when it is not for us to send any more.

    A batch takes its time. Meanwhile the receiver may have been paused, or moved elsewhere.
    """
    return _under(token).filter(pk=delivery.pk).first()


def in_order(rows: DeliveryQuerySet) -> DeliveryQuerySet:
    """To change many rows at once, without those that somebody else is writing right now: two
    who change the same rows in different orders would wait for each other."""
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    return Delivery.objects.filter(pk__in=_locked(rows.order_by("pk")).values("pk"))


def _under(token: str) -> DeliveryQuerySet:
    rows = Delivery.objects.waiting().filter(lease=token)
    return rows.select_related(
        "organization", "webhook__organization", "slack", "member__user", "member__organization"
    )


def _locked(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """On SQLite the transaction is alone already."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(no_key=True, skip_locked=True)
    return rows


def _held_alone(receiver: Receiver) -> bool:
    """Lock the receiver, so that two who lease at once do not each take a part of its messages:
    they would be sent out of order. Mails have no order."""
    rows = receiver.rows
    if rows is None:
        return True
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(no_key=True, skip_locked=True)
    return len(rows.values_list("pk", flat=True)[:1]) > 0


def outage(receiver: Receiver) -> Attempt | None:
    """The last try at which the receiver itself failed, where it has taken nothing since."""
    tries = Attempt.objects.filter(
        delivery__in=receiver.deliveries(), put_off_until__isnull=False
    ).order_by("-at", "-pk")
    last = tries.first()
    if last is None or receiver.deliveries().filter(sent_at__gte=last.at).exists():
        return None
    return last


def _put_off(receiver: Receiver, at: datetime) -> bool:
    """Whether the receiver itself failed lately. What has come since is put off with the rest:
    it would only hear the same, and each new event would be one more call to who is down."""
    if not Attempt.objects.filter(put_off_until__gt=at).exists():
        return False
    last = outage(receiver)
    if last is None or last.put_off_until is None or last.put_off_until <= at:
        return False
    due = receiver.waiting().filter(due_at__lte=at)
    if due.filter(attempts__gt=0).exists():
        # What was tried waits by itself. It is due because somebody wants it tried now.
        return False
    in_order(due).update(due_at=last.put_off_until)
    return True
