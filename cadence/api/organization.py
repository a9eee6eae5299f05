"""Who asks, and the people and teams around them."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Role, Team
from cadence.api.endpoint import Endpoint
from cadence.api.fields import NamedSerializer
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe


class OrganizationSerializer(NamedSerializer):
    slug = serializers.CharField()
    time_zone = serializers.CharField()
    week_start = serializers.IntegerField(help_text="0 is Monday, 6 is Sunday.")
    fiscal_year_ends = serializers.IntegerField(
        help_text="The month with which a fiscal year ends, 1 to 12."
    )
    country = serializers.CharField()
    currency = serializers.CharField()
    decision_days = serializers.IntegerField(help_text="Working days to decide a breach.")
    offer_days = serializers.IntegerField(help_text="Working days to answer an offer.")
    grace_days = serializers.IntegerField(help_text="Working days before a reading is missing.")
    load_limit = serializers.IntegerField(
        help_text="Initiatives above which an owner is overloaded."
    )
    sponsor = NamedSerializer(allow_null=True)


class PersonSerializer(NamedSerializer):
    role = serializers.ChoiceField(Role.choices)
    team = NamedSerializer(allow_null=True)
    is_current = serializers.BooleanField()
    joined_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class TokenSerializer(serializers.Serializer[Any]):
    prefix = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class MeSerializer(serializers.Serializer[Any]):
    member = PersonSerializer()
    organization = OrganizationSerializer()
    token = TokenSerializer()


class Me(Endpoint):
    @describe(gives=MeSerializer)
    def get(self, request: Request) -> Response:
        """Whose token this is, in which organization."""
        me = {
            "member": self.actor,
            "organization": self.actor.organization,
            "token": request.auth,
        }
        return Response(MeSerializer(me).data)


class PeopleFilters(filters.FilterSet):
    role = filters.ChoiceFilter(choices=Role.choices)
    team = Id("team")
    is_current = YesNo("ended_at", lookup_expr="isnull")


class PeopleEndpoint(Endpoint):
    queryset = Membership.objects.select_related("team").order_by("name", "pk")
    serializer_class = PersonSerializer
    filterset_class = PeopleFilters
    orders = {"name": "name", "joined_at": "joined_at"}
    searched = ("name",)


class People(PeopleEndpoint):
    @describe(gives=PersonSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Members and machines, by name; also those who left."""
        return self.page()


class Person(PeopleEndpoint):
    @describe(gives=PersonSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One member or machine."""
        return self.answer(self.found(pk))


class TeamSerializer(NamedSerializer):
    parent = NamedSerializer(allow_null=True)
    lead = NamedSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class TeamFilters(filters.FilterSet):
    parent = Id("parent")
    lead = Id("lead")


class TeamEndpoint(Endpoint):
    queryset = Team.objects.select_related("parent", "lead").order_by("name", "pk")
    serializer_class = TeamSerializer
    filterset_class = TeamFilters
    orders = {"name": "name", "created_at": "created_at"}
    searched = ("name",)


class Teams(TeamEndpoint):
    @describe(gives=TeamSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The teams of the tree, by name."""
        return self.page()


class OneTeam(TeamEndpoint):
    @describe(gives=TeamSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One team."""
        return self.answer(self.found(pk))
