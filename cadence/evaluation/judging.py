"""From readings to judgements: the value of each complete judged period beside its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from accounts.models import Organization
from cadence.calendar.periods import PeriodKind, parts
from cadence.metrics.deriving import derive_periods, forget
from cadence.metrics.models import Judgement, Metric, Reading, Threshold
from cadence.metrics.queries import in_force, judged_by, thresholds_of
from cadence.metrics.rules import Limits, aggregate, judge

Periods = dict[int, set[date]]
"""Starts of judged periods, by metric id."""


@dataclass(frozen=True)
class TooLarge(Exception):
    """The readings of a period come to more than can be kept."""

    metric: int
    starts_on: date
    reason: str


def judge_periods(
    organization: Organization, metrics: Mapping[int, Metric], touched: Periods
) -> Periods:
    """Judge these periods, and the same periods of the metrics that are computed from these or
    have any of them as their limits.

    ``metrics`` holds every metric that is named in ``touched``, computed from or judged by one that
    is. Gives back what was judged; a period that is not complete is not. Raises TooLarge. Five
    queries, and two where metrics are computed.
    """
    values = _values(organization, metrics, touched)
    derived = derive_periods(metrics, values)
    gone = [period for period, value in derived.items() if value is None]
    forget(gone)
    values |= {period: value for period, value in derived.items() if value is not None}
    touched = {key: set(days) for key, days in touched.items()}
    for key, day in derived:
        touched.setdefault(key, set()).add(day)
    dependents = judged_by(touched) & set(metrics)
    wanted: Periods = {key: set(days) for key, days in touched.items()}
    versions = thresholds_of({*touched, *dependents})
    for key in dependents:
        for version in versions.get(key, ()):
            for limit in (version.floor_metric_id, version.ceiling_metric_id):
                if limit in touched:
                    wanted.setdefault(key, set()).update(touched[limit])
    known = _known_values(wanted, versions, values)
    rows = []
    judged: Periods = {}
    for key, day in gone:
        judged.setdefault(key, set()).add(day)
    for key, days in wanted.items():
        for day in days:
            value = known.get((key, day))
            if value is None:
                continue
            threshold = in_force(versions.get(key, ()), day)
            limits = _limits(threshold, day, known)
            judged.setdefault(key, set()).add(day)
            rows.append(
                Judgement(
                    organization=organization,
                    metric_id=key,
                    starts_on=day,
                    value=value,
                    floor=limits.floor,
                    ceiling=limits.ceiling,
                    threshold=threshold,
                    result=judge(value, limits),
                )
            )
    Judgement.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["metric", "starts_on"],
        update_fields=["value", "floor", "ceiling", "threshold", "result"],
        batch_size=2000,
    )
    return judged


def _values(
    organization: Organization, metrics: Mapping[int, Metric], touched: Periods
) -> dict[tuple[int, date], Decimal]:
    """The aggregated value of each touched period that is complete."""
    made_of: dict[tuple[int, date], list[date]] = {}
    for key, days in touched.items():
        metric = metrics[key]
        for day in days:
            made_of[key, day] = parts(
                cast(PeriodKind, metric.judged_per),
                day,
                cast(PeriodKind, metric.read_per),
                organization.week_start,
            )
    if not made_of:
        return {}
    first = min(pieces[0] for pieces in made_of.values())
    last = max(pieces[-1] for pieces in made_of.values())
    rows = Reading.objects.filter(
        metric__in=list(touched), starts_on__gte=first, starts_on__lte=last
    )
    readings = {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
    found = {}
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
    versions: Mapping[int, Sequence[Threshold]],
    fresh: Mapping[tuple[int, date], Decimal],
) -> dict[tuple[int, date], Decimal]:
    """The values of the wanted periods and of the metrics that limit them: stored, then fresh."""
    days = {day for starts in wanted.values() for day in starts}
    if not days:
        return dict(fresh)
    limiting = {
        key
        for rows in versions.values()
        for row in rows
        for key in (row.floor_metric_id, row.ceiling_metric_id)
        if key is not None
    }
    rows = Judgement.objects.filter(
        metric__in=[*wanted, *limiting], starts_on__gte=min(days), starts_on__lte=max(days)
    )
    stored = {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
    return stored | dict(fresh)


def _limits(
    threshold: Threshold | None, day: date, known: Mapping[tuple[int, date], Decimal]
) -> Limits:
    """The numbers that hold on a day. A limit that is a metric without a value there is none."""
    if threshold is None:
        return Limits()
    floor, ceiling = threshold.floor, threshold.ceiling
    if threshold.floor_metric_id is not None:
        floor = known.get((threshold.floor_metric_id, day))
    if threshold.ceiling_metric_id is not None:
        ceiling = known.get((threshold.ceiling_metric_id, day))
    return Limits(floor, ceiling)
