"""Initiatives: the work for the priorities."""

from collections.abc import Sequence
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Team
from cadence.api.endpoint import Endpoint
from cadence.api.fields import (
    Choice,
    Exact,
    Input,
    NamedSerializer,
    ReasonInput,
    Reference,
    number,
    text,
)
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.evaluation.lifecycle import activate_initiative, end_initiative, resume_initiative
from cadence.initiatives.actions import change_initiative, create_initiative, pause_initiative
from cadence.initiatives.models import Initiative, InitiativeQuerySet, Priority, State
from cadence.initiatives.queries import locked_initiative
from cadence.ownership.models import Ownership
from cadence.ownership.queries import Answerable, answers_for

BECAUSE = (
    ("", "The owner"),
    ("stand_in", "Stands in for an owner on leave"),
    ("interim", "Named until an owner accepts"),
    ("lead", "Leads the team, or one above it"),
)


class AnswersSerializer(serializers.Serializer[Any]):
    member = NamedSerializer(allow_null=True)
    because = serializers.ChoiceField(BECAUSE, allow_blank=True)
    until = serializers.DateField(allow_null=True, help_text="The last day, where there is one.")


class InitiativeSerializer(NamedSerializer):
    state = serializers.ChoiceField(State.choices)
    description = serializers.CharField()
    priority = NamedSerializer()
    team = NamedSerializer()
    owner = serializers.SerializerMethodField(help_text="Who accepted to answer for it.")
    acting_owner = serializers.SerializerMethodField(
        help_text="While there is no owner: who answers meanwhile."
    )
    answers = serializers.SerializerMethodField(
        help_text="Who answers for it now, and why it is not the owner."
    )
    budget_at_stake = Exact(allow_null=True, help_text="In the currency of the organization.")
    created_at = serializers.DateTimeField()
    activated_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField()

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_owner(self, initiative: Initiative) -> Any:
        return _named(self._who(initiative).owner)

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_acting_owner(self, initiative: Initiative) -> Any:
        answers = self._who(initiative)
        return _named(answers.member) if answers.owner is None else None

    @extend_schema_field(AnswersSerializer())
    def get_answers(self, initiative: Initiative) -> Any:
        return AnswersSerializer(self._who(initiative)).data

    def _who(self, initiative: Initiative) -> Answerable:
        answers: Answerable = self.context["answers"][initiative.pk]
        return answers


def _named(member: Membership | None) -> Any:
    return None if member is None else NamedSerializer(member).data


class InitiativeInput(Input):
    name = text(160)
    description = text(4000, required=False)
    priority = Reference(Priority, "priority")
    team = Reference(Team, "team")
    budget_at_stake = number(required=False, allow_null=True)


ENDINGS = ((State.COMPLETED.value, "Completed"), (State.STOPPED.value, "Stopped"))


class EndingInput(ReasonInput):
    ended_as = Choice(ENDINGS)


class InitiativeFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=State.choices, method="in_state")
    priority = Id("priority")
    team = Id("team")
    owner = Id("owner", method="owned_by")

    def in_state(self, rows: InitiativeQuerySet, name: str, value: str) -> InitiativeQuerySet:
        return rows.in_state(value)

    def owned_by(self, rows: InitiativeQuerySet, name: str, value: int) -> InitiativeQuerySet:
        return rows.filter(ownerships__in=Ownership.objects.current().filter(owner=value))


class InitiativeEndpoint(Endpoint):
    queryset = Initiative.objects.select_related("priority", "team", "organization").order_by(
        "priority__rank", "name", "pk"
    )
    serializer_class = InitiativeSerializer
    filterset_class = InitiativeFilters
    orders = {"name": "name", "created_at": "created_at", "activated_at": "activated_at"}
    searched = ("name",)

    def beside(self, rows: Sequence[Initiative]) -> dict[str, Any]:
        return {"answers": answers_for(rows)}


class Initiatives(InitiativeEndpoint):
    @describe(gives=InitiativeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Initiatives, by the rank of their priority and by name."""
        return self.page()

    @describe(takes=InitiativeInput, gives=InitiativeSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Create a draft. It becomes active when it has an owner and is activated."""
        made = create_initiative(actor=self.actor, at=self.at, **self.take(InitiativeInput))
        return self.answer(made, 201)


class OneInitiative(InitiativeEndpoint):
    @describe(gives=InitiativeSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One initiative, and who answers for it."""
        return self.answer(self.found(pk))

    def lock(self, pk: int | None = None) -> None:
        assert pk is not None
        locked_initiative(self.actor, self.found(pk))

    @describe(takes=InitiativeInput, gives=InitiativeSerializer, conflicts=["initiative_ended"])
    def patch(self, request: Request, pk: int) -> Response:
        """Change what an initiative is about and where it lies. What is left out stays."""
        taken = self.take(InitiativeInput, partial=True)
        initiative = self.found(pk)
        kept = {name: getattr(initiative, name) for name in InitiativeInput.names()}
        change_initiative(actor=self.actor, at=self.at, initiative=initiative, **{**kept, **taken})
        return self.answer(initiative)


class Activation(InitiativeEndpoint):
    @describe(
        gives=InitiativeSerializer,
        conflicts=["initiative_without_owner", "initiative_not_draft", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Begin: from now on its readings are owed."""
        initiative = self.found(pk)
        return self.answer(activate_initiative(actor=self.actor, at=self.at, initiative=initiative))


class Pause(InitiativeEndpoint):
    @describe(
        takes=ReasonInput,
        gives=InitiativeSerializer,
        conflicts=["initiative_without_owner", "initiative_not_active", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Pause: no reading is owed. Breaches there are still want their decision."""
        initiative = self.found(pk)
        taken = self.take(ReasonInput)
        return self.answer(
            pause_initiative(actor=self.actor, at=self.at, initiative=initiative, **taken)
        )


class Resumption(InitiativeEndpoint):
    @describe(
        gives=InitiativeSerializer,
        conflicts=["initiative_without_owner", "initiative_not_paused", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Go on after a pause."""
        initiative = self.found(pk)
        return self.answer(resume_initiative(actor=self.actor, at=self.at, initiative=initiative))


class InitiativeEnding(InitiativeEndpoint):
    @describe(
        takes=EndingInput,
        gives=InitiativeSerializer,
        conflicts=["breaches_undecided", "initiative_not_active", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Complete or stop it. Refused while one of its breaches lacks a decision."""
        initiative = self.found(pk)
        taken = self.take(EndingInput)
        return self.answer(
            end_initiative(actor=self.actor, at=self.at, initiative=initiative, **taken)
        )
