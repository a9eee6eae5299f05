"""What is refused before any action is asked: bodies, media types, methods, addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client, override_settings

from cadence.api import organization
from cadence.api.problems import handle
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]

UNREADABLE = [
    (b"{", "The body is not JSON: Expecting property name enclosed in double quotes"),
    (b'{"value": 31,}', "The body is not JSON"),
    (b"{'value': 31}", "The body is not JSON"),
    (b'{"value": 031}', "The body is not JSON"),
    (b'{"value": 1} {"value": 2}', "The body is not JSON: Extra data"),
    (b'{"note": "a\nb"}', "The body is not JSON: Invalid control character"),
    (b'{"value": 31, "value": 50}', "The body is not clear: “value” is there twice."),
    (b'{"note": "\xff"}', "The body is not UTF-8: see byte 11."),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "The body is nested too deeply: at most 32 levels."),
    (b"[" * 100_000, "The body is nested too deeply: at most 32 levels."),
    (b'{"value": ' + b"1" * 20_000 + b"}", "The body holds a number of more than 10,000 char"),
    (b"   ", "The body is not JSON"),
]


@pytest.mark.parametrize(("body", "detail"), UNREADABLE, ids=lambda part: repr(part)[:20])
def test_a_body_that_is_not_clear_json(cast: Cast, api: Api, body: bytes, detail: str) -> None:
    answer = api(cast.olu).ask("POST", "readings", body)
    assert (answer.status, answer.code) == (400, "unreadable")
    assert answer.body["detail"].startswith(detail)


@pytest.mark.parametrize("body", [b"[]", b"31", b"null", b'"text"', b"NaN", b"[[1]]"])
def test_a_body_that_is_not_an_object(cast: Cast, api: Api, body: bytes) -> None:
    answer = api(cast.olu).ask("POST", "readings", body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert list(answer.problems) in (["body"], ["metric", "period", "value"])


def test_a_byte_order_mark_is_passed_over(cast: Cast, api: Api) -> None:
    body = b'\xef\xbb\xbf{"metric": %d, "period": "2026-11-09", "value": 50}' % cast.demos.pk
    assert api(cast.olu).ask("POST", "readings", body).status == 201


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large(cast: Cast, api: Api) -> None:
    answer = api(cast.olu).ask("POST", "readings", b'{"note": "%s"}' % (b"x" * 1000))
    assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_of_another_kind(cast: Cast, api: Api, client: Client, kind: str) -> None:
    headers = {"authorization": f"Bearer {api(cast.olu).secret}"}
    response = client.generic("POST", "/api/v1/readings", "a=b", kind, headers=headers)
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"


def test_an_answer_of_another_kind(cast: Cast, api: Api) -> None:
    answer = api(cast.olu).ask("GET", "me", accept="text/html")
    assert (answer.status, answer.code) == (406, "not_acceptable")


def test_a_list_in_a_format_that_it_has_not(cast: Cast, api: Api) -> None:
    answer = api(cast.olu).get("metrics?format=xml")
    assert (answer.status, answer.code) == (406, "not_acceptable")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PURGE"])
def test_a_method_that_there_is_not(cast: Cast, api: Api, method: str) -> None:
    answer = api(cast.olu).ask(method, "readings")
    assert (answer.status, answer.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    ["nothing", "breaches/", "breaches/x", "breaches/%00", "breaches/-1", "breaches/1%0a", "%ff"],
)
def test_an_address_that_there_is_not(db: None, api: Api, path: str) -> None:
    answer = api().get(path)
    assert answer.status == (401 if path == "breaches/" else 404)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_slash_at_the_end_is_forgiven(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    assert olu.get("metrics/").body == olu.get("metrics").body
    reading = {"metric": cast.demos.pk, "period": "2026-11-09", "value": 50}
    assert olu.post("readings/", reading).status == 201


def test_a_host_that_is_not_ours(db: None, api: Api) -> None:
    answer = api().ask("GET", "me", host="elsewhere.example")
    assert (answer.status, answer.code) == (400, "unreadable")


def test_a_fault_of_ours_tells_nothing(
    cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(organization, "MeSerializer", fail)
    answer = api(cast.olu).get("me")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "secret" not in str(answer.body)


class _Deadlock(Exception):
    sqlstate = "40P01"


def test_what_the_database_refuses_is_a_conflict_or_a_wish_to_try_again() -> None:
    name = "a_floor_is_not_above_its_ceiling"
    refused = handle(IntegrityError(f"CHECK constraint failed: {name}"), {})
    assert refused is not None and refused.data is not None
    assert (refused.status_code, refused.data["code"]) == (409, name)
    error = OperationalError("deadlock detected")
    error.__cause__ = _Deadlock()
    for busy in (error, OperationalError("database is locked")):
        answer = handle(busy, {})
        assert answer is not None and (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert handle(OperationalError("no such table"), {}) is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("readings?metric=x", "metric"),
        ("readings?metric=99999999999999999999", "metric"),
        ("readings?since=yesterday", "since"),
        ("breaches?undecided=maybe", "undecided"),
        ("breaches?kind=other", "kind"),
        ("initiatives?state=gone", "state"),
        ("decisions?search=%00", "search"),
        (f"decisions?search={'x' * 300}", "search"),
        ("ledger?after=NaN", "after"),
        ("ledger?after=1e30", "after"),
        ("metrics?limit=0", "limit"),
        ("metrics?limit=201", "limit"),
        ("metrics?limit=ten", "limit"),
        (f"metrics?limit={'9' * 5000}", "limit"),
        ("metrics?cursor=2", "cursor"),
        ("metrics?cursor=%00", "cursor"),
        ("metrics?ordering=value", "ordering"),
        ("metrics?ordering=--name", "ordering"),
        ("metrics?page=2", "page"),
        ("breaches?undecide=true", "undecide"),
        ("breaches?open=true&open=false", "open"),
        ("me?verbose=true", "verbose"),
    ],
)
def test_a_filter_that_cannot_be_read(cast: Cast, api: Api, query: str, field: str) -> None:
    answer = api(cast.olu).get(query)
    assert (answer.status, list(answer.problems)) == (422, [field])
