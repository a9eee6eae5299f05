"""Whatever is sent, the answer is one that the document names, and never a fault of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import token_for
from tests.api.things import things
from tests.cast import Cast

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(autouse=True)
def _one_transaction() -> Iterator[None]:
    """A request closes the connection, and with it the transaction of the test. Django's own test
    client leaves it open in the same way."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def there(cast: Cast) -> dict[str, int]:
    """The id of something of each kind that can be asked for, by the first word of its routes."""
    return things(cast)


@pytest.fixture
def described(cast: Cast) -> Any:
    _, secret = token_for(cast.elena)
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json", get_wsgi_application(), config=SchemathesisConfig()
    )
    schema.config.headers = {"Authorization": f"Bearer {secret}"}
    return schema


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_described(
    described: Any, there: dict[str, int], mode: GenerationMode
) -> None:
    tried = 0
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=4,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case: Any) -> None:
            if mode == GenerationMode.POSITIVE and "id" in case.path_parameters:
                # Else nearly every answer is that there is no such thing.
                case.path_parameters["id"] = there[case.path.split("/")[3]]
            case.call_and_validate(checks=CHECKS)

        try:
            answers()
        except Unsatisfiable:
            # Nothing can be sent wrongly where nothing is sent.
            assert mode == GenerationMode.NEGATIVE
        tried += 1
    assert tried > 50
