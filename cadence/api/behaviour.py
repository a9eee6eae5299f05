"""What a metric does by chance, and from when on its natural limits are computed anew."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.analysis.reading import Verdict, as_decimal
from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Exact, Input, NamedSerializer, day, text
from cadence.api.schema import describe
from cadence.behaviour.actions import rebase, withdraw_rebasing
from cadence.behaviour.models import Rebasing
from cadence.behaviour.queries import rebasings_of
from cadence.evaluation.behaviours import MetricBehaviour, Stretch, behaviour_of
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.histories import histories
from cadence.metrics.models import Metric

VERDICTS = [(each.value, each.value) for each in Verdict]


class RebasingSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = serializers.IntegerField(source="metric_id")
    starts_on = serializers.DateField(help_text="The first day of a judged period.")
    reason = serializers.CharField()
    rebased_by = NamedSerializer()
    rebased_at = serializers.DateTimeField()
    withdrawn_by = NamedSerializer(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class StretchSerializer(serializers.Serializer[Any]):
    """What the process does by chance up to the next re-basing. Null: too few values for limits."""

    starts_on = serializers.DateField()
    count = serializers.IntegerField(help_text="Values that the limits rest on.")
    is_trial = serializers.BooleanField(help_text="They rest on fewer than twelve.")
    centre = serializers.CharField(allow_null=True)
    lower_limit = serializers.CharField(allow_null=True)
    upper_limit = serializers.CharField(allow_null=True)
    upper_range_limit = serializers.CharField(allow_null=True)


class SignalSerializer(serializers.Serializer[Any]):
    period = serializers.DateField(help_text="Its first day.")
    value = Exact()
    why = serializers.CharField(help_text="The rule that makes it one.")


class BehaviourSerializer(serializers.Serializer[Any]):
    """The judged periods that the page of the metric shows."""

    metric = serializers.IntegerField()
    verdict = serializers.ChoiceField(VERDICTS, help_text="Of the latest value.")
    why = serializers.CharField()
    assurance = serializers.CharField(
        help_text="What an unchanged process will do about its threshold; empty without limits."
    )
    stretches = StretchSerializer(many=True)
    signals = serializers.SerializerMethodField()

    @extend_schema_field(SignalSerializer(many=True))
    def get_signals(self, told: dict[str, Any]) -> Any:
        return SignalSerializer(told["signals"], many=True).data


class RebasingInput(Input):
    starts_on = day()
    reason = text(500)


class BehaviourOfMetric(Endpoint):
    queryset = Metric.objects.select_related("initiative__organization", "organization")
    serializer_class = BehaviourSerializer

    @describe(gives=BehaviourSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Natural limits and signals of a metric, and what the latest value is."""
        metric = self.found(pk)
        around = Surroundings(metric.organization, self.at)
        (history,) = histories(around, [metric])
        found = behaviour_of(history, rebasings_of([metric.pk]).get(metric.pk, []))
        return Response(BehaviourSerializer(_told(found)).data)


def _told(found: MetricBehaviour) -> dict[str, Any]:
    days = [moment.starts_on for moment in found.history.moments]
    return {
        "metric": found.history.metric.pk,
        "verdict": found.reading.verdict.value,
        "why": found.reading.why,
        "assurance": found.reading.assurance,
        "stretches": [
            {
                "starts_on": days[each.first],
                "count": each.behaviour.count,
                "is_trial": each.behaviour.is_trial,
                **_limits(each),
            }
            for each in found.stretches
        ],
        "signals": [
            {"period": days[at], "value": found.values[at], "why": why}
            for at, why in sorted(found.signals.items())
        ],
    }


def _limits(stretch: Stretch) -> dict[str, str | None]:
    names = ("centre", "lower_limit", "upper_limit", "upper_range_limit")
    values = {name: getattr(stretch.behaviour, name) for name in names}
    return {
        name: None if value is None else f"{as_decimal(value).normalize():f}"
        for name, value in values.items()
    }


class RebasingEndpoint(Endpoint):
    queryset = Rebasing.objects.select_related("rebased_by", "withdrawn_by").order_by(
        "-starts_on", "-pk"
    )
    serializer_class = RebasingSerializer


class RebasingsOfMetric(RebasingEndpoint):
    @describe(gives=RebasingSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Every re-basing of a metric, also those that were withdrawn."""
        return self.page(self.get_queryset().filter(metric=self.metric(pk)))

    @describe(takes=RebasingInput, gives=RebasingSerializer, status=201, conflicts=["rebased"])
    def post(self, request: Request, pk: int) -> Response:
        """Compute the natural limits anew, from the period that holds a day."""
        metric = self.metric(pk)
        taken = self.take(RebasingInput)
        return self.answer(rebase(actor=self.actor, at=self.at, metric=metric, **taken), 201)

    def metric(self, pk: int) -> Metric:
        found = existing(Metric.objects.filter(organization=self.actor.organization_id), pk)
        assert isinstance(found, Metric)
        return found


class RebasingWithdrawal(RebasingEndpoint):
    @describe(gives=RebasingSerializer, conflicts=["rebasing_withdrawn"])
    def post(self, request: Request, pk: int) -> Response:
        """Compute the limits as if it had not been. It stays on record."""
        rebasing = withdraw_rebasing(actor=self.actor, at=self.at, rebasing=self.found(pk))
        return self.answer(rebasing)
