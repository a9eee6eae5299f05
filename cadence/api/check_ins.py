from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Choice, Input, NamedSerializer, text
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.initiatives.models import Initiative
from cadence.reviews.check_ins import check_in
from cadence.reviews.models import CheckIn, Confidence


class CheckInSerializer(serializers.Serializer[Any]):
    """An owner's written update on an initiative for a week."""

    id = serializers.IntegerField()
    initiative = NamedSerializer()
    author = NamedSerializer()
    period = serializers.DateField(source="starts_on", help_text="The first day of its week.")
    confidence = serializers.ChoiceField(Confidence.choices)
    helped = serializers.CharField()
    in_the_way = serializers.CharField()
    needed = serializers.CharField()
    written_at = serializers.DateTimeField()


class CheckInInput(Input):
    confidence = Choice(Confidence.choices)
    helped = text(1000, required=False)
    in_the_way = text(1000, required=False)
    needed = text(1000, required=False)


class CheckInFilters(filters.FilterSet):
    initiative = Id("initiative")
    author = Id("author")
    confidence = filters.ChoiceFilter(choices=Confidence.choices)


class CheckInEndpoint(Endpoint):
    queryset = CheckIn.objects.select_related("initiative", "author").order_by(
        "-starts_on", "-written_at", "-pk"
    )
    serializer_class = CheckInSerializer
    filterset_class = CheckInFilters
    orders = {"period": "starts_on", "written_at": "written_at"}


class CheckIns(CheckInEndpoint):
    @describe(gives=CheckInSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Check-ins, the latest week first."""
        return self.page()


class OneCheckIn(CheckInEndpoint):
    @describe(gives=CheckInSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One check-in."""
        return self.answer(self.found(pk))


class CheckInsOfInitiative(CheckInEndpoint):
    @describe(
        takes=CheckInInput,
        gives=CheckInSerializer,
        status=201,
        conflicts=["initiative_not_active"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Write down how an initiative stands, for this week."""
        initiative = existing(Initiative.objects.visible_to(self.actor), pk)
        taken = self.take(CheckInInput)
        made = check_in(actor=self.actor, at=self.at, initiative=initiative, **taken)
        return self.answer(made, 201)
