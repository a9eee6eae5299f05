"""Decisions, their approvals and their verdicts."""

from dataclasses import fields
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from cadence.api.endpoint import Endpoint, existing
from cadence.api.escalations import EscalatedSerializer
from cadence.api.fields import (
    Choice,
    Exact,
    Flag,
    Input,
    NamedMetricSerializer,
    NamedSerializer,
    Reference,
    References,
    day,
    number,
    text,
)
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision, DecisionKind, DecisionQuerySet, VerdictResult
from cadence.escalations.queries import steps
from cadence.evaluation.approvals import answer_decision
from cadence.reviews.models import Review


class ApprovalSerializer(serializers.Serializer[Any]):
    approved = serializers.BooleanField()
    answered_by = NamedSerializer()
    answered_at = serializers.DateTimeField()
    reason = serializers.CharField()


class VerdictSerializer(EscalatedSerializer):
    result = serializers.ChoiceField(VerdictResult.choices)
    grounds = serializers.CharField()
    given_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Until when it is acknowledged.")
    escalated_to = NamedSerializer(
        allow_null=True, help_text="To whom it went up; null while it is for who answers for it."
    )
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = NamedSerializer(allow_null=True)


class DecidedBreachSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = NamedMetricSerializer()
    initiative = NamedSerializer(source="metric.initiative")


class DecisionSerializer(serializers.Serializer[Any]):
    """What is done about one or more breaches. Never changed; a later one can replace it."""

    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Within the organization; people say D-12.")
    kind = serializers.ChoiceField(DecisionKind.choices)
    what = serializers.CharField()
    expected = serializers.CharField()
    check_on = serializers.DateField(allow_null=True)
    breaches = DecidedBreachSerializer(many=True)
    decided_by = NamedSerializer()
    recorded_by = NamedSerializer()
    decided_at = serializers.DateTimeField()
    review = serializers.IntegerField(source="review_id", allow_null=True)
    carried_out_by = NamedSerializer(allow_null=True)
    moved_from = serializers.CharField()
    moved_to = serializers.CharField()
    amount = serializers.CharField()
    escalated_to = NamedSerializer(allow_null=True)
    new_floor = Exact(allow_null=True)
    new_ceiling = Exact(allow_null=True)
    new_from = serializers.DateField(allow_null=True)
    needs_approval = serializers.BooleanField()
    approval = ApprovalSerializer(allow_null=True, default=None)
    verdict = VerdictSerializer(allow_null=True, default=None)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    replaced_by = serializers.SerializerMethodField()
    in_force = serializers.SerializerMethodField(
        help_text="Whether a breach rests on it: approved where that is needed, not replaced, "
        "and no verdict has opened the duty again."
    )

    def get_replaced_by(self, decision: Decision) -> list[int]:
        return sorted(later.pk for later in decision.replaced_by.all())

    def get_in_force(self, decision: Decision) -> bool:
        return any(breach.decision_id == decision.pk for breach in decision.breaches.all())


class DecisionInput(Input):
    kind = Choice(DecisionKind.choices)
    what = text(2000, required=False, help_text="Left out, it is the agreed response, if agreed.")
    expected = text(500, required=False)
    check_on = day(required=False, allow_null=True, help_text="At most six periods ahead.")
    carried_out_by = Reference(Membership, "member", required=False, allow_null=True)
    moved_from = text(200, required=False)
    moved_to = text(200, required=False)
    amount = text(100, required=False)
    escalated_to = Reference(Membership, "member", required=False, allow_null=True)
    new_floor = number(required=False, allow_null=True)
    new_ceiling = number(required=False, allow_null=True)
    new_from = day(required=False, allow_null=True)
    decided_by = Reference(
        Membership, "member", required=False, allow_null=True, help_text="Else who records it."
    )
    also_breaches = References(Breach, "breach", required=False)
    replaces = Reference(Decision, "decision", required=False, allow_null=True)
    review = Reference(Review, "review", required=False, allow_null=True)


class ApprovalInput(Input):
    approved = Flag()
    reason = text(500, required=False, help_text="A refusal has one.")


