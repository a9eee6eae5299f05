"""How metrics stand and stood: the scorecard, and the judged periods of one metric."""

from typing import Any, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.tree import Tree
from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Exact, NamedMetricSerializer, NamedSerializer
from cadence.api.filters import Id
from cadence.api.metrics import JudgementSerializer
from cadence.api.schema import describe
from cadence.calendar.periods import PeriodKind, last_ended
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import PERIODS, STATES, Score, scorecard_metrics, scores
from cadence.metrics.models import Judgement, Metric, Period


class CellSerializer(serializers.Serializer[Any]):
    period = serializers.DateField(source="starts_on", help_text="Its first day.")
    value = Exact(source="judgement.value", allow_null=True, default=None)
    result = serializers.CharField(
        source="judgement.result", allow_null=True, default=None, help_text="As of a judgement."
    )
    is_missing = serializers.BooleanField(help_text="It ended, was owed, and has no value.")


class ScoreSerializer(serializers.Serializer[Any]):
    metric = NamedMetricSerializer()
    initiative = NamedSerializer(source="metric.initiative")
    answers = NamedSerializer(
        source="answers.member", allow_null=True, default=None, help_text="Who answers for it now."
    )
    state = serializers.CharField(source="state.word", help_text="In words, as on the page.")
    cells = CellSerializer(many=True, help_text=f"{PERIODS} periods, the oldest first.")

    def to_representation(self, instance: Any) -> Any:
        found: Score = self.context["scores"][instance.pk]
        return super().to_representation(found)


class ScoreFilters(filters.FilterSet):
    per = filters.ChoiceFilter(
        choices=Period.choices, method="as_it_is", help_text="`week` unless said otherwise."
    )
    team = Id("initiative__team", method="as_it_is", help_text="A team, with those below it.")
    priority = Id("initiative__priority", method="as_it_is")
    owner = Id("initiative", method="as_it_is")
    state = filters.ChoiceFilter(choices=STATES, method="as_it_is")

    def as_it_is(self, rows: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
        return rows


class Scorecard(Endpoint):
    queryset = Metric.objects.all()
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilters
    searched = ("name", "initiative__name")

    @property
    def kind(self) -> PeriodKind:
        return cast(PeriodKind, self.request.query_params.get("per") or "week")

    def beside(self, rows: Any) -> dict[str, Any]:
        around = Surroundings(self.actor.organization, self.at)
        last = last_ended(self.kind, around.today, around.organization.week_start)
        return {"scores": {one.metric.pk: one for one in scores(around, rows, last)}}

    @describe(gives=ScoreSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every metric that is judged per this kind of period, over thirteen of them, in the order
        of the page."""
        asked = self._asked()
        last = last_ended(self.kind, self.today, self.actor.organization.week_start)
        rows = scorecard_metrics(self.actor, self.kind, last, **asked)
        # Filters that cannot be read are refused by it; search is narrowed here.
        wanted = self.filter_queryset(self.get_queryset())
        return self.page(
            rows.filter(pk__in=wanted.values("pk"))
            .select_related("initiative__priority", "leads_to")
            .order_by(
                "initiative__priority__rank",
                "initiative__name",
                "initiative_id",
                "-kind",
                "name",
                "pk",
            )
        )

    def _asked(self) -> dict[str, Any]:
        # Read by the filters first: what is no id is refused there.
        self.filter_queryset(self.get_queryset())
        query = self.request.query_params
        found: dict[str, Any] = {"state": query.get("state", "")}
        for name in ("priority", "owner"):
            if query.get(name):
                found[name] = int(query[name])
        if query.get("team"):
            tree, key = Tree(self.actor.organization), int(query["team"])
            found["teams"] = tree.below(key) if key in tree.teams else set()
        return found


class JudgementFilters(filters.FilterSet):
    since = filters.DateFilter("starts_on", lookup_expr="gte")
    until = filters.DateFilter("starts_on", lookup_expr="lte")


class JudgementsOfMetric(Endpoint):
    queryset = Judgement.objects.order_by("-starts_on", "-pk")
    serializer_class = JudgementSerializer
    filterset_class = JudgementFilters
    orders = {"period": "starts_on"}

    @describe(gives=JudgementSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The judged periods of a metric with their limits and results, the latest first."""
        metric = existing(Metric.objects.visible_to(self.actor), pk)
        return self.page(self.filter_queryset(self.get_queryset().filter(metric=metric)))
