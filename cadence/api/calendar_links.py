from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import CalendarLink, Team
from cadence.api.endpoint import Endpoint, lock_row
from cadence.api.fields import Input, NamedSerializer, Reference
from cadence.api.schema import describe
from cadence.people.calendar_links import (
    create_calendar_link,
    renew_calendar_link,
    revoke_calendar_link,
)
from cadence.people.queries import locked_member


class CalendarLinkSerializer(serializers.Serializer[Any]):
    """A link of one's own by which a calendar reads. Only the hash of its secret is kept."""

    id = serializers.IntegerField()
    team = NamedSerializer(allow_null=True, help_text="Null: one's own calendar.")
    created_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the hour.")


class NewCalendarLinkSerializer(CalendarLinkSerializer):
    address = serializers.CharField(
        allow_null=True,
        help_text="Where the calendar is read. Told once: null in an answer given again.",
    )


class CalendarLinkInput(Input):
    team = Reference(Team, "team", required=False, allow_null=True)


class CalendarLinkEndpoint(Endpoint):
    http_method_names = ("get", "head", "post", "delete")
    queryset = CalendarLink.objects.select_related("team").order_by("pk")
    serializer_class = CalendarLinkSerializer
    told_once = ("address",)

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(membership=self.actor)

    def made(self, link: CalendarLink, secret: str) -> Response:
        address = settings.PUBLIC_URL + reverse("feeds:feed", args=[secret])
        return Response({**self.shown(link), "address": address}, 201)


class CalendarLinks(CalendarLinkEndpoint):
    @describe(gives=CalendarLinkSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The calendar links of the caller, also those that were revoked."""
        return self.page()

    @describe(
        takes=CalendarLinkInput,
        gives=NewCalendarLinkSerializer,
        status=201,
        conflicts=["calendar_link_exists"],
    )
    def post(self, request: Request) -> Response:
        """Make a link to one's own calendar, or to that of a team."""
        taken = self.take(CalendarLinkInput)
        return self.made(*create_calendar_link(actor=self.actor, at=self.at, **taken))


class OneCalendarLink(CalendarLinkEndpoint):
    @describe(gives=CalendarLinkSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One of them."""
        return self.answer(self.found(pk))

    def lock(self, pk: int | None = None) -> None:
        locked_member(self.actor, self.actor)
        lock_row(self.get_queryset(), pk)

    @describe(gives=CalendarLinkSerializer, conflicts=["calendar_link_revoked"])
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke it: from now on it opens nothing. It stays in the list."""
        link = revoke_calendar_link(actor=self.actor, at=self.at, link=self.found(pk))
        return self.answer(link)


class CalendarLinkRenewal(CalendarLinkEndpoint):
    @describe(gives=NewCalendarLinkSerializer, status=201, conflicts=["calendar_link_revoked"])
    def post(self, request: Request, pk: int) -> Response:
        """Another address for the same calendar; the old one opens nothing from now on."""
        link, secret = renew_calendar_link(actor=self.actor, at=self.at, link=self.found(pk))
        return self.made(link, secret)
