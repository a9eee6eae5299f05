"""Calls to the outside: what is refused, what is cut, what is waited for."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from cadence.notices.addresses import Allowed, Refused, target_of, without_path
from cadence.notices.outward import MOST_READ, USER_AGENT, Answer, post
from tests import needs
from tests.notices import receivers
from tests.notices.receivers import Manner, answers, receiver, redirects

NOWHERE = Allowed.of([])
Called = Callable[..., Answer]

INNER = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.5",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "168.63.129.16",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::1",  # NAT64 of one's own
    "100::1",
    "2001::1",  # Teredo
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::1",  # 6to4
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450::1"]


def literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused_when_it_is_written(address: str) -> None:
    with pytest.raises(Refused, match="inside a network"):
        target_of(f"https://{literal(address)}/hook", NOWHERE)


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_to_an_inner_address_is_not_called(
    address: str, settings: Settings
) -> None:
    def resolve(host: str, port: int) -> list[str]:
        # One good address does not make the other good.
        return ["93.184.216.34", address]

    found = post("https://innocent.example/hook", b"{}", {}, resolve=resolve)
    assert found.status is None
    assert found.error == "innocent.example is inside a network, and such addresses are not called."


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str) -> None:
    assert target_of(f"https://{literal(address)}/hook", NOWHERE).host == address


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/hook", "begins with https"),
        ("ftp://example.org/hook", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("gopher://example.org", "begins with https"),
        ("example.org/hook", "begins with https"),
        ("//example.org/hook", "begins with https"),
        ("https://user:pass@example.org/", "No name or password"),
        ("https://example.org@10.0.0.1/", "No name or password"),
        ("https://2130706433/", "four decimal numbers"),
        ("https://0x7f000001/", "four decimal numbers"),
        ("https://0x7f.1/", "four decimal numbers"),
        ("https://017700000001/", "four decimal numbers"),
        ("https://0177.0.0.1/", "four decimal numbers"),
        ("https://127.1/", "four decimal numbers"),
        ("https://[fe80::1%25eth0]/", "not a web address"),
        ("https://[fe80::1%eth0]/", "not a web address"),
        ("https://localhost/", "inside a network"),
        ("https://intranet/", "inside a network"),
        ("https://example.org:0/", "port"),
        ("https://example.org:22/", "443, or above 1023"),
        ("https://example.org:80/", "443, or above 1023"),
        ("https://example.org:1023/", "443, or above 1023"),
        ("https://example.org:65536/", "port"),
        ("https://example.org:99999999/", "not a web address"),
        ("https://example.org\\@10.0.0.1/", "No name or password"),
        ("https://example.org\\.evil/", "not a web address"),
        ("https://example.org/a b", "not a web address"),
        ("https://example.org/\r\nHost: x", "not a web address"),
        ("https://example.org/#part", "not a web address"),
        ("https://１２７.0.0.1/", "ASCII"),
        ("https://exämple.org/", "ASCII"),
        ("https://", "not a web address"),
        ("https://.example.org/", "not a web address"),
        ("https://example.org/" + "a" * 500, "at most 500"),
    ],
)
def test_what_is_not_an_address_to_call_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        target_of(url, NOWHERE)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example?token=s3cret", "https://hooks.example"),
        ("https://hooks.example:8443?token=s3cret", "https://hooks.example:8443"),
        ("https://hooks.example/T0/B0/s3cret", "https://hooks.example"),
        ("https://[2606:2800::1]:8443/s3cret", "https://[2606:2800::1]:8443"),
        ("https://hooks.example", "https://hooks.example"),
        ("https://s3cret:s3cret@hooks.example/", ""),
    ],
)
def test_of_an_address_only_the_place_is_shown(url: str, shown: str) -> None:
    assert without_path(url) == shown


def test_what_an_installation_allows_itself_is_called_and_nothing_beside_it() -> None:
    allowed = Allowed.of(["relay.internal:8080", "10.2.0.0/16", "[fd00::7]:443"])
    for url in (
        "http://relay.internal:8080/in",
        "https://10.2.3.4/in",
        "http://10.2.3.4:99/in",
        "https://[fd00::7]/in",
    ):
        assert target_of(url, allowed)
    for url in (
        "http://relay.internal:8081/in",
        "https://10.3.0.1/in",
        "https://[fd00::8]/in",
        "https://[::ffff:10.2.0.1]/in",
    ):
        with pytest.raises(Refused):
            target_of(url, allowed)


@pytest.mark.parametrize(
    "word", ["10.2.0.0/33", "relay", "relay:0", ":80", "relay:http", "10.2.0.1/16"]
)
def test_what_cannot_be_read_is_not_allowed(word: str) -> None:
    with pytest.raises(ValueError):
        Allowed.of([word])


@pytest.fixture
def called(settings: Settings) -> Called:
    """Calls a receiver of a manner, which is allowed for once."""

    def call(manner: Manner, within: float = 5.0) -> Answer:
        with receiver(manner) as one:
            settings.OUTBOUND_ALLOW = [one.place]
            return post(one.url, b'{"a":1}', {"webhook-id": "m1"}, within=within)

    return call


def test_what_is_sent_is_what_was_given(settings: Settings) -> None:
    with receiver(answers(204)) as one:
        settings.OUTBOUND_ALLOW = [one.place]
        found = post(one.url, b'{"a":1}', {"webhook-id": "m1"})
        assert (found.status, found.error) == (204, "")
        (heard,) = one.heard
        assert heard.line == "POST /hook?key=s3cret HTTP/1.1"
        assert heard.body == b'{"a":1}'
        assert heard.headers["host"] == one.place
        assert heard.headers["user-agent"] == USER_AGENT
        assert heard.headers["content-type"] == "application/json"
        assert heard.headers["webhook-id"] == "m1"


def test_a_receiver_on_this_machine_is_not_called_unless_it_is_allowed(settings: Settings) -> None:
    with receiver(answers(200)) as one:
        settings.OUTBOUND_ALLOW = []
        assert "inside a network" in post(one.url, b"{}", {}).error
        assert one.heard == []


def test_a_redirect_is_not_followed(settings: Settings) -> None:
    with receiver(answers(200)) as inner, receiver(redirects(inner.url)) as one:
        settings.OUTBOUND_ALLOW = [one.place]
        found = post(one.url, b"{}", {})
        assert found.status == 302
        assert "redirects are not followed" in found.error
        assert inner.heard == []


def test_a_receiver_that_hangs_is_left_at_the_deadline(called: Called) -> None:
    found = called(receivers.hangs(threading.Event()), within=0.5)
    assert (found.status, found.error) == (None, "No answer within 0.5 seconds.")
    assert 400 <= found.took_ms < 5000


def test_drops_do_not_add_up_to_more_than_the_deadline(called: Called) -> None:
    found = called(receivers.drips, within=0.5)
    assert (found.status, found.error) == (None, "No answer within 0.5 seconds.")
    assert found.took_ms < 5000


def test_an_answer_counts_however_long_its_rest_takes(called: Called) -> None:
    found = called(receivers.drips_after_answering, within=0.5)
    assert (found.status, found.error) == (200, "")
    assert found.took_ms < 5000


def test_of_a_gigabyte_only_the_beginning_is_read(called: Called) -> None:
    found = called(receivers.answers_a_gigabyte)
    assert (found.status, found.error) == (200, "")
    assert len(found.body) == MOST_READ


def test_answers_that_only_announce_one_are_not_read_for_ever(called: Called) -> None:
    found = called(receivers.is_only_about_to_answer, within=30)
    assert (found.status, found.error) == (None, "It sent too much that is no answer.")
    assert found.took_ms < 20_000


def test_a_receiver_that_closes_or_speaks_something_else_has_not_answered(called: Called) -> None:
    assert called(receivers.closes).status is None
    assert called(receivers.speaks_something_else).error == "What it answered is not HTTP."


def test_where_nothing_listens_the_error_says_so(settings: Settings) -> None:
    # Bound and never listening: a port that was given back could be another receiver's by now.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        settings.OUTBOUND_ALLOW = [place]
        assert "refused" in post(f"http://{place}/hook", b"{}", {}).error


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_refusal_is_an_answer(called: Called, status: int) -> None:
    found = called(answers(status))
    assert (found.status, found.error) == (status, f"It answered {status}.")


def test_a_name_that_nobody_knows_is_said_to_be_unknown() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    assert post("https://no.example/", b"{}", {}, resolve=resolve).error == (
        "The name no.example is not known."
    )


def test_a_resolver_that_takes_for_ever_has_the_same_deadline() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["93.184.216.34"]

    found = post("https://slow.example/", b"{}", {}, resolve=resolve, within=0.3)
    assert found.error == "No answer within 0.3 seconds."


def test_a_name_is_resolved_once_and_the_address_that_was_judged_is_called(
    settings: Settings,
) -> None:
    """Rebinding: the second answer would be another."""
    asked = []
    with receiver(answers(200)) as one:
        port = one.listening.getsockname()[1]
        settings.OUTBOUND_ALLOW = [f"rebinding.example:{port}"]

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        found = post(f"http://rebinding.example:{port}/", b"{}", {}, resolve=resolve)
        assert (found.status, asked) == (200, ["rebinding.example"])
        assert one.heard[0].headers["host"] == f"rebinding.example:{port}"


def test_a_proxy_of_the_environment_is_not_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver(answers(200)) as proxy, receiver(answers(204)) as one:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        settings.OUTBOUND_ALLOW = [one.place]
        assert post(one.url, b"{}", {}).status == 204
        assert proxy.heard == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    certificate, key = _certificate(tmp_path, "receiver.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with receiver(answers(200), tls=context) as one:
        port = one.listening.getsockname()[1]
        settings.OUTBOUND_ALLOW = [f"receiver.example:{port}"]
        found = post(
            f"https://receiver.example:{port}/", b"{}", {}, resolve=lambda *_: ["127.0.0.1"]
        )
        assert found.status is None
        assert found.error.startswith("Its certificate is not valid")


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = _certificate(tmp_path, "receiver.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiver(answers(200), tls=context) as one:
        port = one.listening.getsockname()[1]
        settings.OUTBOUND_ALLOW = [f"receiver.example:{port}", f"other.example:{port}"]
        for name, status in (("receiver.example", 200), ("other.example", None)):
            found = post(f"https://{name}:{port}/", b"{}", {}, resolve=lambda *_: ["127.0.0.1"])
            assert found.status == status, found.error


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    if not shutil.which("openssl"):
        needs.lacking("openssl, to make a certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}"]
    words += ["-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(words, check=True, capture_output=True, env=dict(os.environ))
    return certificate, key
