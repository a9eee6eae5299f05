"""Webhooks, Slack channels and deliveries, as if they had been made at AT."""

from datetime import datetime
from itertools import count
from typing import Any

from accounts.models import Team
from cadence.notices.models import Channel, Delivery, SlackHook, Webhook
from cadence.notices.payloads import new_secret
from tests.cast import AT, Cast

_numbers = count(1)


def webhook(cast: Cast, url: str = "https://receiver.example/hook", **facts: Any) -> Webhook:
    return Webhook.objects.create(
        **{
            "organization": cast.acme,
            "url": url,
            "secret": new_secret(),
            "created_by": cast.ada,
            "created_at": AT,
            **facts,
        }
    )


def slack(cast: Cast, team: Team | None = None, url: str = "", **facts: Any) -> SlackHook:
    return SlackHook.objects.create(
        **{
            "organization": cast.acme,
            "team": team or cast.demand,
            "url": url or "https://hooks.slack.example/services/T0/B0/s3cret",
            "created_by": cast.dana,
            "created_at": AT,
            **facts,
        }
    )


def to_webhook(hook: Webhook, at: datetime = AT, **facts: Any) -> Delivery:
    return _delivery(at, hook.organization_id, channel=Channel.WEBHOOK, webhook=hook, **facts)


def to_slack(hook: SlackHook, at: datetime = AT, **facts: Any) -> Delivery:
    return _delivery(at, hook.organization_id, channel=Channel.SLACK, slack=hook, **facts)


def to_person(member: Any, at: datetime = AT, **facts: Any) -> Delivery:
    facts = {"event": "daily_digest", "body": None, **facts}
    return _delivery(at, member.organization_id, channel=Channel.EMAIL, member=member, **facts)


def _delivery(at: datetime, organization: int, **facts: Any) -> Delivery:
    number = next(_numbers)
    return Delivery.objects.create(
        **{
            "organization_id": organization,
            "message_id": f"message-{number}",
            "event": "breach.escalated",
            "body": {"type": "breach.escalated", "data": {"number": number, "name": "Zürich"}},
            "created_at": at,
            "due_at": at,
            **facts,
        }
    )
