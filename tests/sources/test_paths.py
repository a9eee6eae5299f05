"""The way into JSON: exact numbers, clear words for another shape, and no program runs away."""

import time
from decimal import Decimal
from typing import Any

import pytest

from cadence.sources.paths import checked, found, read_json
from cadence.sources.shapes import Failed

COLUMNS = ("period", "value")


def rows_of(text: str, expression: str = "@") -> Any:
    return found(read_json(text.encode()), expression, COLUMNS).rows


def one_of(text: str, expression: str = "@") -> Any:
    return found(read_json(text.encode()), expression, ()).rows[0][0]


def test_rows_are_found_and_renamed_by_the_path() -> None:
    text = '{"data": {"weeks": [{"day": "2026-11-09", "n": 31}, {"day": "2026-11-02", "n": 40}]}}'
    assert rows_of(text, "data.weeks[].{period: day, value: n}") == (
        ("2026-11-09", Decimal(31)),
        ("2026-11-02", Decimal(40)),
    )


@pytest.mark.parametrize("number", ["0.1", "123456789.123456", "1e2", "-0", "100000000000001"])
def test_a_number_stays_the_decimal_that_was_written(number: str) -> None:
    assert str(one_of(f'{{"n": {number}}}', "n")) == str(Decimal(number))


def test_what_a_path_computes_is_exact() -> None:
    text = '{"n": [0.1, 0.2], "all": [{"is": "won", "n": 1.5}, {"is": "lost", "n": 7}]}'
    assert one_of(text, "sum(n)") == Decimal("0.3")
    assert one_of(text, "max(n)") == Decimal("0.2")
    assert one_of(text, "avg(n)") == Decimal("0.15")
    assert one_of(text, "all[?is == 'won'].n | [0]") == Decimal("1.5")
    assert one_of(text, "all[?n > `2`].n | [0]") == Decimal(7)
    assert one_of(text, "length(n)") == 2
    assert one_of(text, "to_number('12.50')") == Decimal("12.50")


@pytest.mark.parametrize(
    ("text", "expression", "words"),
    [
        ('{"data": []}', "weeks", "finds nothing in the answer"),
        ('{"weeks": {"a": 1}}', "weeks", "the path finds an object"),
        ('{"weeks": [1, 2]}', "weeks", "Row 1: an object was expected, and there is a number"),
        ('{"weeks": [{"day": 1}]}', "weeks", "Row 1 has no “period”; it has “day”"),
        ('{"weeks": [{"period": "a", "value": true}]}', "weeks", "is true or false"),
        ('{"weeks": [{"period": "a", "value": [1]}]}', "weeks", "is a list of 1"),
        ('{"weeks": "none"}', "weeks", "the path finds a text"),
        ('{"weeks": [{}]}', "weeks", "it has nothing"),
        ('{"n": "a"}', "sum(n)", "does not fit the answer"),
        ('{"n": [1, "a"]}', "sum(n)", "does not fit the answer"),
        (f"[{','.join(['{}'] * 1001)}]", "@", "more than 1000 rows"),
    ],
)
def test_another_shape_is_named(text: str, expression: str, words: str) -> None:
    with pytest.raises(Failed) as refused:
        rows_of(text, expression)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><html>", "begins with “<”"),
        (b'{"n": NaN}', "NaN, which is not a number"),
        (b'{"n": -Infinity}', "not a number"),
        (b'{"n": 1', "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 60 + b"]" * 60, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Failed) as refused:
        read_json(body)
    assert words in str(refused.value)


def test_a_number_of_many_digits_costs_little() -> None:
    began = time.monotonic()
    assert one_of('{"n": 1%s}' % ("0" * 1_000_000), "n").adjusted() == 1_000_000
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("expression", ["a[", "a..b", "{", "|", "'", "foo("])
def test_what_is_no_path_is_refused(expression: str) -> None:
    with pytest.raises(Failed, match="not JMESPath"):
        checked(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["[@, @][]"] * 40),
        "|".join(["[@, @]"] * 40) + "|to_string(@)",
        "|".join(["join('', [@, @])"] * 30),
        "{a: {b: {c: [@,@,@,@,@,@,@,@,@], d: @}, e: [@, @, @, @, @, @, @, @]}, f: @}",
    ],
)
def test_a_path_that_doubles_what_it_finds_is_refused_before_it_runs(expression: str) -> None:
    with pytest.raises(Failed, match="too many lists"):
        checked(expression)
