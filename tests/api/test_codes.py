"""Every code that a refusal can bear is in docs/api.md, and every one there can be met."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cadence.api.problems import CODES
from cadence.refusals import CODES as FROM_GUARDS

ROOT = Path(__file__).resolve().parent.parent.parent
# Not of the API: joining by a link, a deck on paper, and a command.
ELSEWHERE = {
    "account_exists",
    "invitation_expired",
    "no_paper",
    "sign_in_to_accept",
    "weeks_differ",
}
# What a Refusal bears when nothing else is said.
PLAIN = {"conflict", "refused"}


def in_the_source() -> set[str]:
    """Written as ``code="…"``, and named to `describe` in ``conflicts=[…]`` or a list for it."""
    found: set[str] = set()
    for path in (ROOT / "cadence").rglob("*.py"):
        if "management" not in path.parts:
            found |= set(_codes(ast.parse(path.read_text()), in_api="api" in path.parts))
    return found


def _codes(tree: ast.Module, *, in_api: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="code", value=value):
                yield from _texts([value])
            case ast.keyword(arg="conflicts", value=value):
                yield from _texts(ast.walk(value))
            case ast.Assign(targets=[ast.Name("ANSWERED" | "CLOSED")], value=value) if in_api:
                yield from _texts(ast.walk(value))


def _texts(nodes: object) -> Iterator[str]:
    for node in nodes:  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def in_the_documents() -> set[str]:
    text = (ROOT / "docs" / "api.md").read_text()
    part = text.partition("\n## Refusals\n")[2].partition("\n## ")[0]
    cells = [line for line in part.splitlines() if line.startswith("|")]
    words = set(re.findall(r"`([a-z_]+)`", "\n".join(cells)))
    return words - {"code", "detail", "problems", "held_open_by", "notes", "until"}


def test_the_documents_name_every_code_and_no_other() -> None:
    known = in_the_source() | set(CODES.values()) | set(FROM_GUARDS.values()) | PLAIN
    assert in_the_documents() == known - ELSEWHERE
