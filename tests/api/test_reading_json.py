"""Most bodies are read quickly, and every one as it would be read strictly."""

import io
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from cadence.api.parsers import StrictJSONParser


def parsed(text: str) -> Any:
    return StrictJSONParser().parse(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "a": 2}',
        '{"a": 1, "a"\n: 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": ":", "a": 2}',
        '{"a": {"b": 1, "b": "\\":"}}',
        '[{"a": 1}, {"b": 2, "b": 2}]',
    ],
)
def test_a_key_that_is_there_twice_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(ParseError, match="is there twice"):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[0.1]", [Decimal("0.1")]),
        ("[123456.123456789]", [Decimal("123456.123456789")]),
        ("[1e2]", [Decimal(100)]),
        ("[18446744073709551616]", [2**64]),
        ("[-9223372036854775809]", [-(2**63) - 1]),
        ('{"a": "0.10", "b": [1, null, true, {"a": ":"}]}', None),
    ],
)
def test_numbers_keep_every_digit_and_texts_stay_as_they_are(text: str, value: Any) -> None:
    found = parsed(text)
    if value is None:
        assert found == {"a": "0.10", "b": [1, None, True, {"a": ":"}]}
    else:
        assert found == value
        assert type(found[0]) is type(value[0])


def test_nests_of_32_levels_are_read_and_deeper_ones_are_not() -> None:
    assert parsed("[" * 32 + "]" * 32)
    with pytest.raises(ParseError, match="too deeply"):
        parsed("[" * 33 + "]" * 33)
