"""The strategic priorities, ranked."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import Ids, Input, NamedSerializer, day, text
from cadence.api.schema import describe
from cadence.initiatives.actions import change_priority, create_priority, rank_priorities
from cadence.initiatives.models import Priority


class PrioritySerializer(NamedSerializer):
    rank = serializers.IntegerField()
    description = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class RankedSerializer(serializers.Serializer[Any]):
    priorities = PrioritySerializer(many=True)


class PriorityInput(Input):
    name = text(160)
    description = text(4000, required=False)
    starts_on = day()
    ends_on = day()


class OrderInput(Input):
    order = Ids(help_text="The ids of all priorities, the first one first.")


class PriorityEndpoint(Endpoint):
    queryset = Priority.objects.order_by("rank", "pk")
    serializer_class = PrioritySerializer
    orders = {"rank": "rank", "name": "name", "starts_on": "starts_on"}
    searched = ("name",)


class Priorities(PriorityEndpoint):
    @describe(gives=PrioritySerializer(many=True))
    def get(self, request: Request) -> Response:
        """The strategic priorities, by rank."""
        return self.page()

    @describe(takes=PriorityInput, gives=PrioritySerializer, status=201)
    def post(self, request: Request) -> Response:
        """State a priority for a planning period. It is ranked after those there are."""
        made = create_priority(actor=self.actor, at=self.at, **self.take(PriorityInput))
        return self.answer(made, 201)


class OnePriority(PriorityEndpoint):
    @describe(gives=PrioritySerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One priority."""
        return self.answer(self.found(pk))

    @describe(takes=PriorityInput, gives=PrioritySerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """What it is and when it holds. What is left out stays."""
        priority = self.found(pk)
        kept = {name: getattr(priority, name) for name in PriorityInput.names()}
        taken = kept | self.take(PriorityInput, partial=True)
        changed = change_priority(actor=self.actor, at=self.at, priority=priority, **taken)
        return self.answer(changed)


class PriorityOrder(PriorityEndpoint):
    @describe(takes=OrderInput, gives=RankedSerializer)
    def post(self, request: Request) -> Response:
        """Rank all of them anew."""
        ranked = rank_priorities(actor=self.actor, at=self.at, **self.take(OrderInput))
        return Response(RankedSerializer({"priorities": ranked}).data)
