"""What receivers outside are sent: bodies, written once, and the headers of each try."""

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from standardwebhooks import Webhook as Signer

from accounts.models import Organization
from cadence.notices.facts import facts_of
from cadence.notices.models import Webhook
from cadence.notices.routing import Told

TEST = "test"


def new_secret() -> str:
    """As Standard Webhooks has it: whsec_ and base64 of 24 to 64 bytes by chance."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def webhook_body(organization: Organization, told: Told) -> dict[str, Any]:
    """The event as a receiver gets it: a sentence, the page about it, and those facts of the ledger
    entry that may be sent. No e-mail address is in it, because none is in the ledger."""
    entry, news = told.entry, told.news
    return {
        "type": entry.event,
        "timestamp": moment(entry.at),
        "data": {
            "organization": {"slug": organization.slug, "name": organization.name},
            "entry": entry.sequence,
            "title": news.title,
            "detail": news.detail,
            "url": settings.PUBLIC_URL + news.path,
            "teams": sorted(news.teams),
            "actor": entry.actor_id,
            "subject": {"type": entry.subject_type, "id": entry.subject_id},
            "facts": facts_of(entry),
        },
    }


def body_of_test(webhook: Webhook, at: datetime) -> dict[str, Any]:
    organization = webhook.organization
    return {
        "type": TEST,
        "timestamp": moment(at),
        "data": {
            "organization": {"slug": organization.slug, "name": organization.name},
            "title": "A test from Cadence: this address is told what happens.",
            "url": f"{settings.PUBLIC_URL}/o/{organization.slug}/settings/webhooks/{webhook.pk}",
        },
    }


def slack_body(title: str, detail: str, path: str) -> dict[str, Any]:
    """Text and a link, as an incoming webhook of Slack takes it."""
    lines = [
        f"*{escaped(title)}*",
        escaped(detail),
        f"<{settings.PUBLIC_URL}{path}|Open in Cadence>",
    ]
    return {"text": "\n".join(line for line in lines if line), "unfurl_links": False}


def escaped(text: str) -> str:
    """Slack takes these three for its own signs; a name could call a whole channel otherwise."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    return text


def encoded(body: Any) -> bytes:
    """The bytes that are signed and sent: the same for every try of a message."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def signature_headers(
    webhook: Webhook, message_id: str, body: bytes, at: datetime
) -> dict[str, str]:
    """Of one try: its moment is signed too. After a rotation both secrets sign for a while."""
    held = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and at < webhook.old_secret_until:
        held.append(webhook.old_secret)
    signed = [Signer(secret).sign(message_id, at, body.decode()) for secret in held]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
