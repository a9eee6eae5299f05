"""Initiatives, priorities, metrics, readings, breaches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.tree import Tree
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import Score, scores
from cadence.initiatives.models import Initiative, State
from cadence.metrics.models import Metric
from cadence.ownership.queries import Answerable, answers_for
from cadence.web.exports import Column, in_pieces, moment, money


@dataclass(frozen=True)
class Work:
    initiative: Initiative
    answers: Answerable | None


def answered(rows: Iterable[Initiative], tree: Tree) -> Iterator[Work]:
    """Each with who answers for it, where somebody does."""
    for some in in_pieces(rows):
        answers = answers_for(some, tree)
        for one in some:
            going = one.state in {State.ACTIVE, State.PAUSED}
            who = answers[one.pk]
            yield Work(one, who if going or who.owner else None)


INITIATIVES = (
    Column("Initiative", lambda row: row.initiative.name),
    Column("Priority", lambda row: row.initiative.priority.name),
    Column("Team", lambda row: row.initiative.team.name),
    Column("State", lambda row: row.initiative.state.label),
    Column("Who answers now", lambda row: row.answers.words if row.answers else None),
    Column("Metrics", lambda row: row.initiative.read),
    Column("Breaches without a decision", lambda row: row.initiative.undecided),
    money("At stake", lambda row: row.initiative.budget_at_stake),
    moment("Created", lambda row: row.initiative.created_at),
    moment("Activated", lambda row: row.initiative.activated_at),
    moment("Paused", lambda row: row.initiative.paused_at),
    moment("Ended", lambda row: row.initiative.ended_at),
    Column("Why it ended", lambda row: row.initiative.ended_reason),
    Column("Description", lambda row: row.initiative.description),
)

PRIORITIES = (
    Column("Rank", lambda row: row.rank),
    Column("Priority", lambda row: row.name),
    Column("From", lambda row: row.starts_on),
    Column("To", lambda row: row.ends_on),
    Column("Initiatives", lambda row: row.work),
    Column("Description", lambda row: row.description),
)


def scored(around: Surroundings, metrics: Iterable[Metric], last: date) -> Iterator[Score]:
    for some in in_pieces(metrics):
        yield from scores(around, some, last)


def score_columns(around: Surroundings, metrics: Any, last: date) -> list[Column]:
    """What a metric is and how it stands, then its periods, as on the page."""
    first = scores(around, list(metrics[:1]), last)
    starts = [cell.starts_on for cell in first[0].cells] if first else []
    return [*_SCORE, *(_period(place, start) for place, start in enumerate(starts))]


def _period(place: int, start: date) -> Column:
    def value(row: Score) -> object:
        cell = row.cells[place]
        return cell.judgement.value if cell.judgement else "missing" if cell.is_missing else None

    return Column(start.isoformat(), value)


_SCORE = (
    Column("Metric", lambda row: row.metric.name),
    Column("Key", lambda row: row.metric.key),
    Column("Unit", lambda row: row.metric.unit),
    Column("Kind", lambda row: row.metric.kind),
    Column("Judged per", lambda row: row.metric.judged_per),
    Column("Initiative", lambda row: row.metric.initiative.name),
    Column("Team", lambda row: row.metric.initiative.team.name),
    Column("Who answers now", lambda row: row.answers.words),
    Column("State", lambda row: row.state.word),
    Column("Floor", lambda row: _limit(row, "floor")),
    Column("Ceiling", lambda row: _limit(row, "ceiling")),
)


def _limit(row: Score, side: str) -> object:
    """A number, or the name of the metric that is the limit."""
    if row.threshold is None:
        return None
    other = getattr(row.threshold, f"{side}_metric")
    return other.name if other else getattr(row.threshold, side)


READINGS = (
    Column("Period from", lambda row: row.starts_on),
    Column("Value", lambda row: row.value),
    Column("Note", lambda row: row.note),
    Column("Recorded by", lambda row: row.recorded_by.name if row.recorded_by else None),
    moment("Recorded at", lambda row: row.recorded_at),
    Column("Corrections", lambda row: len(row.corrections.all())),
    Column("Before", lambda row: _before(row)),
)


def _before(reading: Any) -> str:
    return "; ".join(f"{one.old_value.normalize():f}" for one in reading.corrections.all())


BREACHES = (
    Column("Metric", lambda row: row.metric.name),
    Column("Kind", lambda row: row.get_kind_display()),
    Column("Side", lambda row: row.side),
    Column("First period", lambda row: row.first_period),
    Column("Period that opened it", lambda row: row.opening_period),
    Column("Value", lambda row: row.value),
    Column("Limit", lambda row: row.limit),
    moment("Opened", lambda row: row.opened_at),
    moment("Recovered", lambda row: row.recovered_at),
    moment("Due", lambda row: None if row.decision_id else row.due_at),
    Column("Decision", lambda row: str(row.decision) if row.decision_id else None),
)
