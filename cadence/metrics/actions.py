from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import Membership
from cadence.calendar.periods import KINDS, PeriodKind, period_start, shift
from cadence.errors import Conflict, NotFound
from cadence.initiatives.models import Initiative
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.metrics.computing import (
    check_no_operand,
    check_ratio_unit,
    lock_operands,
    name_operands,
    read_formula,
    read_period,
)
from cadence.metrics.deriving import compute_history
from cadence.metrics.models import Aggregation, Comparison, Kind, Metric, Period, Threshold
from cadence.metrics.rules import PERIODS_AFTER
from cadence.ownership.queries import standing
from cadence.permissions import Act, require


@transaction.atomic
def create_metric(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    name: object,
    kind: object,
    read_per: object = None,
    unit: object = "",
    decimals: object = 0,
    key: object = "",
    judged_per: object = None,
    aggregation: object = Aggregation.SUM,
    formula: object = "",
    operands: Sequence[Metric] | None = None,
    comparison: object = Comparison.PERCENT,
    leads_to: Metric | None = None,
    grace_days: object = None,
) -> Metric:
    """A new metric of an initiative. Its first reading is owed for the first whole period from now.

    ``judged_per`` is ``read_per`` unless given; an empty ``key`` is made from the name. With a
    ``formula`` it is computed from its ``operands``, in their order and per their period, also over
    what is on record of them, and is read never.
    """
    initiative = _lock(actor, initiative)
    operands = lock_operands(actor, operands or ())
    require(actor, Act.CHANGE_METRIC, **standing(initiative))
    inputs = Inputs()
    formula = read_formula(inputs, formula, operands)
    if formula:
        read_per = judged_per = read_period(inputs, operands, read_per, judged_per)
    values = _read(inputs, initiative, name, kind, read_per, unit, decimals, key, judged_per)
    values["formula"] = formula
    values["comparison"] = inputs.choice("comparison", comparison, Comparison.values)
    values["aggregation"] = inputs.choice("aggregation", aggregation, Aggregation.values)
    values["grace_days"] = _grace(inputs, grace_days)
    _check_leads_to(inputs, initiative, values["kind"], leads_to)
    inputs.done()
    if initiative.ended_at is not None:
        raise Conflict("The initiative has ended.", code="initiative_ended")
    today = at.astimezone(initiative.organization.zone).date()
    metric = Metric.objects.create(
        organization=initiative.organization,
        initiative=initiative,
        leads_to=leads_to,
        created_at=at,
        checked_to=period_start(values["judged_per"], today, initiative.organization.week_start),
        **values,
    )
    computed: dict[str, Any] = {}
    if formula:
        name_operands(metric, operands)
        computed = {
            "operands": [one.pk for one in operands],
            "computed": compute_history(metric),
        }
    _append("metric.created", actor, at, metric, values | {"leads_to": leads_to} | computed)
    return metric


@transaction.atomic
def change_metric(
    *,
    actor: Membership,
    at: datetime,
    metric: Metric,
    name: object,
    unit: object,
    decimals: object,
    kind: object,
    leads_to: Metric | None,
    grace_days: object,
    comparison: object = None,
) -> Metric:
    """What may change of a metric. How often it is read, how it is judged and what it is computed
    from may not: the values there are would mean something else. Nor may a ratio become one in
    percent. ``comparison`` stays where None is given."""
    initiative = _lock(actor, metric.initiative)
    metric = Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    require(actor, Act.CHANGE_METRIC, **standing(initiative))
    inputs = Inputs()
    values: dict[str, Any] = {
        "name": inputs.text("name", name, longest=160),
        "unit": inputs.text("unit", unit, longest=30, needed=False),
        "decimals": inputs.whole("decimals", decimals, least=0, most=9),
        "kind": inputs.choice("kind", kind, Kind.values),
        "grace_days": _grace(inputs, grace_days),
        "comparison": inputs.choice(
            "comparison",
            metric.comparison if comparison is None else comparison,
            Comparison.values,
        ),
    }
    check_ratio_unit(inputs, metric, values["unit"])
    _check_leads_to(inputs, initiative, values["kind"], leads_to, metric)
    inputs.done()
    for field, value in values.items():
        setattr(metric, field, value)
    metric.leads_to = leads_to
    metric.save(update_fields=[*values, "leads_to"])
    _append("metric.changed", actor, at, metric, values | {"leads_to": leads_to})
    return metric


