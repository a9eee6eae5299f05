"""On its check date a decision gets its verdict, from the readings and from nobody."""

from datetime import date, datetime
from typing import cast

from django.db import transaction

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.breaches.models import Kind as BreachKind
from cadence.calendar.periods import PeriodKind, label, period_end
from cadence.decisions.models import Decision, DecisionKind, Verdict, VerdictResult
from cadence.decisions.queries import next_above
from cadence.decisions.rules import checked_period, verdict
from cadence.escalations.actions import record_step
from cadence.escalations.models import Because
from cadence.evaluation.breaching import Surroundings, lock_open_reviews
from cadence.ledger.actions import append
from cadence.metrics.models import Judgement
from cadence.reviews.actions import join_agenda, join_verdicts


def give_verdicts(*, at: datetime, organization: Organization) -> list[Verdict]:
    """Give every verdict of an organization that is due. Each in a transaction of its own.

    Due is a decision in force whose check date has come and whose readings are in, or overdue.
    """
    around = Surroundings(organization, at)
    due = (
        Decision.objects.filter(
            organization=organization,
            check_on__lte=around.today,
            verdict__isnull=True,
            in_force_for__isnull=False,
        )
        .distinct()
        .order_by("check_on", "pk")
        .values_list("pk", flat=True)
    )
    given = (_give(around, key) for key in list(due))
    return [verdict for verdict in given if verdict is not None]


@transaction.atomic
def _give(around: Surroundings, key: int) -> Verdict | None:
    breaches = list(
        Breach.objects.select_for_update(of=("self",), no_key=True)
        .filter(decision=key)
        .select_related("metric__initiative__team", "decision")
        .order_by("pk")
    )
    # Another tick may have given it while this one waited for the lock.
    if not breaches or Verdict.objects.filter(decision=key).exists():
        return None
    decision = breaches[0].decision
    assert decision is not None and decision.check_on is not None
    if not _has_ended(around, decision, breaches):
        return None
    lock_open_reviews(around.organization)
    judgements = _judgements(around, decision, breaches)
    result = verdict(
        [_came_to(breach, judgement) for breach, judgement in judgements],
        grace_is_over=all(_grace_is_over(around, decision, breach) for breach in breaches),
    )
    if result is None:
        return None
    given = Verdict.objects.create(
        organization=around.organization,
        decision=decision,
        result=result,
        grounds="; ".join(_words(breach, judgement) for breach, judgement in judgements)[:500],
        given_at=around.at,
        due_at=min(around.due_at(breach.metric.initiative.team_id) for breach in breaches),
    )
    again = []
    if result != VerdictResult.WORKED:
        again = [
            breach
            for breach, judgement in judgements
            if _came_to(breach, judgement) != "inside"
            and _was_open(around, decision, breach)
            # Nobody could decide any more: an ended initiative takes no readings.
            and breach.metric.initiative.ended_at is None
        ]
        for breach in again:
            _open_duty_again(around, breach, result)
    join_verdicts(at=around.at, decisions=[decision])
    join_agenda(at=around.at, breaches=again)
    append(
        organization=around.organization,
        event="verdict.given",
        actor=None,
        at=around.at,
        subject=decision,
        data={
            "number": decision.number,
            "result": result,
            "grounds": given.grounds,
            "undecided_again": [breach.pk for breach in again],
        },
    )
    return given


def _has_ended(around: Surroundings, decision: Decision, breaches: list[Breach]) -> bool:
    """Whether the periods that are checked are over: a figure of today may still change.

    An escalation has the whole of its last day.
    """
    assert decision.check_on is not None
    if decision.kind == DecisionKind.ESCALATE:
        return decision.check_on < around.today
    ends = [_checked(around, decision, breach) for breach in breaches]
    return max(ends) < around.today


def _checked(around: Surroundings, decision: Decision, breach: Breach) -> date:
    """The last day of the period that the verdict on a breach rests on."""
    assert decision.check_on is not None
    kind = cast(PeriodKind, breach.metric.judged_per)
    start = checked_period(kind, decision.check_on, around.organization.week_start)
    return period_end(kind, start)


def _open_duty_again(around: Surroundings, breach: Breach, result: str) -> None:
    """The breach is undecided again: one step up when the decision did not work.

    Where readings are not enough the duty comes back too, to the same person: a breach that is
    still open never rests on a decision whose time has passed. Of an escalation the time that
    passed is the duty's own, so it stays as it is: the breach is overdue, and goes further up.
    """
    escalated = breach.decision is not None and breach.decision.kind == DecisionKind.ESCALATE
    breach.decision = None
    breach.undecided_since = around.at
    before = above = None
    if not escalated:
        breach.due_at = around.due_at(breach.metric.initiative.team_id)
        if result == VerdictResult.DID_NOT_WORK:
            before, above = breach.answerable, next_above(breach, around.tree)
    if above is not None:
        breach.answerable = above
        breach.level += 1
    breach.save(update_fields=["decision", "answerable", "level", "undecided_since", "due_at"])
    if above is not None:
        record_step(breach, because=Because.DID_NOT_WORK, from_person=before, at=around.at)


def _judgements(
    around: Surroundings, decision: Decision, breaches: list[Breach]
) -> list[tuple[Breach, Judgement | None]]:
    assert decision.check_on is not None
    found = []
    for breach in breaches:
        kind = cast(PeriodKind, breach.metric.judged_per)
        period = checked_period(kind, decision.check_on, around.organization.week_start)
        row = Judgement.objects.filter(metric=breach.metric_id, starts_on=period).first()
        found.append((breach, row))
    return found


def _grace_is_over(around: Surroundings, decision: Decision, breach: Breach) -> bool:
    assert decision.check_on is not None
    metric = breach.metric
    grace = around.organization.grace_days if metric.grace_days is None else metric.grace_days
    last_day = max(_checked(around, decision, breach), decision.check_on)
    return around.calendar.add_working_days(last_day, grace) < around.today


def _came_to(breach: Breach, judgement: Judgement | None) -> str | None:
    """What the checked period says of the breach. One about a missing reading is over with it."""
    if judgement is not None and breach.kind == BreachKind.MISSING:
        return "inside"
    return judgement.result if judgement is not None else None


def _was_open(around: Surroundings, decision: Decision, breach: Breach) -> bool:
    """Whether it had not recovered in the checked period. One that came back between then and a
    late tick owes what it would have owed to a tick on time."""
    after = breach.recovered_period
    return breach.recovered_at is None or (
        after is not None and after > _checked(around, decision, breach)
    )


def _words(breach: Breach, judgement: Judgement | None) -> str:
    name = breach.metric.name
    if judgement is None:
        return f"{name}: no reading"
    limits = []
    if judgement.floor is not None:
        limits.append(f"floor {judgement.floor.normalize():f}")
    if judgement.ceiling is not None:
        limits.append(f"ceiling {judgement.ceiling.normalize():f}")
    kind = cast(PeriodKind, breach.metric.judged_per)
    period = label(kind, judgement.starts_on, True)
    when = {"day": f"on {period}", "week": f"in the week of {period}"}.get(kind, f"in {period}")
    said = f"{name}: {judgement.value.normalize():f} {when}"
    return f"{said} ({', '.join(limits)})" if limits else said
