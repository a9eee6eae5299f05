"""Sources: what is pulled for a metric, and what came of it."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
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
    Reference,
    TimeOfDay,
    Told,
    text,
    whole,
)
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.initiatives.queries import locked_initiative
from cadence.metrics.models import Metric, Origin
from cadence.sources.actions import (
    LONGEST_COLUMN,
    LONGEST_EXTRACT,
    LONGEST_QUERY,
    Wanted,
    change_source,
    end_source,
    pause_source,
    resume_source,
    run_source_now,
    say_where_from,
    set_up_source,
)
from cadence.sources.models import Connection, Every, Run, Source, SourceQuerySet
from cadence.sources.queries import with_facts, with_last_run
from cadence.sources.trying import try_source

SOURCE_STATES = [
    ("on", "It runs as planned"),
    ("failing", "It failed the last time and is tried again"),
    ("paused", "It is not asked"),
    ("ended", "It was ended"),
]
CHANGES = [
    ("new", "A reading that was not there"),
    ("corrected", "A reading that would change"),
    ("unchanged", "A reading that stays"),
    ("skipped", "No reading: its period is not over, it has no value, or it is known already"),
]
ASKED = ("query", "extract", "period_column", "value_column", "every", "weekday", "time_of_day")


class SourceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = NamedMetricSerializer()
    connection = NamedSerializer()
    query = serializers.CharField(help_text="SQL, or what follows the address.")
    extract = serializers.CharField(help_text="JMESPath into the JSON of a web address.")
    period_column = serializers.CharField(
        help_text="Empty: the answer is one value, of the latest period that is over."
    )
    value_column = serializers.CharField()
    every = serializers.ChoiceField(Every.choices)
    weekday = serializers.IntegerField(allow_null=True, help_text="0 is Monday.")
    time_of_day = TimeOfDay(help_text="In the zone of the organization.")
    state = serializers.ChoiceField(SOURCE_STATES)
    failures = serializers.IntegerField(help_text="In a row.")
    next_at = serializers.DateTimeField()
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField(allow_null=True)
    set_up_by = NamedSerializer()
    set_up_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


def time_of_day(**options: Any) -> Told:
    return Told({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}, **options)


class SourceInput(Input):
    connection = Reference(Connection, "connection")
    query = text(LONGEST_QUERY, required=False)
    extract = text(LONGEST_EXTRACT, required=False)
    period_column = text(LONGEST_COLUMN, required=False)
    value_column = text(LONGEST_COLUMN, required=False)
    every = Choice(Every.choices, required=False)
    weekday = whole(0, 6, required=False, allow_null=True)
    time_of_day = time_of_day(required=False)


class OriginInput(Input):
    comes_from = Choice([one for one in Origin.choices if one[0] != Origin.PULLED])


class MetricOriginSerializer(serializers.Serializer[Any]):
    """Where the readings of a metric are said to come from."""

    metric = serializers.IntegerField(source="pk")
    comes_from = serializers.ChoiceField(Origin.choices)


class SourceRunSerializer(serializers.Serializer[Any]):
    """One time that a source was asked."""

    id = serializers.IntegerField()
    source = serializers.IntegerField(source="source_id")  # type: ignore[assignment]
    started_at = serializers.DateTimeField()
    took_ms = serializers.IntegerField()
    new = serializers.IntegerField(source="new_count")
    corrected = serializers.IntegerField(source="corrected_count")
    unchanged = serializers.IntegerField(source="unchanged_count")
    skipped = serializers.IntegerField(source="skipped_count")
    error = serializers.CharField(help_text="Empty when it went well.")


class PulledSerializer(serializers.Serializer[Any]):
    period = serializers.DateField(source="pulled.starts_on", help_text="Its first day.")
    value = Exact(source="pulled.value", allow_null=True)
    on_record = Exact(allow_null=True)
    change = serializers.ChoiceField(CHANGES)


class TrialSerializer(serializers.Serializer[Any]):
    """What would come in, the latest period first. Nothing is recorded."""

    error = serializers.CharField(help_text="Why nothing would come in; else empty.")
    took_ms = serializers.IntegerField()
    rows = PulledSerializer(many=True)


class SourceFilters(filters.FilterSet):
    metric = Id("metric")
    connection = Id("connection")
    state = filters.ChoiceFilter(choices=SOURCE_STATES, method="in_state")

    def in_state(self, rows: SourceQuerySet, name: str, value: str) -> QuerySet[Source]:
        if value == "ended":
            return rows.filter(ended_at__isnull=False)
        live = rows.filter(ended_at__isnull=True, paused_at__isnull=value != "paused")
        if value == "paused":
            return live
        return live.filter(failures__gt=0) if value == "failing" else live.filter(failures=0)


class SourceEndpoint(Endpoint):
    queryset = with_last_run(with_facts(Source.objects.all())).order_by("-pk")
    serializer_class = SourceSerializer
    filterset_class = SourceFilters
    orders = {"set_up_at": "set_up_at", "next_at": "next_at"}
    searched = ("metric__name", "connection__name")

    def metric(self, pk: int) -> Metric:
        rows = Metric.objects.visible_to(self.actor).select_related("initiative", "organization")
        found: Metric = existing(rows, pk)
        return found

    def wanted(self, before: Source | None = None) -> tuple[Connection, Wanted]:
        taken = self.take(SourceInput, partial=before is not None)
        kept = {name: getattr(before, name) for name in ASKED} if before else {}
        connection: Any = taken.pop("connection", None) or (before.connection if before else None)
        if taken.get("every", Every.WEEK) != Every.WEEK:
            kept["weekday"] = None
        return connection, Wanted(**{**kept, **taken})


class Sources(SourceEndpoint):
    @describe(gives=SourceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Sources, also those that have ended; the latest first."""
        return self.page()


