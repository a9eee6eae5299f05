"""The ownership page for who goes on in a spreadsheet: its columns, with their units."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from accounts.models import Organization
from accounts.tree import Tree
from cadence.evaluation.loads import Load
from cadence.evaluation.ownerless import Ownerless, with_stakes
from cadence.ownership.orphans import Orphan
from cadence.ownership.queries import Answerable, answers_for
from cadence.spreadsheets import Table as File
from cadence.spreadsheets import file_of

Table = tuple[Sequence[str], Iterable[Sequence[object]]]
# As many orphans at a time are looked up as keep the number of parameters small.
AT_ONCE = 500


def streamed(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    content, kind = file_of(File(name, head, rows), "csv")
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def orphan_table(organization: Organization, found: Sequence[Orphan], at: datetime) -> Table:
    head = (
        "Initiative",
        "Team",
        "Priority",
        "Why",
        f"Since ({organization.time_zone})",
        "Days",
        f"At stake ({organization.currency})",
        "Breaches without a decision",
        "Last decision",
        "What it was",
        f"Decided at ({organization.time_zone})",
        "Escalated to",
        "Steps up",
        f"Escalated at ({organization.time_zone})",
        "Who answers now",
        "Last owner",
        "Offered to",
        f"Answer awaited until ({organization.time_zone})",
    )
    return head, _orphans(organization, found, at)


def _orphans(
    organization: Organization, found: Sequence[Orphan], at: datetime
) -> Iterator[Sequence[object]]:
    tree, zone = Tree(organization), organization.zone
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        for orphan in some:
            orphan.initiative.organization = organization
        answers = answers_for((one.initiative for one in some), tree)
        for row in with_stakes(some):
            yield _orphan(row, answers[row.initiative.pk], zone, at)


def _orphan(row: Ownerless, answers: Answerable, zone: ZoneInfo, at: datetime) -> Sequence[object]:
    orphan, decision, step = row.orphan, row.decision, row.escalation
    why = "; ".join(
        f"{cause.reason.label} ({_days(cause.since, at)} days)" for cause in orphan.causes
    )
    pending = orphan.pending
    return (
        row.initiative.name,
        row.initiative.team.name,
        row.initiative.priority.name,
        why,
        _moment(orphan.since, zone),
        _days(orphan.since, at),
        orphan.at_stake,
        len(row.breaches),
        str(decision) if decision else None,
        decision.what if decision else None,
        _moment(decision.decided_at, zone) if decision else None,
        row.escalated_to.name if row.escalated_to else None,
        step.level if step else None,
        _moment(step.at, zone) if step else None,
        answers.words,
        orphan.previous.owner.name if orphan.previous else None,
        pending.owner.name if pending else None,
        _moment(pending.due_at, zone) if pending else None,
    )


def load_table(organization: Organization, found: Sequence[Load]) -> Table:
    head = (
        "Person",
        "Team",
        "Initiatives owned",
        "Initiatives in the interim",
        "Limit (initiatives)",
        "Over the limit",
        "Metrics",
        "Breaches without a decision",
        "Commitments overdue",
    )
    return head, (
        (
            load.member.name,
            load.member.team.name if load.member.team else None,
            load.initiatives,
            load.interim,
            load.limit,
            "yes" if load.is_over else "no",
            load.metrics,
            load.undecided,
            load.overdue,
        )
        for load in found
    )


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _days(since: datetime, at: datetime) -> int:
    return (at - since).days
