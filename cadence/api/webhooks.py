"""Webhooks, Slack channels of teams, and deliveries."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Input, NamedSerializer, Told, text
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.notices.addresses import LONGEST_URL, without_path
from cadence.notices.models import Channel, Delivery, DeliveryQuerySet, SlackHook, Webhook
from cadence.notices.slack import connect_slack, disconnect_slack, retry_delivery, send_slack_test
from cadence.notices.webhooks import (
    change_webhook,
    create_webhook,
    end_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from cadence.permissions import Act, require

DELIVERY_STATES = [
    ("waiting", "Waits for its first try"),
    ("retrying", "Has failed and is tried again"),
    ("sent", "Delivered"),
    ("failed", "Given up"),
    ("dropped", "Not sent on purpose"),
]


class WebhookSerializer(serializers.Serializer[Any]):
    """An address that is told what happens. Its secret is in no answer but the one that made it,
    and not in that one when it is given again."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(
        child=serializers.CharField(), help_text="Empty: every event that is told outside."
    )
    created_by = NamedSerializer()
    created_at = serializers.DateTimeField()
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before signs too."
    )
    paused_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class WebhookSecretSerializer(WebhookSerializer):
    secret = serializers.CharField(
        allow_null=True,
        help_text="whsec_ and base64. Told once: null in an answer given again.",
    )


def events(**options: Any) -> Told:
    return Told({"type": "array", "items": {"type": "string"}}, **options)


class WebhookInput(Input):
    url = text(LONGEST_URL)
    description = text(200, required=False)
    events = events(required=False)


class AttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    took_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()


class DeliverySerializer(serializers.Serializer[Any]):
    """One message to one receiver. Sent again, it has the same ``message_id``."""

    id = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    message_id = serializers.CharField()
    event = serializers.CharField()
    state = serializers.ChoiceField(DELIVERY_STATES)
    webhook = serializers.IntegerField(source="webhook_id", allow_null=True)
    team = serializers.SerializerMethodField()
    member = NamedSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    failed_at = serializers.DateTimeField(allow_null=True)
    dropped_at = serializers.DateTimeField(allow_null=True)
    attempts = AttemptSerializer(source="tries", many=True)

    @extend_schema_field({"type": ["integer", "null"]})
    def get_team(self, delivery: Delivery) -> int | None:
        return delivery.slack.team_id if delivery.slack else None


class SlackSerializer(serializers.Serializer[Any]):
    """The Slack channel of a team; of its address only the host, for the rest is a secret."""

    id = serializers.IntegerField()
    team = NamedSerializer()
    host = serializers.SerializerMethodField()
    created_by = NamedSerializer()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_host(self, hook: SlackHook) -> str:
        return without_path(hook.url)


class SlackInput(Input):
    url = text(LONGEST_URL)


class DeliveryFilters(filters.FilterSet):
    channel = filters.ChoiceFilter(choices=Channel.choices)
    webhook = Id("webhook")
    state = filters.ChoiceFilter(choices=DELIVERY_STATES, method="in_state")

    def in_state(self, rows: DeliveryQuerySet, name: str, value: str) -> DeliveryQuerySet:
        if value == "waiting":
            return rows.waiting().filter(attempts=0)
        if value == "retrying":
            return rows.waiting().filter(attempts__gt=0)
        return rows.filter(**{f"{value}_at__isnull": False})


class ForAdministrators(Endpoint):
    """Addresses of webhooks may hold secrets, and deliveries say who is told what."""

    def found(self, pk: int) -> Any:
        row = super().found(pk)
        require(self.actor, Act.ADMINISTER)
        return row

    def page(self, rows: Any = None, **context: Any) -> Response:
        require(self.actor, Act.ADMINISTER)
        return super().page(rows, **context)


class WebhookEndpoint(ForAdministrators):
    queryset = Webhook.objects.select_related("created_by").order_by("pk")
    serializer_class = WebhookSerializer

    def with_secret(self, webhook: Webhook, secret: str, status: int) -> Response:
        return Response({**self.shown(self.found(webhook.pk)), "secret": secret}, status)


