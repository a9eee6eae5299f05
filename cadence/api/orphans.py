"""What nobody answers for, and how much everybody else does: as JSON and as CSV."""

from collections.abc import Sequence
from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from accounts.tree import Tree
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Exact, NamedSerializer
from cadence.api.filters import Id
from cadence.api.ownerships import OfferSerializer
from cadence.api.schema import describe
from cadence.evaluation.loads import loads
from cadence.evaluation.ownerless import find_orphans, with_stakes
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.ownership.queries import answers_for
from cadence.ownership.rules import Reason

REASONS = [(reason.value, reason.label) for reason in Reason]
ORDERS = (("since", "Longest first"), ("-at_stake", "Most at stake first"))


class CauseSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(REASONS)
    since = serializers.DateTimeField()


class LastDecisionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    what = serializers.CharField()
    decided_at = serializers.DateTimeField()


class StepSerializer(serializers.Serializer[Any]):
    to = NamedSerializer(source="to_person")
    level = serializers.IntegerField(help_text="Steps up the escalation path.")
    at = serializers.DateTimeField()


class InterimOwnerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    person = NamedSerializer()
    until = serializers.DateField(help_text="The last day.")


class OrphanSerializer(serializers.Serializer[Any]):
    initiative = NamedSerializer()
    team = NamedSerializer(source="initiative.team")
    priority = NamedSerializer(source="initiative.priority")
    reasons = serializers.ListField(source="orphan.reasons", child=serializers.ChoiceField(REASONS))
    causes = CauseSerializer(
        source="orphan.causes", many=True, help_text="Each reason and since when it holds."
    )
    since = serializers.DateTimeField(source="orphan.since")
    at_stake = Exact(
        source="orphan.at_stake", allow_null=True, help_text="In the currency of the organization."
    )
    currency = serializers.CharField(source="initiative.organization.currency")
    undecided_breaches = serializers.SerializerMethodField()
    last_decision = LastDecisionSerializer(source="decision", allow_null=True)
    escalation = StepSerializer(
        allow_null=True, help_text="To whom it went that an owner is to be found."
    )
    acting = NamedSerializer(
        source="orphan.acting", allow_null=True, help_text="Interim owner, or the lead who acts."
    )
    answers = serializers.SerializerMethodField(help_text="Who answers meanwhile, in words.")
    interim = InterimOwnerSerializer(source="orphan.interim", allow_null=True)
    pending = OfferSerializer(
        source="orphan.pending", allow_null=True, help_text="The offer that awaits an answer."
    )
    previous_owner = NamedSerializer(source="orphan.previous.owner", allow_null=True, default=None)

    def to_representation(self, instance: Any) -> Any:
        return super().to_representation(self.context["found"][instance.initiative.pk])

    def get_undecided_breaches(self, row: Any) -> int:
        return len(row.breaches)

    def get_answers(self, row: Any) -> str:
        return str(self.context["answers"][row.initiative.pk].words)


class LoadSerializer(serializers.Serializer[Any]):
    person = NamedSerializer(source="member")
    team = NamedSerializer(source="member.team", allow_null=True)
    initiatives = serializers.IntegerField(help_text="As owner.")
    interim = serializers.IntegerField(help_text="Initiatives as interim owner, besides.")
    limit = serializers.IntegerField(help_text="Initiatives, of the organization.")
    is_over = serializers.BooleanField(help_text="Both together are more than the limit.")
    metrics = serializers.IntegerField()
    undecided_breaches = serializers.IntegerField(source="undecided")
    overdue_commitments = serializers.IntegerField(source="overdue")


class OrphanFilters(filters.FilterSet):
    """The rows follow from many tables; these say of which initiatives, and which of them."""

    team = Id("team", method="as_it_is", help_text="A team, with those below it.")
    reason = filters.ChoiceFilter(choices=REASONS, method="as_it_is")
    ordering = filters.ChoiceFilter(
        choices=ORDERS, method="as_it_is", help_text="`since` unless said otherwise."
    )

    def as_it_is(self, rows: InitiativeQuerySet, name: str, value: object) -> InitiativeQuerySet:
        return rows


class Orphans(Endpoint):
    # For the schema and the filters: what is orphaned follows from many tables.
    queryset = Initiative.objects.all()
    serializer_class = OrphanSerializer
    filterset_class = OrphanFilters
    columns = (
        "initiative.id",
        "initiative.name",
        "team.name",
        "priority.name",
        "reasons",
        "since",
        "at_stake",
        "currency",
        "undecided_breaches",
        "last_decision.number",
        "last_decision.what",
        "last_decision.decided_at",
        "escalation.to.name",
        "escalation.level",
        "escalation.at",
        "answers",
        "previous_owner.name",
        "pending.owner.name",
        "pending.due_at",
    )

    def identity(self, row: Any) -> int:
        key: int = row.initiative.pk
        return key

    def beside(self, rows: Sequence[Any]) -> dict[str, Any]:
        organization = self.actor.organization
        for row in rows:
            row.initiative.organization = organization
        return {
            "answers": answers_for((row.initiative for row in rows), Tree(organization)),
            "found": {row.initiative.pk: row for row in with_stakes(rows)},
        }

    @describe(gives=OrphanSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Initiatives without an owner who answers: why, since when, what is at stake, who acts."""
        self.filter_queryset(self.get_queryset())
        asked, organization = request.query_params, self.actor.organization
        teams = None
        if asked.get("team"):
            tree, key = Tree(organization), int(asked["team"])
            teams = tree.below(key) if key in tree.teams else set()
        found = find_orphans(
            organization,
            self.at,
            teams=teams,
            reason=asked.get("reason", ""),
            sort=asked.get("ordering", "").removeprefix("-"),
        )
        return self.page(found)


class Loads(Endpoint):
    # As above: a row follows from many tables.
    queryset = Membership.objects.none()
    serializer_class = LoadSerializer
    columns = (
        "person.id",
        "person.name",
        "team.name",
        "initiatives",
        "interim",
        "limit",
        "is_over",
        "metrics",
        "undecided_breaches",
        "overdue_commitments",
    )

    def identity(self, row: Any) -> int:
        key: int = row.member.pk
        return key

    @describe(gives=LoadSerializer(many=True))
    def get(self, request: Request) -> Response:
        """How much everybody answers for, beside the limit of the organization, most first."""
        return self.page(loads(self.actor.organization, self.at))
