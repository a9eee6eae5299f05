"""From where a request comes, for the count of failed sign-ins."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

NEAR = "REMOTE_ADDR"  # who is at the other end of the connection


def client_address(request: HttpRequest) -> str | None:
    """The address of the client. Behind a proxy it is the last one in X-Forwarded-For.

    The last is what our proxy saw; those before it are what the client wrote there itself.
    """
    near: str | None = request.META.get(NEAR) or None
    if not settings.BEHIND_PROXY:
        return near
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return near
