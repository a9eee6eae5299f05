"""How a message of each channel goes out. What is read from the database is read before sending."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from cadence.notices.mails import message_for
from cadence.notices.models import Channel, Delivery
from cadence.notices.outcomes import Outcome, effect_of_slack, effect_of_webhook
from cadence.notices.outward import post
from cadence.notices.payloads import encoded, signature_headers
from cadence.notices.postman import Postman

Sending = Callable[[], Outcome]


def prepared(delivery: Delivery, at: datetime, postman: Postman) -> Sending | None:
    """What sends it, without asking the database; None when it is not to be sent any more."""
    if delivery.channel == Channel.EMAIL:
        message = message_for(delivery, at)
        return None if message is None else partial(postman.send, message)
    if delivery.channel == Channel.SLACK:
        hook = delivery.slack
        if hook is None or hook.ended_at is not None:
            return None
        return partial(_to_slack, hook.url, encoded(delivery.body))
    webhook = delivery.webhook
    if webhook is None or webhook.ended_at is not None or webhook.paused_at is not None:
        return None
    body = encoded(delivery.body)
    headers = signature_headers(webhook, delivery.message_id, body, at)
    return partial(_to_webhook, webhook.url, body, headers)


def _to_webhook(url: str, body: bytes, headers: dict[str, str]) -> Outcome:
    answer = post(url, body, headers)
    effect = effect_of_webhook(answer.status)
    return Outcome(effect, answer.status, answer.error, answer.took_ms)


def _to_slack(url: str, body: bytes) -> Outcome:
    answer = post(url, body, {})
    effect = effect_of_slack(answer.status)
    return Outcome(effect, answer.status, answer.error, answer.took_ms)
