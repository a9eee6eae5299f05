"""Who asks, and the people and teams around them."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership, Role, Team
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Choice, Input, NamedSerializer, Reference, text
from cadence.api.filters import Id, YesNo
from cadence.api.schema import describe
from cadence.people.members import change_member
from cadence.people.queries import locked_organization
from cadence.people.teams import change_team, create_team


class OrganizationSerializer(NamedSerializer):
    slug = serializers.CharField()
    time_zone = serializers.CharField()
    week_start = serializers.IntegerField(help_text="0 is Monday, 6 is Sunday.")
    fiscal_year_ends = serializers.IntegerField(
        help_text="The month with which a fiscal year ends, 1 to 12."
    )
    country = serializers.CharField()
    subdivision = serializers.CharField(help_text="Of the country, where it has holidays.")
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


class PersonInput(Input):
    name = text(120, required=False)
    role = Choice(Role.choices, required=False)
    team = Reference(Team, "team", required=False, allow_null=True)


class Person(PeopleEndpoint):
    @describe(gives=PersonSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One member or machine."""
        return self.answer(self.found(pk))

    @describe(
        takes=PersonInput,
        gives=PersonSerializer,
        conflicts=["member_left", "last_administrator", "member_answers_for_work"],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Name, role and team. What is left out stays."""
        member = self.found(pk)
        kept = {name: getattr(member, name) for name in PersonInput.names()}
        taken = kept | self.take(PersonInput, partial=True)
        return self.answer(change_member(actor=self.actor, at=self.at, member=member, **taken))


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


class TeamInput(Input):
    name = text(120)
    parent = Reference(  # type: ignore[assignment]
        Team, "team", required=False, allow_null=True
    )
    lead = Reference(Membership, "member", required=False, allow_null=True)


class Teams(TeamEndpoint):
    @describe(gives=TeamSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The teams of the tree, by name."""
        return self.page()

    @describe(
        takes=TeamInput,
        gives=TeamSerializer,
        status=201,
        conflicts=["team_name_taken", "team_too_deep"],
    )
    def post(self, request: Request) -> Response:
        """Create a team, below another or at the top, with a lead by name or none yet."""
        return self.answer(create_team(actor=self.actor, at=self.at, **self.take(TeamInput)), 201)


class OneTeam(TeamEndpoint):
    @describe(gives=TeamSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One team."""
        return self.answer(self.found(pk))

    def lock(self, pk: int | None = None) -> None:
        # The lead is locked before the team, and whoever changes teams holds the organization.
        locked_organization(self.actor.organization_id)

    @describe(
        takes=TeamInput,
        gives=TeamSerializer,
        conflicts=["team_circle", "team_too_deep", "team_name_taken"],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Name, place in the tree and lead. What is left out stays."""
        team = self.found(pk)
        kept = {name: getattr(team, name) for name in TeamInput.names()}
        taken = kept | self.take(TeamInput, partial=True)
        return self.answer(change_team(actor=self.actor, at=self.at, team=team, **taken))
