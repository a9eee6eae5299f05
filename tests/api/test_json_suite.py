"""JSONTestSuite, sent to every endpoint that takes a body; csv-spectrum to the one that takes CSV.
The expected answers name no database: they are the same on both.

All 318 bodies go to batches of readings; each other endpoint gets a twelfth of them, another one
each, for they share one parser. `make conformance` sends all to all (JSON_SUITE=whole).
"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from cadence.api.batches import lines_of
from cadence.ledger.models import Entry
from cadence.metrics.models import Reading
from tests.api.conftest import Caller
from tests.api.things import things
from tests.cast import Cast

Api = Callable[..., Caller]
DATA = Path(__file__).resolve().parent.parent / "data"
# What an endpoint may say to a body that is JSON, whatever it holds.
UNDERSTOOD = {200, 201, 400, 403, 404, 409, 413, 422}
# Of texts that are not JSON. Lone surrogates and byte order marks are read in several ways.
REFUSED = {400, 403, 404, 413}


def _text(told: Any) -> str:
    return told if isinstance(told, str) else told["unit"] * told["times"]


SUITE = {
    name: _text(told)
    for name, told in json.loads((DATA / "json_test_suite.json").read_text()).items()
}
SPECTRUM = json.loads((DATA / "csv_spectrum.json").read_text())
# The decoder of Python takes these three words, so that the field that holds one can say so.
NAMED_BY_THE_FIELD = {"n_number_NaN", "n_number_infinity", "n_number_minus_infinity"}


def taking_json() -> list[tuple[str, str]]:
    """Method and route of everything that takes JSON, from the schema."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return sorted(
        (method.upper(), path.removeprefix("/api/v1/"))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    )


TAKING = taking_json()
SHARES = 12
WHOLE = os.environ.get("JSON_SUITE") == "whole"


def bodies_for(method: str, route: str) -> list[tuple[str, str]]:
    """Name and text of each body that is sent there."""
    every = list(SUITE.items())
    if WHOLE or route == "readings/batch":
        return every
    return every[TAKING.index((method, route)) % SHARES :: SHARES]


def test_the_suite_is_whole() -> None:
    assert Counter(name[0] for name in SUITE) == {"y": 95, "n": 188, "i": 35}
    assert len(TAKING) > 40


@pytest.mark.parametrize(("method", "route"), TAKING)
def test_every_body_of_the_suite_has_a_clear_answer(
    cast: Cast, api: Api, method: str, route: str, counted: Callable[[str, int], None]
) -> None:
    known = things(cast)
    path = route.replace("{id}", str(known.get(route.split("/")[0], 1)))
    administers = route.split("/")[0] in {"webhooks", "deliveries", "people", "invitations"}
    caller = api(cast.ada if administers else cast.elena)
    bodies = bodies_for(method, route)
    for name, text in bodies:
        # Whatever it does is undone: every body meets the same world.
        with transaction.atomic():
            answer = caller.ask(method, path, text.encode("utf-8", "surrogatepass") or b" ")
            transaction.set_rollback(True)
        expected = UNDERSTOOD if name[0] in "yi" else REFUSED
        if name in NAMED_BY_THE_FIELD:
            expected = {*REFUSED, 422}
        assert answer.status in expected, (name, answer.status, answer.text[:300])
        if answer.status >= 400:
            assert answer.body["code"], name
    counted("bodies of JSONTestSuite that were answered", len(bodies))


ODD = [
    (b'{"readings": [], "readings": []}', 400, "unreadable"),
    (b"[" * 40 + b"]" * 40, 400, "unreadable"),
    (b'{"readings": "\xff"}', 400, "unreadable"),
    (b'{"readings": [' + b"1" * 20_000 + b"]}", 400, "unreadable"),
    (b'{"readings": [' + b"1" * 5_000 + b"]}", 422, "invalid"),
    (b'{"readings": [NaN, Infinity, -Infinity]}', 422, "invalid"),
    (b" " * (5 * 1024 * 1024 + 1), 413, "too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), ODD, ids=[str(n) for n in range(len(ODD))])
def test_a_batch_that_cannot_be_read_leaves_nothing(
    cast: Cast, api: Api, body: bytes, status: int, code: str
) -> None:
    answer = api(cast.robo, "readings").ask("POST", "readings/batch", body)
    assert (answer.status, answer.code) == (status, code)
    assert not Reading.objects.exists()


@pytest.mark.parametrize("kind", ["application/json", "text/csv"])
@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "GZIP", "x" * 100])
def test_a_compressed_body_is_not_unfolded(cast: Cast, api: Api, kind: str, coding: str) -> None:
    before = Entry.objects.count()
    bomb = gzip.compress(b" " * 20_000_000)
    answer = api(cast.robo, "readings").ask(
        "POST", "readings/batch", bomb, kind, **{"Content-Encoding": coding}
    )
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert answer.body["detail"].startswith("A body is sent as it is, not with Content-Encoding: ")
    assert Entry.objects.count() == before


def test_a_body_that_says_it_is_not_compressed_is_read(cast: Cast, api: Api) -> None:
    row = {"metric": "qualified-demos", "period": "2026-11-09", "value": 50}
    answer = api(cast.robo, "readings").ask(
        "POST", "readings/batch", {"readings": [row]}, **{"Content-Encoding": "identity"}
    )
    assert answer.status == 200


@pytest.mark.parametrize("name", sorted(SPECTRUM))
def test_tables_say_what_csv_spectrum_says(name: str) -> None:
    header, *lines = (cells for _, cells in lines_of(SPECTRUM[name]["csv"]))
    assert [dict(zip(header, cells, strict=True)) for cells in lines] == SPECTRUM[name]["json"]


@pytest.mark.parametrize("name", sorted(SPECTRUM))
def test_a_table_of_something_else_is_refused(cast: Cast, api: Api, name: str) -> None:
    answer = api(cast.robo, "readings").ask(
        "POST", "readings/batch", SPECTRUM[name]["csv"].encode(), "text/csv"
    )
    assert (answer.status, answer.code) == (400, "unreadable")
