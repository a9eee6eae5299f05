"""Who asks: the member behind a bearer token, and whether the token opens this door at all."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from cadence.people.queries import find_token
from cadence.people.tokens import touch_token
from cadence.permissions import token_may

if TYPE_CHECKING:
    # REST framework reads the settings, and with them this module, while it defines its views.
    from rest_framework.views import APIView


class BearerToken(BaseAuthentication):
    """``Authorization: Bearer cad_…`` (RFC 6750). ``request.auth`` is the token."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        at = timezone.now()
        token = find_token(secret.strip(), at)
        if token is None:
            raise AuthenticationFailed(
                "This token is not known, was revoked, has expired, or its member has left."
            )
        touch_token(token=token, at=at)
        # A machine has no user.
        return token.membership.user or AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        sent = "HTTP_AUTHORIZATION" in request.META
        return 'Bearer realm="cadence"' + (', error="invalid_token"' if sent else "")


class TokenMay(BasePermission):
    """A person's token opens every door, a machine's those of its scopes; what happens behind it
    is decided by the action. ``takes_readings`` marks the doors of the scope ``readings``."""

    message = "The scopes of this token do not include this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        return isinstance(token, ApiToken) and token_may(
            token.scopes,
            token.membership,
            writes=request.method not in SAFE_METHODS,
            readings=getattr(view, "takes_readings", False),
        )
