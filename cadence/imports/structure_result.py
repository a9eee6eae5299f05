"""What became of a workbook of structure, row by row."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from accounts.models import Invitation
from cadence.imports.structure_rows import Fault
from cadence.imports.structure_sheets import INITIATIVES, METRICS, PEOPLE, PRIORITIES, TEAMS

# The column that a refusal without a field is about, by its code.
ABOUT = {"offer_pending": "owner", "already_owner": "owner", "initiative_without_owner": "state"}
ORDER = [TEAMS, PEOPLE, PRIORITIES, INITIATIVES, METRICS]


OUTCOMES = ("new", "changed", "unchanged", "problem")


@dataclass(frozen=True)
class Change:
    """One value of something that is there: the head of its column, what it was, what it is."""

    column: str
    old: str
    new: str


@dataclass
class Line:
    """What became of one row: ``new``, ``changed``, ``unchanged`` or ``problem``; ``notes`` say
    what has to wait."""

    sheet: str
    row: int
    name: str
    outcome: str = "unchanged"
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Result:
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # With the secrets of their links, which are nowhere else.
    invited: list[tuple[Invitation, str]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(OUTCOMES, 0)
        for line in self.lines:
            found[line.outcome] += 1
        return found

    @property
    def does_something(self) -> bool:
        return any(line.outcome in ("new", "changed") for line in self.lines)

    @property
    def digest(self) -> str:
        """Of what it does: the same twice, unless something changed in between."""
        text = json.dumps([asdict(line) for line in self.lines], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def words(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
