"""The flow from readings to breaches: what a reading means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, containing
from cadence.errors import Conflict, Invalid, Problem
from cadence.evaluation.breaching import (
    Outcome,
    Surroundings,
    follow,
    lock_open_breaches,
    notice_missing,
)
from cadence.evaluation.judging import Periods, TooLarge, judge_periods
from cadence.evaluation.plans import (
    check_derived_plans,
    check_loosened,
    derived_plans,
    planned_ahead,
    serving_as_limits,
)
from cadence.evaluation.rows import Clean, Row, clean_rows, named_metrics
from cadence.ledger.actions import append
from cadence.ledger.rules import digest
from cadence.metrics.deriving import computed_from
from cadence.metrics.models import Correction, Judgement, Metric, Reading
from cadence.metrics.queries import judged_by
from cadence.ownership.queries import acting_for, owners_of
from cadence.permissions import Act, require

Stored = dict[tuple[int, date], Reading]
"""Readings on record, by metric and period."""


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


@transaction.atomic
def record_readings(
    *,
    actor: Membership,
    at: datetime,
    rows: Sequence[Row],
    numbered: bool = True,
) -> list[Recorded]:
    """Record readings and act on what they mean, all of them or none.

    A value that differs from the one on record is a correction: the old value is kept, with the
    note as its reason, which a person has to give. Raises Invalid with a problem for every bad
    row, Forbidden, Conflict. The number of queries does not depend on the number of rows.
    """
    organization = actor.organization
    named = named_metrics(organization, rows)
    metrics = _lock(organization, {metric.pk for metric in named.values()})
    named = {name: metrics[metric.pk] for name, metric in named.items()}
    lock_open_breaches(metrics)
    around = Surroundings(organization, at)
    limits = serving_as_limits(metrics)
    clean, problems = clean_rows(
        organization,
        rows,
        named,
        today=around.today,
        limits=planned_ahead(metrics, limits),
        numbered=numbered,
    )
    touched_metrics = {row.metric.pk: row.metric for row in clean}
    _require(actor, touched_metrics.values())
    stored = _stored(clean)
    if not problems:
        problems = _unexplained(actor, clean, stored, numbered)
    if problems:
        raise Invalid.fields(problems)
    _check_plans(around, clean, stored, limits)
    # First what was owed until now: a late reading does not undo that it was missing.
    late = notice_missing(around, touched_metrics.values())
    readings, corrections, statuses = _write(actor, at, clean, stored)
    touched: Periods = {}
    for row in clean:
        touched.setdefault(row.metric.pk, set()).add(_judged_start(organization, row))
    plans = derived_plans(metrics, limits, touched)
    try:
        judged = judge_periods(organization, metrics, touched)
    except TooLarge as error:
        raise Invalid.fields(_too_large(organization, clean, error, numbered)) from error
    check_derived_plans(around, metrics, plans, touched)
    outcome = follow(around, metrics, judged)
    outcome.opened = [*late.opened, *outcome.opened]
    _append(actor, at, organization, clean, corrections, outcome)
    return _results(organization, clean, readings, statuses, outcome)


@transaction.atomic
def sweep_missing(*, at: datetime, organization: Organization) -> Outcome:
    """Notice every reading of the organization that is past its grace, and open its breach.

    The same result however often and however late it runs.
    """
    around = Surroundings(organization, at)
    expected = Metric.objects.expected().filter(organization=organization)
    rhythms = expected.order_by().values_list("judged_per", "grace_days").distinct()
    late = Q(pk__in=[])
    for kind, grace in rhythms:
        same = Q(grace_days__isnull=True) if grace is None else Q(grace_days=grace)
        late |= same & Q(judged_per=kind, checked_to__lt=around.latest_due(kind, grace))
    due = list(expected.filter(late).values_list("pk", flat=True))
    if not due:
        return Outcome()
    metrics = _lock(organization, due, dependents=False)
    lock_open_breaches(metrics)
    outcome = notice_missing(around, metrics.values())
    if outcome.opened:
        append(
            organization=organization,
            event="readings.missed",
            actor=None,
            at=at,
            subject=organization,
            data=outcome.as_data(),
        )
    return outcome


def rejudge(around: Surroundings, metric: Metric, since: date) -> Outcome:
    """Judge a metric anew from a day on, after its threshold was set. The metric is locked."""
    days = set(
        Judgement.objects.filter(metric=metric, starts_on__gte=since).values_list(
            "starts_on", flat=True
        )
    )
    metrics = {metric.pk: metric}
    judged = judge_periods(around.organization, metrics, {metric.pk: days} if days else {})
    return follow(around, metrics, judged)


def _lock(
    organization: Organization, ids: Iterable[int], *, dependents: bool = True
) -> dict[int, Metric]:
    """Lock metrics, those computed from them, and those which any of these serve as limits, always
    in the same order."""
    asked = keys = set(ids)
    if dependents:
        keys = asked | computed_from(asked)
        keys |= judged_by(keys)
    rows = (
        Metric.objects.select_for_update(of=("self",), no_key=True)
        .filter(organization=organization, pk__in=keys)
        .select_related("initiative__organization")
        .order_by("pk")
    )
    locked = {metric.pk: metric for metric in rows}
    # One that was made while this waited for the locks is computed too.
    if dependents and connection.vendor == "postgresql" and computed_from(asked) - keys:
        return _lock(organization, asked)
    return locked


def _require(actor: Membership, metrics: Iterable[Metric]) -> None:
    initiatives = {metric.initiative_id: metric.initiative for metric in metrics}
    owners = {key: owner.pk for key, owner in owners_of(initiatives).items()}
    acting = acting_for(initiatives, owners)
    for key, initiative in initiatives.items():
        require(
            actor,
            Act.RECORD_READINGS,
            team=initiative.team_id,
            owner=owners.get(key),
            acting=acting.get(key),
        )
        if initiative.ended_at is not None:
            raise Conflict(
                f"“{initiative.name}” has ended and takes no readings.", code="initiative_ended"
            )


def _judged_start(organization: Organization, row: Clean) -> date:
    return containing(
        cast(PeriodKind, row.metric.read_per),
        row.starts_on,
        cast(PeriodKind, row.metric.judged_per),
        organization.week_start,
    )


def _stored(clean: Sequence[Clean]) -> Stored:
    """What is on record for these metrics and periods."""
    if not clean:
        return {}
    days = [row.starts_on for row in clean]
    rows = Reading.objects.filter(
        metric__in={row.metric.pk for row in clean},
        starts_on__gte=min(days),
        starts_on__lte=max(days),
    )
    return {(reading.metric_id, reading.starts_on): reading for reading in rows}


def _unexplained(
    actor: Membership, clean: Sequence[Clean], stored: Stored, numbered: bool
) -> list[Problem]:
    """A person who changes a value says why. A machine sends what its source says now."""
    if not actor.is_person:
        return []
    return [
        Problem("note", "Say why it changes: the old value is kept.", number if numbered else None)
        for number, row in enumerate(clean, start=1)
        if _changes(row, stored) and not row.note
    ]


def _changes(row: Clean, stored: Stored) -> bool:
    reading = stored.get((row.metric.pk, row.starts_on))
    return reading is not None and reading.value != row.value


def _check_plans(
    around: Surroundings, clean: Sequence[Clean], stored: Stored, limits: set[int]
) -> None:
    """A plan that serves as a limit is not lowered under a metric in breach, or soon after."""
    changed = [row for row in clean if row.metric.pk in limits and _changes(row, stored)]
    fallen = {
        row.metric.pk for row in changed if row.value < stored[row.metric.pk, row.starts_on].value
    }
    risen = {
        row.metric.pk for row in changed if row.value > stored[row.metric.pk, row.starts_on].value
    }
    check_loosened(around, fallen, risen)


def _write(
    actor: Membership, at: datetime, clean: Sequence[Clean], stored: Stored
) -> tuple[list[Reading], list[Correction], list[str]]:
    """Insert what is new, correct what differs, leave what is the same."""
    readings, corrections, statuses = [], [], []
    fresh, changed = [], []
    for row in clean:
        reading = stored.get((row.metric.pk, row.starts_on))
        if reading is None:
            reading = Reading(
                organization_id=actor.organization_id,
                metric=row.metric,
                starts_on=row.starts_on,
                value=row.value,
                note=row.note,
                recorded_by=actor,
                recorded_at=at,
            )
            fresh.append(reading)
            statuses.append("new")
        elif reading.value != row.value:
            corrections.append(
                Correction(
                    organization_id=actor.organization_id,
                    reading=reading,
                    old_value=reading.value,
                    new_value=row.value,
                    reason=row.note,
                    corrected_by=actor,
                    corrected_at=at,
                )
            )
            reading.value = row.value
            if row.note:
                reading.note = row.note
            changed.append(reading)
            statuses.append("corrected")
        else:
            if row.note and row.note != reading.note:
                reading.note = row.note
                changed.append(reading)
            statuses.append("unchanged")
        readings.append(reading)
    Reading.objects.bulk_create(fresh, batch_size=2000)
    # In this order: the database lets no reading change whose old value is not kept.
    Correction.objects.bulk_create(corrections, batch_size=2000)
    Reading.objects.bulk_update(changed, ["value", "note"], batch_size=500)
    return readings, corrections, statuses


def _too_large(
    organization: Organization, clean: Sequence[Clean], error: TooLarge, numbered: bool
) -> list[Problem]:
    return [
        Problem("value", error.reason, number if numbered else None)
        for number, row in enumerate(clean, start=1)
        if row.metric.pk == error.metric and _judged_start(organization, row) == error.starts_on
    ]


def _append(
    actor: Membership,
    at: datetime,
    organization: Organization,
    clean: Sequence[Clean],
    corrections: Sequence[Correction],
    outcome: Outcome,
) -> None:
    """One entry for the batch: what it held as a digest, and in full while it is small."""
    rows = [
        [row.metric.pk, row.starts_on.isoformat(), format(row.value.normalize(), "f")]
        for row in clean
    ]
    data: dict[str, object] = {"count": len(rows), "digest": digest(rows)}
    if len(rows) <= 20:
        data["rows"] = rows
    data["corrected"] = [
        [c.reading.metric_id, c.reading.starts_on, c.old_value, c.new_value]
        for c in corrections[:100]
    ]
    append(
        organization=organization,
        event="readings.recorded",
        actor=actor,
        at=at,
        subject=organization,
        data=data | outcome.as_data(),
    )


def _results(
    organization: Organization,
    clean: Sequence[Clean],
    readings: Sequence[Reading],
    statuses: Sequence[str],
    outcome: Outcome,
) -> list[Recorded]:
    keys = {row.metric.pk for row in clean}
    starts = [_judged_start(organization, row) for row in clean]
    judgements = (
        {
            (row.metric_id, row.starts_on): row
            for row in Judgement.objects.filter(
                metric__in=keys, starts_on__gte=min(starts), starts_on__lte=max(starts)
            )
        }
        if starts
        else {}
    )
    breaches: dict[int, Breach] = {}
    for breach in Breach.objects.undecided().filter(metric__in=keys).order_by("opened_at"):
        breaches[breach.metric_id] = breach
    for breach in Breach.objects.open().filter(metric__in=keys):
        breaches[breach.metric_id] = breach
    opened = {breach.metric_id for breach in outcome.opened}
    recovered = {breach.metric_id for breach in outcome.recovered}
    return [
        Recorded(
            reading=reading,
            status=status,
            judgement=judgements.get((row.metric.pk, start)),
            breach=breaches.get(row.metric.pk),
            opened=row.metric.pk in opened,
            recovered=row.metric.pk in recovered,
        )
        for row, start, reading, status in zip(clean, starts, readings, statuses, strict=True)
    ]
