"""The OpenAPI document says what the API does."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from cadence.spreadsheets import CSV, XLSX
from tests.api.conftest import Caller

Api = Callable[..., Caller]
# Their answer is a workbook.
FILES = {"GET /api/v1/structure", "GET /api/v1/structure/template"}


def operations(document: Any) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_it_is_valid_and_without_warnings(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert len(operations(document)) > 50


def test_every_operation_has_a_summary_a_token_and_its_problems(document: Any) -> None:
    for name, operation in operations(document):
        assert operation["summary"].endswith("."), name
        assert operation["security"] == [{"bearer": []}], name
        assert {"401", "403", "404", "406"} <= operation["responses"].keys(), name
        for status, response in operation["responses"].items():
            if status == "304":
                assert "content" not in response
                continue
            kinds = list(response["content"])
            problem = status >= "400"
            if name in FILES and not problem:
                assert kinds == [XLSX], name
                continue
            assert kinds[0] == ("application/problem+json" if problem else "application/json"), name
            # Lists are files too.
            assert kinds[1:] in ([], [CSV, XLSX]) and not (problem and kinds[1:]), name


def test_a_body_takes_nothing_but_what_is_named(document: Any) -> None:
    inputs = {
        name: shape
        for name, shape in document["components"]["schemas"].items()
        if name.endswith("Input")
    }
    assert len(inputs) > 10
    assert all(shape["additionalProperties"] is False for shape in inputs.values())


def test_every_post_takes_a_key_and_says_when_it_was_answered_before(document: Any) -> None:
    for name, operation in operations(document):
        keys = [one for one in operation.get("parameters", ()) if one["in"] == "header"]
        (key,) = keys
        if not name.startswith("POST "):
            sent = "If-None-Match" if name.startswith("GET ") else "If-Match"
            assert key["name"] == sent, name
            continue
        assert key["name"] == "Idempotency-Key" and not key.get("required"), name
        for status, response in operation["responses"].items():
            replayed = "Idempotency-Replayed" in response.get("headers", {})
            assert replayed == (status < "300"), (name, status)


def test_numbers_travel_as_strings(document: Any) -> None:
    reading = document["components"]["schemas"]["Reading"]["properties"]
    assert reading["value"]["type"] == "string"


def test_everybody_may_read_it(db: None, client: Client) -> None:
    schema = client.get("/api/v1/schema/", headers={"accept": "application/json"})
    assert schema.status_code == 200
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "<style" not in page.text and "<script>" not in page.text


def test_a_token_that_has_ended_does_not_close_it(db: None, api: Api, client: Client) -> None:
    headers = {"authorization": "Bearer cad_ended"}
    assert client.get("/api/v1/schema/", headers=headers).status_code == 200
