"""Reviews, their series, whether they are kept, decisions and what went up."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from cadence.calendar.recurrence import Rule
from cadence.decisions.models import Decision
from cadence.decisions.queries import full
from cadence.escalations.models import Escalation
from cadence.web.exports import Column, in_pieces, moment

REVIEWS = (
    Column("Series", lambda row: row.series.name),
    Column("Team", lambda row: row.team.name),
    Column("Kind", lambda row: row.series.get_kind_display()),
    Column("State", lambda row: row.state),
    moment("Begins", lambda row: row.starts_at),
    Column("Date by the rule", lambda row: row.occurs_on),
    Column("Facilitator", lambda row: row.facilitator.name),
    Column("Why it was moved", lambda row: row.moved_reason),
    moment("Opened", lambda row: row.opened_at),
    moment("Closed", lambda row: row.closed_at),
    Column("Closed by", lambda row: row.closed_by and row.closed_by.name),
    moment("Missed", lambda row: row.missed_at),
    Column("Minutes (SHA-256)", lambda row: row.minutes_hash),
)

SERIES = (
    Column("Series", lambda row: row.name),
    Column("Team", lambda row: row.team.name),
    Column("Kind", lambda row: row.get_kind_display()),
    Column("Rhythm", lambda row: Rule.parse(row.rule).describe()),
    Column("Rule (RFC 5545)", lambda row: row.rule),
    Column("From", lambda row: row.starts_on),
    Column("At", lambda row: f"{row.time_of_day:%H:%M}", in_zone=True),
    Column("Minutes", lambda row: row.minutes),
    Column("On a holiday", lambda row: row.get_on_holiday_display()),
    Column("Facilitator", lambda row: row.facilitator.name),
    moment("Ended", lambda row: row.ended_at),
)

INTEGRITY = (
    Column("Series", lambda row: row.series.name),
    Column("Team", lambda row: row.series.team.name),
    Column("Since", lambda row: row.since),
    Column("Came round", lambda row: row.tally.come),
    Column("On time", lambda row: row.tally.on_time),
    Column("Late", lambda row: row.tally.late),
    Column("Moved", lambda row: row.tally.moved),
    Column("Missed", lambda row: row.tally.missed),
    Column("Skipped", lambda row: row.tally.skipped),
    Column("Closed", lambda row: row.tally.closed),
    Column("Closed with every decision", lambda row: row.tally.with_every_decision),
    Column("Breaches", lambda row: row.tally.breaches),
    Column("Decided in it", lambda row: row.tally.decided_in_it),
    Column("Changed nothing", lambda row: row.tally.changed_nothing),
    Column("Of those with nothing on the agenda", lambda row: row.tally.nothing_on_agenda),
)


def whole_decisions(rows: "QuerySet[Decision]") -> Iterator[Decision]:
    """In the order of the rows, each with its breaches, approval and verdict."""
    for keys in in_pieces(rows.values_list("pk", flat=True)):
        found = {one.pk: one for one in full(keys)}
        yield from (found[key] for key in keys)


DECISIONS = (
    Column("Number", lambda row: str(row)),
    Column("Kind", lambda row: row.get_kind_display()),
    Column("Decision", lambda row: row.what),
    Column("Metrics", lambda row: "; ".join(one.metric.name for one in row.breaches.all())),
    Column(
        "Initiatives",
        lambda row: "; ".join(
            dict.fromkeys(one.metric.initiative.name for one in row.breaches.all())
        ),
    ),
    Column("Decided by", lambda row: row.decided_by.name),
    Column("Recorded by", lambda row: row.recorded_by.name),
    moment("Decided at", lambda row: row.decided_at),
    Column("Expected", lambda row: row.expected),
    Column("Check date", lambda row: row.check_on),
    Column("Approval", lambda row: _approval(row)),
    Column("Verdict", lambda row: _of(row, "verdict", "get_result_display")),
    Column("On what grounds", lambda row: _of(row, "verdict", "grounds")),
    moment("Acknowledged", lambda row: _of(row, "verdict", "acknowledged_at")),
)


def _approval(decision: Decision) -> str | None:
    if not decision.needs_approval:
        return None
    approval = getattr(decision, "approval", None)
    if approval is None:
        return "awaited"
    return "approved" if approval.approved else "not approved"


def _of(decision: Decision, part: str, name: str) -> Any:
    found = getattr(getattr(decision, part, None), name, None)
    return found() if callable(found) else found


ESCALATIONS = (
    Column("To do", lambda row: row.get_kind_display()),
    Column("About", lambda row: _about(row)),
    Column("With", lambda row: row.to_person.name),
    Column("From", lambda row: row.from_person and row.from_person.name),
    Column("Steps up", lambda row: row.level),
    Column("Because", lambda row: row.get_because_display()),
    moment("Since", lambda row: row.at),
    moment("Due", lambda row: row.due_at),
)


def _about(step: Escalation) -> str:
    if step.breach is not None:
        return step.breach.metric.name
    if step.verdict is not None:
        return str(step.verdict.decision)
    if step.commitment is not None:
        return step.commitment.text
    if step.ownership is not None:
        return step.ownership.initiative.name
    assert step.review is not None
    return f"{step.review.series.name} of {step.review.occurs_on}"
