"""What every row is given, and what it gives back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rounds import Ratio
from benchmarks.table import Target

if TYPE_CHECKING:
    from benchmarks.world import World


@dataclass(frozen=True)
class Setting:
    """Where a row is measured. ``rounds`` is at least five, but for trying whether rows run."""

    world: "World"
    vendor: str  # "SQLite", "PostgreSQL"
    url: str
    rounds: int = 7
    # A small world: figures say little then.
    quick: bool = False


@dataclass(frozen=True)
class Result:
    """A measured line, or with ``note`` why there is none. ``part`` tells lines of a row apart."""

    ratio: Ratio | None
    reference: str = ""
    part: str = ""
    note: str = ""
    # Of this line; that of the row unless it says otherwise.
    target: Target | None = None


# For a line that is there to be read beside the others.
NO_TARGET = Target(float("nan"), float("nan"), less_is_better=True)


@dataclass(frozen=True)
class Row:
    """One measure. ``on`` are the databases it is measured on; empty is: needs none."""

    number: int
    measure: str
    target: Target | None
    on: tuple[str, ...]
    run: Callable[[Setting], Iterator[Result]]


def at_most(must: float, aim: float) -> Target:
    return Target(must, aim, less_is_better=True)


def at_least(must: float, aim: float) -> Target:
    return Target(must, aim, less_is_better=False)
