"""Where ``cadence up`` listens, and the names that it answers to."""

import socket

import pytest
from pytest_django import Settings

from cadence.management.commands import up


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://localhost:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
        ("2001:db8::1", "http://[2001:db8::1]:8000"),
    ],
)
def test_a_person_is_shown_an_address_that_opens(host: str, shown: str) -> None:
    assert up.address(host, 8000) == shown


def test_the_address_it_listens_on_is_a_name_it_answers_to(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["cadence.example.org", "localhost"]
    assert up.hosts("10.1.2.3") == ["cadence.example.org", "localhost", "10.1.2.3"]
    assert up.hosts("localhost") == ["cadence.example.org", "localhost"]
    assert "[2001:db8::1]" in up.hosts("2001:db8::1")


def test_listening_everywhere_it_answers_to_the_names_of_the_machine(
    settings: Settings,
) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    found = up.hosts("0.0.0.0")
    assert socket.gethostname() in found
    assert "0.0.0.0" not in found
    assert "*" not in found


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.9"])
def test_an_address_of_another_machine_is_refused_in_words(host: str) -> None:
    with pytest.raises(up.CommandError, match=f"Cannot listen on {host}, port 8000"):
        up.refuse_a_taken_port(host, 8000)


def test_a_port_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(up.CommandError, match="no port 70000"):
        up.refuse_a_taken_port("127.0.0.1", 70000)
