from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import Input, TimeOfDay
from cadence.api.filters import YesNo
from cadence.api.schema import describe
from cadence.notices.models import Mode, Notice, NoticeKind
from cadence.notices.preferences import modes_of, postbox_of, set_preferences
from cadence.notices.reading import mark_all_read, mark_read, notices_of
from cadence.notices.sending import mail_is_configured


class NoticeSerializer(serializers.Serializer[Any]):
    """What the person of the token was told about one entry of the ledger."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(NoticeKind.choices)
    event = serializers.CharField(source="entry.event")
    entry = serializers.IntegerField(source="entry.sequence")
    title = serializers.CharField()
    detail = serializers.CharField()
    path = serializers.CharField(help_text="The page where it is acted on.")
    happened_at = serializers.DateTimeField(source="entry.at")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticeFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=NoticeKind.choices)
    unread = YesNo("read_at", lookup_expr="isnull")


class NoticeEndpoint(Endpoint):
    queryset = Notice.objects.select_related("entry").order_by("-pk")
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilters
    orders = {"id": "pk"}

    def get_queryset(self) -> Any:
        return notices_of(self.actor)


class Notices(NoticeEndpoint):
    @describe(gives=NoticeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Your own notices, the newest first. A machine is told nothing."""
        return self.page()


class OneNotice(NoticeEndpoint):
    @describe(gives=NoticeSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One of your notices."""
        return self.answer(self.found(pk))


class Read(NoticeEndpoint):
    @describe(gives=NoticeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """You have read it. A second time changes nothing."""
        return self.answer(mark_read(actor=self.actor, at=self.at, notice=self.found(pk)))


class CountSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were unread until now.")


class ReadAllInput(Input):
    until = serializers.IntegerField(
        required=False, min_value=1, help_text="Only those up to this id."
    )


class ReadAll(NoticeEndpoint):
    @describe(takes=ReadAllInput, gives=CountSerializer)
    def post(self, request: Request) -> Response:
        """You have read all of them, or all up to an id that you saw."""
        taken = self.take(ReadAllInput)
        return Response({"read": mark_all_read(actor=self.actor, at=self.at, **taken)})


class PreferencesSerializer(serializers.Serializer[Any]):
    """How you are told by e-mail, by kind of notice, and when digests come."""

    modes = serializers.DictField(child=serializers.ChoiceField(Mode.choices))
    time_zone = serializers.CharField(
        help_text="Of the digests; empty for that of the organization."
    )
    digest_at = TimeOfDay(help_text="In that zone.")
    sends_mail = serializers.BooleanField(help_text="Whether this installation sends mail at all.")


class PreferencesInput(Input):
    modes = serializers.DictField(child=serializers.CharField(max_length=20), required=False)
    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    digest_at = serializers.CharField(max_length=8, required=False)


class Preferences(Endpoint):
    queryset = Notice.objects.none()
    serializer_class = PreferencesSerializer

    @describe(gives=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """Every kind with its mode: at_once, daily or never. The Monday digest is at_once or
        never."""
        return self._now()

    @describe(takes=PreferencesInput, gives=PreferencesSerializer)
    def patch(self, request: Request) -> Response:
        """Change them. What is not named stays as it is."""
        taken = self.take(PreferencesInput, partial=True)
        set_preferences(actor=self.actor, at=self.at, **{"modes": {}, **taken})
        return self._now()

    def _now(self) -> Response:
        box = postbox_of(self.actor)
        now = {
            "modes": modes_of(self.actor),
            "time_zone": box.time_zone,
            "digest_at": box.digest_at,
            "sends_mail": mail_is_configured(),
        }
        return Response(PreferencesSerializer(now).data)
