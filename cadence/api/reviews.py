"""Reviews: agenda, what holds them open, minutes."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.escalations import EscalatedSerializer
from cadence.api.fields import NamedMetricSerializer, NamedSerializer
from cadence.api.filters import Id
from cadence.api.schema import ProblemSerializer, describe
from cadence.escalations.queries import steps
from cadence.reviews.actions import close_review, open_review
from cadence.reviews.agenda import agenda_of
from cadence.reviews.missed import made_good
from cadence.reviews.models import (
    AgendaKind,
    Review,
    ReviewQuerySet,
    SeriesKind,
)
from cadence.reviews.queries import holds, verify_minutes

STATES = tuple(
    (one, one.capitalize()) for one in ("planned", "open", "closed", "missed", "skipped")
)
HOLDS = (
    ("breach", "Breach without a decision"),
    ("verdict", "Verdict not acknowledged"),
    ("orphan", "Orphan without a name"),
)


class SeriesNameSerializer(NamedSerializer):
    kind = serializers.ChoiceField(SeriesKind.choices)


class ReviewSerializer(EscalatedSerializer):
    id = serializers.IntegerField()
    series = SeriesNameSerializer()
    team = NamedSerializer()
    state = serializers.ChoiceField(STATES)
    occurs_on = serializers.DateField(help_text="The date that the rule gave.")
    starts_at = serializers.DateTimeField()
    hold_by = serializers.DateTimeField()
    facilitator = NamedSerializer()
    moved_at = serializers.DateTimeField(allow_null=True)
    moved_reason = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = NamedSerializer(allow_null=True)
    missed_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="Of a missed one: until when its series is held again."
    )
    escalated_to = NamedSerializer(allow_null=True, help_text="To whom the missed one went up.")


class AgendaItemSerializer(serializers.Serializer[Any]):
    """One thing to look at; the ids say of what."""

    kind = serializers.ChoiceField(AgendaKind.choices)
    breach = serializers.IntegerField(source="breach_id", allow_null=True)
    decision = serializers.IntegerField(source="decision_id", allow_null=True)
    commitment = serializers.IntegerField(source="commitment_id", allow_null=True)
    metric = NamedMetricSerializer(allow_null=True)
    initiative = NamedSerializer(allow_null=True)
    text = serializers.CharField()


class AgendaPartSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    minutes = serializers.IntegerField()
    items = AgendaItemSerializer(many=True)


class HoldSerializer(serializers.Serializer[Any]):
    """One thing that keeps a review open. ``id`` is of the breach, the verdict or the orphaned
    initiative, ``number`` of the breach, the decision or the initiative."""

    kind = serializers.ChoiceField(HOLDS)
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    metric = serializers.CharField()
    initiative = serializers.CharField()
    answerable = serializers.CharField()
    text = serializers.CharField()
    why = serializers.CharField(help_text="Why an orphan is one; empty for the others.")


class AttendanceSerializer(serializers.Serializer[Any]):
    member = NamedSerializer()
    present = serializers.BooleanField()


class WholeReviewSerializer(ReviewSerializer):
    notes = serializers.CharField()
    agenda = AgendaPartSerializer(many=True)
    held_open_by = HoldSerializer(many=True, help_text="Empty unless it is open.")
    attendance = AttendanceSerializer(many=True)
    minutes = serializers.DictField(allow_null=True, help_text="What was sealed at its close.")
    minutes_hash = serializers.CharField(help_text="SHA-256 of the minutes, in the ledger too.")
    minutes_intact = serializers.BooleanField(
        allow_null=True, help_text="Whether the hash, computed again, is the same."
    )


class HeldOpenSerializer(ProblemSerializer):
    held_open_by = HoldSerializer(many=True, required=False)


class ReviewFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=STATES, method="in_state")
    series = Id("series")
    team = Id("team")
    since = filters.DateFilter("occurs_on", lookup_expr="gte")
    until = filters.DateFilter("occurs_on", lookup_expr="lte")

    def in_state(self, rows: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        if value == "missed":
            return rows.filter(missed_at__isnull=False)
        return {
            "planned": rows.planned,
            "open": rows.open,
            "closed": rows.closed,
            "skipped": rows.skipped,
        }[value]()


class ReviewEndpoint(Endpoint):
    queryset = (
        Review.objects.annotate(made_good=made_good())
        .select_related(
            "series", "team", "facilitator", "closed_by", "organization", "escalated_to"
        )
        .prefetch_related(steps())
        .order_by("-starts_at", "-pk")
    )
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilters
    orders = {"starts_at": "starts_at", "occurs_on": "occurs_on"}

    def whole(self, pk: int) -> Response:
        review: Review = self.found(pk)
        data = ReviewSerializer(review, context=self.get_serializer_context()).data | {
            "notes": review.notes,
            "agenda": AgendaPartSerializer(agenda_of(review), many=True).data,
            "held_open_by": [hold.as_dict() for hold in held(review)],
            "attendance": AttendanceSerializer(
                review.attendances.select_related("member"), many=True
            ).data,
            "minutes": review.minutes,
            "minutes_hash": review.minutes_hash,
            "minutes_intact": verify_minutes(review) if review.minutes is not None else None,
        }
        return Response(data)


def held(review: Review) -> list[Any]:
    return list(holds(review)) if review.state == "open" else []


class Reviews(ReviewEndpoint):
    @describe(gives=ReviewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Reviews, the latest to start first."""
        return self.page()


class OneReview(ReviewEndpoint):
    @describe(gives=WholeReviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One review: its agenda, what holds it open, its minutes."""
        return self.whole(pk)


class Opening(ReviewEndpoint):
    @describe(
        gives=WholeReviewSerializer,
        conflicts=[
            "review_already_open",
            "review_closed",
            "review_missed",
            "review_skipped",
            "review_too_early",
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Begin the meeting and gather its agenda; up to a day early."""
        open_review(actor=self.actor, at=self.at, review=self.found(pk))
        return self.whole(pk)


class Close(ReviewEndpoint):
    @describe(
        gives=WholeReviewSerializer,
        conflicts=["review_held_open", "review_already_closed", "review_not_open"],
        conflict=HeldOpenSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Seal the minutes. Refused while a breach in its scope lacks a decision, or a verdict is
        not acknowledged: `held_open_by` names each."""
        close_review(actor=self.actor, at=self.at, review=self.found(pk))
        return self.whole(pk)
