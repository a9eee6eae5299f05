"""Somebody leaves: what hangs on them, and the act itself."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Role
from cadence.api.fields import (
    Assigned,
    Exact,
    Flag,
    Input,
    NamedSerializer,
    NumberedSerializer,
    text,
)
from cadence.api.organization import PeopleEndpoint, PersonSerializer
from cadence.api.ownerships import OfferSerializer
from cadence.api.schema import describe
from cadence.evaluation.leaving import deactivate_member, departure
from cadence.people.members import end_membership
from cadence.permissions import Act, require


class OwnedSerializer(serializers.Serializer[Any]):
    initiative = NamedSerializer()
    team = NamedSerializer(source="initiative.team")
    since = serializers.DateTimeField()
    undecided = serializers.IntegerField(help_text="Breaches that lack a decision.")
    at_stake = Exact(allow_null=True, help_text="In the currency of the organization.")
    pending = OfferSerializer(allow_null=True, help_text="Somebody who was asked already.")
    acting = NamedSerializer(allow_null=True, help_text="Who answers when it is orphaned.")


class AskedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    initiative = NamedSerializer()
    due_at = serializers.DateTimeField()


class LedSerializer(serializers.Serializer[Any]):
    team = NamedSerializer()
    acting = NamedSerializer(allow_null=True, help_text="Who acts while it has no lead.")


class FacilitatedSerializer(serializers.Serializer[Any]):
    series = NamedSerializer()
    next = NamedSerializer(allow_null=True, help_text="Who facilitates it then.")


class RunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    series = NamedSerializer()
    state = serializers.CharField(help_text="open or planned")
    starts_at = serializers.DateTimeField()


class ToDecideSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    metric = NamedSerializer()
    due_at = serializers.DateTimeField()


class JudgedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    decision = NumberedSerializer()
    due_at = serializers.DateTimeField()


class PromisedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    text = serializers.CharField()
    initiative = NamedSerializer()
    due_on = serializers.DateField()


class StandsInSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    member = NamedSerializer()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class HeldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    initiative = NamedSerializer()
    until = serializers.DateField()


class DepartureSerializer(serializers.Serializer[Any]):
    member = PersonSerializer()
    owned = OwnedSerializer(many=True)
    offers = AskedSerializer(many=True, help_text="Offers that wait for their answer.")
    leads = LedSerializer(many=True, source="led")
    series = FacilitatedSerializer(many=True)
    reviews = RunSerializer(many=True, help_text="Open ones, and planned ones of other series.")
    breaches = ToDecideSerializer(many=True)
    approvals = NumberedSerializer(many=True)
    verdicts = JudgedSerializer(many=True)
    commitments = PromisedSerializer(many=True)
    stands_in = StandsInSerializer(many=True)
    interims = HeldSerializer(many=True)
    tokens = serializers.SerializerMethodField(help_text="How many are live.")
    calendar_links = serializers.SerializerMethodField(help_text="How many are live.")
    is_sponsor = serializers.BooleanField()

    def get_tokens(self, found: Any) -> int:
        return len(found.tokens)

    def get_calendar_links(self, found: Any) -> int:
        return len(found.calendar_links)


class DeactivationInput(Input):
    reason = text(500)
    successors = Assigned(
        Membership,
        "member",
        nobody=True,
        required=False,
        help_text="By the id of the initiative; null leaves it orphaned on purpose.",
    )
    leads = Assigned(
        Membership, "member", nobody=True, required=False, help_text="By the id of the team."
    )
    leave_orphaned = Flag(
        required=False, help_text="Every initiative that is not named is orphaned on purpose."
    )


class DepartureOfPerson(PeopleEndpoint):
    serializer_class: Any = DepartureSerializer

    @describe(gives=DepartureSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Everything that hangs on a person, for an administrator."""
        member = self.found(pk)
        require(self.actor, Act.ADMINISTER)
        return Response(DepartureSerializer(departure(member, self.at)).data)


class Deactivation(PeopleEndpoint):
    @describe(
        takes=DeactivationInput,
        gives=PersonSerializer,
        conflicts=["member_left", "last_administrator", "offers_refused"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Somebody leaves. Nothing is closed or deleted.

        Each initiative that the person owns is named in `successors`, with whom it is offered to or
        null, unless an offer waits already or `leave_orphaned` is true. Tokens, calendar links and
        sessions end at once.
        """
        member = self.found(pk)
        taken = {"leave_orphaned": False, **self.take(DeactivationInput)}
        if member.role == Role.MACHINE:
            act = {"actor": self.actor, "at": self.at, "member": member}
            return self.answer(end_membership(**act, reason=taken["reason"]))
        return self.answer(deactivate_member(actor=self.actor, at=self.at, member=member, **taken))
