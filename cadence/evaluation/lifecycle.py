"""Beginning to expect readings: when an initiative becomes active, and when it goes on."""

from datetime import datetime
from typing import cast

from django.db import transaction

from accounts.models import Membership
from cadence.calendar.periods import PeriodKind, period_start
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import locked_initiative
from cadence.metrics.models import Metric
from cadence.ownership import actions as ownership


@transaction.atomic
def activate_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """It is agreed and owned from now on; its first readings are owed for the next period."""
    _expect_from_now(actor, at, initiative)
    return ownership.activate_initiative(actor=actor, at=at, initiative=initiative)


@transaction.atomic
def resume_initiative(*, actor: Membership, at: datetime, initiative: Initiative) -> Initiative:
    """It goes on; nothing is owed for the time of the pause."""
    _expect_from_now(actor, at, initiative)
    return ownership.resume_initiative(actor=actor, at=at, initiative=initiative)


def _expect_from_now(actor: Membership, at: datetime, initiative: Initiative) -> None:
    # Initiatives are locked before their metrics, and both before the head of the ledger.
    locked_initiative(actor, initiative)
    today = at.astimezone(actor.organization.zone).date()
    metrics = Metric.objects.select_for_update(no_key=True).filter(
        initiative=initiative, organization_id=actor.organization_id
    )
    changed = []
    for metric in metrics.order_by("pk"):
        running = period_start(
            cast(PeriodKind, metric.judged_per), today, actor.organization.week_start
        )
        if metric.checked_to < running:
            metric.checked_to = running
            changed.append(metric)
    Metric.objects.bulk_update(changed, ["checked_to"])
