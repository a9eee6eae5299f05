"""Every reading until now, what it was judged, and the breaches that this came to."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from cadence.breaches.rules import Episode, new_episodes
from cadence.breaches.rules import Judged as JudgedPeriod
from cadence.evaluation.rows import Row
from cadence.management.generate.founding import People
from cadence.management.generate.loading import load_judgements, load_readings
from cadence.management.generate.plan import MetricPlan
from cadence.management.generate.recording import Record, row_of
from cadence.management.generate.values import Judged, Timeline, judged_of, readings_of
from cadence.management.generate.work import Work
from cadence.metrics.models import Judgement, Reading

# Metrics whose rows are written with one statement.
AT_ONCE = 250


@dataclass(frozen=True)
class Case:
    """A breach that the readings came to: of which metric, when, and the period that opened it."""

    plan: MetricPlan
    episode: Episode
    opening: Judged
    # The period on which a decision is checked, None when it has not ended yet.
    checked: Judged | None
    check_start: date


@dataclass
class Told:
    """What was read. ``red`` are the readings that open breaches this week, not written yet."""

    readings: int = 0
    judgements: int = 0
    cases: list[Case] = field(default_factory=list)
    red: list[Row] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)


def tell(
    people: People,
    work: Work,
    plans: Sequence[MetricPlan],
    seed: int,
    timeline: Timeline,
    record: Record,
    progress: Callable[[int, int], None],
) -> Told:
    """Write readings and judgements, and gather the rest."""
    told = Told()
    floors: dict[int, dict[date, Decimal]] = {}
    served = {plan.floor_metric for plan in plans}
    for first in range(0, len(plans), AT_ONCE):
        readings: list[tuple[Any, ...]] = []
        judgements: list[tuple[Any, ...]] = []
        for plan in plans[first : first + AT_ONCE]:
            judged = _one(plan, work, seed, timeline, record, told, floors, readings)
            if plan.number in served:
                floors[plan.number] = {one.starts_on: one.value for one in judged}
            judgements += _judgement_rows(plan, work, judged)
        load_readings(_reading(people), readings)
        load_judgements(Judgement(organization=people.organization), judgements)
        told.readings += len(readings)
        told.judgements += len(judgements)
        progress(min(first + AT_ONCE, len(plans)), len(plans))
    return told


def _reading(people: People) -> Reading:
    return Reading(organization=people.organization, recorded_by=people.machine)


def _one(
    plan: MetricPlan,
    work: Work,
    seed: int,
    timeline: Timeline,
    record: Record,
    told: Told,
    floors: dict[int, dict[date, Decimal]],
    readings: list[tuple[Any, ...]],
) -> list[Judged]:
    """The readings of one metric, added to the rows; what they are judged."""
    span = timeline.span(plan)
    values = readings_of(plan, seed, span)
    limits = floors.get(plan.floor_metric, {}) if plan.floor_metric is not None else {}
    judged = judged_of(plan, span, values, limits)
    key = work.metrics[plan.number].pk
    texts = [format(value, "f") for value in values]
    for day, text in zip(span.days, texts, strict=True):
        told.digest.update(f"{plan.key} {day} {text}\n".encode())
    periods = dict(span.periods)
    if is_red(plan):
        # Recorded by the action that everybody uses, when the week comes to its end.
        told.red.append(Row(key, span.days[-1], values[-1]))
        del periods[span.starts[-1]], judged[-1]
    for start, places in periods.items():
        moment = _adapt(span.read_at[start])
        days = [(span.days[place], texts[place]) for place in places]
        readings += [(key, day.isoformat(), text, moment) for day, text in days]
        rows = [row_of(key, day, _shortest(text)) for day, text in days]
        record.batch(span.read_at[start]).add(rows)
    told.cases += _cases(plan, judged, timeline)
    return judged


def is_red(plan: MetricPlan) -> bool:
    """Whether its breach opens with the last reading."""
    return plan.dip == (plan.in_a_row - 1, plan.in_a_row) and not plan.late


def _shortest(text: str) -> str:
    """As the ledger writes numbers: no zeros at the end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=4096)
def _adapt(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _judgement_rows(
    plan: MetricPlan, work: Work, judged: Sequence[Judged]
) -> Iterator[tuple[Any, ...]]:
    metric, versions = work.metrics[plan.number], work.thresholds[plan.number]
    for one in judged:
        yield (
            metric.pk,
            one.starts_on.isoformat(),
            format(one.value, "f"),
            _text(one.limits.floor),
            _text(one.limits.ceiling),
            None if one.version is None else versions[one.version].pk,
            one.result,
        )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _cases(plan: MetricPlan, judged: Sequence[Judged], timeline: Timeline) -> Iterator[Case]:
    """The breaches of a metric, as the rule of the product finds them."""
    if all(one.result in {"inside", "unknown"} for one in judged):
        return
    periods = [JudgedPeriod(one.starts_on, one.result, plan.in_a_row) for one in judged]
    by_day = {one.starts_on: one for one in judged}
    for episode in new_episodes(periods, []):
        check = timeline.after(plan, episode.opening_period)
        yield Case(plan, episode, by_day[episode.opening_period], by_day.get(check), check)
