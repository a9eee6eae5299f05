"""What is to go up the escalation path now: its time ran out, or whoever had it left.

Nothing of an initiative that is paused or has ended is among it: its clocks stand still.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, DecisionBreach, Verdict
from cadence.escalations.actions import Ladder, due_of, holder_of
from cadence.escalations.models import Escalation, EscalationKind
from cadence.escalations.queries import steps_of
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ending, Interim, Ownership
from cadence.ownership.queries import answers_for
from cadence.reviews.missed import made_good
from cadence.reviews.models import Review, ReviewSeries

Rows = QuerySet[Any]
Key = tuple[EscalationKind, int]


@dataclass(frozen=True)
class Matter:
    """A thing that is to move, the work or the series it is about, and how the ledger names it."""

    kind: EscalationKind
    thing: Any
    work: Initiative | ReviewSeries
    about: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.kind, self.thing.pk

    @property
    def has_left(self) -> bool:
        holder = holder_of(self.thing) if self.thing.level else None
        return holder is not None and not holder.is_current


def _at_work(prefix: str) -> Q:
    return Q(**{f"{prefix}__paused_at__isnull": True, f"{prefix}__ended_at__isnull": True})


def _passed(at: datetime, due: str = "due_at", holder: str = "escalated_to") -> Q:
    left = Q(level__gt=0, **{f"{holder}__isnull": False, f"{holder}__ended_at__isnull": False})
    return Q(**{f"{due}__lt": at}) | left


def _breaches(organization: Organization, at: datetime) -> Rows:
    rows = Breach.objects.undecided() | Breach.objects.escalated()
    return rows.filter(
        _passed(at, holder="answerable"),
        _at_work("metric__initiative"),
        organization=organization,
    ).select_related("metric__initiative__team", "answerable", "decision__decided_by")


def _verdicts(organization: Organization, at: datetime) -> Rows:
    links = DecisionBreach.objects.filter(
        _at_work("breach__metric__initiative"), decision=OuterRef("decision")
    )
    return (
        Verdict.objects.filter(
            _passed(at), Exists(links), organization=organization, acknowledged_at__isnull=True
        )
        .select_related("decision", "escalated_to")
        .prefetch_related("decision__breaches__metric__initiative__team")
    )


def _commitments(organization: Organization, at: datetime) -> Rows:
    return Commitment.objects.filter(
        _passed(at),
        _at_work("initiative"),
        organization=organization,
        kept_at__isnull=True,
        dropped_at__isnull=True,
    ).select_related("initiative__team", "person", "escalated_to")


def _ownerships(organization: Organization, at: datetime) -> Rows:
    """Of the owner who left last, while nobody was asked, accepted or named in the interim."""
    same = Ownership.objects.filter(initiative=OuterRef("initiative"))
    waiting = same.filter(ended_at__isnull=True)
    later = same.filter(accepted_at__gt=OuterRef("accepted_at"))
    interim = Interim.objects.current().filter(initiative=OuterRef("initiative"))
    return Ownership.objects.filter(
        _passed(at, due="successor_due_at"),
        _at_work("initiative"),
        ~Exists(waiting),
        ~Exists(later),
        ~Exists(interim),
        organization=organization,
        ending=Ending.LEFT,
        successor_due_at__isnull=False,
        initiative__activated_at__isnull=False,
    ).select_related("initiative__team", "owner", "escalated_to")


def _reviews(organization: Organization, at: datetime) -> Rows:
    """Missed, in a series that goes on and of which no later review was held and closed."""
    return Review.objects.filter(
        _passed(at),
        ~made_good(),
        organization=organization,
        due_at__isnull=False,
        series__ended_at__isnull=True,
    ).select_related("series", "facilitator", "escalated_to")


SOURCES: dict[EscalationKind, Callable[[Organization, datetime], Rows]] = {
    EscalationKind.OWNERSHIP: _ownerships,
    EscalationKind.DECISION: _breaches,
    EscalationKind.VERDICT: _verdicts,
    EscalationKind.COMMITMENT: _commitments,
    EscalationKind.REVIEW: _reviews,
}


def matters(
    kind: EscalationKind,
    organization: Organization,
    at: datetime,
    *,
    only: Collection[int] | None = None,
    locked: bool = False,
) -> list[Matter]:
    """What is to move of one kind, of these ids only where they are given. One query."""
    rows = SOURCES[kind](organization, at)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    if locked:
        rows = rows.select_for_update(of=("self",), no_key=True)
    return [_matter(kind, thing) for thing in rows.order_by("pk")]


def _matter(kind: EscalationKind, thing: Any) -> Matter:
    if kind == EscalationKind.REVIEW:
        return Matter(kind, thing, thing.series, {"series": thing.series_id})
    about: dict[str, Any] = {}
    work: Initiative
    if kind == EscalationKind.DECISION:
        work = thing.metric.initiative
        about = {"breach": thing.pk, "metric": thing.metric_id}
    elif kind == EscalationKind.VERDICT:
        work = _first_at_work(thing.decision.breaches.all())
        about = {"decision": thing.decision_id, "number": thing.decision.number}
    else:
        work = thing.initiative
        if kind == EscalationKind.OWNERSHIP:
            about = {"owner": thing.owner_id}
    return Matter(kind, thing, work, {**about, "initiative": work.pk})


def _first_at_work(breaches: Iterable[Breach]) -> Initiative:
    """A verdict on several breaches goes up where the first work that goes on stands."""
    found = [breach.metric.initiative for breach in sorted(breaches, key=lambda one: one.pk)]
    going = [one for one in found if one.paused_at is None and one.ended_at is None]
    return (going or found)[0]


def is_overdue(thing: Any, at: datetime) -> bool:
    """Whether it waits past its due moment. What is paused or has ended waits without one.

    A review comes with ``made_good``, a verdict with the work it is about.
    """
    if isinstance(thing, Review):
        waits = thing.due_at is not None and thing.series.ended_at is None
        return waits and not thing.made_good and due_of(thing) < at  # type: ignore[attr-defined]
    if isinstance(thing, Breach):
        waits, work = not thing.is_decided or thing.is_escalated, [thing.metric.initiative]
    elif isinstance(thing, Verdict):
        waits = thing.acknowledged_at is None
        work = [breach.metric.initiative for breach in thing.decision.breaches.all()]
    else:
        waits, work = thing.kept_at is None and thing.dropped_at is None, [thing.initiative]
    goes_on = any(one.paused_at is None and one.ended_at is None for one in work)
    return waits and goes_on and due_of(thing) < at


def next_steps(ladder: Ladder, wanted: list[Matter]) -> list[tuple[Matter, Escalation]]:
    """The step of each, where somebody stands above: the last one on the path keeps it.

    Changes the things in memory and saves nothing. A constant number of queries.
    """
    if not wanted:
        return []
    had = _had(ladder, wanted)
    organization = ladder.organization
    found = []
    for matter in wanted:
        thing, team, known = matter.thing, matter.work.team_id, had[matter.key]
        ids = [person.pk for person in known]
        asked = matter.kind == EscalationKind.OWNERSHIP
        days = organization.offer_days if asked else organization.decision_days
        if matter.has_left:
            person = ladder.in_place_of(team, ids)
            if person is not None:
                found.append((matter, ladder.pass_on(thing, person, days=days)))
        elif due_of(thing) < ladder.at:
            holder = holder_of(thing) or (known[0] if known else None)
            person = ladder.next_above(team, holder, ids)
            if person is not None:
                step = ladder.move_up(thing, person, from_person=holder, days=days)
                found.append((matter, step))
    return found


def _had(ladder: Ladder, wanted: list[Matter]) -> dict[Key, list[Membership]]:
    """Everybody who has or had each thing; the first is who has it while it has not gone up."""
    work = {one.work.pk: one.work for one in wanted if isinstance(one.work, Initiative)}
    answers = answers_for(work.values(), ladder.tree) if work else {}
    went = {
        kind: steps_of(kind, [one.thing.pk for one in wanted if one.kind == kind])
        for kind in {one.kind for one in wanted}
    }
    found = {}
    for matter in wanted:
        thing, steps = matter.thing, went[matter.kind][matter.thing.pk]
        people: list[Membership | None]
        if matter.kind == EscalationKind.COMMITMENT:
            people = [thing.person]
        elif matter.kind == EscalationKind.REVIEW:
            people = [thing.facilitator]
        elif thing.level == 0:
            people = list(answers[matter.work.pk].people)
        else:
            people = [answers[matter.work.pk].owner]
        for step in steps:
            people += [step.from_person, step.to_person]
        if matter.has_left and not steps:
            people += _below(ladder, matter)
        found[matter.key] = [person for person in people if person is not None]
    return found


def _below(ladder: Ladder, matter: Matter) -> list[Membership]:
    """Whom it had passed, where it went up before steps were on record: not back to them."""
    if matter.kind == EscalationKind.DECISION and matter.thing.decision is not None:
        return [matter.thing.decision.decided_by]
    return ladder.tree.path(matter.work.team_id)[: matter.thing.level - 1]
