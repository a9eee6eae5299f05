"""The table has every event that the code can write, and each is told or has its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from cadence.initiatives.models import State
from cadence.notices.routing import ROUTES, UNTOLD

ROOT = Path(settings.BASE_DIR) / "cadence"
# Functions that append to the ledger for others: their first argument is the event.
APPENDERS = {"_append", "_create", "record", "_append_commitment"}
# Events that are put together when they are written.
WRITTEN_AS = {
    "initiative.{}": [f"initiative.{State.COMPLETED}", f"initiative.{State.STOPPED}"],
    "{}.escalated": [
        f"{thing}.escalated" for thing in ("breach", "verdict", "commitment", "ownership", "review")
    ],
}
NOT_THE_LEDGER = {"answers", "api", "web", "migrations", "management"}


def events(node: ast.expr) -> Iterator[str]:
    """The events that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from events(node.body)
        yield from events(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield from _joined(node)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from events(value)


def _joined(node: ast.JoinedStr) -> Iterator[str]:
    choices: list[list[str]] = [[]]
    for part in node.values:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        found = list(events(value)) or ["{}"]
        choices = [[*before, one] for before in choices for one in found]
    for parts in choices:
        text = "".join(parts)
        assert "{}" not in text or text in WRITTEN_AS, f"Say in WRITTEN_AS what {text} can be."
        yield from WRITTEN_AS.get(text, [text])


def written() -> dict[str, str]:
    """Every event that stands in the source, with the file it stands in."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        if NOT_THE_LEDGER & set(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            for place in _places(node):
                for event in filter(_is_event, events(place)):
                    found[event] = str(path.relative_to(ROOT))
    return found


def _places(node: ast.AST) -> list[ast.expr]:
    """Where in a statement an event can stand."""
    if isinstance(node, ast.Assign):
        return [node.value] if any(getattr(t, "id", "") == "event" for t in node.targets) else []
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    first = node.args[:1] if name in APPENDERS else []
    return [*first, *(k.value for k in node.keywords if k.arg == "event")]


def _is_event(text: str) -> bool:
    subject, dot, verb = text.partition(".")
    return bool(dot) and subject.replace("_", "").islower() and verb.replace("_", "").islower()


def test_the_source_is_read() -> None:
    found = written()
    assert {"ownership.ended", "decision.refused", "initiative.stopped", "review.closed"} <= set(
        found
    )
    assert len(found) > 50


@pytest.mark.parametrize("event", sorted(written()))
def test_every_event_is_told_or_has_a_reason_not_to_be(event: str) -> None:
    assert (event in ROUTES) != (event in UNTOLD), f"{event} ({written()[event]}) has no route"


def test_nobody_is_left_out_without_a_sentence() -> None:
    assert all(len(reason) > 20 and reason.endswith(".") for reason in UNTOLD.values())
    assert not ROUTES.keys() & UNTOLD.keys()