class OneSource(SourceEndpoint):
    @describe(gives=SourceSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One source."""
        return self.answer(self.found(pk))

    def lock(self, pk: int | None = None) -> None:
        # A source is locked after its metric, and that after its initiative.
        assert pk is not None
        metric = self.found(pk).metric
        locked_initiative(self.actor, metric.initiative)
        lock_row(Metric.objects.visible_to(self.actor), metric.pk)
        lock_row(Source.objects.visible_to(self.actor), pk)

    @describe(
        takes=SourceInput, gives=SourceSerializer, conflicts=["source_ended", "connection_ended"]
    )
    def patch(self, request: Request, pk: int) -> Response:
        """What is asked, of whom and when. It runs at once."""
        found = self.found(pk)
        connection, wanted = self.wanted(found)
        return self.answer(
            change_source(
                actor=self.actor, at=self.at, source=found, connection=connection, wanted=wanted
            )
        )


class SourceOfMetric(SourceEndpoint):
    @describe(
        takes=SourceInput,
        gives=SourceSerializer,
        status=201,
        conflicts=[
            "metric_has_source",
            "connection_ended",
            "takes_no_readings",
            "demo_reads_nothing",
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Pull the readings of a metric from now on."""
        metric = self.metric(pk)
        connection, wanted = self.wanted()
        made = set_up_source(
            actor=self.actor, at=self.at, metric=metric, connection=connection, wanted=wanted
        )
        return self.answer(made, 201)


class SourceTrial(SourceEndpoint):
    only_asks = True

    @describe(
        takes=SourceInput,
        gives=TrialSerializer,
        conflicts=[
            "connection_ended",
            "takes_no_readings",
            "demo_reads_nothing",
            "try_under_way",
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """What would come in, before it is saved. Takes up to five seconds; records nothing."""
        metric = self.metric(pk)
        connection, wanted = self.wanted()
        tried = try_source(
            actor=self.actor, at=self.at, metric=metric, connection=connection, wanted=wanted
        )
        return Response(TrialSerializer(tried).data)


class OriginOfMetric(SourceEndpoint):
    @describe(takes=OriginInput, gives=MetricOriginSerializer, conflicts=["metric_has_source"])
    def post(self, request: Request, pk: int) -> Response:
        """Say whether its readings are typed, sent by another system or imported."""
        metric = self.metric(pk)
        taken = self.take(OriginInput)
        said = say_where_from(actor=self.actor, at=self.at, metric=metric, **taken)
        return Response(MetricOriginSerializer(said).data)


class SourceRun(SourceEndpoint):
    @describe(gives=SourceSerializer, conflicts=["source_ended", "source_paused"])
    def post(self, request: Request, pk: int) -> Response:
        """Have it run now, by the worker: within seconds its runs say what came of it."""
        found = self.found(pk)
        return self.answer(run_source_now(actor=self.actor, at=self.at, source=found))


class SourcePause(SourceEndpoint):
    @describe(gives=SourceSerializer, conflicts=["source_ended", "source_paused"])
    def post(self, request: Request, pk: int) -> Response:
        """Do not ask it until it is resumed. Its readings are owed all the same."""
        found = self.found(pk)
        return self.answer(pause_source(actor=self.actor, at=self.at, source=found))


class SourceResumption(SourceEndpoint):
    @describe(gives=SourceSerializer, conflicts=["source_ended", "source_not_paused"])
    def post(self, request: Request, pk: int) -> Response:
        """Ask it again, at once."""
        found = self.found(pk)
        return self.answer(resume_source(actor=self.actor, at=self.at, source=found))


class SourceEnding(SourceEndpoint):
    @describe(gives=SourceSerializer, conflicts=["source_ended"])
    def post(self, request: Request, pk: int) -> Response:
        """End it for good. What it brought stays; from now on somebody types the readings."""
        found = self.found(pk)
        return self.answer(end_source(actor=self.actor, at=self.at, source=found))


class RunsOfSource(Endpoint):
    queryset = Run.objects.order_by("-started_at", "-pk")
    serializer_class = SourceRunSerializer
    orders = {"started_at": "started_at"}

    @describe(gives=SourceRunSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The runs of the last 90 days, the latest first."""
        source = existing(Source.objects.visible_to(self.actor), pk)
        return self.page(self.filter_queryset(self.get_queryset().filter(source=source)))
