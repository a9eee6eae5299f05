"""Beginning and ceasing to expect readings: nothing that is owed by then is lost."""

from datetime import datetime
from typing import Any, cast

from django.db import transaction

from accounts.models import Membership
from cadence.calendar.periods import PeriodKind, last_ended, period_start
from cadence.evaluation.breaching import (
    Outcome,
    Surroundings,
    lock_open_breaches,
    notice_missing,
    settle_missing,
)
from cadence.evaluation.clocks import lock_waiting, start_anew
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.ledger.actions import append
from cadence.metrics import actions as metrics
from cadence.metrics.models import Metric
from cadence.ownership import actions as ownership


@transaction.atomic
def activate_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """It is agreed and owned from now on; its first readings are owed for the next period."""
    _expect_from_now(actor, at, initiative)
    return ownership.activate_initiative(actor=actor, at=at, initiative=initiative)


@transaction.atomic
def resume_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """It goes on. Nothing is owed for the periods that ended during the pause; what was owed
    before it still is, and what is missing of that is noticed now. Its clocks start anew."""
    initiative = locked_initiative(actor, initiative)
    anew: dict[str, Any] = {}
    if initiative.paused_at is not None:
        _locked_metrics(actor, initiative)
        waiting = lock_waiting(initiative)
        _settle_the_pause(actor, at, initiative, initiative.paused_at)
        anew = start_anew(Surroundings(actor.organization, at), initiative, waiting)
    return ownership.resume_initiative(actor=actor, at=at, initiative=initiative, anew=anew)


@transaction.atomic
def end_initiative(
    *, actor: Membership, at: datetime, initiative: Initiative, ended_as: object, reason: object
) -> Initiative:
    """Complete or stop it, as `ownership.actions.end_initiative` says; first what is missing is
    noticed, also where no tick has looked."""
    initiative = locked_initiative(actor, initiative)
    _notice_first(actor, at, initiative)
    return ownership.end_initiative(
        actor=actor, at=at, initiative=initiative, ended_as=ended_as, reason=reason
    )


@transaction.atomic
def retire_metric(*, actor: Membership, at: datetime, metric: Metric, reason: object) -> Metric:
    """Retire it, as `metrics.actions.retire_metric` says; first what is missing is noticed."""
    _notice_first(actor, at, locked_initiative(actor, metric.initiative))
    return metrics.retire_metric(actor=actor, at=at, metric=metric, reason=reason)


def _notice_first(actor: Membership, at: datetime, initiative: Initiative) -> None:
    owed = _locked_metrics(actor, initiative)
    lock_open_breaches(metric.pk for metric in owed)
    _append_missed(at, initiative, notice_missing(Surroundings(actor.organization, at), owed))


def _append_missed(at: datetime, initiative: Initiative, outcome: Outcome) -> None:
    if outcome.opened:
        append(
            organization=initiative.organization_id,
            event="readings.missed",
            actor=None,
            at=at,
            subject=initiative,
            data=outcome.as_data(),
        )


def _expect_from_now(actor: Membership, at: datetime, initiative: Initiative) -> None:
    # Initiatives are locked before their metrics, and both before the head of the ledger.
    locked_initiative(actor, initiative)
    today = at.astimezone(actor.organization.zone).date()
    changed = []
    for metric in _locked_metrics(actor, initiative):
        running = period_start(_kind(metric), today, actor.organization.week_start)
        if metric.checked_to < running:
            metric.checked_to = running
            changed.append(metric)
    Metric.objects.bulk_update(changed, ["checked_to"])


def _settle_the_pause(
    actor: Membership, at: datetime, initiative: Initiative, paused_at: datetime
) -> None:
    """A pause of a minute forgives nothing: else pausing would be a way to skip a reading."""
    organization = actor.organization
    paused_on = paused_at.astimezone(organization.zone).date()
    today = at.astimezone(organization.zone).date()
    paused: list[Metric] = []
    for metric in _locked_metrics(actor, initiative):
        before = last_ended(_kind(metric), paused_on, organization.week_start)
        if before < last_ended(_kind(metric), today, organization.week_start):
            paused.append(metric)
    lock_open_breaches(metric.pk for metric in paused)
    outcome = settle_missing(
        Surroundings(organization, at),
        {m: last_ended(_kind(m), paused_on, organization.week_start) for m in paused},
    )
    for metric in paused:
        forgiven = last_ended(_kind(metric), today, organization.week_start)
        metric.checked_to = max(metric.checked_to, forgiven)
    Metric.objects.bulk_update(paused, ["checked_to"])
    _append_missed(at, initiative, outcome)


def _locked_metrics(actor: Membership, initiative: Initiative) -> list[Metric]:
    rows = Metric.objects.select_for_update(of=("self",), no_key=True).filter(
        initiative=initiative, organization_id=actor.organization_id
    )
    return list(rows.select_related("initiative").order_by("pk"))


def _kind(metric: Metric) -> PeriodKind:
    return cast(PeriodKind, metric.judged_per)
