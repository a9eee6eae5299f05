"""What became of readings that were recorded, and what each of them meant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, containing
from cadence.evaluation.breaching import Outcome
from cadence.evaluation.judging import COLUMNS, Judged
from cadence.evaluation.rows import Clean
from cadence.metrics.models import Judgement, Reading


@dataclass(frozen=True)
class Recorded:
    """One reading and what it meant: the judgement of its period, when that is complete, and the
    breach of its metric that is open or undecided now."""

    reading: Reading
    status: str  # new, corrected, unchanged
    judgement: Judgement | None
    breach: Breach | None
    opened: bool
    recovered: bool


@dataclass(frozen=True)
class Batch:
    """What became of rows that were recorded together."""

    clean: Sequence[Clean]
    statuses: Sequence[str]  # of each row: new, corrected, unchanged
    outcome: Outcome
    judged: Judged

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.statuses)


def meanings(organization: Organization, batch: Batch) -> list[Recorded]:
    """What each row of a batch meant, in their order. Two queries."""
    clean, outcome = batch.clean, batch.outcome
    if not clean:
        return []
    keys = {row.metric.id for row in clean}
    days = [row.starts_on for row in clean]
    starts = judged_starts(organization, clean)
    readings = {
        (row.metric_id, row.starts_on): row
        for row in Reading.objects.filter(
            metric__in=keys, starts_on__gte=min(days), starts_on__lte=max(days)
        )
    }
    judgements = {row[:2]: row for row in batch.judged.rows}
    breaches: dict[int, Breach] = {}
    waiting = Breach.objects.undecided() | Breach.objects.open()
    for breach in waiting.filter(metric__in=keys).order_by("opened_at", "pk"):
        other = breaches.get(breach.metric_id)
        # The open one, else the latest.
        if other is None or other.recovered_at is not None:
            breaches[breach.metric_id] = breach
    opened = {breach.metric_id for breach in outcome.opened}
    recovered = {breach.metric_id for breach in outcome.recovered}
    found = []
    for row, start, status in zip(clean, starts, batch.statuses, strict=True):
        key = row.metric.id
        reading = readings[key, row.starts_on]
        reading.metric = row.metric
        judgement = judgements.get((key, start))
        found.append(
            Recorded(
                reading=reading,
                status=status,
                judgement=None if judgement is None else _judgement(organization, judgement),
                breach=breaches.get(key),
                opened=key in opened,
                recovered=key in recovered,
            )
        )
    return found


def _judgement(organization: Organization, row: Sequence[object]) -> Judgement:
    """As it was written just now."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    return Judgement(organization=organization, **values)


def judged_starts(organization: Organization, clean: Sequence[Clean]) -> list[date]:
    """Of each row, the start of the judged period that its reading belongs to."""
    known: dict[tuple[str, str, date], date] = {}
    found = []
    for metric, starts_on, *_ in clean:
        kinds = (metric.read_per, metric.judged_per, starts_on)
        start = starts_on if kinds[0] == kinds[1] else known.get(kinds)
        if start is None:
            start = known[kinds] = containing(
                cast(PeriodKind, metric.read_per),
                starts_on,
                cast(PeriodKind, metric.judged_per),
                organization.week_start,
            )
        found.append(start)
    return found
