"""Receivers whose messages are given up: the ledger says so once, until they take one again."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cadence.ledger.actions import append
from cadence.ledger.models import Entry
from cadence.notices.models import Channel, Delivery, SlackHook, Webhook


@transaction.atomic
def note_failing(delivery: Delivery, at: datetime) -> None:
    """Asked after every try that failed: those that waited behind it may have been given up too."""
    if delivery.channel == Channel.EMAIL:
        return
    same = Delivery.objects.filter(webhook=delivery.webhook_id, slack=delivery.slack_id)
    sent = same.aggregate(last=Max("sent_at"))["last"]
    given_up = same.filter(failed_at__isnull=False)
    if sent is not None:
        given_up = given_up.filter(failed_at__gt=sent)
    if not given_up.exists():
        return
    found: Webhook | SlackHook
    if delivery.webhook_id is not None:
        found = Webhook.objects.select_for_update(no_key=True).get(pk=delivery.webhook_id)
    else:
        assert delivery.slack_id is not None
        found = SlackHook.objects.select_for_update(no_key=True).get(pk=delivery.slack_id)
    event = "slack.failing" if isinstance(found, SlackHook) else "webhook.failing"
    said = Entry.objects.about(found).filter(organization=found.organization_id, event=event)
    if sent is not None:
        said = said.filter(at__gt=sent)
    gone = found.ended_at is not None or getattr(found, "paused_at", None) is not None
    if gone or said.exists():
        return
    append(
        organization=found.organization_id,
        event=event,
        actor=None,
        at=at,
        subject=found,
        data={"team": found.team_id}
        if isinstance(found, SlackHook)
        else {"description": found.description},
    )
