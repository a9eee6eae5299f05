from datetime import date, datetime
from typing import Any, cast

from django.db import transaction

from accounts.models import Membership
from cadence.behaviour.models import Rebasing
from cadence.calendar.periods import PeriodKind, period_start
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.metrics.models import Judgement, Metric
from cadence.ownership.queries import standing
from cadence.permissions import Act, require


@transaction.atomic
def rebase(
    *, actor: Membership, at: datetime, metric: Metric, starts_on: object, reason: object
) -> Rebasing:
    """Compute the natural limits of a metric anew, from the period that holds a day.

    Raises Invalid for a day before the second judged period or after the running one, Conflict
    when limits begin in that period already.
    """
    metric = _lock(actor, metric)
    require(actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    inputs = Inputs()
    day = inputs.day("starts_on", starts_on)
    words = inputs.text("reason", reason, longest=500)
    if day is not None:
        day = period_start(cast(PeriodKind, metric.judged_per), day, metric.organization.week_start)
        _check_day(inputs, metric, day, at.astimezone(metric.organization.zone).date())
    inputs.done()
    assert day is not None
    if Rebasing.objects.filter(metric=metric, starts_on=day, withdrawn_at=None).exists():
        raise Conflict("Limits are computed anew from this period already.", code="rebased")
    rebasing = Rebasing.objects.create(
        organization=metric.organization,
        metric=metric,
        starts_on=day,
        reason=words,
        rebased_by=actor,
        rebased_at=at,
    )
    _append("metric.rebased", actor, at, metric, {"starts_on": day, "reason": words})
    return rebasing


@transaction.atomic
def withdraw_rebasing(*, actor: Membership, at: datetime, rebasing: Rebasing) -> Rebasing:
    """Compute the limits as if it had not been; it stays on record."""
    metric = _lock(actor, rebasing.metric)
    rebasing = Rebasing.objects.select_for_update(no_key=True).get(pk=rebasing.pk)
    require(actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    if rebasing.withdrawn_at is not None:
        raise Conflict("It was withdrawn already.", code="rebasing_withdrawn")
    rebasing.withdrawn_by, rebasing.withdrawn_at = actor, at
    rebasing.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _append("metric.rebasing_withdrawn", actor, at, metric, {"starts_on": rebasing.starts_on})
    return rebasing


def _check_day(inputs: Inputs, metric: Metric, day: date, today: date) -> None:
    first = Judgement.objects.filter(metric=metric).order_by("starts_on").first()
    if first is None or day <= first.starts_on:
        inputs.refuse("starts_on", "There is nothing before this day that limits rest on.")
    elif day > today:
        inputs.refuse("starts_on", "This period has not begun yet.")


def _lock(actor: Membership, metric: Metric) -> Metric:
    found = (
        Metric.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "initiative__organization")
        .filter(pk=metric.pk, organization_id=actor.organization_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such metric.")
    return found


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
