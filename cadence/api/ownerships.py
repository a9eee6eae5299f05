"""Who answers for what, offers and their answers."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import (
    Assigned,
    Ids,
    Input,
    NamedSerializer,
    ReasonInput,
    Reference,
    text,
)
from cadence.api.filters import Id
from cadence.api.schema import describe
from cadence.initiatives.models import Initiative
from cadence.ownership.actions import (
    accept_ownership,
    decline_ownership,
    offer_ownership,
    withdraw_offer,
)
from cadence.ownership.handing_over import accept_many, decline_many, offer_many
from cadence.ownership.models import Ending, Ownership, OwnershipQuerySet

STATES = (("pending", "Offered"), ("current", "Accepted"), ("ended", "Ended"))


class OwnershipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    initiative = NamedSerializer()
    owner = NamedSerializer()
    offered_by = NamedSerializer(allow_null=True)
    offered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Until when an answer is awaited.")
    note = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.ChoiceField(Ending.choices, allow_blank=True)
    reason = serializers.CharField()


class OwnershipsSerializer(serializers.Serializer[Any]):
    ownerships = OwnershipSerializer(many=True)


class OfferSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    owner = NamedSerializer()
    offered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()


class OwnershipFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=STATES, method="in_state")
    owner = Id("owner")
    initiative = Id("initiative")

    def in_state(self, rows: OwnershipQuerySet, name: str, value: str) -> OwnershipQuerySet:
        if value == "ended":
            return rows.filter(ended_at__isnull=False)
        return rows.pending() if value == "pending" else rows.current()


class OfferInput(Input):
    owner = Reference(Membership, "member")
    note = text(500, required=False)


class WithdrawalInput(Input):
    reason = text(500, required=False)


class OwnershipEndpoint(Endpoint):
    queryset = Ownership.objects.select_related("initiative", "owner", "offered_by").order_by(
        "-offered_at", "-pk"
    )
    serializer_class = OwnershipSerializer
    filterset_class = OwnershipFilters
    orders = {"offered_at": "offered_at", "due_at": "due_at"}

    def initiative(self, pk: int) -> Initiative:
        found: Initiative = existing(Initiative.objects.visible_to(self.actor), pk)
        return found

    def rows(self, ownerships: list[Ownership], status: int = 200) -> Response:
        """These, as they are now, in the order of their initiatives."""
        found = self.get_queryset().filter(pk__in=[one.pk for one in ownerships])
        ordered = found.order_by("initiative", "pk")
        return Response(OwnershipsSerializer({"ownerships": ordered}).data, status)


class Ownerships(OwnershipEndpoint):
    @describe(gives=OwnershipSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every ownership and offer there ever was, the latest first."""
        return self.page()


class OneOwnership(OwnershipEndpoint):
    @describe(gives=OwnershipSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One ownership or offer."""
        return self.answer(self.found(pk))


class OwnershipsOfInitiative(OwnershipEndpoint):
    @describe(gives=OwnershipSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Who answered for an initiative, and who was asked, the latest first."""
        rows = self.get_queryset().filter(initiative=self.initiative(pk))
        return self.page(self.filter_queryset(rows))


class Offers(OwnershipEndpoint):
    @describe(
        takes=OfferInput,
        gives=OwnershipSerializer,
        status=201,
        conflicts=["offer_pending", "already_owner", "initiative_ended"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Ask somebody to answer for an initiative. Who asks oneself has accepted."""
        initiative = self.initiative(pk)
        taken = self.take(OfferInput)
        made = offer_ownership(actor=self.actor, at=self.at, initiative=initiative, **taken)
        return self.answer(made, 201)


class OffersInput(Input):
    offers = Assigned(
        Membership, "member", help_text="For each initiative, by its id, who is asked to own it."
    )
    note = text(500, required=False)


class ManyOffers(OwnershipEndpoint):
    @describe(
        takes=OffersInput,
        gives=OwnershipsSerializer,
        status=201,
        conflicts=["offers_refused"],
    )
    def post(self, request: Request) -> Response:
        """Ask for many initiatives at once, one offer each; all or none."""
        made = offer_many(actor=self.actor, at=self.at, **self.take(OffersInput))
        return self.rows(made, 201)


class AnswersInput(Input):
    offers = Ids(help_text="Ids of offers that wait for one's answer.")


class DeclinesInput(AnswersInput):
    reason = text(500)


class ManyAccepted(OwnershipEndpoint):
    @describe(takes=AnswersInput, gives=OwnershipsSerializer, conflicts=["offers_refused"])
    def post(self, request: Request) -> Response:
        """Accept many offers at once; all or none."""
        keys = self.take(AnswersInput)["offers"]
        return self.rows(accept_many(actor=self.actor, at=self.at, ownerships=keys))


class ManyDeclined(OwnershipEndpoint):
    @describe(takes=DeclinesInput, gives=OwnershipsSerializer, conflicts=["offers_refused"])
    def post(self, request: Request) -> Response:
        """Decline many offers at once, for one reason; all or none."""
        taken = self.take(DeclinesInput)
        keys = taken["offers"]
        declined = decline_many(
            actor=self.actor, at=self.at, ownerships=keys, reason=taken["reason"]
        )
        return self.rows(declined)


ANSWERED = ["offer_answered", "offer_withdrawn", "offer_lapsed", "initiative_ended"]


class Acceptance(OwnershipEndpoint):
    @describe(gives=OwnershipSerializer, conflicts=ANSWERED)
    def post(self, request: Request, pk: int) -> Response:
        """Accept: the person who was asked answers for the initiative from now on."""
        ownership = self.found(pk)
        return self.answer(accept_ownership(actor=self.actor, at=self.at, ownership=ownership))


class Decline(OwnershipEndpoint):
    @describe(takes=ReasonInput, gives=OwnershipSerializer, conflicts=ANSWERED)
    def post(self, request: Request, pk: int) -> Response:
        """Decline, and say why."""
        ownership = self.found(pk)
        taken = self.take(ReasonInput)
        return self.answer(
            decline_ownership(actor=self.actor, at=self.at, ownership=ownership, **taken)
        )


class Withdrawal(OwnershipEndpoint):
    @describe(takes=WithdrawalInput, gives=OwnershipSerializer, conflicts=ANSWERED)
    def post(self, request: Request, pk: int) -> Response:
        """Take an offer back that was not answered."""
        ownership = self.found(pk)
        taken = self.take(WithdrawalInput)
        return self.answer(
            withdraw_offer(actor=self.actor, at=self.at, ownership=ownership, **taken)
        )
