"""The settings of the organization, and the days on which it is closed."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ClosingDay, Membership, Organization
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Input, Reference, day, text, whole
from cadence.api.organization import OrganizationSerializer
from cadence.api.schema import describe
from cadence.people.actions import add_closing_day, change_settings, remove_closing_day
from cadence.people.queries import locked_organization


class SettingsInput(Input):
    name = text(120, required=False)
    time_zone = text(64, required=False)
    week_start = whole(0, 6, required=False)
    country = text(2, required=False)
    subdivision = text(10, required=False)
    currency = text(3, required=False)
    decision_days = whole(1, 30, required=False)
    offer_days = whole(1, 30, required=False)
    grace_days = whole(0, 30, required=False)
    load_limit = whole(1, 100, required=False)
    sponsor = Reference(Membership, "member", required=False, allow_null=True)


class Settings(Endpoint):
    queryset = ClosingDay.objects.none()
    serializer_class = OrganizationSerializer

    def lock(self, pk: int | None = None) -> None:
        locked_organization(self.actor.organization_id)

    @describe(gives=OrganizationSerializer)
    def get(self, request: Request) -> Response:
        """The settings of the organization."""
        return Response(OrganizationSerializer(self._now()).data)

    @describe(takes=SettingsInput, gives=OrganizationSerializer, conflicts=["week_start_in_use"])
    def patch(self, request: Request) -> Response:
        """Change them. What is left out stays, and deadlines that run already."""
        now = self._now()
        kept = {name: getattr(now, name) for name in SettingsInput.names()}
        taken = kept | self.take(SettingsInput, partial=True)
        change_settings(actor=self.actor, at=self.at, **taken)
        return Response(OrganizationSerializer(self._now()).data)

    def _now(self) -> Organization:
        return Organization.objects.select_related("sponsor").get(pk=self.actor.organization_id)


class ClosingDaySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    day = serializers.DateField()
    name = serializers.CharField()


class ClosingDayInput(Input):
    day = day()
    name = text(120, required=False)


class ClosingDayFilters(filters.FilterSet):
    since = filters.DateFilter("day", lookup_expr="gte")
    until = filters.DateFilter("day", lookup_expr="lte")


class ClosingDayEndpoint(Endpoint):
    http_method_names = ("get", "head", "post", "delete")
    queryset = ClosingDay.objects.order_by("day", "pk")
    serializer_class = ClosingDaySerializer
    filterset_class = ClosingDayFilters
    orders = {"day": "day"}


class ClosingDays(ClosingDayEndpoint):
    @describe(gives=ClosingDaySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Days on which the organization is closed, besides weekends and public holidays."""
        return self.page()

    @describe(
        takes=ClosingDayInput,
        gives=ClosingDaySerializer,
        status=201,
        conflicts=["closing_day_exists"],
    )
    def post(self, request: Request) -> Response:
        """Add one. Deadlines from now on leave it out."""
        made = add_closing_day(actor=self.actor, at=self.at, **self.take(ClosingDayInput))
        return self.answer(made, 201)


class OneClosingDay(ClosingDayEndpoint):
    @describe(gives=ClosingDaySerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One closing day."""
        return self.answer(self.found(pk))

    @describe(gives=ClosingDaySerializer)
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it: a working day again. The answer is what it was."""
        found = self.found(pk)
        was = self.shown(found)
        remove_closing_day(actor=self.actor, at=self.at, closing_day=found)
        return Response(was)
