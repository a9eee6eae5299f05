"""Webhooks of an organization: made, changed, paused and ended by administrators.

The ledger names the host alone: what follows it may be a secret, and so are the keys.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.notices.addresses import LONGEST_URL, Refused, target_of, without_path
from cadence.notices.leases import LEASE
from cadence.notices.marks import drop_waiting
from cadence.notices.models import Channel, Delivery, Webhook
from cadence.notices.outbox import TOLD_OUTSIDE
from cadence.notices.outward import allowed_places
from cadence.notices.payloads import TEST, body_of_test, new_secret
from cadence.notices.payloads import moment as iso
from cadence.notices.words import moment
from cadence.people.queries import locked_organization
from cadence.permissions import Act, require

# Both keys sign for so long after a rotation.
ROTATION = timedelta(hours=24)
MOST_WEBHOOKS = 20
DEMO_SENDS_NOTHING = "This is the demo: nothing is sent from it, not even a test."


@transaction.atomic
def create_webhook(
    *,
    actor: Membership,
    at: datetime,
    url: object,
    description: object = "",
    events: Sequence[object] = (),
) -> tuple[Webhook, str]:
    """A webhook and its secret, which is shown this once.

    Conflicts: ``webhook_exists``, ``too_many_webhooks``.
    """
    organization = locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    values = _read(url, description, events)
    _check_one_for(organization, values["url"])
    if organization.webhooks.filter(ended_at=None).count() >= MOST_WEBHOOKS:
        raise Conflict(
            f"An organization has at most {MOST_WEBHOOKS} webhooks: end one first.",
            code="too_many_webhooks",
        )
    secret = new_secret()
    webhook = Webhook.objects.create(
        organization=organization, secret=secret, created_by=actor, created_at=at, **values
    )
    data = {
        "description": webhook.description,
        "host": without_path(webhook.url),
        "events": webhook.events,
    }
    _append("webhook.created", actor, at, webhook, data)
    return webhook, secret


@transaction.atomic
def change_webhook(
    *,
    actor: Membership,
    at: datetime,
    webhook: Webhook,
    url: object,
    description: object,
    events: Sequence[object],
) -> Webhook:
    """Its address, what it is for, and what it is told.

    Conflicts: ``webhook_ended``, ``webhook_exists``.
    """
    organization = locked_organization(actor.organization_id)
    webhook = _locked(actor, webhook)
    values = _read(url, description, events)
    _check_one_for(organization, values["url"], but=webhook)
    before = without_path(webhook.url)
    changed = put(webhook, **values)
    if not changed:
        return webhook
    webhook.save(update_fields=list(changed))
    if "url" in changed:
        changed["url"] = [before, without_path(webhook.url)]
    _append("webhook.changed", actor, at, webhook, {"changed": changed})
    return webhook


@transaction.atomic
def rotate_secret(*, actor: Membership, at: datetime, webhook: Webhook) -> tuple[Webhook, str]:
    """A new secret, shown this once. For a day the old one signs beside it, so that no message is
    refused while the receiver changes over.

    Conflicts: ``webhook_ended``, ``secret_rotating``: a second rotation within that day would end
    the secret that the receiver still checks with.
    """
    webhook = _locked(actor, webhook)
    until = webhook.old_secret_until
    if until is not None and at < until:
        words = moment(until, actor.organization.zone)
        raise Conflict(
            f"A new secret was made already: it and the one before both sign until {words}. "
            "After that another can be made.",
            code="secret_rotating",
            details={"until": iso(until)},
        )
    webhook.old_secret, webhook.secret = webhook.secret, new_secret()
    webhook.old_secret_until = at + ROTATION
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    data = {"description": webhook.description, "both_until": webhook.old_secret_until}
    _append("webhook.secret_rotated", actor, at, webhook, data)
    return webhook, webhook.secret


@transaction.atomic
def pause_webhook(*, actor: Membership, at: datetime, webhook: Webhook) -> Webhook:
    """It is told nothing until it is resumed, and what happens meanwhile is not told later.

    Conflicts: ``webhook_ended``, ``webhook_paused``.
    """
    webhook = _locked(actor, webhook)
    if webhook.paused_at is not None:
        raise Conflict("This webhook is paused already.", code="webhook_paused")
    webhook.paused_at = at
    webhook.save(update_fields=["paused_at"])
    drop_waiting(at, webhook=webhook.pk)
    data = {"description": webhook.description, "because": "asked"}
    _append("webhook.paused", actor, at, webhook, data)
    return webhook


@transaction.atomic
def resume_webhook(*, actor: Membership, at: datetime, webhook: Webhook) -> Webhook:
    """It is told what happens from now on. Conflicts: ``webhook_ended``, ``webhook_not_paused``."""
    webhook = _locked(actor, webhook)
    if webhook.paused_at is None:
        raise Conflict("This webhook is not paused.", code="webhook_not_paused")
    webhook.paused_at = None
    webhook.save(update_fields=["paused_at"])
    _append("webhook.resumed", actor, at, webhook, {"description": webhook.description})
    return webhook


@transaction.atomic
def end_webhook(*, actor: Membership, at: datetime, webhook: Webhook) -> Webhook:
    """For good: its secrets are wiped, its deliveries can still be read.

    Conflict: ``webhook_ended``.
    """
    webhook = _locked(actor, webhook)
    webhook.ended_at = at
    # Nothing is signed with them any more, and a copy of the database need not hold them.
    webhook.secret = webhook.old_secret = ""
    webhook.old_secret_until = None
    webhook.save(update_fields=["ended_at", "secret", "old_secret", "old_secret_until"])
    drop_waiting(at, webhook=webhook.pk)
    _append("webhook.ended", actor, at, webhook, {"description": webhook.description})
    return webhook


@transaction.atomic
def send_test(*, actor: Membership, at: datetime, webhook: Webhook) -> Delivery:
    """A message of type ``test``.

    Conflicts: ``webhook_ended``, ``webhook_paused``, ``demo_sends_nothing``, ``test_under_way``.
    """
    organization = locked_organization(actor.organization_id)
    webhook = _locked(actor, webhook)
    check_may_test(organization, at)
    if webhook.paused_at is not None:
        raise Conflict("This webhook is paused: resume it first.", code="webhook_paused")
    delivery = Delivery.objects.create(
        organization_id=webhook.organization_id,
        channel=Channel.WEBHOOK,
        webhook=webhook,
        message_id=f"test-{uuid4().hex}",
        event=TEST,
        body=body_of_test(webhook, at),
        created_at=at,
        due_at=at,
    )
    _append("webhook.tested", actor, at, webhook, {"description": webhook.description})
    return delivery


def read_url(inputs: Inputs, value: object) -> str:
    """An address that may be called, as far as can be said before its name is resolved."""
    url = inputs.text("url", value, longest=LONGEST_URL)
    if url:
        try:
            target_of(url, allowed_places())
        except Refused as refusal:
            inputs.refuse("url", str(refusal))
    return url


def check_may_test(organization: Organization, at: datetime) -> None:
    """Raises Conflict ``demo_sends_nothing`` or ``test_under_way``. The organization is locked.

    Whoever sends a test on a page waits for its outcome: several at once, to a receiver that takes
    its time, would leave nobody to answer other pages.
    """
    if organization.is_demo:
        raise Conflict(DEMO_SENDS_NOTHING, code="demo_sends_nothing")
    tests = Delivery.objects.waiting().filter(organization=organization, event=TEST)
    fresh = Q(attempts=0, created_at__gt=at - LEASE)
    if tests.filter(fresh | Q(leased_until__gt=at)).exists():
        raise Conflict(
            "A test is under way: wait for its outcome, which comes within seconds.",
            code="test_under_way",
        )


def _check_one_for(organization: Organization, url: str, but: Webhook | None = None) -> None:
    """One address is told once; a form that is sent again makes no second webhook."""
    rows = organization.webhooks.filter(ended_at=None, url=url)
    if (rows.exclude(pk=but.pk) if but else rows).exists():
        raise Conflict(
            "There is a webhook with this address already: end it first, or change what it is "
            "told.",
            code="webhook_exists",
        )


def _read(url: object, description: object, events: Sequence[object]) -> dict[str, Any]:
    inputs = Inputs()
    values = {
        "url": read_url(inputs, url),
        "description": inputs.text("description", description, longest=200, needed=False),
    }
    if not isinstance(events, list | tuple | set):
        inputs.refuse("events", "This must be a list of events.")
        events = ()
    chosen = [inputs.choice("events", event, TOLD_OUTSIDE) for event in events]
    inputs.done()
    return values | {"events": sorted(set(chosen))}


def _locked(actor: Membership, webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(no_key=True, of=("self",))
    found = rows.filter(pk=webhook.pk, organization=actor.organization_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    require(actor, Act.ADMINISTER)
    if found.ended_at is not None:
        raise Conflict("This webhook has ended.", code="webhook_ended")
    return found


def _append(
    event: str, actor: Membership, at: datetime, webhook: Webhook, data: dict[str, Any]
) -> None:
    append(
        organization=webhook.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=webhook,
        data=data,
    )