@transaction.atomic
def retire_metric(*, actor: Membership, at: datetime, metric: Metric, reason: object) -> Metric:
    """No reading is owed for it any more. Refused while it is in breach: that is not a way out."""
    initiative = _lock(actor, metric.initiative)
    metric = Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    require(actor, Act.CHANGE_METRIC, **standing(initiative))
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    inputs.done()
    if metric.retired_at is not None:
        raise Conflict("The metric is retired already.", code="metric_retired")
    _check_not_in_breach(metric, at.astimezone(initiative.organization.zone).date())
    _check_no_limit(metric)
    check_no_operand(metric)
    metric.retired_at = at
    metric.save(update_fields=["retired_at"])
    _append("metric.retired", actor, at, metric, {"reason": words})
    return metric


def _check_not_in_breach(metric: Metric, today: date) -> None:
    """Nor soon after: the same metric anew, with another threshold, is a moved goalpost."""
    kind = cast(PeriodKind, metric.judged_per)
    running = period_start(kind, today, metric.organization.week_start)
    # By the name of the reverse relation: breaches stand above metrics.
    waiting = (
        Q(breaches__decision__isnull=True)
        | Q(breaches__recovered_at__isnull=True)
        | Q(breaches__recovered_period__gte=shift(kind, running, -PERIODS_AFTER))
    )
    if Metric.objects.filter(waiting, pk=metric.pk, breaches__isnull=False).exists():
        raise Conflict(
            "A metric is not retired while it is in breach, or within four periods after.",
            code="metric_in_breach",
        )


def _check_no_limit(metric: Metric) -> None:
    """Without its plan a metric would be judged by nothing."""
    limits = Q(floor_metric=metric) | Q(ceiling_metric=metric)
    served = Threshold.objects.filter(limits, ends_on__isnull=True, metric__retired_at__isnull=True)
    for threshold in served.select_related("metric")[:1]:
        raise Conflict(
            f"“{threshold.metric.name}” has this metric as its limit.", code="metric_is_a_limit"
        )


def _lock(actor: Membership, initiative: Initiative) -> Initiative:
    found = (
        Initiative.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .filter(pk=initiative.pk, organization_id=actor.organization_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such initiative.")
    return found


def _read(
    inputs: Inputs,
    initiative: Initiative,
    name: object,
    kind: object,
    read_per: object,
    unit: object,
    decimals: object,
    key: object,
    judged_per: object,
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": inputs.text("name", name, longest=160),
        "unit": inputs.text("unit", unit, longest=30, needed=False),
        "decimals": inputs.whole("decimals", decimals, least=0, most=9),
        "kind": inputs.choice("kind", kind, Kind.values),
        "read_per": inputs.choice("read_per", read_per, Period.values),
    }
    values["judged_per"] = (
        inputs.choice("judged_per", judged_per, Period.values) if judged_per else values["read_per"]
    )
    if KINDS.index(values["judged_per"]) < KINDS.index(values["read_per"]):
        inputs.refuse("judged_per", "A metric is judged per the period it is read, or longer.")
    given = inputs.text("key", key, longest=80, needed=False)
    taken = set(
        Metric.objects.filter(organization=initiative.organization).values_list("key", flat=True)
    )
    if not given:
        values["key"] = free_key(values["name"], taken)
    elif slugify(given) != given:
        inputs.refuse("key", "A key is of small letters, digits, hyphens and underscores.")
    elif given.isdigit():
        # It would be taken for the number of another metric.
        inputs.refuse("key", "A key has at least one letter.")
    elif given in taken:
        inputs.refuse("key", "Another metric has this key.")
    values.setdefault("key", given)
    return values


def free_key(name: str, taken: set[str]) -> str:
    """A key made from a name, numbered when others have it."""
    base = slugify(name)[:70].strip("-") or "metric"
    if base.isdigit():
        base = f"metric-{base}"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def _grace(inputs: Inputs, value: object) -> int | None:
    if value is None or value == "":
        return None
    return inputs.whole("grace_days", value, least=0, most=30)


def _check_leads_to(
    inputs: Inputs,
    initiative: Initiative,
    kind: str,
    leads_to: Metric | None,
    metric: Metric | None = None,
) -> None:
    if leads_to is None:
        return
    if leads_to.organization_id != initiative.organization_id:
        inputs.refuse("leads_to", "There is no such metric.")
    elif kind != Kind.LEADING:
        inputs.refuse("leads_to", "Only a leading metric names the one it should move.")
    elif leads_to.kind != Kind.LAGGING or leads_to == metric:
        inputs.refuse("leads_to", "A leading metric leads to a lagging one.")


def _append(
    event: str, actor: Membership, at: datetime, metric: Metric, data: dict[str, Any]
) -> None:
    append(
        organization=metric.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=metric,
        data=data,
    )
