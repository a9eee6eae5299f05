"""Which receivers outside are told of what happened: rows for the delivery to send.

A webhook hears what it asked for, of the whole organization. The Slack channel of a team hears of
that team and of those below it; so one entry may go to the channel of a team and to one above.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Organization
from accounts.tree import Tree
from cadence.notices.models import Channel, Delivery, SlackHook, Webhook
from cadence.notices.payloads import slack_body, webhook_body
from cadence.notices.routing import ROUTES, Told

TOLD_OUTSIDE = tuple(sorted(event for event, route in ROUTES.items() if route.outside))


def rows_for(at: datetime, organization: Organization, told: Sequence[Told]) -> list[Delivery]:
    """Rows to be created, due at once; their words are written here, once for all tries.

    Their ids come from the entry and the receiver: written a second time they would be refused.
    The entry's hash is in them, because numbers are the same in every installation, and a receiver
    that hears of two would take the one for the other.
    """
    if not told:
        return []
    webhooks = list(
        Webhook.objects.filter(organization=organization, ended_at=None, paused_at=None)
    )
    hooks = list(SlackHook.objects.filter(organization=organization, ended_at=None))
    tree = Tree(organization)
    found = []
    for one in told:
        for webhook in webhooks:
            if not webhook.events or one.entry.event in webhook.events:
                body = webhook_body(organization, one)
                found.append(_row(at, one, Channel.WEBHOOK, webhook.pk, webhook=webhook, body=body))
        heard = {team.pk for key in one.news.teams for team in tree.upwards(key)} if hooks else ()
        for hook in hooks:
            if hook.team_id in heard:
                body = slack_body(one.news.title, one.news.detail, one.news.path)
                found.append(_row(at, one, Channel.SLACK, hook.pk, slack=hook, body=body))
    return found


def _row(at: datetime, one: Told, channel: str, receiver: int, **facts: Any) -> Delivery:
    entry = one.entry
    return Delivery(
        organization_id=entry.organization_id,
        channel=channel,
        message_id=f"{channel}-{entry.sequence}-{receiver}-{entry.hash[:24]}",
        event=entry.event,
        entry=entry,
        created_at=at,
        due_at=at,
        **facts,
    )
