"""What is told of one entry of the ledger, and to whom."""

from collections.abc import Callable
from dataclasses import dataclass

from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.world import World


@dataclass(frozen=True)
class Line:
    """One sentence for some people. Empty words are those of the news itself."""

    kind: NoticeKind
    people: tuple[int | None, ...]
    title: str = ""
    detail: str = ""
    path: str = ""
    # Minutes are a document: who closed the review keeps them like everybody else.
    also_actor: bool = False


@dataclass(frozen=True)
class News:
    """What happened, in words that are true for everybody, the page about it, and the teams whose
    work it is. Of the lines that name a person the first counts: each is told once."""

    title: str
    path: str
    detail: str = ""
    teams: frozenset[int] = frozenset()
    lines: tuple[Line, ...] = ()


Teller = Callable[[Entry, World], News | None]
"""None where there is nothing to tell: a batch of readings in which no breach opened."""
