"""Connections: where numbers are pulled from. A secret is taken and never given."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import Choice, Input, NamedSerializer, text, whole
from cadence.api.filters import YesNo
from cadence.api.schema import describe
from cadence.notices.addresses import LONGEST_URL
from cadence.permissions import Act, require
from cadence.sources.connections import (
    LONGEST_SECRET,
    Place,
    change_connection,
    create_connection,
    end_connection,
    try_connection,
)
from cadence.sources.models import Connection, ConnectionKind, Encryption

PLACE = ("host", "port", "database", "username", "encryption", "file", "url", "header")


class ConnectionSerializer(NamedSerializer):
    """Where a connection leads. Whether it has a secret is said, the secret never."""

    kind = serializers.ChoiceField(ConnectionKind.choices)
    host = serializers.CharField()
    port = serializers.IntegerField(allow_null=True)
    database = serializers.CharField()
    username = serializers.CharField()
    encryption = serializers.ChoiceField(Encryption.choices, allow_blank=True)
    file = serializers.CharField()
    url = serializers.CharField()
    header = serializers.CharField()
    has_secret = serializers.SerializerMethodField()
    machine = NamedSerializer(help_text="What it brings is recorded by this machine.")
    created_by = NamedSerializer()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_has_secret(self, connection: Connection) -> bool:
        return connection.secret != ""


class ConnectionInput(Input):
    name = text(120)
    kind = Choice(ConnectionKind.choices)
    host = text(253, required=False)
    port = whole(1, 65535, required=False, allow_null=True)
    database = text(63, required=False)
    username = text(63, required=False)
    encryption = Choice(Encryption.choices, required=False)
    file = text(250, required=False)
    url = text(LONGEST_URL, required=False)
    header = text(60, required=False)
    secret = text(LONGEST_SECRET, required=False)


class ConnectionChangeInput(Input):
    name = text(120, required=False)
    host = text(253, required=False)
    port = whole(1, 65535, required=False, allow_null=True)
    database = text(63, required=False)
    username = text(63, required=False)
    encryption = Choice(Encryption.choices, required=False)
    file = text(250, required=False)
    url = text(LONGEST_URL, required=False)
    header = text(60, required=False)
    secret = text(
        LONGEST_SECRET,
        required=False,
        help_text="Absent: it stays. Empty: it is taken away. Needed when the address changes.",
    )


class ConnectionTrialSerializer(serializers.Serializer[Any]):
    error = serializers.CharField(help_text="Empty when it can be read.")
    took_ms = serializers.IntegerField()


class ConnectionFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=ConnectionKind.choices)
    is_ended = YesNo("ended_at", lookup_expr="isnull", exclude=True)


class ConnectionEndpoint(Endpoint):
    """Everybody who sets up a source chooses among them; administrators alone see where they
    lead."""

    queryset = Connection.objects.select_related("machine", "created_by").order_by("name", "pk")
    serializer_class = ConnectionSerializer
    filterset_class = ConnectionFilters
    orders = {"name": "name", "created_at": "created_at"}
    searched = ("name",)

    def found(self, pk: int) -> Any:
        row = super().found(pk)
        require(self.actor, Act.ADMINISTER)
        return row

    def page(self, rows: Any = None, **context: Any) -> Response:
        require(self.actor, Act.ADMINISTER)
        return super().page(rows, **context)


class Connections(ConnectionEndpoint):
    @describe(gives=ConnectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Connections, also those that have ended."""
        return self.page()

    @describe(
        takes=ConnectionInput,
        gives=ConnectionSerializer,
        status=201,
        conflicts=["connection_exists", "too_many_connections", "demo_reads_nothing"],
    )
    def post(self, request: Request) -> Response:
        """Make a connection and the machine that records what comes through it."""
        taken = self.take(ConnectionInput)
        place = Place(**{name: taken[name] for name in PLACE if name in taken})
        made = create_connection(
            actor=self.actor,
            at=self.at,
            name=taken["name"],
            kind=taken["kind"],
            place=place,
            secret=taken.get("secret", ""),
        )
        return self.answer(made, 201)


class OneConnection(ConnectionEndpoint):
    @describe(gives=ConnectionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One connection."""
        return self.answer(self.found(pk))

    @describe(
        takes=ConnectionChangeInput,
        gives=ConnectionSerializer,
        conflicts=["connection_ended", "connection_exists"],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Its name, where it leads, and its secret."""
        found = self.found(pk)
        taken = self.take(ConnectionChangeInput, partial=True)
        place = Place(**{name: taken.get(name, getattr(found, name)) for name in PLACE})
        changed = change_connection(
            actor=self.actor,
            at=self.at,
            connection=found,
            name=taken.get("name", found.name),
            place=place,
            secret=taken.get("secret"),
        )
        return self.answer(changed)


class ConnectionEnding(ConnectionEndpoint):
    @describe(gives=ConnectionSerializer, conflicts=["connection_ended", "connection_in_use"])
    def post(self, request: Request, pk: int) -> Response:
        """End it for good and wipe its secret. Refused while sources read from it."""
        found = self.found(pk)
        return self.answer(end_connection(actor=self.actor, at=self.at, connection=found))


class ConnectionTrial(ConnectionEndpoint):
    only_asks = True

    @describe(gives=ConnectionTrialSerializer, conflicts=["connection_ended", "demo_reads_nothing"])
    def post(self, request: Request, pk: int) -> Response:
        """Whether it can be read, from here and now. Takes up to five seconds."""
        tried = try_connection(actor=self.actor, connection=self.found(pk))
        return Response(ConnectionTrialSerializer(tried).data)
