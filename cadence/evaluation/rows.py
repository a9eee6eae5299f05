"""Reading rows as they come in, from a page, the API or a file: each fault names row and field."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Self, cast

from accounts.fields import TextError, clean_text
from accounts.models import Organization
from cadence.calendar.periods import PeriodError, PeriodKind, is_start, parse_period
from cadence.errors import Problem
from cadence.inputs import NumberError, exact
from cadence.metrics.models import Metric

# Before this day nothing is recorded: a run of periods is followed two years back from a reading.
FIRST_PERIOD = date(1995, 1, 1)
# How far ahead a plan or a target series may be recorded.
YEARS_AHEAD = 5


@dataclass(slots=True)
class Row:
    """One reading as it was sent. ``metric`` is an id or the organization's key for it."""

    metric: object
    period: object
    value: object
    note: object = ""


class Clean(NamedTuple):
    """One reading that can be recorded."""

    metric: Metric
    starts_on: date
    value: Decimal
    note: str


@dataclass(frozen=True)
class Named:
    """What rows call their metrics: ids, and the organization's own keys."""

    ids: set[int]
    keys: set[str]

    @classmethod
    def by(cls, rows: Iterable[Row]) -> Self:
        names = {row.metric for row in rows if type(row.metric) in (int, str)}
        ids, keys = set(), set()
        for name in names:
            if isinstance(name, int):
                ids.add(name)
            elif isinstance(name, str) and len(name) <= 80 and name.isascii():
                (ids.add(int(name)) if name.isdigit() else keys.add(name))
        # Beyond 64 bits SQLite raises where PostgreSQL finds nothing.
        return cls(
            {key for key in ids if 0 < key < 2**63}, {key for key in keys if "\0" not in key}
        )

    def among(self, metrics: Iterable[Metric]) -> dict[object, Metric]:
        """The metrics by all that rows may call them."""
        found: dict[object, Metric] = {}
        for metric in metrics:
            if metric.id in self.ids:
                found[metric.id] = found[str(metric.id)] = metric
            if metric.key in self.keys:
                found[metric.key] = metric
        return found


def ids_of(organization: Organization, names: Named) -> set[int]:
    """The ids of the metrics that are named. One that is none, or another organization's, is found
    by nobody who asks within the organization. One query where rows name keys, else none."""
    if not names.keys:
        return set(names.ids)
    keyed = Metric.objects.filter(organization=organization, key__in=names.keys)
    return {*names.ids, *keyed.order_by().values_list("pk", flat=True)}


def named_metrics(organization: Organization, rows: Iterable[Row]) -> dict[object, Metric]:
    """The metrics that the rows name, by id and by key. Other organizations' are not found."""
    names = Named.by(rows)
    mine = Metric.objects.filter(organization=organization)
    return names.among(mine.filter(pk__among=ids_of(organization, names)))


def clean_rows(
    organization: Organization,
    rows: Sequence[Row],
    named: Mapping[object, Metric],
    *,
    today: date,
    limits: Container[int],
    numbered: bool,
) -> tuple[list[Clean], list[Problem]]:
    """What can be recorded, and everything that is wrong.

    ``limits`` are ids of metrics that serve as a floor or ceiling: a plan lies ahead, so their
    periods may. ``numbered`` puts the number of the row, from 1, on each problem.
    """
    clean: list[Clean] = []
    problems: list[Problem] = []
    seen: dict[tuple[int, date], int] = {}
    # The same periods come again and again.
    days: dict[tuple[str, object], date] = {}
    for number, row in enumerate(rows, start=1):
        name, period = row.metric, row.period
        line = number if numbered else None
        count = len(problems)
        metric = named.get(name) if type(name) in (int, str) else None
        if metric is None:
            problems.append(Problem("metric", "There is no such metric.", line))
        elif metric.retired_at is not None:
            problems.append(Problem("metric", "This metric is retired.", line))
        elif metric.is_derived:
            problems.append(Problem("metric", "This metric is computed from others.", line))
        value = _value(row.value, problems, line)
        note = _note(row.note, problems, line) if row.note else ""
        if metric is None:
            continue
        read_per = metric.read_per
        day = days.get((read_per, period)) if type(period) is str else None
        if day is None:
            day = _period(organization, metric, period, problems, line)
            if day is None:
                continue
            days[read_per, period] = day
        if day < FIRST_PERIOD:
            problems.append(Problem("period", "This period lies in the far past.", line))
        if day > today and (metric.id not in limits or day.year > today.year + YEARS_AHEAD):
            problems.append(Problem("period", "This period has not begun yet.", line))
        first = seen.setdefault((metric.id, day), number)
        if first != number:
            problems.append(
                Problem("period", f"Row {first} is of the same metric and period.", line)
            )
        if value is not None and len(problems) == count:
            clean.append(Clean(metric, day, value, note))
    return clean, problems


def _value(value: object, problems: list[Problem], line: int | None) -> Decimal | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        problems.append(Problem("value", "This number is needed.", line))
        return None
    try:
        return exact(value)
    except NumberError as error:
        problems.append(Problem("value", str(error), line))
        return None


def _note(note: object, problems: list[Problem], line: int | None) -> str:
    try:
        return clean_text("" if note is None else note, longest=500, needed=False)
    except TextError as error:
        problems.append(Problem("note", str(error), line))
        return ""


def _period(
    organization: Organization,
    metric: Metric,
    period: object,
    problems: list[Problem],
    line: int | None,
) -> date | None:
    kind = cast(PeriodKind, metric.read_per)
    try:
        if isinstance(period, str):
            return parse_period(kind, period, organization.week_start)
        if type(period) is date and is_start(kind, period, organization.week_start):
            return period
        reason = f"This is not the start of a {kind}."
    except PeriodError as error:
        reason = str(error)
    problems.append(Problem("period", reason, line))
    return None
