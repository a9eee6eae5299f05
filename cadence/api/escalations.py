"""Where things stand on the escalation path, and the steps by which they came there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import NamedMetricSerializer, NamedSerializer, NumberedSerializer
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.escalations.models import (
    Because,
    Escalation,
    EscalationKind,
    EscalationQuerySet,
)
from cadence.escalations.queries import open_steps, shown
from cadence.evaluation.overdue import is_overdue


class EscalationStepSerializer(serializers.Serializer[Any]):
    """One step up the escalation path."""

    level = serializers.IntegerField(help_text="How many steps up it was then.")
    because = serializers.ChoiceField(Because.choices)
    from_person = NamedSerializer(
        source="from_person", allow_null=True, help_text="Who had it before; null where nobody did."
    )
    to_person = NamedSerializer(source="to_person")
    at = serializers.DateTimeField()
    was_due_at = serializers.DateTimeField(
        allow_null=True, help_text="The moment that passed; null where somebody handed it up."
    )
    due_at = serializers.DateTimeField(help_text="Until when it was with the person it went to.")

    def get_fields(self) -> dict[str, Any]:
        # A class cannot have an attribute of the name ``from``.
        fields = super().get_fields()
        names = {"from_person": "from", "to_person": "to"}
        return {names.get(name, name): field for name, field in fields.items()}


class EscalatedSerializer(serializers.Serializer[Any]):
    """What is on everything that can go up the escalation path."""

    level = serializers.IntegerField(help_text="Steps up the escalation path.")
    overdue = serializers.SerializerMethodField(
        help_text="Whether it waits past its due moment. Nothing of a paused initiative does."
    )
    escalations = EscalationStepSerializer(many=True, help_text="Every step up, in order.")

    @extend_schema_field({"type": "boolean"})
    def get_overdue(self, thing: Any) -> bool:
        at: datetime = self.context["at"]
        return is_overdue(thing, at)


class EscalationSerializer(EscalationStepSerializer):
    """A step, with the one thing that it is about; the other ids are null."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(EscalationKind.choices, help_text="What was not done in time.")
    breach = serializers.IntegerField(source="breach_id", allow_null=True)
    decision = serializers.SerializerMethodField(help_text="The one whose verdict it is about.")
    commitment = serializers.IntegerField(source="commitment_id", allow_null=True)
    ownership = serializers.IntegerField(source="ownership_id", allow_null=True)
    review = serializers.IntegerField(source="review_id", allow_null=True)
    metric = NamedMetricSerializer(source="breach.metric", allow_null=True, default=None)
    initiative = serializers.SerializerMethodField(
        help_text="The work it is about; null for a review and for the verdict on a decision."
    )

    @extend_schema_field(NumberedSerializer(allow_null=True))
    def get_decision(self, step: Escalation) -> Mapping[str, Any] | None:
        if step.verdict is None:
            return None
        decision = step.verdict.decision
        return {"id": decision.pk, "number": decision.number}

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_initiative(self, step: Escalation) -> Mapping[str, Any] | None:
        about = step.breach.metric if step.breach else step.commitment or step.ownership
        if about is None:
            return None
        return {"id": about.initiative.pk, "name": about.initiative.name}


class EscalationFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=EscalationKind.choices)
    because = filters.ChoiceFilter(choices=Because.choices)
    to_person = Id("to_person")
    breach = Id("breach")
    decision = Id("verdict__decision")
    commitment = Id("commitment")
    ownership = Id("ownership")
    review = Id("review")
    open = YesNo(method="standing")

    def standing(self, rows: EscalationQuerySet, name: str, value: bool) -> EscalationQuerySet:
        actor = self.request.auth.membership
        now = open_steps(actor.organization_id).values("pk")
        return rows.filter(pk__in=now) if value else rows.exclude(pk__in=now)


class Escalations(Endpoint):
    queryset = shown(Escalation.objects.order_by("-at", "-pk"))
    serializer_class = EscalationSerializer
    filterset_class = EscalationFilters
    orders = {"at": "at", "due_at": "due_at", "level": "level"}

    @describe(gives=EscalationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Steps up the escalation path, the latest first. `open=true` gives the last step of
        everything that is still to be done: where it stands now."""
        return self.page()
