"""What a batch of readings would do, without doing it: the rules of recording, tried on rows."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from accounts.models import Membership
from cadence.errors import Problem
from cadence.evaluation.plans import planned_ahead
from cadence.evaluation.rows import Clean, Named, Row, clean_rows, ids_of
from cadence.initiatives.models import Initiative
from cadence.metrics.deriving import computed_from
from cadence.metrics.models import Metric, Reading
from cadence.metrics.queries import serving
from cadence.ownership.queries import acting_for, owners_of
from cadence.permissions import Act, may

Known = dict[tuple[int, date], Decimal]
"""Values on record, by metric and start of the period."""


class Tried(NamedTuple):
    """A row that can be recorded, and the value it would replace."""

    row: Clean
    old: Decimal | None

    @property
    def status(self) -> str:
        if self.old is None:
            return "new"
        return "unchanged" if self.old == self.row.value else "corrected"


def try_readings(
    actor: Membership, today: date, rows: Sequence[Row]
) -> tuple[list[Tried | None], list[Problem]]:
    """For each row what would become of it, None where it is refused; and every problem.

    A preview: nothing is locked, and what others record meanwhile can make it another. A
    correction without a note is not refused here. The number of queries is constant.
    """
    organization = actor.organization
    names = Named.by(rows)
    asked = ids_of(organization, names)
    keys = asked | computed_from(asked)
    mine = Metric.objects.filter(organization=organization, pk__among=keys)
    metrics = {metric.pk: metric for metric in mine}
    named = names.among(metrics.values())
    limits = planned_ahead(metrics, set(serving(keys).limits))
    clean, problems = clean_rows(
        organization, rows, named, today=today, limits=limits, numbered=True
    )
    touched = Initiative.objects.filter(pk__in={one.initiative_id for one in named.values()})
    refused = refusals(actor, touched)
    if refused:
        for number, row in enumerate(rows, start=1):
            metric = named.get(row.metric) if isinstance(row.metric, int | str) else None
            if metric is not None and metric.initiative_id in refused:
                problems.append(Problem("metric", refused[metric.initiative_id], number))
    bad = {problem.row for problem in problems}
    known = values_on_record(clean)
    # Every row without a problem is a clean one, in the same order, besides those refused here.
    kept = iter(row for row in clean if row.metric.initiative_id not in refused)
    tried = [
        None if number in bad else _tried(next(kept), known) for number in range(1, len(rows) + 1)
    ]
    return tried, problems


def refusals(actor: Membership, initiatives: Iterable[Initiative]) -> dict[int, str]:
    """Why the actor may record no readings of these initiatives, by their ids. Four queries."""
    rows = {initiative.pk: initiative for initiative in initiatives}
    owners = {key: owner.pk for key, owner in owners_of(rows).items()}
    acting = acting_for(rows, owners)
    why: dict[int, str] = {}
    for key, initiative in rows.items():
        if initiative.ended_at is not None:
            why[key] = f"“{initiative.name}” has ended and takes no readings."
        elif not may(
            actor,
            Act.RECORD_READINGS,
            team=initiative.team_id,
            owner=owners.get(key),
            acting=acting.get(key),
        ):
            why[key] = Act.RECORD_READINGS.sentence
    return why


def values_on_record(clean: Sequence[Clean]) -> Known:
    """The values that these rows would replace or repeat. One query."""
    if not clean:
        return {}
    days = [row.starts_on for row in clean]
    found = Reading.objects.filter(
        metric__among={row.metric.id for row in clean},
        starts_on__gte=min(days),
        starts_on__lte=max(days),
    )
    return {
        (metric, day): value
        for metric, day, value in found.values_list("metric_id", "starts_on", "value")
    }


def _tried(row: Clean, known: Known) -> Tried:
    return Tried(row, known.get((row.metric.pk, row.starts_on)))
