"""Cadence integrity: whether each series is held, decides and changes something."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.tree import Tree
from cadence.api.endpoint import Endpoint
from cadence.api.fields import NamedSerializer
from cadence.api.filters import Id
from cadence.api.reviews import SeriesNameSerializer
from cadence.api.schema import describe
from cadence.reviews.integrity import asked_about, integrity_of
from cadence.reviews.integrity_rules import Outcome, Span
from cadence.reviews.models import ReviewSeries, SeriesKind, SeriesQuerySet

OUTCOMES = [(one.value, one.words) for one in Outcome]
SPANS = [(one.value, one.words) for one in Span]


class MeetingSerializer(serializers.Serializer[Any]):
    """One time that a series came round."""

    review = serializers.IntegerField(allow_null=True, help_text="Null where it was skipped.")
    occurs_on = serializers.DateField(help_text="The date that the rule gave.")
    outcome = serializers.ChoiceField(
        OUTCOMES, help_text=" ".join(f"`{one}`: {one.definition}" for one in Outcome)
    )
    moved_reason = serializers.CharField()
    closed = serializers.BooleanField()
    breaches = serializers.IntegerField(help_text="In its minutes.")
    decided = serializers.IntegerField(help_text="Of them, decided in it or before it closed.")
    decided_in_it = serializers.IntegerField()
    changed_nothing = serializers.BooleanField()


class IntegritySerializer(serializers.Serializer[Any]):
    series = SeriesNameSerializer()
    team = NamedSerializer(source="series.team")
    since = serializers.DateField(help_text="The first day of the span.")
    come = serializers.IntegerField(
        source="tally.come",
        help_text="Times it came round and of which it is settled what became of them.",
    )
    on_time = serializers.IntegerField(source="tally.on_time", help_text=Outcome.ON_TIME.definition)
    late = serializers.IntegerField(source="tally.late", help_text=Outcome.LATE.definition)
    moved = serializers.IntegerField(source="tally.moved", help_text=Outcome.MOVED.definition)
    missed = serializers.IntegerField(source="tally.missed", help_text=Outcome.MISSED.definition)
    skipped = serializers.IntegerField(source="tally.skipped", help_text=Outcome.SKIPPED.definition)
    closed = serializers.IntegerField(source="tally.closed")
    with_every_decision = serializers.IntegerField(
        source="tally.with_every_decision",
        help_text="Closed, and every breach in its minutes had a decision by then.",
    )
    breaches = serializers.IntegerField(
        source="tally.breaches", help_text="In the minutes of those that were closed."
    )
    decided_in_it = serializers.IntegerField(
        source="tally.decided_in_it", help_text="Breaches that were decided in the review itself."
    )
    changed_nothing = serializers.IntegerField(
        source="tally.changed_nothing",
        help_text="Closed, and in it nothing was decided, promised, acknowledged or handed over, "
        "and no threshold set, of what was on its agenda.",
    )
    nothing_on_agenda = serializers.IntegerField(
        source="tally.nothing_on_agenda",
        help_text="Of those that changed nothing: there was nothing to look at.",
    )
    meetings = MeetingSerializer(many=True, help_text="Every time in the span, the oldest first.")


class IntegrityFilters(filters.FilterSet):
    team = Id("team", method="below", help_text="A team, with those below it.")
    kind = filters.ChoiceFilter(choices=SeriesKind.choices)
    span = filters.ChoiceFilter(
        choices=SPANS, method="as_it_is", help_text="12 weeks unless said otherwise."
    )

    def below(self, rows: SeriesQuerySet, name: str, value: int) -> SeriesQuerySet:
        tree: Tree = Tree(self.request.auth.membership.organization)
        return rows.filter(team__in=tree.below(value) if value in tree.teams else [])

    def as_it_is(self, rows: SeriesQuerySet, name: str, value: str) -> SeriesQuerySet:
        return rows


class Integrity(Endpoint):
    queryset = ReviewSeries.objects.all()
    serializer_class = IntegritySerializer
    filterset_class = IntegrityFilters
    columns = (
        "series.id",
        "series.name",
        "series.kind",
        "team.name",
        "since",
        "come",
        "on_time",
        "late",
        "moved",
        "missed",
        "skipped",
        "closed",
        "with_every_decision",
        "breaches",
        "decided_in_it",
        "changed_nothing",
        "nothing_on_agenda",
    )

    def identity(self, row: Any) -> int:
        key: int = row.series.pk
        return key

    @describe(gives=IntegritySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Whether each series was held over a span, decided and changed something; worst first."""
        organization = self.actor.organization
        chosen = self.filter_queryset(self.get_queryset())
        span = Span(request.query_params.get("span") or Span.TWELVE_WEEKS)
        rows = asked_about(organization, span, self.at).filter(pk__in=chosen.values("pk"))
        return self.page(integrity_of(organization, rows, span, self.at))
