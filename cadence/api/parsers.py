"""JSON as RFC 8259 has it, with numbers as exact decimals."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from cadence.api.problems import TooLarge

DEEPEST = 32
LONGEST_INT = 40
LONGEST_NUMBER = 10_000


def text_of(stream: IO[Any], parser_context: Mapping[str, Any] | None) -> str:
    """The body as text. Refuses what is compressed, too large or not UTF-8."""
    coding = parser_context["request"].headers.get("Content-Encoding") if parser_context else None
    if coding and coding.strip().lower() != "identity":
        # A body of a few bytes could unfold to any size.
        raise UnsupportedMediaType(
            "", f"A body is sent as it is, not with Content-Encoding: {coding.strip()[:40]}."
        )
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"The body is too large: at most {limit:,} bytes.")
    try:
        # Some editors and spreadsheets put a byte order mark before it.
        text: str = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: see byte {error.start + 1}.") from None
    return text


class StrictJSONParser(BaseParser):
    """Refuses what other readers would read differently: keys named twice, bytes that are not
    UTF-8, deep nests. A number becomes an int or a Decimal, never a float.

    NaN, infinities and numbers of any length get through as decimals, so that the field refuses
    them by its name; no field takes one.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        text = text_of(stream, parser_context)
        plain = _plain(text)
        if plain is not None:
            return plain
        try:
            value = json.loads(
                text,
                parse_int=_integer,
                parse_float=_decimal,
                parse_constant=Decimal,
                object_pairs_hook=_object,
            )
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ParseError(f"The body is not JSON: {error.msg}, {where}.") from None
        except RecursionError:
            raise _too_deep() from None
        _check_depth(value)
        return value


def _plain(text: str) -> Any:
    """What orjson makes of a body in which it reads what the strict way would, in a tenth of the
    time; None for any other body, also a wrong one.

    It lets keys be there twice, and makes floats of numbers with a point and of long ones.
    """
    # Then a colon behind a quotation mark is behind a key.
    if any(mark in text for mark in ('\\"', " :", "\t:", "\n:", "\r:")):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    level, keys = [value], 0
    for _ in range(DEEPEST):
        kinds = set(map(type, level))
        if float in kinds:
            return None
        if not kinds & {dict, list}:
            return value if keys == text.count('":') else None
        objects = [one for one in level if type(one) is dict]
        keys += sum(map(len, objects))
        level = [
            *chain.from_iterable(map(dict.values, objects)),
            *chain.from_iterable(one for one in level if type(one) is list),
        ]
    return None


def _integer(text: str) -> int | Decimal:
    """Python refuses to read an int of thousands of digits, and is slow before that."""
    return int(text) if len(text) <= LONGEST_INT else _decimal(text)


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise ParseError(f"The body holds a number of more than {LONGEST_NUMBER:,} characters.")
    try:
        return Decimal(text)
    except InvalidOperation:
        # An exponent beyond the reach of decimals.
        return Decimal("Infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(f"The body is not clear: “{twice[:60]}” is there twice.")
    return found


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> ParseError:
    return ParseError(f"The body is nested too deeply: at most {DEEPEST} levels.")