class Webhooks(WebhookEndpoint):
    told_once = ("secret",)

    @describe(gives=WebhookSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Webhooks, also those that have ended."""
        return self.page()

    @describe(
        takes=WebhookInput,
        gives=WebhookSecretSerializer,
        status=201,
        conflicts=["webhook_exists", "too_many_webhooks"],
    )
    def post(self, request: Request) -> Response:
        """Make a webhook. The answer holds its secret, which is given this once."""
        taken = self.take(WebhookInput)
        webhook, secret = create_webhook(actor=self.actor, at=self.at, **taken)
        return self.with_secret(webhook, secret, 201)


class OneWebhook(WebhookEndpoint):
    @describe(gives=WebhookSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One webhook."""
        return self.answer(self.found(pk))

    @describe(
        takes=WebhookInput, gives=WebhookSerializer, conflicts=["webhook_ended", "webhook_exists"]
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Its address, what it is for, and what it is told."""
        found = self.found(pk)
        before = {"url": found.url, "description": found.description, "events": found.events}
        taken = before | self.take(WebhookInput, partial=True)
        return self.answer(change_webhook(actor=self.actor, at=self.at, webhook=found, **taken))


class WebhookSecret(WebhookEndpoint):
    told_once = ("secret",)

    @describe(gives=WebhookSecretSerializer, conflicts=["webhook_ended", "secret_rotating"])
    def post(self, request: Request, pk: int) -> Response:
        """A new secret, given this once. The one before signs too for 24 hours.

        Within that time no other is made: the answer would be `secret_rotating` with `until`.
        """
        found = self.found(pk)
        webhook, secret = rotate_secret(actor=self.actor, at=self.at, webhook=found)
        return self.with_secret(webhook, secret, 200)


class WebhookPause(WebhookEndpoint):
    @describe(gives=WebhookSerializer, conflicts=["webhook_ended", "webhook_paused"])
    def post(self, request: Request, pk: int) -> Response:
        """Tell it nothing; what happens meanwhile is not told later."""
        found = self.found(pk)
        return self.answer(pause_webhook(actor=self.actor, at=self.at, webhook=found))


class WebhookResumption(WebhookEndpoint):
    @describe(gives=WebhookSerializer, conflicts=["webhook_ended", "webhook_not_paused"])
    def post(self, request: Request, pk: int) -> Response:
        """Tell it what happens from now on."""
        found = self.found(pk)
        return self.answer(resume_webhook(actor=self.actor, at=self.at, webhook=found))


class WebhookEnding(WebhookEndpoint):
    @describe(gives=WebhookSerializer, conflicts=["webhook_ended"])
    def post(self, request: Request, pk: int) -> Response:
        """End it for good and wipe its secret."""
        found = self.found(pk)
        return self.answer(end_webhook(actor=self.actor, at=self.at, webhook=found))


class WebhookTest(WebhookEndpoint):
    @describe(
        gives=DeliverySerializer,
        status=201,
        conflicts=["webhook_ended", "webhook_paused", "demo_sends_nothing", "test_under_way"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send a message of type `test`.

        The answer is the delivery as it waits; within seconds it says what came of it.
        """
        found = self.found(pk)
        delivery = send_test(actor=self.actor, at=self.at, webhook=found)
        return Response(DeliverySerializer(delivery).data, 201)


class DeliveryEndpoint(ForAdministrators):
    queryset = (
        Delivery.objects.select_related("slack", "member").prefetch_related("tries").order_by("-pk")
    )
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    orders = {"id": "pk", "due_at": "due_at"}


class Deliveries(DeliveryEndpoint):
    @describe(gives=DeliverySerializer(many=True))
    def get(self, request: Request) -> Response:
        """What went out, or is to, by e-mail, Slack and webhooks; the latest first."""
        return self.page()


class OneDelivery(DeliveryEndpoint):
    @describe(gives=DeliverySerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One delivery with its tries."""
        return self.answer(self.found(pk))


class DeliveryRetry(DeliveryEndpoint):
    @describe(
        gives=DeliverySerializer, conflicts=["delivery_sent", "delivery_dropped", "receiver_gone"]
    )
    def post(self, request: Request, pk: int) -> Response:
        """Try it again now, also when it was given up."""
        found = self.found(pk)
        return self.answer(retry_delivery(actor=self.actor, at=self.at, delivery=found))


class SlackEndpoint(Endpoint):
    queryset = Team.objects.all()
    serializer_class = SlackSerializer

    def told(self, hook: SlackHook, status: int = 200) -> Response:
        return Response(SlackSerializer(hook).data, status)


class SlackOfTeam(SlackEndpoint):
    @describe(takes=SlackInput, gives=SlackSerializer, status=201)
    def post(self, request: Request, pk: int) -> Response:
        """Connect the channel behind an incoming webhook; it takes the place of another."""
        team = self.found(pk)
        taken = self.take(SlackInput)
        return self.told(connect_slack(actor=self.actor, at=self.at, team=team, **taken), 201)


class SlackEnding(SlackEndpoint):
    @describe(gives=SlackSerializer, conflicts=["slack_not_connected"])
    def post(self, request: Request, pk: int) -> Response:
        """Disconnect the team's channel."""
        team = self.found(pk)
        return self.told(disconnect_slack(actor=self.actor, at=self.at, team=team))


class SlackTest(SlackEndpoint):
    @describe(
        gives=DeliverySerializer,
        status=201,
        conflicts=["slack_not_connected", "demo_sends_nothing", "test_under_way"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send a message to the team's channel."""
        team = self.found(pk)
        delivery = send_slack_test(actor=self.actor, at=self.at, team=team)
        return Response(DeliverySerializer(delivery).data, 201)
