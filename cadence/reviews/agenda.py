"""What a review has to look at: gathered when it opens, shown part by part in the room."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db.models import Q

from accounts.tree import Tree
from cadence.breaches.models import Breach, BreachQuerySet
from cadence.calendar.periods import PeriodKind, label, last_ended, period_start
from cadence.decisions.models import Commitment, Decision
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Judgement, Metric
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import owned_by_returned
from cadence.ownership.rules import Reason
from cadence.reviews.models import AgendaItem, AgendaKind, Review
from cadence.reviews.queries import (
    Hold,
    badness_of,
    breaches_shown,
    holds,
    scope,
    silent_owners,
)
from cadence.reviews.rules import PARTS, planned_minutes


def gather(review: Review, at: datetime) -> list[AgendaItem]:
    """Everything the review has to look at, as agenda items that are not saved yet."""
    organization = review.organization
    tree = Tree(organization)
    teams = scope(review.team_id, tree)
    today = at.astimezone(organization.zone).date()
    return [
        *_follow_through(review, teams, today),
        *_missing(review, teams, today),
        *_orphans(review, at, teams),
        *breach_items(_breaches(Breach.objects.undecided(), teams)),
        *(
            AgendaItem(kind=AgendaKind.ESCALATION, breach=breach)
            for breach in _breaches(Breach.objects.escalated(), teams)
        ),
    ]


def _breaches(rows: BreachQuerySet, teams: set[int]) -> list[Breach]:
    return breaches_shown(rows.filter(metric__initiative__team__in=teams).order_by("pk"))


def breach_items(breaches: Iterable[Breach]) -> list[AgendaItem]:
    """An item for each breach, and a second one where it moved up the escalation path."""
    items = []
    for breach in breaches:
        items.append(AgendaItem(kind=AgendaKind.BREACH, breach=breach))
        if breach.level:
            items.append(AgendaItem(kind=AgendaKind.ESCALATION, breach=breach))
    return items


def verdict_items(decisions: Iterable[Decision]) -> list[AgendaItem]:
    return [AgendaItem(kind=AgendaKind.VERDICT, decision=decision) for decision in decisions]


def orphan_items(held: Iterable[Hold], listed: Collection[int | None]) -> list[AgendaItem]:
    """An item for each orphan that holds a review and is not listed on its agenda."""
    orphaned = {hold.id: hold.why for hold in held if hold.kind == "orphan"}
    work = Initiative.objects.filter(pk__in=orphaned.keys() - set(listed)).select_related("team")
    return [
        AgendaItem(kind=AgendaKind.ORPHAN, initiative=one, text=orphaned[one.pk]) for one in work
    ]


def _follow_through(review: Review, teams: set[int], today: date) -> list[AgendaItem]:
    """Commitments that are due and open, verdicts that nobody has acknowledged."""
    due = Commitment.objects.filter(
        initiative__team__in=teams,
        due_on__lte=today,
        kept_at__isnull=True,
        dropped_at__isnull=True,
    )
    judged = Decision.objects.filter(
        organization=review.organization,
        verdict__acknowledged_at__isnull=True,
        verdict__isnull=False,
        breaches__metric__initiative__team__in=teams,
    )
    return [
        *(
            AgendaItem(kind=AgendaKind.COMMITMENT, commitment=row)
            for row in due.select_related("person", "initiative")
        ),
        *verdict_items(
            judged.select_related("verdict", "decided_by").order_by("number").distinct()
        ),
    ]


def _missing(review: Review, teams: set[int], today: date) -> list[AgendaItem]:
    """Metrics without a value for the latest period that ended."""
    metrics = metrics_in(teams)
    judged = {row.metric_id for row in latest_judgements(review, metrics, today)}
    week_start, zone = review.organization.week_start, review.organization.zone
    items = []
    for metric in metrics:
        per = cast(PeriodKind, metric.judged_per)
        period = last_ended(per, today, week_start)
        created_on = metric.created_at.astimezone(zone).date()
        # The first reading is owed for the first whole period of a metric.
        if metric.pk not in judged and period > period_start(per, created_on, week_start):
            text = f"No value for {per} {label(per, period, with_year=True)}"
            items.append(AgendaItem(kind=AgendaKind.MISSING, metric=metric, text=text))
    return items


def _orphans(review: Review, at: datetime, teams: set[int]) -> list[AgendaItem]:
    organization = review.organization
    silent = silent_owners(organization, at, teams=teams)
    found = orphans(organization, at, team_ids=teams, silent=silent)
    # The tick will write that their leave ended before this review opened. Gathered now, the owner
    # would then have been here when they were, and what was an absence count as silence.
    back = owned_by_returned(organization, at)
    return [
        AgendaItem(
            kind=AgendaKind.ORPHAN,
            initiative=orphan.initiative,
            text=", ".join(reason.label for reason in orphan.reasons)[:200],
        )
        for orphan in found
        if orphan.reasons != (Reason.ON_LEAVE,) or orphan.initiative.pk not in back
    ]


def metrics_in(teams: set[int]) -> list[Metric]:
    """The metrics of active initiatives of these teams, inputs before outcomes."""
    rows = Metric.objects.expected().filter(initiative__team__in=teams)
    return list(
        rows.select_related("initiative__team").order_by("-kind", "initiative__name", "name", "pk")
    )


def latest_judgements(review: Review, metrics: Sequence[Metric], today: date) -> list[Judgement]:
    """The judgement of each metric for its latest period that ended, where there is one."""
    condition = Q()
    for kind in {metric.judged_per for metric in metrics}:
        ended = last_ended(cast(PeriodKind, kind), today, review.organization.week_start)
        condition |= Q(metric__judged_per=kind, starts_on=ended)
    if not condition:
        return []
    rows = Judgement.objects.filter(condition, metric__in=[metric.pk for metric in metrics])
    return list(rows.select_related("threshold"))


@dataclass(frozen=True)
class AgendaPart:
    """One part of the room: its name, title, planned minutes and what there is to look at."""

    name: str
    title: str
    minutes: int
    items: list[AgendaItem]


# Where each kind of item is looked at. Readings that are missing are rows of the scorecard.
_PART_OF = {
    AgendaKind.COMMITMENT: "follow_through",
    AgendaKind.VERDICT: "follow_through",
    AgendaKind.MISSING: "scorecard",
    AgendaKind.ORPHAN: "ownership",
    AgendaKind.BREACH: "breaches",
    AgendaKind.ESCALATION: "escalations",
}


def agenda_of(review: Review) -> list[AgendaPart]:
    """The agenda by part, in the order in which the review is held; breaches worst first.

    A breach is shown once: among the escalated ones where the kind of review has that part, else
    among the breaches. The
    read-back and the close have no items: see `queries.recorded_in` and `holds`. A constant number
    of queries; what the items are about comes with them.
    """
    parts = PARTS[review.series.kind]
    names = {part.name for part in parts}
    listed: dict[str, list[AgendaItem]] = {part.name: [] for part in parts}
    items = agenda_items(review)
    # The kind of item by which a breach is shown that is there as both.
    shown_as = AgendaKind.ESCALATION if "escalations" in names else AgendaKind.BREACH
    is_shown = {item.breach_id for item in items if item.kind == shown_as}
    for item in items:
        name = _PART_OF[AgendaKind(item.kind)]
        if item.breach_id is not None:
            if item.kind != shown_as and item.breach_id in is_shown:
                continue
            name = name if name in names else "breaches"
        listed[name].append(item)
    for name in ("breaches", "escalations"):
        listed.get(name, []).sort(key=lambda item: badness_of(cast(Breach, item.breach)))
    minutes = planned_minutes(parts, review.series.minutes)
    return [
        AgendaPart(part.name, part.title, planned, listed[part.name])
        for part, planned in zip(parts, minutes, strict=True)
    ]


def agenda_items(review: Review) -> list[AgendaItem]:
    """What is on the agenda and, while the review is open, what holds it and is not on it.

    That is a breach that was written in the instant in which the agenda was gathered, or work that
    lost its owner since the last tick.
    """
    items = list(
        AgendaItem.objects.filter(review=review)
        .select_related(
            "breach__metric__initiative__team",
            "breach__threshold",
            "breach__answerable",
            "breach__decision__decided_by",
            "decision__verdict__acknowledged_by",
            "decision__decided_by",
            "commitment__person",
            "commitment__initiative",
            "metric__initiative__team",
            "initiative__team",
        )
        .order_by("added_at", "pk")
    )
    if review.state != "open":
        return items
    listed = {(item.kind, item.breach_id or item.decision_id) for item in items}
    held = holds(review)
    breaches = [h.id for h in held if h.kind == "breach" and ("breach", h.id) not in listed]
    late = breach_items(breaches_shown(Breach.objects.filter(pk__in=breaches)))
    known = {
        item.decision.verdict.pk
        for item in items
        if item.kind == AgendaKind.VERDICT and item.decision is not None
    }
    verdicts = [h.id for h in held if h.kind == "verdict" and h.id not in known]
    late += verdict_items(
        Decision.objects.filter(verdict__in=verdicts).select_related("verdict", "decided_by")
    )
    late += orphan_items(held, {item.initiative_id for item in items})
    for item in late:
        item.review, item.organization = review, review.organization
    return items + late
