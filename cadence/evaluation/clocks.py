"""Pausing an initiative stops its clocks; resuming starts them anew, from that moment on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, DecisionBreach, Verdict
from cadence.evaluation.breaching import Surroundings, lock_open_reviews
from cadence.initiatives.models import Initiative


@dataclass(frozen=True)
class Waiting:
    """What of a paused initiative is still to be done, locked. A successor is not among it: only
    what has an owner is resumed."""

    breaches: list[Breach]
    verdicts: list[Verdict]
    commitments: list[Commitment]


def lock_waiting(initiative: Initiative) -> Waiting:
    """Breaches first, all of them by their id, then the rest, and reviews after all that."""
    rows = Breach.objects.undecided() | Breach.objects.open()
    breaches = list(
        rows.filter(metric__initiative=initiative)
        .select_for_update(of=("self",), no_key=True)
        .select_related("metric__initiative", "decision")
        .order_by("pk")
    )
    about = Verdict.objects.filter(
        pk__in=Verdict.objects.filter(decision__breaches__metric__initiative=initiative).values(
            "pk"
        ),
        acknowledged_at__isnull=True,
    )
    verdicts = list(about.select_for_update(no_key=True).order_by("pk"))
    went_on = _going_elsewhere(initiative, verdicts)
    commitments = Commitment.objects.filter(
        initiative=initiative, kept_at__isnull=True, dropped_at__isnull=True
    )
    return Waiting(
        [one for one in breaches if not one.is_decided or one.is_escalated],
        [one for one in verdicts if one.decision_id not in went_on],
        list(commitments.select_for_update(no_key=True).order_by("pk")),
    )


def start_anew(around: Surroundings, initiative: Initiative, waiting: Waiting) -> dict[str, Any]:
    """Give everything the time that it would have if it began now, and never less than it had.

    Returns what the ledger says of it: the ids, by kind, and their new due moments.
    """
    limit = around.calendar.deadline(
        around.at, around.organization.decision_days, around.organization.zone
    )
    due_at = around.due_at(initiative.team_id)
    # By the review is the owner's time; whoever it went up to has a limit.
    changed = {
        "breaches": _put_off(waiting.breaches, {0: due_at}, limit),
        "verdicts": _put_off(waiting.verdicts, {0: due_at}, limit),
        "commitments": _put_off(waiting.commitments, {}, limit),
    }
    if any(not breach.is_decided for breach in changed["breaches"]):
        lock_open_reviews(around.organization)
    Breach.objects.bulk_update(changed["breaches"], ["due_at"])
    Verdict.objects.bulk_update(changed["verdicts"], ["due_at"])
    Commitment.objects.bulk_update(changed["commitments"], ["due_at"])
    return {
        name: [{"id": one.pk, "due_at": one.due_at} for one in things]
        for name, things in changed.items()
        if things
    }


def _put_off(things: Iterable[Any], by_level: Mapping[int, datetime], limit: datetime) -> list[Any]:
    found = []
    for thing in things:
        due_at = by_level.get(thing.level, limit)
        if thing.due_at < due_at:
            thing.due_at = due_at
            found.append(thing)
    return found


def _going_elsewhere(initiative: Initiative, verdicts: Iterable[Verdict]) -> set[int]:
    """The decisions that are about other work too which went on: their verdicts went up
    meanwhile. One query."""
    links = DecisionBreach.objects.filter(
        decision__in=[one.decision_id for one in verdicts],
        breach__metric__initiative__paused_at__isnull=True,
        breach__metric__initiative__ended_at__isnull=True,
    ).exclude(breach__metric__initiative=initiative)
    return set(links.values_list("decision", flat=True))
