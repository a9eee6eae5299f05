"""Decisions that take two people: the answer of somebody above the owner, and what it does."""

from datetime import datetime
from typing import Any, cast

from django.db import transaction

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, period_start
from cadence.decisions.actions import put_in_force
from cadence.decisions.models import Approval, Decision, DecisionKind
from cadence.decisions.queries import may_approve
from cadence.errors import Conflict, Forbidden, NotFound
from cadence.evaluation.actions import rejudge
from cadence.evaluation.breaching import Outcome, Surroundings
from cadence.evaluation.thresholds import lock_metric, put_version
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.metrics.queries import current_threshold


@transaction.atomic
def answer_decision(
    *,
    actor: Membership,
    at: datetime,
    decision: Decision,
    approved: bool,
    reason: object = "",
) -> Approval:
    """Approve or refuse *hold course* or *move the threshold*. A refusal says why.

    Approved, it is in force; a moved threshold gets its new version. Refused, the breach still
    needs a decision. Raises Forbidden for everybody who is not above the owner, and for who took
    or recorded the decision; Conflict when it was answered or another decision came first.
    """
    found = Decision.objects.filter(
        pk=decision.pk, organization_id=actor.organization_id, needs_approval=True
    ).first()
    if found is None:
        raise NotFound("There is no such decision to approve.")
    metrics = {breach.metric_id: breach.metric for breach in found.breaches.all()}
    for key in sorted(metrics):
        metrics[key] = lock_metric(actor, metrics[key])
    breaches = list(
        Breach.objects.select_for_update(of=("self",), no_key=True)
        .filter(links__decision=found)
        .select_related("metric__initiative__team", "organization", "threshold")
        .order_by("pk")
    )
    if not may_approve(actor, found):
        raise Forbidden("This is approved by somebody above the owner, not by who decided it.")
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500, needed=not approved)
    inputs.done()
    if Approval.objects.filter(decision=found).exists():
        raise Conflict("This decision is answered already.", code="decision_answered")
    if approved and any(b.decision_id not in {None, found.replaces_id} for b in breaches):
        raise Conflict("Another decision came first.", code="already_decided")
    approval = Approval.objects.create(
        organization_id=found.organization_id,
        decision=found,
        approved=approved,
        answered_by=actor,
        answered_at=at,
        reason=words,
    )
    outcome = Outcome()
    if approved:
        put_in_force(found, breaches)
        if found.kind == DecisionKind.MOVE_THRESHOLD:
            outcome = _move_threshold(actor, at, found, breaches[0])
    append(
        organization=found.organization_id,
        event="decision.approved" if approved else "decision.refused",
        actor=actor,
        at=at,
        subject=found,
        data={"number": found.number, "reason": words, **outcome.as_data()},
    )
    return approval


def _move_threshold(actor: Membership, at: datetime, decision: Decision, breach: Breach) -> Outcome:
    """A side that the decision does not name stays. Approved late, it begins now: what was judged
    meanwhile was judged by the version before."""
    metric, around = breach.metric, Surroundings(actor.organization, at)
    current = current_threshold(metric)
    kind = cast(PeriodKind, metric.judged_per)
    running = period_start(kind, around.today, around.organization.week_start)
    assert decision.new_from is not None
    starts_on = max(decision.new_from, running)
    if current is not None and starts_on <= current.starts_on:
        raise Conflict(
            "A later version of this threshold was set meanwhile.", code="threshold_changed"
        )
    values: dict[str, Any] = {"floor": decision.new_floor, "ceiling": decision.new_ceiling}
    for side in ("floor", "ceiling"):
        if values[side] is None and current is not None:
            values[side] = getattr(current, side)
            values[f"{side}_metric"] = getattr(current, f"{side}_metric")
    put_version(
        metric,
        current,
        set_by=decision.decided_by,
        at=at,
        approved_by=actor,
        values={
            **values,
            "starts_on": starts_on,
            "periods_in_a_row": current.periods_in_a_row if current else 1,
            "agreed_response": current.agreed_response if current else decision.what[:1000],
            "reason": decision.what[:500],
        },
    )
    return rejudge(around, metric, starts_on)
