"""What nobody answers for, what somebody does, and how much each person carries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organization
from accounts.tree import Tree
from cadence.evaluation.ownerless import Ownerless, with_stakes
from cadence.ownership.orphans import Orphan
from cadence.ownership.queries import Answerable, answers_for
from cadence.web.exports import AT_ONCE, Column, moment, money


@dataclass(frozen=True)
class Row:
    stakes: Ownerless
    answers: Answerable
    at: datetime

    @property
    def orphan(self) -> Orphan:
        return self.stakes.orphan

    @property
    def why(self) -> str:
        causes = self.orphan.causes
        return "; ".join(f"{one.reason.label} ({self.days(one.since)} days)" for one in causes)

    def days(self, since: datetime) -> int:
        return (self.at - since).days


def orphan_rows_of(
    organization: Organization, found: Sequence[Orphan], at: datetime
) -> Iterator[Row]:
    tree = Tree(organization)
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        for orphan in some:
            orphan.initiative.organization = organization
        answers = answers_for((one.initiative for one in some), tree)
        for row in with_stakes(some):
            yield Row(row, answers[row.initiative.pk], at)


ORPHANS = (
    Column("Initiative", lambda row: row.stakes.initiative.name),
    Column("Team", lambda row: row.stakes.initiative.team.name),
    Column("Priority", lambda row: row.stakes.initiative.priority.name),
    Column("Why", lambda row: row.why),
    moment("Since", lambda row: row.orphan.since),
    Column("Days", lambda row: row.days(row.orphan.since)),
    money("At stake", lambda row: row.orphan.at_stake),
    Column("Breaches without a decision", lambda row: len(row.stakes.breaches)),
    Column("Last decision", lambda row: str(row.stakes.decision) if row.stakes.decision else None),
    Column("What it was", lambda row: row.stakes.decision and row.stakes.decision.what),
    moment("Decided at", lambda row: row.stakes.decision and row.stakes.decision.decided_at),
    Column("Escalated to", lambda row: row.stakes.escalated_to and row.stakes.escalated_to.name),
    Column("Steps up", lambda row: row.stakes.escalation and row.stakes.escalation.level),
    moment("Escalated at", lambda row: row.stakes.escalation and row.stakes.escalation.at),
    Column("Who answers now", lambda row: row.answers.words),
    Column("Last owner", lambda row: row.orphan.previous and row.orphan.previous.owner.name),
    Column("Offered to", lambda row: row.orphan.pending and row.orphan.pending.owner.name),
    moment("Answer awaited until", lambda row: row.orphan.pending and row.orphan.pending.due_at),
)

OWNED = (
    Column("Initiative", lambda row: row.initiative.name),
    Column("Priority", lambda row: row.initiative.priority.name),
    Column("Team", lambda row: row.initiative.team.name),
    Column("State", lambda row: row.initiative.state.label),
    Column("Who answers now", lambda row: row.answers.words),
    Column("Owner", lambda row: row.answers.owner and row.answers.owner.name),
    Column("Until", lambda row: row.answers.until),
    money("At stake", lambda row: row.initiative.budget_at_stake),
)

LOADS = (
    Column("Person", lambda row: row.member.name),
    Column("Team", lambda row: row.member.team and row.member.team.name),
    Column("Initiatives owned", lambda row: row.initiatives),
    Column("Initiatives in the interim", lambda row: row.interim),
    Column("Limit (initiatives)", lambda row: row.limit),
    Column("Over the limit", lambda row: row.is_over),
    Column("Metrics", lambda row: row.metrics),
    Column("Breaches without a decision", lambda row: row.undecided),
    Column("Commitments overdue", lambda row: row.overdue),
)
