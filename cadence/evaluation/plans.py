"""Plans: metrics that serve as limits of others. They may lie ahead, and are not moved alone."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Q

from cadence.errors import Conflict
from cadence.evaluation.breaching import Surroundings, in_goalpost_window
from cadence.evaluation.judging import Periods
from cadence.metrics.deriving import made_of
from cadence.metrics.models import Judgement, Metric, Threshold

Values = dict[tuple[int, date], Decimal]
"""What plans that are derived came to, by metric and period."""


def serving_as_limits(metrics: Mapping[int, Metric]) -> set[int]:
    """Ids of those that are a floor or a ceiling of another metric, now or once."""
    rows = Threshold.objects.all()
    found: set[int] = set()
    for field in ("floor_metric", "ceiling_metric"):
        found |= set(rows.filter(**{f"{field}__in": list(metrics)}).values_list(field, flat=True))
    return found


def planned_ahead(metrics: Mapping[int, Metric], limits: set[int]) -> set[int]:
    """The limits, and what those of them are made of that are derived: their periods may lie
    ahead. One query, or none."""
    operands = made_of(_derived(metrics, limits))
    return limits.union(*operands.values())


def derived_plans(metrics: Mapping[int, Metric], limits: set[int], periods: Periods) -> Values:
    """What the derived among the limits came to until now, in these periods. One query, or none."""
    plans = _derived(metrics, limits)
    if not plans:
        return {}
    days = {day for starts in periods.values() for day in starts}
    rows = Judgement.objects.filter(
        metric__in=plans, starts_on__gte=min(days), starts_on__lte=max(days)
    )
    return {
        (key, day): value for key, day, value in rows.values_list("metric", "starts_on", "value")
    }


def check_derived_plans(
    around: Surroundings, metrics: Mapping[int, Metric], before: Values, periods: Periods
) -> None:
    """Whoever corrects what a plan is computed from moves the plan. Raises Conflict."""
    after = derived_plans(metrics, {key for key, _ in before}, periods)
    falling = {one for one in before if one not in after or after[one] < before[one]}
    rising = {one for one in before if one not in after or after[one] > before[one]}
    check_loosened(around, {key for key, _ in falling}, {key for key, _ in rising})


def check_loosened(around: Surroundings, falling: Collection[int], rising: Collection[int]) -> None:
    """A floor that falls or a ceiling that rises under a metric in breach, or soon after, is a
    goalpost as much as a number is. Takes ids of plans. Raises Conflict ``moved_goalpost``."""
    if not falling and not rising:
        return
    served = Threshold.objects.filter(Q(floor_metric__in=falling) | Q(ceiling_metric__in=rising))
    for threshold in served.select_related("metric__initiative").order_by("pk"):
        if in_goalpost_window(threshold.metric, around):
            raise Conflict(
                f"This is a limit of “{threshold.metric.name}”, which was beyond it: loosening it "
                "takes a decision, “Move the threshold”, that somebody above the owner approves.",
                code="moved_goalpost",
            )


def _derived(metrics: Mapping[int, Metric], limits: Iterable[int]) -> list[int]:
    return [key for key in limits if key in metrics and metrics[key].is_derived]
