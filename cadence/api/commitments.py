from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from cadence.api.endpoint import Endpoint
from cadence.api.escalations import EscalatedSerializer
from cadence.api.fields import Input, NamedSerializer, ReasonInput, Reference, day, text
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.decisions.actions import commit, drop_commitment, keep_commitment
from cadence.decisions.models import Commitment, Decision
from cadence.escalations.queries import steps
from cadence.initiatives.models import Initiative
from cadence.reviews.models import Review


class CommitmentSerializer(EscalatedSerializer):
    """An action with one named person and a due date. Open until it is kept or dropped."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    person = NamedSerializer()
    due_on = serializers.DateField()
    due_at = serializers.DateTimeField(
        help_text="The end of that day; once it went up, the limit of who it went to."
    )
    escalated_to = NamedSerializer(
        allow_null=True, help_text="To whom it went up; null while it is the person's."
    )
    initiative = NamedSerializer()
    decision = serializers.IntegerField(source="decision_id", allow_null=True)
    review = serializers.IntegerField(source="review_id", allow_null=True)
    created_by = NamedSerializer()
    created_at = serializers.DateTimeField()
    kept_at = serializers.DateTimeField(allow_null=True)
    dropped_at = serializers.DateTimeField(allow_null=True)
    dropped_reason = serializers.CharField()


class CommitmentInput(Input):
    initiative = Reference(Initiative, "initiative")
    text = text(500)
    person = Reference(Membership, "member")
    due_on = day()
    decision = Reference(Decision, "decision", required=False, allow_null=True)
    review = Reference(Review, "review", required=False, allow_null=True)


class CommitmentFilters(filters.FilterSet):
    person = Id("person")
    initiative = Id("initiative")
    decision = Id("decision")
    review = Id("review")
    open = YesNo(method="is_open")
    due_until = filters.DateFilter("due_on", lookup_expr="lte")

    def is_open(self, rows: Any, name: str, value: bool) -> Any:
        settled = {"kept_at__isnull": True, "dropped_at__isnull": True}
        return rows.filter(**settled) if value else rows.exclude(**settled)


class CommitmentEndpoint(Endpoint):
    queryset = (
        Commitment.objects.select_related("person", "initiative", "created_by", "escalated_to")
        .prefetch_related(steps())
        .order_by("due_on", "pk")
    )
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilters
    orders = {"due_on": "due_on", "due_at": "due_at", "created_at": "created_at"}
    searched = ("text",)


class Commitments(CommitmentEndpoint):
    @describe(gives=CommitmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Commitments, the earliest due first."""
        return self.page()

    @describe(takes=CommitmentInput, gives=CommitmentSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Write down who does what by when."""
        return self.answer(commit(actor=self.actor, at=self.at, **self.take(CommitmentInput)), 201)


class OneCommitment(CommitmentEndpoint):
    @describe(gives=CommitmentSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One commitment."""
        return self.answer(self.found(pk))


class Kept(CommitmentEndpoint):
    @describe(gives=CommitmentSerializer, conflicts=["commitment_settled"])
    def post(self, request: Request, pk: int) -> Response:
        """It was done."""
        commitment = self.found(pk)
        return self.answer(keep_commitment(actor=self.actor, at=self.at, commitment=commitment))


class Dropped(CommitmentEndpoint):
    @describe(takes=ReasonInput, gives=CommitmentSerializer, conflicts=["commitment_settled"])
    def post(self, request: Request, pk: int) -> Response:
        """It will not be done, and why."""
        commitment = self.found(pk)
        taken = self.take(ReasonInput)
        return self.answer(
            drop_commitment(actor=self.actor, at=self.at, commitment=commitment, **taken)
        )
