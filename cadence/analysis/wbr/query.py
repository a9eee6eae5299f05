"""The ``query`` of a filter: ``Country == 'US' and Fatals > 100``, judged row by row.

Comparisons with texts and numbers, ``in`` a list, joined by and, or, not (also ``&``, ``|``,
``~``); a name with spaces stands in backticks. Nothing else is understood, so nothing else runs.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Cell = float | str | None
Judge = Callable[[Mapping[str, Cell]], bool]

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_TOKEN = re.compile(r"""`([^`]*)`|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(&&?|\|\|?|~)""")
_WORDS = {"&": " and ", "&&": " and ", "|": " or ", "||": " or ", "~": " not "}
LONGEST = 500


class QueryError(ValueError):
    """What is wrong with a query."""


def read_query(query: str) -> tuple[Judge, set[str]]:
    """A judge of rows, and the columns that it looks at. Raises QueryError."""
    if len(query) > LONGEST:
        raise QueryError(f"a query has at most {LONGEST} characters")
    names: dict[str, str] = {}

    def plain(match: re.Match[str]) -> str:
        if match[1] is not None:
            alias = f"column_{len(names)}_"
            names[alias] = match[1]
            return alias
        return match[2] or _WORDS[match[3]]

    try:
        tree = ast.parse(_TOKEN.sub(plain, query).strip(), mode="eval")
        return _Reader(names).read(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise QueryError(error if isinstance(error, QueryError) else "it cannot be read") from None


class _Reader:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._columns: set[str] = set()

    def read(self, node: ast.expr) -> tuple[Judge, set[str]]:
        return self._judge(node), self._columns

    def _judge(self, node: ast.expr) -> Judge:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                parts = [self._judge(value) for value in values]
                return lambda row: all(part(row) for part in parts)
            case ast.BoolOp(op=ast.Or(), values=values):
                parts = [self._judge(value) for value in values]
                return lambda row: any(part(row) for part in parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._judge(operand)
                return lambda row: not inner(row)
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._comparison(left, ops, others)
        raise QueryError("only comparisons, and, or and not are understood")

    def _comparison(self, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]) -> Judge:
        pairs = []
        for op, other in zip(ops, others, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                pairs.append(self._membership(left, op, other))
            elif type(op) in _COMPARISONS:
                pairs.append(
                    _compared(self._value(left), _COMPARISONS[type(op)], self._value(other))
                )
            else:
                raise QueryError("only ==, !=, <, <=, >, >=, in and not in are understood")
            left = other
        return lambda row: all(pair(row) for pair in pairs)

    def _membership(self, left: ast.expr, op: ast.cmpop, other: ast.expr) -> Judge:
        if not isinstance(other, ast.List | ast.Tuple):
            raise QueryError("“in” is followed by a list")
        parts = [_compared(self._value(left), operator.eq, self._value(one)) for one in other.elts]
        if isinstance(op, ast.In):
            return lambda row: any(part(row) for part in parts)
        return lambda row: not any(part(row) for part in parts)

    def _value(self, node: ast.expr) -> Callable[[Mapping[str, Cell]], Cell]:
        sign = 1
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = -1, node.operand
        match node:
            case ast.Name(id=name) if sign == 1:
                column = self._names.get(name, name)
                self._columns.add(column)
                return lambda row: row[column]
            case ast.Constant(value=str(text)) if sign == 1:
                return lambda row: text
            case ast.Constant(value=value) if isinstance(value, int | float):
                number = sign * float(value)
                return lambda row: number
        raise QueryError("a column is compared with a text or a number")


def _compared(
    left: Callable[[Mapping[str, Cell]], Cell],
    holds: Callable[[Any, Any], Any],
    right: Callable[[Mapping[str, Cell]], Cell],
) -> Judge:
    def judge(row: Mapping[str, Cell]) -> bool:
        a, b = left(row), right(row)
        # An empty cell is like nothing; a text and a number are different, and neither is more.
        if a is None or b is None or isinstance(a, str) != isinstance(b, str):
            return holds is operator.ne
        return bool(holds(a, b))

    return judge
