"""How a message of each channel goes out. What is read from the database is read before sending."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from cadence.notices.mails import message_for
from cadence.notices.models import Channel, Delivery
from cadence.notices.outcomes import Outcome, effect_of_slack, effect_of_webhook
from cadence.notices.outward import DEADLINE, post
from cadence.notices.payloads import TEST, encoded, signature_headers
from cadence.notices.postman import Postman

# Somebody waits for the outcome of a test, and holds a thread of the web server meanwhile.
TEST_DEADLINE = 5.0

Sending = Callable[[], Outcome]


def prepared(delivery: Delivery, at: datetime, postman: Postman) -> Sending | None:
    """What sends it, without asking the database; None when it is not to be sent any more, or is
    of the demo, from which nothing goes out."""
    if delivery.organization.is_demo:
        return None
    within = TEST_DEADLINE if delivery.event == TEST else DEADLINE
    if delivery.channel == Channel.EMAIL:
        message = message_for(delivery, at)
        return None if message is None else partial(postman.send, message)
    if delivery.channel == Channel.SLACK:
        hook = delivery.slack
        if hook is None or hook.ended_at is not None:
            return None
        return partial(_to_slack, hook.url, encoded(delivery.body), within)
    webhook = delivery.webhook
    if webhook is None or webhook.ended_at is not None or webhook.paused_at is not None:
        return None
    body = encoded(delivery.body)
    headers = signature_headers(webhook, delivery.message_id, body, at)
    return partial(_to_webhook, webhook.url, body, headers, within)


def _to_webhook(url: str, body: bytes, headers: dict[str, str], within: float) -> Outcome:
    answer = post(url, body, headers, within=within)
    effect = effect_of_webhook(answer.status)
    return Outcome(effect, answer.status, answer.error, answer.took_ms)


def _to_slack(url: str, body: bytes, within: float) -> Outcome:
    answer = post(url, body, {}, within=within)
    effect = effect_of_slack(answer.status)
    return Outcome(effect, answer.status, answer.error, answer.took_ms)
