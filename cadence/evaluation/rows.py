"""Reading rows as they come in, from a page, the API or a file: each fault names row and field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

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


@dataclass(frozen=True)
class Row:
    """One reading as it was sent. ``metric`` is an id or the organization's key for it."""

    metric: object
    period: object
    value: object
    note: object = ""


@dataclass(frozen=True)
class Clean:
    """One reading that can be recorded."""

    metric: Metric
    starts_on: date
    value: Decimal
    note: str


def named_metrics(organization: Organization, rows: Iterable[Row]) -> dict[object, Metric]:
    """The metrics that the rows name, by id and by key. Other organizations' are not found."""
    ids, keys = set(), set()
    for row in rows:
        if isinstance(row.metric, int) and not isinstance(row.metric, bool):
            ids.add(row.metric)
        elif isinstance(row.metric, str) and len(row.metric) <= 80 and row.metric.isascii():
            (ids.add(int(row.metric)) if row.metric.isdigit() else keys.add(row.metric))
    # Beyond 64 bits SQLite raises where PostgreSQL finds nothing.
    ids = {key for key in ids if 0 < key < 2**63}
    keys = {key for key in keys if "\0" not in key}
    found: dict[object, Metric] = {}
    mine = Metric.objects.filter(organization=organization)
    if ids:
        found |= {metric.pk: metric for metric in mine.filter(pk__in=ids)}
        found |= {str(key): metric for key, metric in list(found.items())}
    if keys:
        found |= {metric.key: metric for metric in mine.filter(key__in=keys)}
    return found


def clean_rows(
    organization: Organization,
    rows: Sequence[Row],
    named: dict[object, Metric],
    *,
    today: date,
    limits: set[int],
    numbered: bool,
) -> tuple[list[Clean], list[Problem]]:
    """What can be recorded, and everything that is wrong.

    ``limits`` are ids of metrics that serve as a floor or ceiling: a plan lies ahead, so their
    periods may. ``numbered`` puts the number of the row, from 1, on each problem.
    """
    clean: list[Clean] = []
    problems: list[Problem] = []
    seen: dict[tuple[int, date], int] = {}
    for number, row in enumerate(rows, start=1):
        line = number if numbered else None
        count = len(problems)
        metric = named.get(row.metric) if isinstance(row.metric, int | str) else None
        if metric is None:
            problems.append(Problem("metric", "There is no such metric.", line))
        elif metric.retired_at is not None:
            problems.append(Problem("metric", "This metric is retired.", line))
        elif metric.is_derived:
            problems.append(Problem("metric", "This metric is computed from others.", line))
        value = _value(row.value, problems, line)
        note = _note(row.note, problems, line)
        if metric is None:
            continue
        day = _period(organization, metric, row.period, problems, line)
        if day is None:
            continue
        if day < FIRST_PERIOD:
            problems.append(Problem("period", "This period lies in the far past.", line))
        if day > today and (metric.pk not in limits or day.year > today.year + YEARS_AHEAD):
            problems.append(Problem("period", "This period has not begun yet.", line))
        if (metric.pk, day) in seen:
            problems.append(
                Problem(
                    "period", f"Row {seen[metric.pk, day]} is of the same metric and period.", line
                )
            )
        seen.setdefault((metric.pk, day), number)
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
