"""The way into a JSON answer: JMESPath, on numbers that stay exact decimals.

An expression is somebody's program. It can be made to double a list again and again, so how wide
it may grow is counted before it runs.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from jmespath import exceptions, functions, parser, visitor

from cadence.sources.shapes import LONGEST_CELL, MOST_ROWS, Answer, Cell, Failed

DEEPEST = 40
# The lists and objects that an expression makes, their widths multiplied.
WIDEST = 64


def checked(expression: str) -> Any:
    """The expression, parsed. Raises Failed when it is none."""
    try:
        parsed = parser.Parser().parse(expression).parsed
    except (exceptions.JMESPathError, RecursionError) as error:
        said = str(error).splitlines()[0] if str(error) else "it cannot be read"
        raise Failed(f"The path is not JMESPath: {said[:200]}") from None
    width = 1
    for node in _nodes(parsed):
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            width *= max(len(node["children"]), 1)
    if width > WIDEST:
        raise Failed("The path makes too many lists of lists.")
    return parsed


def read_json(body: bytes) -> Any:
    """The document, its numbers as decimals. Raises Failed."""

    def refuse(name: str) -> Any:
        raise Failed(f"It answered {name}, which is not a number.")

    try:
        document = json.loads(
            body.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_decimal,
            parse_constant=refuse,
        )
    except UnicodeDecodeError:
        raise Failed("What it answered is not JSON in UTF-8.") from None
    except RecursionError:
        raise Failed("What it answered is nested too deeply.") from None
    except ValueError:
        begins = "It begins with “<”, as a page does." if body.lstrip()[:1] == b"<" else ""
        raise Failed(f"What it answered is not JSON. {begins}".strip()) from None
    if _deeper(document, DEEPEST):
        raise Failed("What it answered is nested too deeply.")
    return document


def found(document: Any, expression: str, columns: tuple[str, ...]) -> Answer:
    """What the expression finds: rows with these columns, or without any one value.

    Raises Failed when it finds something else.
    """
    value = _searched(document, expression)
    if not columns:
        return Answer(("value",), ((_cell(value, "The value"),),))
    if value is None:
        raise Failed("The path finds nothing in the answer (null); a list of rows was expected.")
    if not isinstance(value, list):
        raise Failed(f"A list of rows was expected, and the path finds {_what(value)}.")
    if len(value) > MOST_ROWS:
        raise Failed(f"It answered more than {MOST_ROWS} rows.")
    rows = []
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise Failed(f"Row {number}: an object was expected, and there is {_what(row)}.")
        for name in columns:
            if name not in row:
                there = ", ".join(f"“{key[:40]}”" for key in list(row)[:8]) or "nothing"
                raise Failed(f"Row {number} has no “{name}”; it has {there}.")
        rows.append(tuple(_cell(row[name], f"Row {number}, “{name}”,") for name in columns))
    return Answer(columns, tuple(rows))


def _searched(document: Any, expression: str) -> Any:
    if not expression:
        return document
    parsed = checked(expression)
    try:
        return visitor.TreeInterpreter(visitor.Options(custom_functions=Exactly())).visit(
            parsed, document
        )
    except exceptions.JMESPathError as error:
        said = str(error).splitlines()[0] if str(error) else "it does not fit the answer"
        raise Failed(f"The path does not fit the answer: {said[:200]}") from None
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Failed("The path cannot be computed on this answer.") from error


def _cell(value: Any, where: str) -> Cell:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        return value[: LONGEST_CELL + 1]
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise Failed(f"{where} is {_what(value)}; a number or a text was expected.")


def _what(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return "a text" if isinstance(value, str) else "a number"


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Failed("It answered a number that nobody can read.") from None


def _deeper(value: Any, left: int) -> bool:
    level = [value]
    while level and left >= 0:
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += one.values()
            elif isinstance(one, list):
                below += one
        level, left = below, left - 1
    return bool(level)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict) and "type" in node:
        yield node
        for child in node.get("children", ()):
            yield from _nodes(child)


class Exactly(functions.Functions):
    """JMESPath's functions, for which a decimal is a number."""

    def _get_allowed_pytypes(self, types: Any) -> Any:
        allowed, below = super()._get_allowed_pytypes(types)  # type: ignore[misc]
        if "float" in allowed:
            allowed.append("Decimal")
        return allowed, [(*each, "Decimal") if "float" in each else each for each in below]

    def _convert_to_jmespath_type(self, pyobject: Any) -> Any:
        if pyobject == "Decimal":
            return "number"
        return super()._convert_to_jmespath_type(pyobject)  # type: ignore[misc]

    @functions.signature({"types": ["array-number"]})
    def _func_avg(self, arg: Any) -> Any:
        return round(sum(map(Decimal, arg)) / len(arg), 9) if arg else None

    @functions.signature({"types": []})
    def _func_to_number(self, arg: Any) -> Any:
        if isinstance(arg, Decimal) or arg is None:
            return arg
        try:
            return Decimal(arg) if isinstance(arg, str | int) and arg not in (True, False) else None
        except InvalidOperation:
            return None

    @functions.signature({"types": []})
    def _func_to_string(self, arg: Any) -> Any:
        return arg if isinstance(arg, str) else str(arg)[:LONGEST_CELL]

    @functions.signature({"types": []})
    def _func_type(self, arg: Any) -> Any:
        if isinstance(arg, Decimal):
            return "number"
        return super()._func_type(arg)  # type: ignore[misc]
