"""Review series: the rhythms in which a team meets."""

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Team
from cadence.api.endpoint import Endpoint, lock_row
from cadence.api.fields import (
    Choice,
    Input,
    NamedSerializer,
    ReasonInput,
    Reference,
    TimeOfDay,
    Told,
    day,
    text,
    whole,
)
from cadence.api.filters import LARGEST_ID, Id, YesNo
from cadence.api.schema import describe
from cadence.people.queries import lock_members
from cadence.reviews.models import OnHoliday, ReviewSeries, SeriesKind
from cadence.reviews.series import change_series, create_series, end_series

TIME = {"type": "string", "examples": ["09:30"], "maxLength": 8}


class SeriesSerializer(NamedSerializer):
    team = NamedSerializer()
    kind = serializers.ChoiceField(SeriesKind.choices)
    rule = serializers.CharField(help_text="RFC 5545, in the zone of the organization.")
    starts_on = serializers.DateField()
    time_of_day = TimeOfDay()
    minutes = serializers.IntegerField(help_text="How long a review is planned to take.")
    on_holiday = serializers.ChoiceField(OnHoliday.choices)
    facilitator = NamedSerializer()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class SeriesChangeInput(Input):
    name = text(120)
    time_of_day = Told(TIME)
    facilitator = Reference(Membership, "member")
    minutes = whole(5, 480, required=False)
    on_holiday = Choice(OnHoliday.choices, required=False)


class SeriesInput(SeriesChangeInput):
    team = Reference(Team, "team")
    kind = Choice(SeriesKind.choices)
    rule = text(200, help_text="RFC 5545, such as FREQ=WEEKLY;BYDAY=MO.")
    starts_on = day()


class SeriesFilters(filters.FilterSet):
    team = Id("team")
    kind = filters.ChoiceFilter(choices=SeriesKind.choices)
    ended = YesNo("ended_at", lookup_expr="isnull", exclude=True)


class SeriesEndpoint(Endpoint):
    queryset = ReviewSeries.objects.select_related("team", "facilitator").order_by("name", "pk")
    serializer_class = SeriesSerializer
    filterset_class = SeriesFilters
    orders = {"name": "name", "created_at": "created_at"}
    searched = ("name",)


class Series(SeriesEndpoint):
    @describe(gives=SeriesSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The rhythms of the organization, by name."""
        return self.page()

    @describe(takes=SeriesInput, gives=SeriesSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Set up a rhythm for a team and those below it. Its reviews of the next weeks are
        planned at once."""
        made = create_series(actor=self.actor, at=self.at, **self.take(SeriesInput))
        return self.answer(made, 201)


class OneSeries(SeriesEndpoint):
    def lock(self, pk: int | None = None) -> None:
        """Facilitators, the one there is and the one to be, before the series."""
        people = {self.found(pk or 0).facilitator_id}
        sent = self.request.data
        asked = sent.get("facilitator") if isinstance(sent, dict) else None
        if isinstance(asked, int) and not isinstance(asked, bool) and 0 < asked <= LARGEST_ID:
            people.add(asked)
        lock_members(people)
        lock_row(self.get_queryset(), pk)

    @describe(gives=SeriesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One review series."""
        return self.answer(self.found(pk))

    @describe(takes=SeriesChangeInput, gives=SeriesSerializer, conflicts=["series_ended"])
    def patch(self, request: Request, pk: int) -> Response:
        """For the reviews that are still to come. The rhythm is not changed: end the series and
        begin another. What is left out stays."""
        series = self.found(pk)
        kept = {name: getattr(series, name) for name in SeriesChangeInput.names()}
        taken = kept | self.take(SeriesChangeInput, partial=True)
        return self.answer(change_series(actor=self.actor, at=self.at, series=series, **taken))


class SeriesEnding(SeriesEndpoint):
    @describe(takes=ReasonInput, gives=SeriesSerializer, conflicts=["review_open", "series_ended"])
    def post(self, request: Request, pk: int) -> Response:
        """No review of it takes place any more. Refused while one is held or due."""
        series = self.found(pk)
        taken = self.take(ReasonInput)
        return self.answer(end_series(actor=self.actor, at=self.at, series=series, **taken))
