"""Deliveries as pages show them: state in a word and a shape, tries, and what can be done."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Membership
from cadence.notices.addresses import without_path
from cadence.notices.models import Channel, Delivery, DeliveryQuerySet

PER_PAGE = 50
STATES = {
    "sent": ("ok", "Delivered"),
    "failed": ("breach", "Given up"),
    "dropped": ("plain", "Not sent"),
    "retrying": ("watch", "To be tried again"),
    "waiting": ("plain", "Waits"),
}


def with_tries(rows: DeliveryQuerySet) -> DeliveryQuerySet:
    return rows.select_related("webhook", "slack__team", "member").prefetch_related("tries")


def lines(rows: Iterable[Delivery], actor: Membership) -> list[dict[str, Any]]:
    """Who it went to is named by person, team or description; no address is shown."""
    found = []
    for delivery in rows:
        kind, word = STATES[delivery.state]
        found.append(
            {
                "delivery": delivery,
                "kind": kind,
                "word": word,
                "to": _receiver(delivery),
                "channel": Channel(delivery.channel).label,
                "tries": list(delivery.tries.all()),
                "may_retry": delivery.state in ("failed", "retrying"),
            }
        )
    return found


def _receiver(delivery: Delivery) -> str:
    if delivery.webhook is not None:
        return delivery.webhook.description or without_path(delivery.webhook.url)
    if delivery.slack is not None:
        return f"Slack of {delivery.slack.team.name}"
    return delivery.member.name if delivery.member else ""
