from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.escalations import EscalatedSerializer
from cadence.api.fields import Exact, NamedMetricSerializer, NamedSerializer
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.breaches.models import Breach, Kind
from cadence.breaches.queries import with_its_metric
from cadence.decisions.models import DecisionKind
from cadence.escalations.queries import steps

SIDES = (("below", "Below"), ("above", "Above"))


class DecisionInForceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(DecisionKind.choices)
    decided_by = NamedSerializer()
    decided_at = serializers.DateTimeField()
    check_on = serializers.DateField(allow_null=True)


class BreachSerializer(EscalatedSerializer):
    """An episode in which a metric is beyond its threshold, or has no reading past its grace."""

    id = serializers.IntegerField()
    metric = NamedMetricSerializer()
    initiative = NamedSerializer(source="metric.initiative")
    team = NamedSerializer(source="metric.initiative.team")
    kind = serializers.ChoiceField(Kind.choices)
    side = serializers.ChoiceField(SIDES, allow_blank=True)
    first_period = serializers.DateField(help_text="The first day of the first period of its run.")
    opening_period = serializers.DateField(help_text="The period whose value opened it.")
    value = Exact(allow_null=True)
    limit = Exact(allow_null=True)
    agreed_response = serializers.CharField(source="threshold.agreed_response", default="")
    opened_at = serializers.DateTimeField()
    recovered_at = serializers.DateTimeField(allow_null=True)
    recovered_period = serializers.DateField(allow_null=True)
    undecided_since = serializers.DateTimeField(
        help_text="Since when the duty to decide runs, while there is no decision."
    )
    due_at = serializers.DateTimeField(help_text="The moment by which it is decided.")
    answerable = NamedSerializer(allow_null=True, help_text="Who has the duty to decide.")
    decision = DecisionInForceSerializer(allow_null=True)


class BreachFilters(filters.FilterSet):
    undecided = YesNo("decision", lookup_expr="isnull")
    open = YesNo("recovered_at", lookup_expr="isnull")
    kind = filters.ChoiceFilter(choices=Kind.choices)
    metric = Id("metric")
    initiative = Id("metric__initiative")
    answerable = Id("answerable")


class BreachEndpoint(Endpoint):
    queryset = with_its_metric(Breach.objects.order_by("-opened_at", "-pk")).prefetch_related(
        steps()
    )
    serializer_class = BreachSerializer
    filterset_class = BreachFilters
    orders = {"opened_at": "opened_at", "due_at": "due_at", "level": "level"}


class Breaches(BreachEndpoint):
    @describe(gives=BreachSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Breaches, the latest first."""
        return self.page()


class OneBreach(BreachEndpoint):
    @describe(gives=BreachSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One breach."""
        return self.answer(self.found(pk))
