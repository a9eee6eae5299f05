"""The flow from readings to breaches: what a reading means."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.errors import Conflict, Invalid, Problem
from cadence.evaluation.breaching import (
    Outcome,
    Surroundings,
    follow,
    lock_open_breaches,
    notice_missing,
)
from cadence.evaluation.judging import Key, Periods, TooLarge, judge_periods
from cadence.evaluation.meaning import Batch, judged_starts, meanings
from cadence.evaluation.meaning import Recorded as Recorded
from cadence.evaluation.plans import (
    check_derived_plans,
    check_loosened,
    derived_plans,
    planned_ahead,
)
from cadence.evaluation.rows import Clean, Named, Row, clean_rows, ids_of
from cadence.initiatives.models import Initiative
from cadence.ledger.actions import append
from cadence.ledger.rules import digest
from cadence.metrics.deriving import computed_from
from cadence.metrics.links import are_linked
from cadence.metrics.models import Correction, Judgement, Metric, Reading
from cadence.metrics.queries import Serving, locked_metrics, serving
from cadence.metrics.writing import write_rows
from cadence.ownership.queries import acting_for, owners_of
from cadence.permissions import Act, may, require


class OnRecord(NamedTuple):
    """What is on record for a metric and a period."""

    reading: int
    value: Decimal
    note: str


Stored = dict[Key, OnRecord]


def record_readings(
    *,
    actor: Membership,
    at: datetime,
    rows: Sequence[Row],
    numbered: bool = True,
) -> list[Recorded]:
    """Record readings as `record_batch` does, and say of each what it meant."""
    with transaction.atomic():
        return meanings(actor.organization, _record(actor, at, rows, numbered))


@transaction.atomic
def record_batch(
    *,
    actor: Membership,
    at: datetime,
    rows: Sequence[Row],
    numbered: bool = True,
) -> Batch:
    """Record readings and act on what they mean, all of them or none.

    A value that differs from the one on record is a correction: the old value is kept, with the
    note as its reason, which a person has to give. Raises Invalid with a problem for every bad
    row, Forbidden, Conflict. The number of queries does not depend on the number of rows.
    """
    return _record(actor, at, rows, numbered)


def _record(actor: Membership, at: datetime, rows: Sequence[Row], numbered: bool) -> Batch:
    organization = actor.organization
    names = Named.by(rows)
    metrics, limits = _lock(organization, ids_of(organization, names))
    named = names.among(metrics.values())
    lock_open_breaches(metrics)
    around = Surroundings(organization, at)
    clean, problems = clean_rows(
        organization,
        rows,
        named,
        today=around.today,
        limits=planned_ahead(metrics, limits),
        numbered=numbered,
    )
    touched_metrics = {row.metric.id: row.metric for row in clean}
    _require(actor, touched_metrics.values())
    stored = _stored(clean)
    if not problems:
        problems = _unexplained(actor, clean, stored, numbered)
    if problems:
        raise Invalid.fields(problems)
    _check_plans(around, clean, stored, limits)
    # First what was owed until now: a late reading does not undo that it was missing.
    late = notice_missing(around, touched_metrics.values())
    statuses, corrected = _write(actor, at, clean, stored)
    touched: Periods = {}
    for row, start in zip(clean, judged_starts(organization, clean), strict=True):
        touched.setdefault(row.metric.id, set()).add(start)
    recorded = {(row.metric.id, row.starts_on): row.value for row in clean}
    plans = derived_plans(metrics, limits, touched)
    try:
        judged = judge_periods(organization, metrics, touched, recorded=recorded)
    except TooLarge as error:
        raise Invalid.fields(_too_large(organization, clean, error, numbered)) from error
    check_derived_plans(around, metrics, plans, touched)
    outcome = follow(around, metrics, judged.periods)
    outcome.opened = [*late.opened, *outcome.opened]
    _append(actor, at, organization, clean, corrected, outcome)
    return Batch(clean, statuses, outcome, judged)


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
    metrics = locked_metrics(organization, due)
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
    metrics = {metric.id: metric}
    judged = judge_periods(around.organization, metrics, {metric.id: days} if days else {})
    return follow(around, metrics, judged.periods)


def _lock(organization: Organization, asked: set[int]) -> tuple[dict[int, Metric], set[int]]:
    """Lock metrics, those computed from them, and those which any of these serve as limits, always
    in the same order; and say which of them are limits."""
    keys, served = _linked(asked)
    metrics = locked_metrics(organization, keys | served.dependents)
    if connection.vendor == "postgresql":
        # What was linked while this waited for the locks counts too.
        keys, served = _linked(asked)
        mine = Metric.objects.filter(organization=organization)
        missing = (keys | served.dependents) - metrics.keys() - asked
        if missing and mine.filter(pk__among=missing).exists():
            return _lock(organization, asked)
    return metrics, set(served.limits)


def _linked(asked: set[int]) -> tuple[set[int], Serving]:
    if not are_linked(asked):
        return asked, Serving(frozenset(), frozenset())
    keys = asked | computed_from(asked)
    return keys, serving(keys)


def _require(actor: Membership, metrics: Iterable[Metric]) -> None:
    initiatives = {metric.initiative_id: metric.initiative for metric in metrics}
    # A machine may whoever owns the work, so nobody asks who does.
    if not may(actor, Act.RECORD_READINGS):
        _require_each(actor, initiatives)
    for initiative in initiatives.values():
        if initiative.ended_at is not None:
            raise Conflict(
                f"“{initiative.name}” has ended and takes no readings.", code="initiative_ended"
            )


def _require_each(actor: Membership, initiatives: Mapping[int, Initiative]) -> None:
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


def _stored(clean: Sequence[Clean]) -> Stored:
    """What is on record for these metrics and periods."""
    if not clean:
        return {}
    days = [row.starts_on for row in clean]
    rows = Reading.objects.filter(
        metric__among={row.metric.id for row in clean},
        starts_on__gte=min(days),
        starts_on__lte=max(days),
    ).order_by()
    found = rows.values_list("metric", "starts_on", "pk", "value", "note")
    return {(metric, day): OnRecord(pk, value, note) for metric, day, pk, value, note in found}


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
    reading = stored.get((row.metric.id, row.starts_on))
    return reading is not None and reading.value != row.value


def _check_plans(
    around: Surroundings, clean: Sequence[Clean], stored: Stored, limits: Container[int]
) -> None:
    """A plan that serves as a limit is not lowered under a metric in breach, or soon after."""
    changed = [row for row in clean if row.metric.id in limits and _changes(row, stored)]
    fallen = {
        row.metric.id for row in changed if row.value < stored[row.metric.id, row.starts_on].value
    }
    risen = {
        row.metric.id for row in changed if row.value > stored[row.metric.id, row.starts_on].value
    }
    check_loosened(around, fallen, risen)


def _write(
    actor: Membership, at: datetime, clean: Sequence[Clean], stored: Stored
) -> tuple[list[str], list[tuple[Clean, Decimal]]]:
    """Insert what is new, correct what differs, leave what is the same.

    Gives back the status of each row, and each row that corrects with the value that was.
    """
    statuses, corrected = [], []
    fresh, changed, corrections = [], [], []
    for row in clean:
        metric, starts_on, value, note = row
        known = stored.get((metric.id, starts_on))
        if known is None:
            fresh.append((metric.id, starts_on, value, note))
            statuses.append("new")
        elif known.value != value:
            corrections.append((known.reading, known.value, value, note))
            corrected.append((row, known.value))
            changed.append((metric.id, starts_on, value, note or known.note))
            statuses.append("corrected")
        else:
            if note and note != known.note:
                changed.append((metric.id, starts_on, value, note))
            statuses.append("unchanged")
    columns = ("metric_id", "starts_on", "value", "note")
    whose = {"organization_id": actor.organization_id}
    recorded = whose | {"recorded_by_id": actor.pk, "recorded_at": at}
    write_rows(Reading, columns, fresh, shared=recorded)
    # In this order: the database lets no reading change whose old value is not kept.
    write_rows(
        Correction,
        ("reading_id", "old_value", "new_value", "reason"),
        corrections,
        shared=whose | {"corrected_by_id": actor.pk, "corrected_at": at},
    )
    write_rows(Reading, columns, changed, shared=recorded, unique=("metric_id", "starts_on"))
    return statuses, corrected


def _too_large(
    organization: Organization, clean: Sequence[Clean], error: TooLarge, numbered: bool
) -> list[Problem]:
    starts = judged_starts(organization, clean)
    return [
        Problem("value", error.reason, number if numbered else None)
        for number, (row, start) in enumerate(zip(clean, starts, strict=True), start=1)
        if row.metric.id == error.metric and start == error.starts_on
    ]


def _append(
    actor: Membership,
    at: datetime,
    organization: Organization,
    clean: Sequence[Clean],
    corrected: Sequence[tuple[Clean, Decimal]],
    outcome: Outcome,
) -> None:
    """One entry for the batch: what it held as a digest, and in full while it is small."""
    rows = [
        [metric.id, starts_on.isoformat(), _text(value)] for metric, starts_on, value, _ in clean
    ]
    data: dict[str, object] = {"count": len(rows), "digest": digest(rows)}
    if len(rows) <= 20:
        data["rows"] = rows
    data["corrected"] = [
        [row.metric.id, row.starts_on, old, row.value] for row, old in corrected[:100]
    ]
    append(
        organization=organization,
        event="readings.recorded",
        actor=actor,
        at=at,
        subject=organization,
        data=data | outcome.as_data(),
    )


def _text(value: Decimal) -> str:
    """Without zeros at its end: one text for one number."""
    text = str(value)
    return text if text[-1] != "0" and "E" not in text else format(value.normalize(), "f")
