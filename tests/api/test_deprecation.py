"""An endpoint that will be gone says so in every answer. None is; the mechanism is tried on one."""

from collections.abc import Callable
from datetime import date

import pytest

from cadence.api.deprecation import Deprecated
from cadence.api.organization import Me
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]
OLD = Deprecated(since=date(2027, 1, 1), sunset=date(2028, 1, 1), instead="`GET /people`")


def test_it_says_since_when_until_when_and_where_to_read_on(
    cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    olu = api(cast.olu)
    assert "Deprecation" not in olu.get("me").headers
    monkeypatch.setattr(Me.get, "deprecated", OLD)
    for answer in (olu.get("me"), olu.ask("HEAD", "me"), olu.get("me?unknown=1"), api().get("me")):
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        assert 'rel="deprecation"' in answer.headers["Link"]
    assert "Deprecation" not in olu.get("people").headers
