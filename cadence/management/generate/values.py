"""The readings of a metric, and what its judged periods come to. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from cadence.calendar.periods import (
    DAY,
    MONTH,
    WEEK,
    PeriodKind,
    containing,
    period_end,
    period_start,
    shift,
    span,
)
from cadence.management.generate.plan import CHECKED_AFTER, MetricPlan
from cadence.metrics.rules import Limits, aggregate, judge

NOON = time(12)
# Of the level: above and below it on ordinary days, and where it is beyond its threshold.
NOISE, LOW, HIGH = 4, 60, 140


@dataclass(frozen=True)
class Timeline:
    """What has been read by ``at``: a period is read at noon of the day after it."""

    at: datetime
    zone: ZoneInfo
    week_start: int = 0

    @cached_property
    def last_week(self) -> date:
        return self._last(WEEK)

    @cached_property
    def last_month(self) -> date:
        return self._last(MONTH)

    def _last(self, kind: PeriodKind) -> date:
        today = self.at.astimezone(self.zone).date()
        start = shift(kind, period_start(kind, today, self.week_start), -1)
        return start if self.read_at(kind, start) <= self.at else shift(kind, start, -1)

    def read_at(self, judged_per: PeriodKind, start: date) -> datetime:
        """When a judged period is complete: at noon of the day after its last."""
        day = period_end(judged_per, start) + timedelta(days=1)
        return datetime.combine(day, NOON, self.zone)

    def after(self, plan: MetricPlan, opening: date) -> date:
        """The period on which a decision about a breach is checked."""
        return shift(plan.judged_per, opening, CHECKED_AFTER)

    def span(self, plan: MetricPlan) -> "Span":
        """The periods that a metric was read for. The same one for metrics that are read alike."""
        return _span(self, plan.read_per, plan.judged_per, plan.readings, plan.late)


@dataclass(frozen=True)
class Span:
    """Periods that were read, oldest first, each with the judged period it belongs to."""

    days: list[date]
    starts: list[date]
    # The judged periods, each once, with the places of their readings; complete or not.
    periods: dict[date, list[int]]
    whole: int
    # When each judged period came in.
    read_at: dict[date, datetime]


@lru_cache(maxsize=64)
def _span(
    timeline: Timeline, read_per: PeriodKind, judged_per: PeriodKind, readings: int, late: int
) -> Span:
    if read_per == MONTH:
        last = shift(MONTH, timeline.last_month, -late)
    else:
        last = timeline.last_week - timedelta(days=7 * late)
    if read_per == DAY:
        last += timedelta(days=6)
    days = span(read_per, last, readings)
    starts = [containing(read_per, day, judged_per, timeline.week_start) for day in days]
    periods: dict[date, list[int]] = {}
    for place, start in enumerate(starts):
        periods.setdefault(start, []).append(place)
    moments = {start: timeline.read_at(judged_per, start) for start in periods}
    return Span(days, starts, periods, 7 if read_per == DAY else 1, moments)


@dataclass(frozen=True)
class Judged:
    """One judged period, as a row of judgements has it."""

    starts_on: date
    value: Decimal
    limits: Limits
    result: str
    # Which version of the threshold held: 0, 1, or None where there is none.
    version: int | None


def readings_of(plan: MetricPlan, seed: int, span: Span) -> list[Decimal]:
    """The value of each period that was read."""
    draw = random.Random(f"{seed}/{plan.number}").random  # noqa: S311 - nothing here is a secret
    level = plan.level // 7 if plan.aggregation == "sum" else plan.level
    spread = level * NOISE / 100
    values = [round(level + (draw() * 2 - 1) * spread) for _ in span.days]
    beyond = level * LOW // 100 if plan.floor is not None else -(-level * HIGH // 100)
    for start in _off(plan, span):
        for place in span.periods[start]:
            values[place] = beyond
    return [plan.exact(value) for value in values]


def _off(plan: MetricPlan, span: Span) -> list[date]:
    """The judged periods in which it was beyond its threshold."""
    if plan.dip is None:
        return []
    start, length = plan.dip
    first = len(span.periods) - 1 - start
    return list(span.periods)[first : first + length]


def versions_of(plan: MetricPlan, span: Span) -> list[tuple[date, Limits]]:
    """From which day on which limits hold. A metric as a limit is not among them."""
    if not plan.has_threshold:
        return []
    exact = Limits(
        None if plan.floor is None else plan.exact(plan.floor),
        None if plan.ceiling is None else plan.exact(plan.ceiling),
    )
    if not plan.tightened:
        return [(span.starts[0], exact)]
    wider = Limits(
        None if plan.floor is None else plan.exact(plan.floor * 95 // 100),
        None if plan.ceiling is None else plan.exact(-(-plan.ceiling * 105 // 100)),
    )
    ordered = list(span.periods)
    return [(ordered[0], wider), (ordered[len(ordered) // 2], exact)]


def judged_of(
    plan: MetricPlan, span: Span, values: Sequence[Decimal], floors: Mapping[date, Decimal]
) -> list[Judged]:
    """Every complete judged period. ``floors`` are the values of the metric that is its floor."""
    versions = versions_of(plan, span)
    found = []
    for start, places in span.periods.items():
        if len(places) != span.whole:
            continue
        version, limits = None, Limits()
        for number, (since, held) in enumerate(versions):
            if since <= start:
                version, limits = number, held
        if plan.floor_metric is not None:
            limits = Limits(floors.get(start), None)
        value = aggregate(plan.aggregation, [values[place] for place in places])
        found.append(Judged(start, value, limits, judge(value, limits), version))
    return found
