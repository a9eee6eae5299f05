"""Slack channels of teams, and trying a delivery once more."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import Membership, Team
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.notices.addresses import without_path
from cadence.notices.leases import in_order, receiver_of
from cadence.notices.marks import drop_waiting, lock_receiver
from cadence.notices.models import Channel, Delivery, SlackHook
from cadence.notices.payloads import TEST, slack_body
from cadence.notices.webhooks import check_may_test, read_url
from cadence.people.queries import locked_organization
from cadence.permissions import Act, require


@transaction.atomic
def connect_slack(*, actor: Membership, at: datetime, team: Team, url: object) -> SlackHook:
    """The channel behind an incoming webhook hears of the team and those below it, from now on.

    One channel for a team; connecting another ends the one before.
    """
    _check_within(actor, team)
    locked_organization(actor.organization_id)
    require(actor, Act.CONNECT_SLACK, team=team.pk)
    inputs = Inputs()
    address = read_url(inputs, url)
    inputs.done()
    before = SlackHook.objects.filter(team=team, ended_at=None).first()
    if before is not None:
        _end(before, at)
    hook = SlackHook.objects.create(
        organization_id=actor.organization_id,
        team=team,
        url=address,
        created_by=actor,
        created_at=at,
    )
    data = {"team": team, "replaced": before is not None}
    append(
        organization=hook.organization_id,
        event="slack.connected",
        actor=actor,
        at=at,
        subject=hook,
        data=data,
    )
    return hook


@transaction.atomic
def disconnect_slack(*, actor: Membership, at: datetime, team: Team) -> SlackHook:
    """The team's channel hears no more. Conflict: ``slack_not_connected``."""
    hook = _connected(actor, team)
    _end(hook, at)
    append(
        organization=hook.organization_id,
        event="slack.disconnected",
        actor=actor,
        at=at,
        subject=hook,
        data={"team": team, "because": "asked"},
    )
    return hook


@transaction.atomic
def send_slack_test(*, actor: Membership, at: datetime, team: Team) -> Delivery:
    """A message to the team's channel that says who sent it.

    Conflicts: ``slack_not_connected``, ``demo_sends_nothing``, ``test_under_way``.
    """
    organization = locked_organization(actor.organization_id)
    hook = _connected(actor, team)
    check_may_test(organization, at)
    title = f"A test from Cadence, sent by {actor.name}"
    detail = f"This channel hears what concerns {team.name} and the teams below it."
    delivery = Delivery.objects.create(
        organization_id=hook.organization_id,
        channel=Channel.SLACK,
        slack=hook,
        message_id=f"test-{uuid4().hex}",
        event=TEST,
        body=slack_body(title, detail, f"/o/{actor.organization.slug}/teams/{team.pk}"),
        created_at=at,
        due_at=at,
    )
    append(
        organization=hook.organization_id,
        event="slack.tested",
        actor=actor,
        at=at,
        subject=hook,
        data={"team": team},
    )
    return delivery


@transaction.atomic
def retry_delivery(*, actor: Membership, at: datetime, delivery: Delivery) -> Delivery:
    """Try it now: one that was given up, or one that waits for its next try.

    What else waits for the same webhook or channel is tried with it; the mail server is not one's
    own, and of mails it is this one alone. After three days a message has this one try more.
    Conflicts: ``delivery_sent``, ``delivery_dropped``, ``receiver_gone``.
    """
    mine = Delivery.objects.filter(organization=actor.organization_id)
    found = mine.filter(pk=delivery.pk).first()
    if found is None:
        raise NotFound("There is no such delivery.")
    require(actor, Act.ADMINISTER)
    lock_receiver(found)
    rows = mine.filter(pk=delivery.pk).select_related("webhook", "slack")
    found = rows.select_for_update(no_key=True, of=("self",)).get()
    if found.sent_at is not None:
        raise Conflict("This was delivered already.", code="delivery_sent")
    if found.dropped_at is not None:
        raise Conflict("This is not sent any more: it has no receiver.", code="delivery_dropped")
    receiver = found.webhook or found.slack
    if receiver is not None and (receiver.ended_at or getattr(receiver, "paused_at", None)):
        raise Conflict("Its receiver is paused or gone.", code="receiver_gone")
    found.failed_at, found.due_at = None, at
    found.save(update_fields=["failed_at", "due_at"])
    if found.channel != Channel.EMAIL:
        waiting = receiver_of(found).waiting().filter(organization=found.organization_id)
        in_order(waiting.filter(due_at__gt=at)).update(due_at=at)
    append(
        organization=found.organization_id,
        event="delivery.retried",
        actor=actor,
        at=at,
        subject=found,
        data={"message_id": found.message_id, "event": found.event, "channel": found.channel},
    )
    return found


def _end(hook: SlackHook, at: datetime) -> None:
    hook.ended_at, hook.url = at, without_path(hook.url)
    hook.save(update_fields=["ended_at", "url"])
    drop_waiting(at, slack=hook.pk)


def _connected(actor: Membership, team: Team) -> SlackHook:
    _check_within(actor, team)
    require(actor, Act.CONNECT_SLACK, team=team.pk)
    rows = SlackHook.objects.select_for_update(no_key=True, of=("self",))
    hook = rows.filter(team=team, ended_at=None).first()
    if hook is None:
        raise Conflict("No Slack channel is connected.", code="slack_not_connected")
    return hook


def _check_within(actor: Membership, team: Team) -> None:
    if team.organization_id != actor.organization_id:
        raise NotFound("There is no such team.")