class AcknowledgementInput(Input):
    review = Reference(Review, "review", required=False, allow_null=True)


VERDICTS = [*VerdictResult.choices, ("none", "None yet")]


class DecisionFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=DecisionKind.choices)
    verdict = filters.ChoiceFilter(choices=VERDICTS, method="judged")
    breach = Id("breaches")
    metric = Id("breaches__metric", distinct=True)
    initiative = Id("breaches__metric__initiative", distinct=True)
    decided_by = Id("decided_by")
    review = Id("review")
    unacknowledged = YesNo(method="to_acknowledge")

    def judged(self, rows: DecisionQuerySet, name: str, value: str) -> DecisionQuerySet:
        if value == "none":
            return rows.filter(verdict__isnull=True)
        return rows.filter(verdict__result=value)

    def to_acknowledge(self, rows: DecisionQuerySet, name: str, value: bool) -> DecisionQuerySet:
        waiting = Q(verdict__isnull=False, verdict__acknowledged_at__isnull=True)
        return rows.filter(waiting) if value else rows.exclude(waiting)


class DecisionEndpoint(Endpoint):
    queryset = (
        Decision.objects.select_related(
            "decided_by",
            "recorded_by",
            "carried_out_by",
            "escalated_to",
            "approval__answered_by",
            "verdict__acknowledged_by",
            "verdict__escalated_to",
        )
        .prefetch_related("breaches__metric__initiative", "replaced_by", steps("verdict"))
        .order_by("-decided_at", "-pk")
    )
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilters
    orders = {"decided_at": "decided_at", "number": "number", "check_on": "check_on"}
    searched = ("what", "expected", "number")

    def containing(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        found = Q(what__icontains=words) | Q(expected__icontains=words)
        digits = words.upper().removeprefix("D-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 9:
            found |= Q(number=int(digits))
        return rows.filter(found)


class Decisions(DecisionEndpoint):
    @describe(gives=DecisionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The log of decisions with their verdicts, the latest first."""
        return self.page()


class OneDecision(DecisionEndpoint):
    @describe(gives=DecisionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One decision."""
        return self.answer(self.found(pk))


class DecisionsOfBreach(DecisionEndpoint):
    @describe(gives=DecisionSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Every decision about a breach, the latest first."""
        rows = self.get_queryset().filter(breaches=self.breach(pk))
        return self.page(self.filter_queryset(rows))

    @describe(
        takes=DecisionInput,
        gives=DecisionSerializer,
        status=201,
        conflicts=["already_decided", "decision_not_in_force", "review_not_open"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Record what is done about a breach, and about others with it.

        In force at once; *hold course* and *move the threshold* when somebody above the owner
        approves.
        """
        breach = self.breach(pk)
        taken = self.take(DecisionInput)
        breaches = [breach, *taken.pop("also_breaches", [])]
        drafted = {one.name: taken.pop(one.name) for one in fields(Draft) if one.name in taken}
        made = record_decision(
            actor=self.actor, at=self.at, breaches=breaches, draft=Draft(**drafted), **taken
        )
        return self.answer(made, 201)

    def breach(self, pk: int) -> Breach:
        found: Breach = existing(Breach.objects.visible_to(self.actor), pk)
        return found


class DecisionApproval(DecisionEndpoint):
    @describe(
        takes=ApprovalInput,
        gives=DecisionSerializer,
        conflicts=["decision_answered", "already_decided", "threshold_changed"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Approve or refuse a decision that takes two people."""
        decision = self.found(pk)
        taken = self.take(ApprovalInput)
        answer_decision(actor=self.actor, at=self.at, decision=decision, **taken)
        return self.answer(decision)


class Acknowledgement(DecisionEndpoint):
    @describe(
        takes=AcknowledgementInput, gives=DecisionSerializer, conflicts=["verdict_acknowledged"]
    )
    def post(self, request: Request, pk: int) -> Response:
        """Acknowledge the verdict on a decision."""
        decision = self.found(pk)
        taken = self.take(AcknowledgementInput)
        acknowledge_verdict(actor=self.actor, at=self.at, decision=decision, **taken)
        return self.answer(decision)
