"""Who is on leave and who stands in; and who answers in the interim for what nobody owns."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Input, NamedSerializer, Reference, day, text
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.initiatives.models import Initiative
from cadence.ownership.interims import name_interim, withdraw_interim
from cadence.ownership.leaves import change_leave, end_leave, plan_leave, stand_down
from cadence.ownership.models import Interim, InterimEnding, InterimQuerySet, Leave, LeaveQuerySet
from cadence.reviews.queries import silent_owners

STATES = (("planned", "Planned"), ("under_way", "Under way"), ("over", "Over or cancelled"))


class LeaveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    member = NamedSerializer()
    stand_in = NamedSerializer(
        allow_null=True, help_text="Acts as owner meanwhile; without one the work is orphaned."
    )
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")
    note = serializers.CharField()
    planned_by = NamedSerializer()
    planned_at = serializers.DateTimeField()
    began_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="Over, or cancelled when it never began."
    )


class LeaveInput(Input):
    stand_in = Reference(Membership, "member", required=False, allow_null=True)
    starts_on = day()
    ends_on = day()
    note = text(200, required=False)


class LeaveChangeInput(Input):
    stand_in = Reference(Membership, "member", required=False, allow_null=True)
    ends_on = day(required=False)
    note = text(200, required=False)


class LeaveFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=STATES, method="in_state")
    member = Id("member")
    stand_in = Id("stand_in")

    def in_state(self, rows: LeaveQuerySet, name: str, value: str) -> LeaveQuerySet:
        if value == "over":
            return rows.filter(ended_at__isnull=False)
        return rows.under_way() if value == "under_way" else rows.planned()


class LeaveEndpoint(Endpoint):
    queryset = Leave.objects.select_related("member", "stand_in", "planned_by").order_by(
        "-starts_on", "-pk"
    )
    serializer_class = LeaveSerializer
    filterset_class = LeaveFilters
    orders = {"starts_on": "starts_on", "ends_on": "ends_on"}

    def member(self, pk: int) -> Membership:
        found: Membership = existing(Membership.objects.visible_to(self.actor), pk)
        return found


class Leaves(LeaveEndpoint):
    @describe(gives=LeaveSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every leave there is and was, the latest first."""
        return self.page()


class LeavesOfMember(LeaveEndpoint):
    @describe(gives=LeaveSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The leaves of a person, the latest first."""
        rows = self.get_queryset().filter(member=self.member(pk))
        return self.page(self.filter_queryset(rows))

    @describe(takes=LeaveInput, gives=LeaveSerializer, status=201, conflicts=["leave_overlaps"])
    def post(self, request: Request, pk: int) -> Response:
        """Plan a leave. It begins at once when its first day has come."""
        member = self.member(pk)
        taken = {"stand_in": None, **self.take(LeaveInput)}
        made = plan_leave(actor=self.actor, at=self.at, member=member, **taken)
        return self.answer(made, 201)


class OneLeave(LeaveEndpoint):
    @describe(gives=LeaveSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One leave."""
        return self.answer(self.found(pk))

    @describe(
        takes=LeaveChangeInput,
        gives=LeaveSerializer,
        conflicts=["leave_over", "leave_overlaps"],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Another stand-in, last day or note, also while it is under way. What is left out
        stays."""
        leave = self.found(pk)
        kept = {"stand_in": leave.stand_in, "ends_on": leave.ends_on, "note": leave.note}
        taken = kept | self.take(LeaveChangeInput, partial=True)
        return self.answer(change_leave(actor=self.actor, at=self.at, leave=leave, **taken))


class LeaveEnding(LeaveEndpoint):
    @describe(gives=LeaveSerializer, conflicts=["leave_over"])
    def post(self, request: Request, pk: int) -> Response:
        """Back early; or cancelled, when it has not begun."""
        leave = self.found(pk)
        return self.answer(end_leave(actor=self.actor, at=self.at, leave=leave))


class StandDown(LeaveEndpoint):
    @describe(gives=LeaveSerializer, conflicts=["leave_over"])
    def post(self, request: Request, pk: int) -> Response:
        """The stand-in says no. Nobody stands in until somebody else is named."""
        leave = self.found(pk)
        return self.answer(stand_down(actor=self.actor, at=self.at, leave=leave))


class InterimSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    initiative = NamedSerializer()
    person = NamedSerializer()
    named_by = NamedSerializer()
    named_at = serializers.DateTimeField()
    until = serializers.DateField(help_text="The last day, included.")
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.ChoiceField(InterimEnding.choices, allow_blank=True)


class InterimInput(Input):
    person = Reference(Membership, "member")
    until = day()


class InterimFilters(filters.FilterSet):
    current = filters.BooleanFilter(method="is_current")
    initiative = Id("initiative")
    person = Id("person")

    def is_current(self, rows: InterimQuerySet, name: str, value: bool) -> InterimQuerySet:
        return rows.filter(ended_at__isnull=value)


class InterimEndpoint(Endpoint):
    queryset = Interim.objects.select_related("initiative", "person", "named_by").order_by(
        "-named_at", "-pk"
    )
    serializer_class = InterimSerializer
    filterset_class = InterimFilters
    orders = {"named_at": "named_at", "until": "until"}


class Interims(InterimEndpoint):
    @describe(gives=InterimSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Everybody who answers or answered in the interim, the latest first."""
        return self.page()


class OneInterim(InterimEndpoint):
    @describe(gives=InterimSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One interim."""
        return self.answer(self.found(pk))


class NamedInterim(InterimEndpoint):
    @describe(
        takes=InterimInput,
        gives=InterimSerializer,
        status=201,
        conflicts=["initiative_not_orphaned", "interim_named", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Name who answers for orphaned work up to a last day, at most 92 days ahead."""
        initiative = existing(Initiative.objects.visible_to(self.actor), pk)
        made = name_interim(
            actor=self.actor,
            at=self.at,
            initiative=initiative,
            silent=silent_owners(self.actor.organization, self.at),
            **self.take(InterimInput),
        )
        return self.answer(made, 201)


class InterimWithdrawal(InterimEndpoint):
    @describe(gives=InterimSerializer, conflicts=["interim_over"])
    def post(self, request: Request, pk: int) -> Response:
        """They answer no more."""
        interim = self.found(pk)
        return self.answer(withdraw_interim(actor=self.actor, at=self.at, interim=interim))
