"""Web addresses are read whole or not at all, and only where they may be."""

import gzip
import json
import socket
import time
from datetime import date
from typing import Any

import pytest

from cadence.notices.addresses import Allowed
from cadence.notices.outward import system_resolver
from cadence.sources import web
from cadence.sources.asking import Asked
from cadence.sources.shapes import Answer, Failed
from tests.notices.receivers import (
    Manner,
    Receiver,
    answer,
    answers_a_gigabyte,
    closes,
    drips,
    drips_after_answering,
    is_only_about_to_answer,
    receiver,
    redirects,
    speaks_something_else,
)

WEEKS = {"weeks": [{"period": "2026-11-09", "value": 31.25}]}


def gives(body: Any, *headers: str, status: int = 200) -> Manner:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda connection, _: connection.sendall(answer(status, data, *headers))


def asked(path: str = "", extract: str = "weeks", within: float = 5.0) -> Asked:
    start, end = date(2026, 11, 9), date(2026, 11, 15)
    return Asked(path, extract, "period", "value", start, end, "Europe/Berlin", within)


def read(
    one: Receiver | str, what: Asked | None = None, *, secret: str = "", **options: Any
) -> Answer:
    url = one if isinstance(one, str) else f"http://{one.place}"
    allowed = Allowed.of(options.pop("allow", [] if isinstance(one, str) else [one.place]))
    resolve = options.pop("resolve", system_resolver)
    return web.read(url, "X-Key", secret, what or asked(), allowed, resolve)


def test_rows_come_as_they_were_written() -> None:
    with receiver(gives(b'{"weeks": [{"period": "2026-11-09", "value": 31.250}]}')) as one:
        assert str(read(one).rows[0][1]) == "31.250"


def test_the_header_and_the_days_go_with_it() -> None:
    with receiver(gives(WEEKS)) as one:
        read(one, asked("/demos?from={starts_on}&to={ends_on}"), secret="s3cret")
        (heard,) = one.heard
    assert heard.line == "GET /demos?from=2026-11-09&to=2026-11-15 HTTP/1.1"
    assert heard.headers["x-key"] == "s3cret"
    assert heard.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (gives(WEEKS, status=500), "It answered 500"),
        (gives(b"", status=404), "It answered 404"),
        (gives(b"<!doctype html><p>Sign in", status=200), "begins with “<”"),
        (gives(b'{"weeks": [{"period": "2026-11-09", "value": NaN}]}'), "NaN"),
        (gives(b"[" * 100_000), "nested too deeply"),
        (gives({"weeks": None}), "finds nothing"),
        (gives({"data": WEEKS}), "finds nothing"),
        (gives({"weeks": [{"week": "2026-11-09", "value": 1}]}), "no “period”"),
        (gives(gzip.compress(b"x" * 100), "Content-Encoding: gzip"), "compressed"),
        (gives(b"x" * (web.MOST_JSON + 1)), "more than 2048 KiB"),
        (redirects("http://169.254.169.254/latest/meta-data"), "redirects are not followed"),
        (closes, "broke|not HTTP"),
        (speaks_something_else, "not HTTP"),
    ],
)
def test_what_is_no_answer_is_none(manner: Manner, words: str) -> None:
    with receiver(manner) as one, pytest.raises(Failed, match=words):
        read(one)


def test_half_a_document_is_no_document() -> None:
    def breaks_off(connection: socket.socket, _: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[]")

    with receiver(breaks_off) as one, pytest.raises(Failed):
        read(one, asked(extract="@"))


@pytest.mark.parametrize("manner", [drips, drips_after_answering])
def test_a_server_that_takes_its_time_is_left(manner: Manner) -> None:
    began = time.monotonic()
    with receiver(manner) as one, pytest.raises(Failed, match="No answer within 1 seconds"):
        read(one, asked(within=1))
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("manner", [answers_a_gigabyte, is_only_about_to_answer])
def test_a_gigabyte_is_not_read(manner: Manner) -> None:
    with receiver(manner) as one, pytest.raises(Failed, match=r"more than|too much"):
        read(one, asked(within=20))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "https://127.0.0.1",
        "https://localhost",
        "https://169.254.169.254/latest",
        "https://[::1]",
        "https://2130706433",
        "http://figures.example",
        "ftp://figures.example",
        "https://user:word@figures.example",
        "file:///etc/passwd",
    ],
)
def test_an_address_inside_is_not_read(url: str) -> None:
    with pytest.raises(Failed):
        read(url, resolve=lambda *_: pytest.fail("It was resolved."))


def test_a_name_that_leads_inside_is_not_read() -> None:
    with pytest.raises(Failed, match="inside a network"):
        read("https://figures.example", resolve=lambda *_: ["93.184.216.34", "10.0.0.1"])


@pytest.mark.parametrize(
    "path",
    [
        "@elsewhere.example/",
        ".elsewhere.example/",
        ":8443/",
        "demos",
        "//../x",
        "/a/../../b",
        "/a/%2e%2E/b",
        "/a\\b",
        "/a#b",
        "/a b",
        "/ä",
        "/a\r\nX: y",
    ],
)
def test_the_secret_goes_nowhere_but_where_the_connection_leads(path: str) -> None:
    with pytest.raises(Failed):
        web.whole_address("https://figures.example/v1", path, Allowed.of([]))


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("", "https://figures.example/v1/"),
        ("/demos", "https://figures.example/v1/demos"),
        ("?q=1", "https://figures.example/v1?q=1"),
    ],
)
def test_what_follows_the_address_is_added_to_it(path: str, whole: str) -> None:
    assert web.whole_address("https://figures.example/v1/", path, Allowed.of([])) == whole
