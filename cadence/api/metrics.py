"""Metrics and the versions of their thresholds."""

from typing import Any, cast

from django.db.models import F, Prefetch, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint, existing, lock_row
from cadence.api.fields import (
    Choice,
    Exact,
    Input,
    NamedMetricSerializer,
    NamedSerializer,
    ReasonInput,
    Reference,
    References,
    day,
    number,
    text,
    whole,
)
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, last_ended
from cadence.evaluation.lifecycle import retire_metric
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.metrics.actions import change_metric, create_metric
from cadence.metrics.models import (
    Aggregation,
    Comparison,
    Formula,
    Judgement,
    Kind,
    Metric,
    Origin,
    Period,
    Result,
    Threshold,
)
from cadence.metrics.operands import Operand

MISSING = "missing"
STATES = [*Result.choices, (MISSING, "No value")]


class ThresholdSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = serializers.IntegerField(source="metric_id")
    floor = Exact(allow_null=True)
    ceiling = Exact(allow_null=True)
    floor_metric = NamedMetricSerializer(allow_null=True)
    ceiling_metric = NamedMetricSerializer(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(
        allow_null=True, help_text="The first day on which it no longer holds."
    )
    periods_in_a_row = serializers.IntegerField()
    agreed_response = serializers.CharField()
    reason = serializers.CharField()
    set_by = NamedSerializer(allow_null=True)
    set_at = serializers.DateTimeField()
    is_moved_goalpost = serializers.BooleanField()
    approved_by = NamedSerializer(allow_null=True)


class JudgementSerializer(serializers.Serializer[Any]):
    """The value of a complete judged period beside the limits that held then."""

    period = serializers.DateField(source="starts_on", help_text="Its first day.")
    value = Exact()
    floor = Exact(allow_null=True)
    ceiling = Exact(allow_null=True)
    result = serializers.ChoiceField(Result.choices)


class StandingSerializer(serializers.Serializer[Any]):
    """Where a metric stood in the latest period that has ended. Unknown is without a threshold."""

    period = serializers.DateField(help_text="Its first day.")
    result = serializers.ChoiceField(STATES)
    value = Exact(allow_null=True)
    floor = Exact(allow_null=True)
    ceiling = Exact(allow_null=True)
    breach = serializers.IntegerField(
        allow_null=True, help_text="The breach that is open or undecided."
    )


class MetricSerializer(NamedMetricSerializer):
    initiative = NamedSerializer()
    decimals = serializers.IntegerField()
    kind = serializers.ChoiceField(Kind.choices)
    read_per = serializers.ChoiceField(Period.choices)
    judged_per = serializers.ChoiceField(Period.choices)
    aggregation = serializers.ChoiceField(Aggregation.choices)
    formula = serializers.SerializerMethodField()
    operands = serializers.SerializerMethodField()
    comparison = serializers.ChoiceField(Comparison.choices)
    leads_to = NamedMetricSerializer(allow_null=True)
    grace_days = serializers.IntegerField(
        allow_null=True, help_text="Working days; null is the organization's."
    )
    comes_from = serializers.ChoiceField(Origin.choices)
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    threshold = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()

    @extend_schema_field({"type": ["string", "null"], "enum": [*Formula.values, None]})
    def get_formula(self, metric: Any) -> Any:
        """How it is computed from its operands; null where it is read."""
        return metric.formula or None

    @extend_schema_field(NamedMetricSerializer(many=True))
    def get_operands(self, metric: Any) -> Any:
        """What it is computed from, in this order; empty where it is read."""
        rows = [one.operand for one in metric.operands.all()]
        return NamedMetricSerializer(rows, many=True).data

    @extend_schema_field(ThresholdSerializer(allow_null=True))
    def get_threshold(self, metric: Any) -> Any:
        versions = metric.last_versions
        return ThresholdSerializer(versions[0]).data if versions else None

    @extend_schema_field(StandingSerializer())
    def get_state(self, metric: Any) -> Any:
        judged = metric.latest_judgements[0] if metric.latest_judgements else None
        state = {
            "period": self.context["ended"][metric.judged_per],
            "result": judged.result if judged else MISSING,
            "value": judged.value if judged else None,
            "floor": judged.floor if judged else None,
            "ceiling": judged.ceiling if judged else None,
            "breach": metric.breaches_to_see[0].pk if metric.breaches_to_see else None,
        }
        return StandingSerializer(state).data


class MetricInput(Input):
    initiative = Reference(Initiative, "initiative")
    name = text(160)
    key = text(80, required=False)
    unit = text(30, required=False)
    decimals = whole(0, 9, required=False)
    kind = Choice(Kind.choices)
    read_per = Choice(Period.choices, required=False)
    judged_per = Choice(Period.choices, required=False)
    aggregation = Choice(Aggregation.choices, required=False)
    formula = Choice(Formula.choices, required=False)
    operands = References(Metric, "metric", required=False)
    comparison = Choice(Comparison.choices, required=False)
    leads_to = Reference(Metric, "metric", required=False, allow_null=True)
    grace_days = whole(0, 30, required=False, allow_null=True)


class MetricChangeInput(Input):
    name = text(160, required=False)
    unit = text(30, required=False)
    decimals = whole(0, 9, required=False)
    kind = Choice(Kind.choices, required=False)
    comparison = Choice(Comparison.choices, required=False)
    leads_to = Reference(Metric, "metric", required=False, allow_null=True)
    grace_days = whole(0, 30, required=False, allow_null=True)


class MetricFilters(filters.FilterSet):
    initiative = Id("initiative")
    team = Id("initiative__team")
    kind = filters.ChoiceFilter(choices=Kind.choices)
    key = filters.CharFilter("key", max_length=80)
    is_retired = YesNo("retired_at", lookup_expr="isnull", exclude=True)


class MetricEndpoint(Endpoint):
    queryset = Metric.objects.select_related("initiative__priority", "leads_to").order_by(
        "initiative__priority__rank", "initiative__name", "initiative_id", "kind", "name", "pk"
    )
    serializer_class = MetricSerializer
    filterset_class = MetricFilters
    orders = {"name": "name", "key": "key", "created_at": "created_at"}
    searched = ("name", "key")

    @property
    def ended(self) -> dict[str, Any]:
        """The start of the latest period that has ended, by kind of period."""
        week_start = self.actor.organization.week_start
        return {
            kind: last_ended(cast(PeriodKind, kind), self.today, week_start)
            for kind in Period.values
        }

    def get_queryset(self) -> QuerySet[Any]:
        latest = Q()
        for kind, start in self.ended.items():
            latest |= Q(metric__judged_per=kind, starts_on=start)
        to_see = Q(recovered_at__isnull=True) | Q(decision__isnull=True)
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch("thresholds", threshold_rows().filter(ends_on=None), "last_versions"),
                Prefetch("operands", Operand.objects.select_related("operand")),
                Prefetch("judgements", Judgement.objects.filter(latest), "latest_judgements"),
                # An open one before those that recovered undecided.
                Prefetch(
                    "breaches",
                    Breach.objects.filter(to_see).order_by(
                        F("recovered_at").desc(nulls_first=True), "-pk"
                    ),
                    "breaches_to_see",
                ),
            )
        )

    def beside(self, rows: Any) -> dict[str, Any]:
        return {"ended": self.ended}


