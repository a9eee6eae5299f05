"""What the columns of a table most likely are: by their heading, by what stands in them."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import Membership
from cadence.imports.catalog import Catalog, plain_name
from cadence.imports.choices import (
    ACROSS,
    METRIC,
    NOTE,
    NOTHING,
    PERIOD,
    VALUE,
    Choices,
    metric_of,
    metric_role,
)
from cadence.imports.dates import named_in
from cadence.imports.models import Mapping
from cadence.imports.numbers import styles_of
from cadence.imports.tables import Cell, Row, Sheet, is_blank, letter, text_of

_HEADINGS = {
    PERIOD: "period date day week month period start datum tag woche monat zeitraum periode kw "
    "semaine mois jour fecha semana mes data settimana mese weekof weekstarting monthof",
    METRIC: "metric kpi measure indicator metricname metrickey metrik kennzahl indicateur "
    "indicador key name",
    VALUE: "value wert amount actual number result ist reading valeur valor valore betrag",
    NOTE: "note notes comment comments remark remarks kommentar bemerkung notiz reason "
    "commentaire comentario nota",
}
_WORDS = {word: role for role, words in _HEADINGS.items() for word in words.split()}
_SAMPLE = 50
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Column:
    """One column as the page of the mapping shows it. ``guess`` is a role."""

    place: int
    name: str
    samples: tuple[str, ...]
    guess: str

    @property
    def letter(self) -> str:
        return letter(self.place)


def heading(sheet: Sheet, header_row: int) -> list[str]:
    """The names of the columns; letters where a column has none."""
    width = max((len(row) for row in sheet.rows[header_row:]), default=0)
    names = [text_of(cell) for cell in sheet.rows[header_row - 1]] if header_row else []
    width = max(width, len(names))
    names += [""] * (width - len(names))
    return [
        _SPACE.sub(" ", name)[:120] or f"Column {letter(place)}" for place, name in enumerate(names)
    ]


def signature(names: Sequence[str]) -> str:
    """The same for headers that differ in case and marks alone."""
    plain = "\n".join(plain_name(name) or name for name in names)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def header_row_of(sheet: Sheet, catalog: Catalog) -> int:
    """The row of the headings, from 1: the first that is as wide as the table; 0 where already
    the first one holds a period and a number."""
    rows = sheet.rows[:_SAMPLE]
    widths = [sum(not is_blank(cell) for cell in row) for row in rows]
    widest = max(widths, default=0)
    first = next((place for place, width in enumerate(widths) if width * 2 > widest and width), 0)
    cells = [cell for cell in rows[first] if not is_blank(cell)] if rows else []
    periods = sum(_is_period(cell) for cell in cells)
    numbers = sum(_is_number(cell) and not _is_period(cell) for cell in cells)
    return 0 if numbers and (periods or _named(cells, catalog)) else first + 1


def samples_of(sheet: Sheet, header_row: int, width: int) -> list[list[Cell]]:
    """The first cells of each column that are not blank."""
    found: list[list[Cell]] = [[] for _ in range(width)]
    for row in sheet.rows[header_row : header_row + 4 * _SAMPLE]:
        for place, cell in enumerate(row[:width]):
            if len(found[place]) < _SAMPLE and not is_blank(cell):
                found[place].append(cell)
    return found


def columns_of(sheet: Sheet, header_row: int, catalog: Catalog) -> list[Column]:
    """Every column with its guess. At most one is the period, the metric, the value, the note."""
    names = heading(sheet, header_row)
    samples = samples_of(sheet, header_row, len(names))
    roles = _guesses(names, samples, catalog)
    return [
        Column(place, name, tuple(text_of(cell)[:60] for cell in cells[:3]), role)
        for place, (name, cells, role) in enumerate(zip(names, samples, roles, strict=True))
    ]


def _guesses(names: Sequence[str], samples: Sequence[Row], catalog: Catalog) -> list[str]:
    roles = [_by_heading(name, catalog) for name in names]
    _one_each(roles)
    if PERIOD not in roles:
        place = _best(roles, samples, _is_period, free=(NOTHING, METRIC, VALUE))
        if place is not None:
            roles[place] = PERIOD
    wide = any(metric_of(role) is not None for role in roles)
    if METRIC not in roles or wide:
        roles = [NOTHING if role == METRIC else role for role in roles]
    if not wide:
        place = _best(
            roles, samples, lambda cell: _is_metric(cell, catalog), free=(NOTHING, METRIC)
        )
        if place is not None:
            roles = [NOTHING if role == METRIC else role for role in roles]
            roles[place] = METRIC
    # Headings that are periods: a row for each metric.
    across = [place for place, name in enumerate(names) if _is_period(name)]
    if METRIC in roles and len(across) > 1 and VALUE not in roles:
        roles = [NOTHING if role in {PERIOD, VALUE} else role for role in roles]
        for place in across:
            roles[place] = ACROSS
        return roles
    if METRIC in roles and VALUE not in roles:
        place = _best(roles, samples, _is_number, free=(NOTHING,))
        if place is not None:
            roles[place] = VALUE
    if wide:
        roles = [NOTHING if role in {METRIC, VALUE} else role for role in roles]
    return roles


def _by_heading(name: str, catalog: Catalog) -> str:
    found = catalog.find(name)
    if found is not None and found.may_record:
        return metric_role(found.pk)
    return _WORDS.get(plain_name(name), NOTHING)


def _one_each(roles: list[str]) -> None:
    """The first column that is called so is it."""
    seen: set[str] = set()
    for place, role in enumerate(roles):
        if role in seen:
            roles[place] = NOTHING
        elif role:
            seen.add(role)


def _best(
    roles: Sequence[str],
    samples: Sequence[Row],
    fits: Callable[[Cell], bool],
    *,
    free: Sequence[str],
) -> int | None:
    """The first column in which nearly all cells fit, of those that are still free."""
    for place, cells in enumerate(samples):
        if roles[place] in free and cells and sum(map(fits, cells)) >= 0.8 * len(cells):
            return place
    return None


def _is_period(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return cell[0] == "d"
    text = cell.strip()
    return named_in(text, "day") is not None or named_in(text, "month") is not None


def _is_number(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return cell[0] in {"n", "p"}
    return bool(styles_of(cell.strip()))


def _is_metric(cell: Cell, catalog: Catalog) -> bool:
    return isinstance(cell, str) and catalog.find(cell) is not None


def _named(cells: Sequence[Cell], catalog: Catalog) -> bool:
    return any(_is_metric(cell, catalog) for cell in cells)


def remembered(actor: Membership, names: Sequence[str], catalog: Catalog) -> Choices | None:
    """How a table with this header was read the last time, as far as its metrics are there."""
    row = Mapping.objects.filter(
        organization=actor.organization_id, signature=signature(names)
    ).first()
    if row is None or len(row.choices["roles"]) != len(names):
        return None
    stored = Choices.of(row.choices)
    roles = tuple(role if _is_there(role, catalog) else NOTHING for role in stored.roles)
    return Choices(
        roles, stored.sheet, stored.header_row, stored.numbers, stored.dates, stored.days
    )


def _is_there(role: str, catalog: Catalog) -> bool:
    key = metric_of(role)
    if key is None:
        return True
    known = catalog.by_id.get(key)
    return known is not None and known.may_record


def proposed(
    actor: Membership,
    sheets: Sequence[Sheet],
    catalog: Catalog,
    place: int = 0,
    header_row: int | None = None,
) -> Choices:
    """What is proposed for a sheet. Its heading is recognised unless it was said."""
    sheet = sheets[place]
    row = header_row_of(sheet, catalog) if header_row is None else header_row
    kept = remembered(actor, heading(sheet, row), catalog) if row else None
    if kept is not None and kept.sheet == place and kept.header_row == row:
        return kept
    columns = columns_of(sheet, row, catalog)
    return Choices(tuple(column.guess for column in columns), place, row)
