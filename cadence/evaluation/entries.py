"""The readings that are owed or were given, one by one: the lines of the weekly readings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db.models import Q

from accounts.models import Organization
from cadence.breaches.models import Breach, Kind
from cadence.calendar.periods import (
    WEEK,
    PeriodKind,
    containing,
    last_ended,
    period_end,
    period_start,
    shift,
)
from cadence.evaluation.breaching import Surroundings
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Judgement, Metric, Reading, Threshold
from cadence.metrics.queries import in_force, judgements_of
from cadence.metrics.scores import Figure

# The most that a threshold counts, and one more.
_BACK = 13


@dataclass(frozen=True)
class Entry:
    """One reading of one metric, given or not.

    ``judgement`` is of the period it is judged in, once that is complete; ``row`` is how many
    periods in a row are beyond, that one included. ``is_last``: no later reading belongs to that
    period. ``due_on`` is the last day on which it is in time, None when it is not owed.
    """

    metric: Metric
    starts_on: date
    reading: Reading | None
    before: Reading | None
    threshold: Threshold | None
    judgement: Judgement | None
    row: int
    is_last: bool
    breach: Breach | None
    due_on: date | None
    is_late: bool

    @property
    def is_beyond(self) -> bool:
        return self.judgement is not None and self.judgement.is_beyond

    @property
    def is_open(self) -> bool:
        """Owed and not given."""
        return self.reading is None and self.due_on is not None


def starts_in_week(metric: Metric, week: date, today: date, week_start: int) -> list[date]:
    """The readings that are asked for in the round about a week, as far as they have begun.

    Days of that week; the week itself; or the latest month that had ended when it was the turn of
    that week.
    """
    if metric.read_per == "day":
        days = [week + timedelta(days=n) for n in range(7)]
        return [day for day in days if day <= today]
    if metric.read_per == "week":
        return [week] if week <= today else []
    turn = min(today, period_end(WEEK, week) + timedelta(days=7))
    return [last_ended("month", turn, week_start)]


def entries_of(
    around: Surroundings, wanted: Sequence[tuple[Metric, Sequence[date]]]
) -> list[Entry]:
    """An entry for each metric and start of a period, in the order given. Five queries.

    The initiatives of the metrics are loaded with them.
    """
    pairs = [(metric, start) for metric, starts in wanted for start in starts]
    if not pairs:
        return []
    organization = around.organization
    judged = {
        (metric.pk, start): _judged_start(organization, metric, start) for metric, start in pairs
    }
    keys = {metric.pk for metric, _ in pairs}
    readings = _readings(keys, pairs)
    versions = _versions(keys)
    first = min(
        shift(cast(PeriodKind, metric.judged_per), judged[metric.pk, start], -_BACK)
        for metric, start in pairs
    )
    history = judgements_of(keys, first, max(judged.values()))
    breaches = _breaches(keys, min(judged.values()), max(judged.values()))
    found = []
    for metric, start in pairs:
        day = judged[metric.pk, start]
        rows = [row for row in history.get(metric.pk, ()) if row.starts_on <= day]
        judgement = rows[-1] if rows and rows[-1].starts_on == day else None
        mine = breaches.get(metric.pk, ())
        covering = next((breach for breach in mine if _covers(breach, day, judgement)), None)
        reading = readings.get((metric.pk, start))
        due_on = _due_on(around, metric, day, covering)
        found.append(
            Entry(
                metric=metric,
                starts_on=start,
                reading=reading,
                before=readings.get((metric.pk, _shifted(metric, start, -1))),
                threshold=in_force(versions.get(metric.pk, ()), day),
                judgement=judgement,
                row=in_a_row(rows),
                is_last=_judged_start(organization, metric, _shifted(metric, start, 1)) != day,
                breach=covering,
                due_on=due_on,
                is_late=reading is None and due_on is not None and due_on < around.today,
            )
        )
    return found


def in_a_row(judgements: Sequence[Judgement | Figure]) -> int:
    """How many of the latest are beyond their threshold, one after the other."""
    count = 0
    for judgement in reversed(judgements):
        if not judgement.is_beyond:
            break
        count += 1
    return count


def due_on(around: Surroundings, metric: Metric, judged_start: date) -> date:
    """The last day of grace for the readings of a judged period."""
    grace = around.organization.grace_days if metric.grace_days is None else metric.grace_days
    end = period_end(cast(PeriodKind, metric.judged_per), judged_start)
    return around.calendar.add_working_days(end, grace)


def is_owed(metric: Metric, judged_start: date) -> bool:
    """Whether a reading is awaited that nobody has looked for yet."""
    return (
        not metric.is_derived
        and metric.retired_at is None
        and metric.initiative.state == "active"
        and judged_start > metric.checked_to
    )


def _due_on(
    around: Surroundings, metric: Metric, judged_start: date, breach: Breach | None
) -> date | None:
    if is_owed(metric, judged_start) or (breach is not None and breach.kind == Kind.MISSING):
        return due_on(around, metric, judged_start)
    return None


def _judged_start(organization: Organization, metric: Metric, start: date) -> date:
    return containing(
        cast(PeriodKind, metric.read_per),
        start,
        cast(PeriodKind, metric.judged_per),
        organization.week_start,
    )


def _shifted(metric: Metric, start: date, steps: int) -> date:
    return shift(cast(PeriodKind, metric.read_per), start, steps)


def _readings(
    keys: Iterable[int], pairs: Iterable[tuple[Metric, date]]
) -> dict[tuple[int, date], Reading]:
    days = [day for metric, start in pairs for day in (start, _shifted(metric, start, -1))]
    rows = Reading.objects.filter(
        metric__in=list(keys), starts_on__gte=min(days), starts_on__lte=max(days)
    )
    return {(row.metric_id, row.starts_on): row for row in rows.select_related("recorded_by")}


def _versions(keys: Iterable[int]) -> Mapping[int, list[Threshold]]:
    found: dict[int, list[Threshold]] = {}
    rows = Threshold.objects.filter(metric__in=list(keys)).order_by("starts_on")
    for row in rows.select_related("floor_metric", "ceiling_metric"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def _breaches(keys: Iterable[int], first: date, last: date) -> dict[int, list[Breach]]:
    rows = Breach.objects.filter(
        Q(recovered_at__isnull=True) | Q(recovered_period__gte=first),
        metric__in=list(keys),
        first_period__lte=last,
    )
    found: dict[int, list[Breach]] = {}
    for row in rows.select_related("decision", "threshold", "answerable").order_by("-opened_at"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def _covers(breach: Breach, day: date, judgement: Judgement | None) -> bool:
    """Whether a period is part of a breach of the kind that its judgement, or its lack, is of."""
    kind = Kind.MISSING if judgement is None else Kind.THRESHOLD
    return (
        breach.kind == kind
        and breach.first_period <= day
        and (breach.recovered_period is None or day < breach.recovered_period)
        and (judgement is None or judgement.is_beyond)
    )


def entries_of_week(around: Surroundings, work: Sequence[Initiative], week: date) -> list[Entry]:
    """What was given or is owed: of the week and month that ended last, and of the days since."""
    organization = around.organization
    metrics = (
        Metric.objects.expected()
        .filter(initiative__in=[initiative.pk for initiative in work])
        .select_related("initiative")
        .order_by("initiative__priority__rank", "initiative__name", "-kind", "name", "pk")
    )
    running = period_start(WEEK, around.today, organization.week_start)
    wanted = []
    for metric in metrics:
        starts = starts_in_week(metric, week, around.today, organization.week_start)
        if metric.read_per == "day":
            since = starts_in_week(metric, running, around.today, organization.week_start)
            starts += [day for day in since if day < around.today]
        wanted.append((metric, starts))
    return [
        entry
        for entry in entries_of(around, wanted)
        if entry.reading is not None or entry.due_on is not None
    ]
