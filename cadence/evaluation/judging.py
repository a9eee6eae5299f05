"""From readings to judgements: the value of each complete judged period beside its limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, cast

from accounts.models import Organization
from cadence.calendar.periods import PeriodKind, parts
from cadence.metrics.deriving import derive_periods, forget
from cadence.metrics.models import Judgement, Metric, Reading
from cadence.metrics.queries import Version, in_force, versions_of
from cadence.metrics.rules import Limits, aggregate, judge
from cadence.metrics.writing import write_rows

Periods = dict[int, set[date]]
"""Starts of judged periods, by metric id."""

Key = tuple[int, date]
"""A metric and the start of one of its periods."""


COLUMNS = ("metric_id", "starts_on", "value", "floor", "ceiling", "threshold_id", "result")


class Judged(NamedTuple):
    """What was judged, and the rows that say it, in the order of the columns."""

    periods: Periods
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class TooLarge(Exception):
    """The readings of a period come to more than can be kept."""

    metric: int
    starts_on: date
    reason: str


def judge_periods(
    organization: Organization,
    metrics: Mapping[int, Metric],
    touched: Periods,
    *,
    recorded: Mapping[Key, Decimal] | None = None,
) -> Judged:
    """Judge these periods, and the same periods of the metrics that are computed from these or
    have any of them as their limits.

    ``metrics`` holds every metric that is named in ``touched``, computed from or judged by one that
    is; ``recorded`` are readings that need not be read again. Gives back what was judged; a period
    that is not complete is not. Raises TooLarge. At most five queries, and two where metrics are
    computed.
    """
    values = _values(organization, metrics, touched, recorded or {})
    derived = derive_periods(metrics, values)
    gone = [period for period, value in derived.items() if value is None]
    forget(gone)
    values |= {period: value for period, value in derived.items() if value is not None}
    touched = {key: set(days) for key, days in touched.items()}
    for key, day in derived:
        touched.setdefault(key, set()).add(day)
    versions = versions_of(metrics)
    dependents = _limited_by(touched, versions)
    wanted: Periods = {key: set(days) for key, days in touched.items()}
    for key, limited_by in dependents.items():
        for limit in limited_by:
            wanted.setdefault(key, set()).update(touched[limit])
    known = _known_values(wanted, versions, dependents, values)
    rows: list[tuple[Any, ...]] = []
    judged: Periods = {}
    for key, day in gone:
        judged.setdefault(key, set()).add(day)
    for key, days in wanted.items():
        mine = versions.get(key, ())
        for day in days:
            value = known.get((key, day))
            if value is None:
                continue
            threshold = in_force(mine, day)
            limits = _limits(threshold, day, known)
            judged.setdefault(key, set()).add(day)
            pk = None if threshold is None else threshold.pk
            result = judge(value, limits)
            rows.append((key, day, value, limits.floor, limits.ceiling, pk, result))
    write_rows(
        Judgement,
        COLUMNS,
        rows,
        shared={"organization_id": organization.pk},
        unique=("metric_id", "starts_on"),
    )
    return Judged(judged, rows)


def _limited_by(touched: Periods, versions: Mapping[int, Sequence[Version]]) -> dict[int, set[int]]:
    """The metrics that have touched ones as limits, and which these are."""
    found: dict[int, set[int]] = {}
    for key, rows in versions.items():
        for row in rows:
            if row.is_moving:
                for limit in (row.floor_metric_id, row.ceiling_metric_id):
                    if limit in touched:
                        found.setdefault(key, set()).add(limit)
    return found


def _values(
    organization: Organization,
    metrics: Mapping[int, Metric],
    touched: Periods,
    recorded: Mapping[Key, Decimal],
) -> dict[Key, Decimal]:
    """The aggregated value of each touched period that is complete."""
    found: dict[Key, Decimal] = {}
    made_of: dict[Key, list[date]] = {}
    for key, days in touched.items():
        metric = metrics[key]
        if metric.read_per == metric.judged_per:
            # One reading is one period, and its value is that of the period.
            now = {(key, day): recorded[key, day] for day in days if (key, day) in recorded}
            found.update(now)
            days = {day for day in days if (key, day) not in now}
        for day in days:
            made_of[key, day] = parts(
                cast(PeriodKind, metric.judged_per),
                day,
                cast(PeriodKind, metric.read_per),
                organization.week_start,
            )
    if not made_of:
        return found
    first = min(pieces[0] for pieces in made_of.values())
    last = max(pieces[-1] for pieces in made_of.values())
    rows = Reading.objects.filter(
        metric__among={key for key, _ in made_of}, starts_on__gte=first, starts_on__lte=last
    ).order_by()
    readings = {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
    for (key, day), pieces in made_of.items():
        present = [readings[key, piece] for piece in pieces if (key, piece) in readings]
        if len(present) == len(pieces):
            try:
                found[key, day] = aggregate(metrics[key].aggregation, present)
            except ValueError as error:
                raise TooLarge(key, day, str(error)) from error
    return found


def _known_values(
    wanted: Periods,
    versions: Mapping[int, Sequence[Version]],
    dependents: Iterable[int],
    fresh: Mapping[Key, Decimal],
) -> dict[Key, Decimal]:
    """The values of the wanted periods and of the metrics that limit them: stored, then fresh."""
    days = {day for starts in wanted.values() for day in starts}
    limiting = {
        key
        for mine in wanted
        for row in versions.get(mine, ())
        if row.is_moving
        for key in (row.floor_metric_id, row.ceiling_metric_id)
        if key is not None
    }
    unknown = {key for key, mine in wanted.items() if any((key, day) not in fresh for day in mine)}
    asked = {*dependents, *limiting, *unknown}
    if not days or not asked:
        return dict(fresh)
    rows = Judgement.objects.filter(
        metric__among=asked, starts_on__gte=min(days), starts_on__lte=max(days)
    ).order_by()
    stored = {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
    return stored | dict(fresh)


_NONE = Limits()


def _limits(threshold: Version | None, day: date, known: Mapping[Key, Decimal]) -> Limits:
    """The numbers that hold on a day. A limit that is a metric without a value there is none."""
    if threshold is None:
        return _NONE
    floor, ceiling = threshold.floor, threshold.ceiling
    if threshold.floor_metric_id is not None:
        floor = known.get((threshold.floor_metric_id, day))
    if threshold.ceiling_metric_id is not None:
        ceiling = known.get((threshold.ceiling_metric_id, day))
    return Limits(floor, ceiling)
