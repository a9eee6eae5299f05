"""Whose failed sign-ins are counted: the client's, also behind a proxy."""

import pytest
from axes.helpers import get_client_ip_address
from django.test import RequestFactory
from pytest_django import Settings


@pytest.mark.parametrize(
    ("forwarded", "behind", "counted"),
    [
        ("", False, "10.0.0.1"),
        ("203.0.113.9", False, "10.0.0.1"),
        ("203.0.113.9", True, "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9", True, "203.0.113.9"),
        ("198.51.100.7,2001:db8::1", True, "2001:db8::1"),
        ("", True, "10.0.0.1"),
        ("203.0.113.9, unknown", True, "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_nearest_proxy_saw(
    settings: Settings, forwarded: str, behind: bool, counted: str
) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/sign-in", REMOTE_ADDR="10.0.0.1", headers=headers)
    assert get_client_ip_address(request) == counted
