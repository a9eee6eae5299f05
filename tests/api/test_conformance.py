"""Whatever is sent, the answer is one that the document names, and never a fault of ours.

A few cases of each operation here; `make conformance EXAMPLES=50` tries many more.
"""

import os
from collections import Counter
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
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from cadence.spreadsheets import XLSX
from tests.api.conftest import token_for
from tests.api.things import things
from tests.cast import Cast

EXAMPLES = int(os.environ.get("EXAMPLES") or 4)
# A value of the right shape may still be refused: a person who is not there, a day that is past. A
# tag that is gone is refused before the body is read.
ACCEPTED = ["2xx", "304", "401", "403", "404", "409", "412", "422"]
REJECTED = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422"]
CONFIG: dict[str, Any] = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ACCEPTED},
        "negative_data_rejection": {"expected-statuses": REJECTED},
    }
}
load_all_checks()


@schemathesis.serializer(XLSX)
def as_it_is(context: Any, value: Any) -> bytes:
    """A file: the bytes that were thought up, which are hardly ever a workbook."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


# In the suite those that judge the answer; the long run also judges what ought to be refused.
ANSWERS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance"),
)
EVERY_CHECK = list(CHECKS.get_all()) if os.environ.get("EXAMPLES") else CHECKS.get_by_names(ANSWERS)


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
    return schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json",
        get_wsgi_application(),
        config=SchemathesisConfig.from_dict(CONFIG),
    )


@pytest.fixture
def known(cast: Cast) -> dict[str, str]:
    """The header of who may do the most."""
    return {"Authorization": f"Bearer {token_for(cast.elena)[1]}"}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_described(
    described: Any,
    there: dict[str, int],
    known: dict[str, str],
    mode: GenerationMode,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: Counter[int] = Counter()
    failed: list[str] = []
    tried = 0
    for found in described.get_all_operations():
        operation = found.ok()
        try:
            _try(operation, mode, there, known, answers)
        except Unsatisfiable:
            # Nothing can be sent wrongly where nothing is sent.
            assert mode == GenerationMode.NEGATIVE
        except (Exception, BaseExceptionGroup) as refused:
            # All of them at once: a long run is not begun anew for each.
            failed.append(f"{operation.label}: {refused}")
        tried += 1
    with capsys.disabled():
        if os.environ.get("EXAMPLES"):
            told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
            print(
                f"\n{mode.value}: {tried} operations, {answers.total()} cases ({told}), "
                f"{len(failed)} operations with failures"
            )
    assert failed == [], "\n\n".join(failed)
    assert tried > 50


def _try(
    operation: Any,
    mode: GenerationMode,
    there: dict[str, int],
    known: dict[str, str],
    answers: Counter[int],
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_described(case: Any) -> None:
        if mode == GenerationMode.POSITIVE and "id" in case.path_parameters:
            # Else nearly every answer is that there is no such thing.
            case.path_parameters["id"] = there[case.path.split("/")[3]]
        response = case.call(headers=known)
        answers[response.status_code] += 1
        case.validate_response(response, headers=known, checks=EVERY_CHECK)

    answers_as_described()
