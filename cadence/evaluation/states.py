"""How a thing stands, as a word and a shape: the same on every page, in mail and in minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cadence.breaches.models import Breach
from cadence.breaches.models import Kind as BreachKind
from cadence.calendar.periods import label
from cadence.decisions.models import Commitment, Decision, Verdict, VerdictResult
from cadence.initiatives.models import Initiative
from cadence.initiatives.models import State as Life
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.metrics.scores import Figure, Limits
from cadence.reviews.models import CheckIn, Confidence


@dataclass(frozen=True)
class State:
    """``kind`` is the class of the tag: breach, watch, ok, accent or plain, and below or above."""

    kind: str
    word: str


_LIVES = {
    Life.DRAFT: "plain",
    Life.ACTIVE: "ok",
    Life.PAUSED: "watch",
    Life.COMPLETED: "accent",
    Life.STOPPED: "plain",
}
_VERDICTS = {
    VerdictResult.WORKED: "ok",
    VerdictResult.DID_NOT_WORK: "breach",
    VerdictResult.NOT_ENOUGH: "watch",
}
_CONFIDENCES = {
    Confidence.ON_TRACK: "ok",
    Confidence.AT_RISK: "watch",
    Confidence.OFF_TRACK: "breach",
}


def initiative_state(initiative: Initiative) -> State:
    return State(_LIVES[initiative.state], str(initiative.state.label))


def verdict_state(verdict: Verdict) -> State:
    result = VerdictResult(verdict.result)
    return State(_VERDICTS[result], str(result.label))


def confidence_state(check_in: CheckIn) -> State:
    confidence = Confidence(check_in.confidence)
    return State(_CONFIDENCES[confidence], str(confidence.label))


def commitment_state(commitment: Commitment, today: date) -> State:
    if commitment.kept_at is not None:
        return State("ok", "Kept")
    if commitment.dropped_at is not None:
        return State("plain", "Dropped")
    if commitment.due_on < today:
        return State("breach", "Late")
    return State("watch", "Due today") if commitment.due_on == today else State("plain", "Open")


def decision_state(decision: Decision) -> State:
    """What came of a decision: its approval while that is awaited, then its verdict."""
    approval = getattr(decision, "approval", None)
    verdict = getattr(decision, "verdict", None)
    if verdict is not None:
        return verdict_state(verdict)
    if approval is not None and not approval.approved:
        return State("plain", "Not approved")
    if decision.needs_approval and approval is None:
        return State("watch", "Waits for approval")
    if decision.check_on is None:
        return State("plain", "No check")
    return State("accent", f"Checked on {label('day', decision.check_on)}")


def breach_state(breach: Breach, at: datetime, initiative: Initiative | None = None) -> State:
    """Undecided is red, decided amber until the metric is back. Nothing of a paused initiative is
    overdue; ``initiative`` is that of the breach, where it is at hand."""
    if breach.decision is None:
        if breach.recovered_at is not None:
            return State("watch", "Recovered, needs a decision")
        shape = f"breach {breach.side}".strip()
        if breach.due_at < at:
            if (initiative or breach.metric.initiative).state == Life.PAUSED:
                return State("watch", "Undecided, paused")
            return State(shape, "Decision overdue")
        missing = breach.kind == BreachKind.MISSING
        return State(shape, "No reading, needs a decision" if missing else "Needs a decision")
    if breach.recovered_at is not None:
        return State("ok", "Recovered")
    if breach.decision.check_on is not None:
        return State("watch", f"Decided, back by {label('day', breach.decision.check_on)}")
    return State("watch", "Decided")


def metric_state(
    metric: Metric,
    *,
    threshold: Threshold | Limits | None,
    breaches: Sequence[Breach],
    judgement: Judgement | Figure | None,
    row: int,
    due_on: date | None,
    at: datetime,
) -> State:
    """How a metric stands: the first of these that applies.

    ``breaches`` are those open or undecided; ``judgement`` is of the latest period that ended, or
    None; ``row`` how many periods in a row are beyond; ``due_on`` the day until which the reading
    of that period is awaited, None when none is owed.
    """
    undecided = [breach for breach in breaches if breach.decision_id is None]
    waiting = sorted(undecided, key=lambda breach: breach.recovered_at is not None)
    for breach in [*waiting, *breaches]:
        return breach_state(breach, at, metric.initiative)
    if metric.retired_at is not None:
        return State("plain", "Retired")
    if metric.initiative.state != Life.ACTIVE:
        return State("plain", str(metric.initiative.state.label))
    if judgement is None:
        if metric.is_derived:
            return State("plain", "No value")
        if due_on is None:
            return State("plain", "No reading yet")
        return State("watch", f"No reading, due {label('day', due_on)}")
    if judgement.result == "unknown":
        return State("plain", "No threshold" if threshold is None else "No limit for this period")
    if judgement.is_beyond:
        needed = threshold.periods_in_a_row if threshold else 1
        side = judgement.result
        words = f"{side.capitalize()}, {row} of {needed}" if row < needed else side.capitalize()
        return State(f"watch {side}", words)
    return State("ok", "Inside")
