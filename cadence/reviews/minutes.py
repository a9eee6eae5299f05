"""The minutes of a review: what was shown, who was there, what was decided. Plain JSON values.

Names are written out as they were: minutes are read when people and teams are called otherwise.
Numbers are strings of exact decimals, moments ISO 8601 in UTC.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision
from cadence.ledger.actions import plain
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.metrics.queries import current_thresholds
from cadence.ownership.models import Ownership
from cadence.ownership.queries import answers_for
from cadence.reviews.agenda import agenda_items, latest_judgements, metrics_in
from cadence.reviews.models import AgendaItem, AgendaKind, Review
from cadence.reviews.queries import badness_of, recorded_in, scope


def minutes_of(review: Review, at: datetime) -> dict[str, Any]:
    """What is sealed when the review closes at this moment. A constant number of queries."""
    organization = review.organization
    tree = Tree(organization)
    teams = scope(review.team_id, tree)
    items = agenda_items(review)
    decisions = recorded_in(review)
    return {
        "series": review.series.name,
        "kind": review.series.kind,
        "team": review.team.name,
        "scope": sorted(tree.teams[key].name for key in teams),
        "occurs_on": review.occurs_on.isoformat(),
        "starts_at": _moment(review.starts_at),
        "opened_at": _moment(review.opened_at),
        "closed_at": _moment(at),
        "time_zone": organization.time_zone,
        "moved_reason": review.moved_reason,
        "facilitator": _person(review.facilitator),
        "closed_by": _person(review.closed_by),
        "attendance": [
            {"person": _person(row.member), "present": row.present}
            for row in review.attendances.select_related("member").order_by("member__name", "pk")
        ],
        "scorecard": _scorecard(review, teams, at),
        "breaches": _breaches(items, decisions),
        "decisions": [_decision(decision) for decision in decisions],
        "verdicts": [_verdict(item.decision) for item in items if item.kind == AgendaKind.VERDICT],
        "commitments": _commitments(review, items),
        "orphans": _orphans(items, tree),
        "notes": review.notes,
    }


def _orphans(items: Sequence[AgendaItem], tree: Tree) -> list[dict[str, Any]]:
    """Why each was one, who answered at the close, and who was asked."""
    listed = [(item.initiative, item.text) for item in items if item.initiative is not None]
    answers = answers_for((one for one, _ in listed), tree)
    offers = Ownership.objects.pending().filter(initiative__in=[one for one, _ in listed])
    asked = {row.initiative_id: row.owner.name for row in offers.select_related("owner")}
    return [
        {
            "initiative": one.name,
            "why": why,
            "answers": answers[one.pk].words,
            "asked": asked.get(one.pk, ""),
        }
        for one, why in listed
    ]


def _scorecard(review: Review, teams: set[int], at: datetime) -> list[dict[str, Any]]:
    """A line for each metric, inputs before outcomes, with its latest period that ended."""
    metrics = metrics_in(teams)
    today = at.astimezone(review.organization.zone).date()
    judged = {row.metric_id: row for row in latest_judgements(review, metrics, today)}
    thresholds = current_thresholds(metric.pk for metric in metrics if metric.pk not in judged)
    return [_line(metric, judged.get(metric.pk) or thresholds.get(metric.pk)) for metric in metrics]


def _line(metric: Metric, shown: Judgement | Threshold | None) -> dict[str, Any]:
    """A reading that is missing is shown beside the threshold that waits for it."""
    judged = shown if isinstance(shown, Judgement) else None
    return {
        "metric": metric.name,
        "kind": metric.kind,
        "unit": metric.unit,
        "initiative": metric.initiative.name,
        "team": metric.initiative.team.name,
        "per": metric.judged_per,
        "period": judged.starts_on.isoformat() if judged else None,
        "value": _number(judged.value) if judged else None,
        "floor": _number(shown.floor) if shown else None,
        "ceiling": _number(shown.ceiling) if shown else None,
        "result": judged.result if judged else "missing",
    }


def _breaches(items: Sequence[AgendaItem], decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """What was on the agenda and what was decided here besides, worst first."""
    found = {item.breach.pk: item.breach for item in items if item.breach is not None}
    for decision in decisions:
        for breach in decision.breaches.all():
            found.setdefault(breach.pk, breach)
    return [_breach(breach) for breach in sorted(found.values(), key=badness_of)]


def _breach(breach: Breach) -> dict[str, Any]:
    metric, decision = breach.metric, breach.decision
    return {
        "breach": breach.pk,
        "metric": metric.name,
        "unit": metric.unit,
        "initiative": metric.initiative.name,
        "kind": breach.kind,
        "side": breach.side,
        "period": breach.opening_period.isoformat(),
        "value": _number(breach.value),
        "limit": _number(breach.limit),
        "level": breach.level,
        "decision": decision.number if decision else None,
        "kind_of_decision": decision.kind if decision else None,
        "decided_by": _person(decision.decided_by) if decision else None,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "kind": decision.kind,
        "what": decision.what,
        "breaches": sorted(breach.pk for breach in decision.breaches.all()),
        "decided_by": _person(decision.decided_by),
        "recorded_by": _person(decision.recorded_by),
        "decided_at": _moment(decision.decided_at),
        "carried_out_by": _person(decision.carried_out_by),
        "escalated_to": _person(decision.escalated_to),
        "expected": decision.expected,
        "check_on": decision.check_on.isoformat() if decision.check_on else None,
    }


def _verdict(decision: Decision | None) -> dict[str, Any]:
    assert decision is not None
    verdict = decision.verdict
    return {
        "number": decision.number,
        "what": decision.what,
        "result": verdict.result,
        "grounds": verdict.grounds,
        "acknowledged_by": _person(verdict.acknowledged_by),
        "acknowledged_at": _moment(verdict.acknowledged_at),
    }


def _commitments(review: Review, items: Sequence[AgendaItem]) -> list[dict[str, Any]]:
    """Those that were due, then those made here."""
    due = [item.commitment for item in items if item.commitment is not None]
    made = review.commitments.select_related("person", "initiative").order_by("due_on", "pk")
    known = {commitment.pk for commitment in due}
    return [_commitment(row) for row in (*due, *(row for row in made if row.pk not in known))]


def _commitment(row: Commitment) -> dict[str, Any]:
    state = "kept" if row.kept_at else "dropped" if row.dropped_at else "open"
    return {
        "text": row.text,
        "person": _person(row.person),
        "initiative": row.initiative.name,
        "due_on": row.due_on.isoformat(),
        "state": state,
    }


def _person(member: Membership | None) -> dict[str, Any] | None:
    return None if member is None else {"id": member.pk, "name": member.name}


def _number(value: Decimal | None) -> str | None:
    text: str | None = plain(value)
    return text


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