class Metrics(MetricEndpoint):
    @describe(gives=MetricSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Metrics with their thresholds and where they stand."""
        return self.page()

    @describe(takes=MetricInput, gives=MetricSerializer, status=201, conflicts=["initiative_ended"])
    def post(self, request: Request) -> Response:
        """Create a metric. Its first reading is owed for the first whole period from now. With a
        `formula` it is computed from its `operands`, per their period, and takes no readings;
        without one `read_per` is needed."""
        made = create_metric(actor=self.actor, at=self.at, **self.take(MetricInput))
        return self.answer(made, 201)


class OneMetric(MetricEndpoint):
    @describe(gives=MetricSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One metric."""
        return self.answer(self.found(pk))

    def lock(self, pk: int | None = None) -> None:
        assert pk is not None
        locked_initiative(self.actor, self.found(pk).initiative)
        lock_row(self.get_queryset(), pk)

    @describe(takes=MetricChangeInput, gives=MetricSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a metric. How it is read and judged stays: its readings would mean something
        else."""
        taken = self.take(MetricChangeInput, partial=True)
        metric = self.found(pk)
        kept = {name: getattr(metric, name) for name in MetricChangeInput.names()}
        return self.answer(
            change_metric(actor=self.actor, at=self.at, metric=metric, **{**kept, **taken})
        )


class Retirement(MetricEndpoint):
    @describe(
        takes=ReasonInput,
        gives=MetricSerializer,
        conflicts=[
            "metric_retired",
            "metric_in_breach",
            "metric_is_a_limit",
            "metric_is_an_operand",
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """No reading is owed any more. Refused while it is in breach, or another metric has it as
        its limit or is computed from it."""
        metric = self.found(pk)
        taken = self.take(ReasonInput)
        return self.answer(retire_metric(actor=self.actor, at=self.at, metric=metric, **taken))


def threshold_rows() -> QuerySet[Threshold]:
    return Threshold.objects.select_related(
        "floor_metric", "ceiling_metric", "set_by", "approved_by"
    ).order_by("-starts_on", "-pk")


class ThresholdInput(Input):
    floor = number(required=False, allow_null=True)
    ceiling = number(required=False, allow_null=True)
    floor_metric = Reference(Metric, "metric", required=False, allow_null=True)
    ceiling_metric = Reference(Metric, "metric", required=False, allow_null=True)
    starts_on = day(required=False, allow_null=True)
    periods_in_a_row = whole(1, 12, required=False)
    agreed_response = text(1000)
    reason = text(500, required=False)


class ThresholdFilters(filters.FilterSet):
    metric = Id("metric")
    is_current = YesNo("ends_on", lookup_expr="isnull")


class ThresholdEndpoint(Endpoint):
    queryset = threshold_rows()
    serializer_class = ThresholdSerializer
    filterset_class = ThresholdFilters
    orders = {"starts_on": "starts_on", "set_at": "set_at"}


class Thresholds(ThresholdEndpoint):
    @describe(gives=ThresholdSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Versions of thresholds, the latest to begin first."""
        return self.page()


class OneThreshold(ThresholdEndpoint):
    @describe(gives=ThresholdSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One version of a threshold."""
        return self.answer(self.found(pk))


class ThresholdsOfMetric(ThresholdEndpoint):
    @describe(gives=ThresholdSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Every version of the threshold of a metric."""
        rows = self.get_queryset().filter(metric=self.metric(pk))
        return self.page(self.filter_queryset(rows))

    @describe(
        takes=ThresholdInput, gives=ThresholdSerializer, status=201, conflicts=["moved_goalpost"]
    )
    def post(self, request: Request, pk: int) -> Response:
        """Set a new version, from the running period on unless `starts_on` says otherwise."""
        metric = self.metric(pk)
        wanted = Wanted(**self.take(ThresholdInput))
        made, _ = set_threshold(actor=self.actor, at=self.at, metric=metric, wanted=wanted)
        return self.answer(made, 201)

    def metric(self, pk: int) -> Metric:
        found: Metric = existing(Metric.objects.visible_to(self.actor), pk)
        return found
