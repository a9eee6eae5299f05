"""Metrics that are computed from others: which those are, and what their periods come to.

What a metric is computed from was there before it (a constraint), so computing them in the order
of their ids meets every operand before what is made of it, over however many steps.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection

from cadence.metrics.models import Formula, Judgement, Metric, Result
from cadence.metrics.operands import Operand
from cadence.metrics.rules import derive

Key = tuple[int, date]
"""A metric and the start of one of its judged periods."""

PERCENT = "%"


def computed_from(metrics: Iterable[int]) -> set[int]:
    """Ids of all metrics that are computed from these, over however many steps. One query."""
    return {key for (key,) in _walk(_UPWARDS, metrics)}


def operands_of(metrics: Collection[int]) -> dict[int, list[int]]:
    """The ids of the operands of each of these, in their places. One query."""
    found: dict[int, list[int]] = {}
    rows = Operand.objects.filter(metric__in=metrics).order_by("metric_id", "position")
    for metric, operand in rows.values_list("metric", "operand"):
        found.setdefault(metric, []).append(operand)
    return found


def made_of(metrics: Collection[int]) -> dict[int, list[int]]:
    """The operands of these metrics, and those of their operands, down to what is read; by metric.

    One query.
    """
    found: dict[int, list[int]] = {}
    for metric, operand in _walk(_DOWNWARDS, metrics):
        found.setdefault(metric, []).append(operand)
    return found


# Both databases read these; {} is the marks of the ids.
_UPWARDS = """
WITH RECURSIVE made(id) AS (
    SELECT metric_id FROM cadence_operand WHERE operand_id IN ({})
    UNION SELECT o.metric_id FROM cadence_operand o JOIN made ON o.operand_id = made.id
) SELECT id FROM made
"""
_DOWNWARDS = """
WITH RECURSIVE part(metric_id, place, operand_id) AS (
    SELECT metric_id, position, operand_id FROM cadence_operand WHERE metric_id IN ({})
    UNION SELECT o.metric_id, o.position, o.operand_id
    FROM cadence_operand o JOIN part ON o.metric_id = part.operand_id
) SELECT metric_id, operand_id FROM part ORDER BY metric_id, place
"""


def _walk(statement: str, metrics: Iterable[int]) -> list[tuple[int, ...]]:
    keys = sorted(metrics)
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(", ".join(["%s"] * len(keys))), keys)
        return [tuple(row) for row in cursor.fetchall()]


def derive_periods(
    metrics: Mapping[int, Metric], fresh: Mapping[Key, Decimal]
) -> dict[Key, Decimal | None]:
    """What the derived among these metrics come to in the periods of which an operand has a fresh
    value; None where there is no such number, or an operand has no value.

    No query where none of them is derived, else two.
    """
    derived = [key for key, metric in metrics.items() if metric.is_derived]
    if not derived or not fresh:
        return {}
    operands = operands_of(derived)
    touched: dict[int, set[date]] = {}
    for key, day in fresh:
        touched.setdefault(key, set()).add(day)
    wanted: list[Key] = []
    for key in sorted(operands):
        days = set().union(*(touched.get(one, ()) for one in operands[key]))
        touched[key] = days
        wanted += [(key, day) for day in sorted(days)]
    if not wanted:
        return {}
    known: dict[Key, Decimal | None] = dict(
        _stored({one for key, _ in wanted for one in operands[key]}, [day for _, day in wanted])
    )
    known.update(fresh)
    found: dict[Key, Decimal | None] = {}
    for key, day in wanted:
        values = [known.get((one, day)) for one in operands[key]]
        found[key, day] = known[key, day] = value_of(metrics[key], values)
    return found


def value_of(metric: Metric, values: Sequence[Decimal | None]) -> Decimal | None:
    """What a derived metric comes to; None where an operand has no value, where it would be divided
    by zero, and where the result has more digits than are kept."""
    known = [value for value in values if value is not None]
    if len(known) < len(values) or len(known) < 2:
        return None
    try:
        return derive(metric.formula, known, in_percent=is_in_percent(metric))
    except ValueError:
        return None


def is_in_percent(metric: Metric) -> bool:
    """A ratio with the unit % is said in percent."""
    return metric.formula == Formula.RATIO and metric.unit == PERCENT


def why_none(metric: Metric, operands: Sequence[Metric], day: date) -> str:
    """Why a derived metric has no value in a period, as a sentence. One query."""
    known = _stored({one.pk for one in operands}, [day])
    lacking = [one.name for one in operands if (one.pk, day) not in known]
    if lacking:
        return f"No value of {' and '.join(f'“{name}”' for name in lacking)}."
    try:
        derive(metric.formula, [known[one.pk, day] for one in operands])
    except ValueError as error:
        return str(error)
    return ""


def forget(periods: Iterable[Key]) -> None:
    """Take back the judgements of derived metrics that have no value any more. Two queries, or
    none."""
    keys = set(periods)
    if not keys:
        return
    rows = Judgement.objects.filter(
        metric__in={key for key, _ in keys}, starts_on__in={day for _, day in keys}
    ).values_list("pk", "metric", "starts_on")
    Judgement.objects.filter(
        pk__in=[pk for pk, metric, day in rows if (metric, day) in keys]
    ).delete()


def compute_history(metric: Metric) -> int:
    """Compute a derived metric, just made, over all periods that its operands were judged in. It
    has no threshold yet. The operands are locked. Says how many periods have a value."""
    operands = operands_of([metric.pk]).get(metric.pk, [])
    rows = Judgement.objects.filter(metric__in=operands)
    fresh: dict[Key, Decimal] = {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
    found = derive_periods({metric.pk: metric}, fresh)
    made = [
        Judgement(
            organization_id=metric.organization_id,
            metric=metric,
            starts_on=day,
            value=value,
            result=Result.UNKNOWN,
        )
        for (_, day), value in found.items()
        if value is not None
    ]
    Judgement.objects.bulk_create(made, batch_size=2000)
    return len(made)


def _stored(metrics: Collection[int], days: Sequence[date]) -> dict[Key, Decimal]:
    rows = Judgement.objects.filter(
        metric__in=metrics, starts_on__gte=min(days), starts_on__lte=max(days)
    )
    return {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }
