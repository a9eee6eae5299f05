"""What a check of a file found: every problem with its place, and what each reading would do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from accounts.models import Membership
from cadence.errors import Problem
from cadence.evaluation.trial import Tried, try_readings
from cadence.imports.catalog import Catalog
from cadence.imports.choices import Choices
from cadence.imports.laying import lay
from cadence.imports.tables import Sheet, letter, packed, text_of, unpacked

STATUSES = ("corrected", "new", "unchanged")
_FIELDS = {"metric": 1, "period": 2, "value": 3, "note": 4}
# A file may hold the same mistake in every row: so many are kept to be shown, all are counted.
MOST_KEPT = 10_000


class Fault(NamedTuple):
    """``row`` and ``column`` count from 1, as a spreadsheet does; ``text`` stands there."""

    row: int
    column: int
    field: str
    message: str
    text: str = ""

    @property
    def place(self) -> str:
        return f"{letter(self.column - 1)}{self.row}"


class Line(NamedTuple):
    """A reading that can be recorded: what is on record for its period, and what would be."""

    row: int
    column: int
    metric: int
    period: str
    old: str | None
    new: str
    status: str

    @property
    def starts_on(self) -> date:
        return date.fromisoformat(self.period)

    @property
    def place(self) -> str:
        return f"{letter(self.column - 1)}{self.row}"


@dataclass
class Findings:
    faults: list[Fault] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def pack(self) -> bytes:
        faults = [list(fault) for fault in self.faults[:MOST_KEPT]]
        return packed([faults, [list(line) for line in self.lines], self.counts])

    @classmethod
    def unpack(cls, content: bytes | memoryview) -> "Findings":
        faults, lines, counts = unpacked(content)
        return cls([Fault(*one) for one in faults], [Line(*one) for one in lines], counts)

    def of_status(self, status: str) -> list[Line]:
        return [line for line in self.lines if line.status == status]


def check(
    actor: Membership,
    today: date,
    sheet: Sheet,
    choices: Choices,
    catalog: Catalog,
    told: Callable[[int], None] = lambda row: None,
    refused: Sequence[Problem] = (),
) -> Findings:
    """What the file would do now. ``refused`` is what recording found and a check does not see.
    Raises Invalid when it holds too many readings."""
    laid = lay(sheet, choices, catalog, actor.organization.week_start, told)
    tried, problems = try_readings(actor, today, laid.rows)
    faults: list[Fault] = []
    said: set[tuple[int, int, str]] = set()
    for problem in [*problems, *refused]:
        assert problem.row is not None
        places = laid.places[problem.row - 1]
        message = laid.faults.get((problem.row, problem.field), problem.message)
        at = (places[0], places[_FIELDS.get(problem.field, 3)], problem.field)
        # A period, a metric or a note that is none stands once beside many values.
        if at in said:
            continue
        said.add(at)
        text = _text_at(sheet, *at[:2])
        faults.append(Fault(*at, _with_row_of(message, laid.places), text))
    faults.sort(key=lambda one: (one.row, one.column))
    lines = [
        _line(one, places)
        for one, places in zip(tried, laid.places, strict=True)
        if one is not None
    ]
    counts = dict.fromkeys(STATUSES, 0)
    for line in lines:
        counts[line.status] += 1
    counts["problems"] = len(faults)
    return Findings(faults, lines, counts)


def _text_at(sheet: Sheet, row: int, column: int) -> str:
    cells = sheet.rows[row - 1]
    return text_of(cells[column - 1])[:60] if column <= len(cells) else ""


def _line(one: Tried, places: Sequence[int]) -> Line:
    row = one.row
    return Line(
        places[0],
        places[3],
        row.metric.pk,
        row.starts_on.isoformat(),
        None if one.old is None else written(one.old),
        written(row.value),
        one.status,
    )


def written(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _with_row_of(message: str, places: Sequence[Sequence[int]]) -> str:
    """The rules count readings; people count the rows of their file."""
    words = message.split(" ", 2)
    if len(words) == 3 and words[0] == "Row" and words[1].isdigit():
        return f"Row {places[int(words[1]) - 1][0]} {words[2]}"
    return message
