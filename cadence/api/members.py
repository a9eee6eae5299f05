"""People and machines as an administrator sets them: their place, their return, their tokens,
and the links by which somebody joins."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, Invitation, Membership, Role, Scope, Team
from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Choice, Input, NamedSerializer, Reference, Told, text, whole
from cadence.api.filters import Id
from cadence.api.organization import PeopleEndpoint, PersonSerializer
from cadence.api.schema import describe
from cadence.notices.inviting import mail_invitation
from cadence.people.invitations import invite, revoke_invitation
from cadence.people.members import PERSON_ROLES, add_machine, return_member
from cadence.people.queries import open_invitations
from cadence.people.rules import LONGEST_TOKEN_DAYS
from cadence.people.tokens import issue_token, revoke_token
from cadence.permissions import Act, may, require

ROLES = [(role.value, role.label) for role in PERSON_ROLES]


class Return(PeopleEndpoint):
    @describe(gives=PersonSerializer, conflicts=["member_is_current"])
    def post(self, request: Request, pk: int) -> Response:
        """Somebody who left is back, in the role they had. They own and lead nothing."""
        return self.answer(return_member(actor=self.actor, at=self.at, member=self.found(pk)))


class MachineInput(Input):
    name = text(120)
    team = Reference(Team, "team", required=False, allow_null=True)


class Machines(PeopleEndpoint):
    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(role=Role.MACHINE)

    @describe(gives=PersonSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Machines, by name; also those that were switched off."""
        return self.page()

    @describe(takes=MachineInput, gives=PersonSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Add a machine, which pushes readings with tokens of its own."""
        taken = self.take(MachineInput)
        return self.answer(add_machine(actor=self.actor, at=self.at, **taken), 201)


class ApiTokenSerializer(serializers.Serializer[Any]):
    """A token. Its secret is in no answer but the one that made it."""

    id = serializers.IntegerField()
    member = NamedSerializer(source="membership")
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first letters, to tell it apart.")
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")


class NewTokenSerializer(ApiTokenSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Told once: null in an answer given again."
    )


class TokenInput(Input):
    name = text(120)
    days = whole(1, LONGEST_TOKEN_DAYS, required=False, help_text="Until it expires.")


class MachineTokenInput(TokenInput):
    scopes = Told({"type": "array", "items": {"type": "string", "enum": list(Scope.values)}})


class TokenFilters(filters.FilterSet):
    member = Id("membership")


class TokenEndpoint(Endpoint):
    queryset = ApiToken.objects.select_related("membership").order_by("-created_at", "-pk")
    serializer_class = ApiTokenSerializer
    filterset_class = TokenFilters
    orders = {"created_at": "created_at", "expires_at": "expires_at"}
    told_once = ("secret",)

    def get_queryset(self) -> QuerySet[Any]:
        """One's own; for an administrator those of all."""
        seen = Q() if may(self.actor, Act.ADMINISTER) else Q(membership=self.actor)
        return super().get_queryset().filter(seen)

    def issued(self, member: Membership, **taken: Any) -> Response:
        token, secret = issue_token(actor=self.actor, at=self.at, membership=member, **taken)
        return Response({**self.shown(self.found(token.pk)), "secret": secret}, 201)


class Tokens(TokenEndpoint):
    @describe(gives=ApiTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Your tokens, for an administrator those of all; the latest first."""
        return self.page()

    @describe(takes=TokenInput, gives=NewTokenSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Issue a token of your own. It may do what you may, and expires."""
        return self.issued(self.actor, **self.take(TokenInput))


class TokensOfMachine(TokenEndpoint):
    @describe(
        takes=MachineTokenInput, gives=NewTokenSerializer, status=201, conflicts=["member_left"]
    )
    def post(self, request: Request, pk: int) -> Response:
        """Issue a token for a machine, with what it may do."""
        machine = existing(Membership.objects.visible_to(self.actor).filter(role=Role.MACHINE), pk)
        require(self.actor, Act.ADMINISTER)
        taken = self.take(MachineTokenInput)
        if not _texts(taken["scopes"]):
            raise serializers.ValidationError({"scopes": "This must be a list of scopes."})
        return self.issued(machine, **taken)


class TokenRevocation(TokenEndpoint):
    @describe(gives=ApiTokenSerializer, conflicts=["token_revoked"])
    def post(self, request: Request, pk: int) -> Response:
        """From now on it opens nothing."""
        token = revoke_token(actor=self.actor, at=self.at, token=self.found(pk))
        return Response(ApiTokenSerializer(token).data)


def _texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 10 and all(isinstance(x, str) for x in value)


class InvitationSerializer(serializers.Serializer[Any]):
    """A link that lets one person join once. Only the hash of its secret is kept."""

    id = serializers.IntegerField()
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    team = NamedSerializer(allow_null=True)
    invited_by = NamedSerializer()
    invited_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewInvitationSerializer(InvitationSerializer):
    link = serializers.CharField(
        allow_null=True, help_text="Told once: null in an answer given again."
    )
    mailed = serializers.BooleanField(help_text="False: pass the link on yourself.")


class InvitationInput(Input):
    email = text(254)
    name = text(120)
    role = Choice(ROLES, required=False)
    team = Reference(Team, "team", required=False, allow_null=True)


class InvitationEndpoint(Endpoint):
    queryset = Invitation.objects.select_related("team", "invited_by").order_by(
        "-invited_at", "-pk"
    )
    serializer_class = InvitationSerializer
    orders = {"invited_at": "invited_at", "name": "name"}
    searched = ("name",)
    told_once = ("link",)


class Invitations(InvitationEndpoint):
    @describe(gives=InvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Those that can still be accepted, the latest first."""
        found = open_invitations(self.actor.organization, self.at).values("pk")
        return self.page(self.filter_queryset(self.get_queryset().filter(pk__in=found)))

    @describe(
        takes=InvitationInput,
        gives=NewInvitationSerializer,
        status=201,
        conflicts=["already_member"],
    )
    def post(self, request: Request) -> Response:
        """Invite somebody, for seven days. An earlier link to the same address works no more."""
        made, secret = invite(actor=self.actor, at=self.at, **self.take(InvitationInput))
        link = settings.PUBLIC_URL + reverse("web:invitation", args=[secret])
        told = {"link": link, "mailed": mail_invitation(made, link)}
        return Response({**self.shown(self.found(made.pk)), **told}, 201)


class InvitationRevocation(InvitationEndpoint):
    @describe(gives=InvitationSerializer, conflicts=["invitation_used", "invitation_revoked"])
    def post(self, request: Request, pk: int) -> Response:
        """The link works no more."""
        found = self.found(pk)
        return self.answer(revoke_invitation(actor=self.actor, at=self.at, invitation=found))
