"""The workbook to fill in: empty, or with what there is now, in the shape that is read again."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.models import Invitation, Membership, Organization, Team
from cadence.imports.structure_sheets import (
    EXAMPLE,
    EXPLAINED,
    INITIATIVES,
    METRICS,
    PEOPLE,
    PRIORITIES,
    SHEETS,
    TEAMS,
    Column,
    SheetKind,
)
from cadence.imports.structure_world import World
from cadence.metrics.models import Metric, Threshold
from cadence.spreadsheets.harm import is_run
from cadence.spreadsheets.workbook import storable

# Rows below the last one for which a list of choices opens.
ROOM = 500
_HEAD, _NEEDED = (
    PatternFill("solid", start_color="EEEBE3"),
    PatternFill("solid", start_color="E3DCCB"),
)
_WIDTHS = {
    "lines": 44,
    "email": 28,
    "day": 12,
    "whole": 11,
    "number": 14,
    "limit": 14,
    "choice": 12,
}
_HOW = (
    "Fill in the sheets and bring the workbook back: you see what each row would do before "
    "anything is done. A darker head means that the column is needed.",
    "A row is known by its name, a person by the e-mail address, a metric by its key. What is not "
    "there yet is made; of what is there, what differs is changed.",
    "An empty cell leaves things as they are. Nothing is deleted: what has no row stays.",
    "People who are new are invited. Owners are asked, and own when they have accepted. Who has "
    "not joined yet cannot lead or own: bring the workbook again when they have.",
    "This sheet and the next one are not read.",
)


def template() -> bytes:
    """A workbook with empty sheets, what each column is, and an example."""
    return _book({})


def current(organization: Organization, at: datetime) -> bytes:
    """The same with what there is: brought back as it is, it changes nothing."""
    return _book(_rows(World.of(organization, at)))


def _book(rows: dict[str, list[list[object]]]) -> bytes:
    book = Workbook(write_only=True)
    _explained(book.create_sheet(EXPLAINED))
    _example(book.create_sheet(EXAMPLE))
    for kind in SHEETS:
        _sheet(book.create_sheet(kind.name), kind, rows.get(kind.name, []))
    # It opens where one writes.
    book.active = 2
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _sheet(sheet: Any, kind: SheetKind, rows: Sequence[Sequence[object]]) -> None:
    sheet.freeze_panes = "B2"
    last = len(rows) + 1 + ROOM
    for number, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(number)
        width = _WIDTHS.get(column.kind, 26)
        sheet.column_dimensions[letter].width = max(width, len(column.head) + 2)
        source = _choices(column)
        if source:
            found = DataValidation(type="list", formula1=source, allow_blank=True)
            found.showErrorMessage = not column.refers
            found.error = f"One of: {', '.join(column.choices.values())}."
            found.add(f"{letter}2:{letter}{last}")
            sheet.data_validations.append(found)
    sheet.append([_heading(sheet, column) for column in kind.columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _choices(column: Column) -> str:
    """Where a list of choices takes its words from."""
    if column.refers:
        return f"{column.refers}!$A$2:$A${10_000}"
    return f'"{",".join(column.choices.values())}"' if column.choices else ""


def _heading(sheet: Any, column: Column) -> Cell:
    cell = _text(sheet, column.head)
    cell.font, cell.fill = Font(bold=True), _NEEDED if column.needed else _HEAD
    words = f"{column.explained}{' Needed.' if column.needed else ''}"
    cell.comment = Comment(words, "Cadence", height=90, width=260)
    return cell


def _cell(sheet: Any, value: object) -> object:
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, date):
        cell: Cell = WriteOnlyCell(sheet, datetime.combine(value, time.min))
        cell.number_format = "yyyy-mm-dd"
        return cell
    return value


def _text(sheet: Any, words: str) -> Cell:
    """A text whatever it begins with: by itself the library makes a formula of ``=…``."""
    cell: Cell = WriteOnlyCell(sheet, storable(words))
    cell.data_type = "s"
    if is_run(words):
        cell.number_format = "@"
        cell.quotePrefix = True
    if "\n" in words:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _explained(sheet: Any) -> None:
    for letter, width in zip("ABCDE", (14, 18, 10, 72, 44), strict=True):
        sheet.column_dimensions[letter].width = width
    title = _text(sheet, "How to set up Cadence from this workbook")
    title.font = Font(bold=True, size=14)
    sheet.append([title])
    for words in _HOW:
        sheet.append([_text(sheet, words)])
    sheet.append([])
    sheet.append(_bold(sheet, ("Sheet", "Column", "Needed", "What it is", "One of")))
    for kind in SHEETS:
        for column in kind.columns:
            choices = ", ".join(column.choices.values())
            words = choices or (f"A name in {column.refers}" if column.refers else "")
            needed = "yes" if column.needed else ""
            sheet.append(
                [
                    _text(sheet, text)
                    for text in (kind.name, column.head, needed, column.explained, words)
                ]
            )


def _example(sheet: Any) -> None:
    for number in range(1, 17):
        sheet.column_dimensions[get_column_letter(number)].width = 24
    note = _text(sheet, "An example, which is not read. Each block is the beginning of a sheet.")
    note.font = Font(italic=True)
    sheet.append([note])
    for kind in SHEETS:
        sheet.append([])
        sheet.append(_bold(sheet, (kind.name,)))
        sheet.append(_bold(sheet, [column.head for column in kind.columns]))
        sheet.append([_text(sheet, column.example) for column in kind.columns])


def _bold(sheet: Any, words: Iterable[str]) -> list[Cell]:
    cells = [_text(sheet, one) for one in words]
    for cell in cells:
        cell.font, cell.fill = Font(bold=True), _HEAD
    return cells


def _rows(world: World) -> dict[str, list[list[object]]]:
    here = [one for one in world.members.values() if one.is_current]
    people = sorted(here, key=lambda one: one.name.casefold())
    found: dict[str, list[list[object]]] = {
        TEAMS: [
            [one.name, _name(one.parent), _email(one.lead)]
            for one in sorted(world.teams.values(), key=lambda one: one.name.casefold())
        ],
        PEOPLE: [_person(one, _email(one)) for one in people]
        + [_person(one, one.email) for one in world.invitations.values()],
        PRIORITIES: [
            [one.name, one.rank, one.starts_on, one.ends_on, one.description]
            for one in world.priorities
        ],
        INITIATIVES: [
            [
                one.name,
                one.priority.name,
                one.team.name,
                _email(world.answering(one)),
                one.budget_at_stake,
                one.state.label,
                one.description,
            ]
            for one in world.initiatives
        ],
    }
    words = {column.name: column.choices for column in SHEETS[4].columns}
    found[METRICS] = [
        [
            one.name,
            one.key,
            one.initiative.name,
            one.unit,
            one.decimals,
            words["kind"][one.kind],
            words["read_per"][one.read_per],
            words["judged_per"][one.judged_per],
            words["aggregation"][one.aggregation],
            one.leads_to and one.leads_to.key,
            one.grace_days,
            *_limits(world.thresholds.get(one.pk)),
        ]
        for one in world.metrics
    ]
    return found


def _limits(threshold: Threshold | None) -> list[object]:
    if threshold is None:
        return [None] * 5
    return [
        _limit(threshold.floor_metric, threshold.floor),
        _limit(threshold.ceiling_metric, threshold.ceiling),
        threshold.starts_on,
        threshold.periods_in_a_row,
        threshold.agreed_response,
    ]


def _limit(metric: Metric | None, number: object) -> object:
    return metric.key if metric is not None else number


def _person(one: Membership | Invitation, email: str | None) -> list[object]:
    role = {column.name: column.choices for column in SHEETS[1].columns}["role"][one.role]
    return [one.name, email, role, _name(one.team)]


def _name(team: Team | None) -> str | None:
    return None if team is None else team.name


def _email(member: Any) -> str | None:
    return member.user.email if member is not None and member.user is not None else None
