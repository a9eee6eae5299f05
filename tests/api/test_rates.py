"""A token asks no more than so often, whichever process it asks, and is told where it stands."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cadence.api.rates import SLOTS, TRIED, WINDOW, Meter
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]


@pytest.fixture
def limited(settings: Any, tmp_path: Path) -> Any:
    settings.DATA_DIR, settings.API_RATE = tmp_path, 3
    return settings


def test_a_token_that_asks_too_often_waits(cast: Cast, api: Api, limited: Any) -> None:
    olu, obi = api(cast.olu), api(cast.obi)
    left = []
    for _ in range(3):
        answer = olu.get("me")
        assert (answer.status, answer.headers["RateLimit-Limit"]) == (200, "3")
        left.append(answer.headers["RateLimit-Remaining"])
    assert left == ["2", "1", "0"]
    refused = olu.get("me")
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Remaining"] == "0"
    # Another token is another measure.
    assert obi.get("me").status == 200


def test_a_refused_request_counts_and_an_unknown_token_has_no_measure(
    cast: Cast, api: Api, limited: Any
) -> None:
    obi = api(cast.obi)
    statuses = [obi.post("metrics", {}).status for _ in range(4)]
    assert statuses == [422, 422, 422, 429]
    nobody = api()
    assert {nobody.get("me").status for _ in range(5)} == {401}


def test_a_limit_of_nought_is_none(cast: Cast, api: Api, limited: Any) -> None:
    limited.API_RATE = 0
    olu = api(cast.olu)
    assert {olu.get("me").status for _ in range(10)} == {200}
    assert "RateLimit-Limit" not in olu.get("me").headers


def test_a_minute_may_come_at_once_and_then_evenly(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "rates")
    assert [meter.take(7, 60, 1000.0).wait for _ in range(61)] == [0] * 60 + [1]
    assert [meter.take(7, 60, 1001.0).wait for _ in range(2)] == [0, 1]
    standing = meter.take(7, 60, 1031.0)
    assert (standing.remaining, standing.wait, standing.reset) == (29, 0, 31)
    assert meter.take(7, 60, 1200.0).remaining == 59


def test_a_clock_that_was_put_back_shuts_nobody_out_for_long(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "rates")
    meter.take(7, 60, 1_000_000.0)
    assert meter.take(7, 60, 1000.0).wait <= WINDOW / 60 + 1


def test_tokens_that_share_a_place_keep_their_own_measure(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "rates")
    tokens = [5 + SLOTS * number for number in range(TRIED)]
    for _ in range(3):
        assert {meter.take(token, 3, 1000.0).wait for token in tokens} == {0}
    assert all(meter.take(token, 3, 1000.0).wait for token in tokens)
    assert meter.take(SLOTS - 1, 3, 1000.0).remaining == 2


ASK = """
import sys
from pathlib import Path
from cadence.api.rates import Meter
meter = Meter(Path(sys.argv[1]))
print(sum(meter.take(7, 100).wait == 0 for _ in range(200)))
"""


def test_processes_share_one_measure(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path / "rates")]
    began = time.time()
    asking = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    through = sum(int(process.communicate(timeout=60)[0]) for process in asking)
    # A minute's worth, and what became free while they asked.
    assert 100 <= through <= 100 + (time.time() - began) * 100 / WINDOW + 1
