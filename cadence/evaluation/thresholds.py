"""Setting thresholds: a change makes a new version, and a goalpost is not moved by one alone."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction

from accounts.models import Membership
from cadence.calendar.periods import PeriodKind, label, period_start, shift
from cadence.errors import Conflict, NotFound
from cadence.evaluation.actions import rejudge
from cadence.evaluation.breaching import Outcome, Surroundings, in_goalpost_window
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.metrics.models import Metric, Threshold
from cadence.metrics.queries import current_threshold
from cadence.metrics.rules import Limits, is_looser
from cadence.ownership.queries import standing
from cadence.permissions import Act, require


@dataclass(frozen=True)
class Wanted:
    """A threshold as it was typed. A limit is a number or a metric, never both."""

    floor: object = None
    ceiling: object = None
    floor_metric: Metric | None = None
    ceiling_metric: Metric | None = None
    starts_on: object = None
    periods_in_a_row: object = 1
    agreed_response: object = ""
    reason: object = ""


@transaction.atomic
def set_threshold(
    *, actor: Membership, at: datetime, metric: Metric, wanted: Wanted
) -> tuple[Threshold, Outcome]:
    """A new version of a metric's threshold, and what it opened.

    It begins in the running period unless ``starts_on`` says otherwise. The first version may
    begin in the past; a later one may not: history was judged by the one before. Raises Conflict
    ``moved_goalpost`` for a looser one in breach or within four periods after.
    """
    metric = lock_metric(actor, metric)
    require(actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    around = Surroundings(actor.organization, at)
    current = current_threshold(metric)
    inputs = Inputs()
    values = _read(inputs, metric, wanted, current, around)
    inputs.done()
    if current is not None and _loosens(current, values) and in_goalpost_window(metric, around):
        raise Conflict(
            "This threshold was crossed: loosening it takes a decision, “Move the threshold”, "
            "that somebody above the owner approves.",
            code="moved_goalpost",
        )
    threshold = put_version(metric, current, set_by=actor, at=at, values=values)
    outcome = rejudge(around, metric, threshold.starts_on)
    append(
        organization=metric.organization_id,
        event="threshold.set",
        actor=actor,
        at=at,
        subject=threshold,
        data={"metric": metric, **values, **outcome.as_data()},
    )
    return threshold, outcome


def lock_metric(actor: Membership, metric: Metric) -> Metric:
    found = (
        Metric.objects.select_for_update(of=("self",), no_key=True)
        .select_related("initiative__organization")
        .filter(pk=metric.pk, organization_id=actor.organization_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such metric.")
    return found


def put_version(
    metric: Metric,
    current: Threshold | None,
    *,
    set_by: Membership,
    at: datetime,
    values: dict[str, Any],
    approved_by: Membership | None = None,
) -> Threshold:
    """End the current version where the new one begins. The metric is locked."""
    if current is not None:
        current.ends_on = values["starts_on"]
        current.save(update_fields=["ends_on"])
    return Threshold.objects.create(
        organization_id=metric.organization_id,
        metric=metric,
        set_by=set_by,
        set_at=at,
        approved_by=approved_by,
        is_moved_goalpost=approved_by is not None,
        **values,
    )


def _read(
    inputs: Inputs,
    metric: Metric,
    wanted: Wanted,
    current: Threshold | None,
    around: Surroundings,
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "floor": inputs.number("floor", wanted.floor, needed=False),
        "ceiling": inputs.number("ceiling", wanted.ceiling, needed=False),
        "floor_metric": wanted.floor_metric,
        "ceiling_metric": wanted.ceiling_metric,
        "starts_on": _starts_on(inputs, metric, wanted.starts_on, current, around),
        "periods_in_a_row": inputs.whole(
            "periods_in_a_row", wanted.periods_in_a_row, least=1, most=12
        ),
        "agreed_response": inputs.text(
            "agreed_response", wanted.agreed_response, longest=1000, lines=True
        ),
        "reason": inputs.text("reason", wanted.reason, longest=500, needed=False),
    }
    for side in ("floor", "ceiling"):
        limit: Metric | None = values[f"{side}_metric"]
        if limit is None:
            continue
        if values[side] is not None:
            inputs.refuse(side, "A limit is a number or a metric, not both.")
        if limit.organization_id != metric.organization_id:
            inputs.refuse(f"{side}_metric", "There is no such metric.")
        elif limit.pk == metric.pk:
            inputs.refuse(f"{side}_metric", "A metric is not its own threshold.")
        elif limit.judged_per != metric.judged_per:
            inputs.refuse(
                f"{side}_metric",
                f"It is judged per {limit.judged_per}, this one per {metric.judged_per}.",
            )
    if not any(values[name] is not None for name in _LIMITS):
        inputs.refuse("floor", "A threshold has a floor, a ceiling or both.")
    floor, ceiling = values["floor"], values["ceiling"]
    if floor is not None and ceiling is not None and floor > ceiling:
        inputs.refuse("floor", "The floor is above the ceiling.")
    return values


_LIMITS = ("floor", "ceiling", "floor_metric", "ceiling_metric")


def _starts_on(
    inputs: Inputs,
    metric: Metric,
    value: object,
    current: Threshold | None,
    around: Surroundings,
) -> date | None:
    kind = cast(PeriodKind, metric.judged_per)
    running = period_start(kind, around.today, around.organization.week_start)
    if value is None or value == "":
        day: date | None = running
    else:
        day = inputs.day("starts_on", value)
    if day is None:
        return None
    if day > shift("month", period_start("month", around.today, 0), 24):
        inputs.refuse("starts_on", "At most two years ahead.")
    if current is not None:
        earliest = max(running, current.starts_on)
        if day <= current.starts_on:
            inputs.refuse(
                "starts_on",
                f"The current version holds since {label('day', current.starts_on, True)}: "
                "a new one begins later.",
            )
        elif day < earliest:
            inputs.refuse("starts_on", "What has passed was judged by the version before.")
    return day


def _loosens(current: Threshold, values: dict[str, Any]) -> bool:
    """A limit that is another metric, and no longer the same, cannot be compared: it counts."""
    for side in ("floor_metric", "ceiling_metric"):
        old = getattr(current, f"{side}_id")
        if old is not None and (values[side] is None or values[side].pk != old):
            return True
    old_limits = Limits(current.floor, current.ceiling)
    new: dict[str, Decimal | None] = {side: values[side] for side in ("floor", "ceiling")}
    for side in ("floor", "ceiling"):
        if values[f"{side}_metric"] is not None and getattr(current, side) is not None:
            return True
    return is_looser(
        old_limits,
        Limits(new["floor"], new["ceiling"]),
        rows=(current.periods_in_a_row, values["periods_in_a_row"]),
    )
