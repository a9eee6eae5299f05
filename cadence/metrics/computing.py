"""Making a metric that is computed from others: what it may be computed from, and how."""

from collections.abc import Sequence

from accounts.models import Membership
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.metrics.deriving import PERCENT
from cadence.metrics.models import Formula, Metric
from cadence.metrics.operands import MOST_OPERANDS, Operand


def lock_operands(actor: Membership, operands: Sequence[Metric]) -> list[Metric]:
    """The operands in their order, locked: no reading of them is recorded meanwhile."""
    rows = (
        Metric.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in={one.pk for one in operands}, organization_id=actor.organization_id)
        .select_related("initiative")
        .order_by("pk")
    )
    found = {metric.pk: metric for metric in rows} if operands else {}
    if any(one.pk not in found for one in operands):
        raise NotFound("There is no such metric.")
    return [found[one.pk] for one in operands]


def read_formula(inputs: Inputs, formula: object, operands: Sequence[Metric]) -> str:
    """The formula, empty where the metric is read; refuses operands that do not fit it."""
    if formula is None or formula == "":
        if operands:
            inputs.refuse("operands", "A metric that is read is computed from nothing.")
        return ""
    found = inputs.choice("formula", formula, Formula.values)
    if found == Formula.SUM and not 2 <= len(operands) <= MOST_OPERANDS:
        inputs.refuse("operands", f"A sum is of two metrics and more, at most {MOST_OPERANDS}.")
    elif found and found != Formula.SUM and len(operands) != 2:
        inputs.refuse("operands", f"A {found} is of two metrics.")
    for one in operands:
        if one.retired_at is not None:
            inputs.refuse("operands", f"“{one.name}” is retired.")
        elif one.initiative.ended_at is not None:
            inputs.refuse("operands", f"“{one.initiative.name}” has ended: it has no new readings.")
    return found


def read_period(
    inputs: Inputs, operands: Sequence[Metric], read_per: object, judged_per: object
) -> str | None:
    """The period that all operands are judged per; what was asked for beside it is the same."""
    periods = {one.judged_per for one in operands}
    if len(periods) > 1:
        inputs.refuse("operands", "All are judged per the same period: day, week or month.")
    if not operands:
        return "week"  # the operands are refused, and nothing is said of the period
    period: str = operands[0].judged_per
    for field, given in (("read_per", read_per), ("judged_per", judged_per)):
        if given not in (None, "", period):
            inputs.refuse(field, f"It is computed per {period}, as what it is computed from.")
    return period


def name_operands(metric: Metric, operands: Sequence[Metric]) -> None:
    Operand.objects.bulk_create(
        Operand(
            organization_id=metric.organization_id, metric=metric, position=place, operand=operand
        )
        for place, operand in enumerate(operands, start=1)
    )


def check_ratio_unit(inputs: Inputs, metric: Metric, unit: str) -> None:
    """A ratio with the unit % is a hundred times as large: it stays what it is."""
    if metric.formula == Formula.RATIO and (unit == PERCENT) != (metric.unit == PERCENT):
        inputs.refuse("unit", "A ratio stays in percent, or out of it: its values would change.")


def check_no_operand(metric: Metric) -> None:
    """Without it the other one would have no value any more."""
    served = Operand.objects.filter(operand=metric, metric__retired_at__isnull=True)
    for one in served.select_related("metric")[:1]:
        raise Conflict(
            f"“{one.metric.name}” is computed from this metric.", code="metric_is_an_operand"
        )
