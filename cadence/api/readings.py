from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.breaches import BreachSerializer
from cadence.api.endpoint import Endpoint
from cadence.api.fields import (
    Exact,
    Input,
    NamedMetricSerializer,
    NamedSerializer,
    Told,
    number,
    text,
)
from cadence.api.filters import Id
from cadence.api.metrics import JudgementSerializer
from cadence.api.schema import describe
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_its_metric
from cadence.evaluation.actions import Recorded, record_readings
from cadence.evaluation.rows import Row
from cadence.metrics.models import Correction, Reading

STATUSES = ("new", "corrected", "unchanged")


class CorrectionSerializer(serializers.Serializer[Any]):
    old_value = Exact()
    new_value = Exact()
    reason = serializers.CharField()
    corrected_by = NamedSerializer(allow_null=True)
    corrected_at = serializers.DateTimeField()


class ReadingSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = NamedMetricSerializer()
    period = serializers.DateField(source="starts_on", help_text="Its first day.")
    value = Exact()
    note = serializers.CharField()
    recorded_by = NamedSerializer(allow_null=True)
    recorded_at = serializers.DateTimeField()
    corrections = CorrectionSerializer(many=True)


class RecordedSerializer(serializers.Serializer[Any]):
    """A reading and what it meant."""

    reading = ReadingSerializer()
    status = serializers.ChoiceField(STATUSES)
    judgement = JudgementSerializer(
        allow_null=True, help_text="Null while the judged period is not complete."
    )
    breach = BreachSerializer(
        allow_null=True, help_text="The breach of the metric that is open or undecided now."
    )
    opened = serializers.BooleanField()
    recovered = serializers.BooleanField()


class ReadingInput(Input):
    metric = Told(
        {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 80}]},
        help_text="The id of the metric, or the organization's key for it.",
    )
    period = Told(
        {"type": "string", "examples": ["2026-11-09", "2026-W46", "2026-11"]},
        help_text="The first day; a month also YYYY-MM, a week from Monday also YYYY-Www.",
    )
    value = number()
    note = text(500, required=False, help_text="A correction says why.")


class ReadingFilters(filters.FilterSet):
    metric = Id("metric")
    initiative = Id("metric__initiative")
    since = filters.DateFilter("starts_on", lookup_expr="gte")
    until = filters.DateFilter("starts_on", lookup_expr="lte")


class ReadingEndpoint(Endpoint):
    queryset = (
        Reading.objects.select_related("metric", "recorded_by")
        .prefetch_related(
            Prefetch("corrections", Correction.objects.select_related("corrected_by"))
        )
        .order_by("-starts_on", "-pk")
    )
    serializer_class = ReadingSerializer
    filterset_class = ReadingFilters
    orders = {"period": "starts_on", "recorded_at": "recorded_at"}

    def get_queryset(self) -> "QuerySet[Reading]":
        # By their metrics: readings have no index of their organization.
        return super().get_queryset().filter(metric__organization=self.actor.organization_id)


class Readings(ReadingEndpoint):
    takes_readings = True

    @describe(gives=ReadingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Readings with their corrections, the latest period first."""
        return self.page()

    @describe(
        takes=ReadingInput,
        gives=RecordedSerializer,
        status=201,
        also={200: RecordedSerializer},
        conflicts=["initiative_ended"],
    )
    def post(self, request: Request) -> Response:
        """Record the value of a metric for a period, and learn what it meant.

        201 when it is new, 200 when it corrects the value on record or is the same.
        """
        row = Row(**self.take(ReadingInput))
        (recorded,) = record_readings(actor=self.actor, at=self.at, rows=[row], numbered=False)
        return Response(self.meaning(recorded), 201 if recorded.status == "new" else 200)

    def meaning(self, recorded: Recorded) -> dict[str, Any]:
        breach = recorded.breach
        if breach is not None:
            breach = with_its_metric(Breach.objects.filter(pk=breach.pk)).get()
        reading: Any = recorded.reading
        meant = {
            # Of a new one all is known: it was recorded by who asks, and never corrected.
            "reading": {
                **vars(reading),
                "metric": reading.metric,
                "recorded_by": self.actor,
                "corrections": (),
            }
            if recorded.status == "new"
            else self.found(reading.pk),
            "status": recorded.status,
            "judgement": recorded.judgement,
            "breach": breach,
            "opened": recorded.opened,
            "recovered": recorded.recovered,
        }
        data: dict[str, Any] = RecordedSerializer(meant, context=self.get_serializer_context()).data
        return data


class OneReading(ReadingEndpoint):
    @describe(gives=ReadingSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One reading with its corrections."""
        return self.answer(self.found(pk))
