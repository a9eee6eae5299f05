"""What is to go up the escalation path now: its time ran out, or whoever had it left or has no say
there any more.

Nothing of an initiative that is paused or has ended is among it: its clocks stand still.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Membership, Organization, Role
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, DecisionBreach, Verdict
from cadence.escalations.actions import Ladder, due_of, holder_of
from cadence.escalations.models import Escalation, EscalationKind
from cadence.escalations.queries import steps_of
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ending, Interim, InterimEnding, Ownership
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


def at_work(prefix: str) -> Q:
    """Of an initiative that goes on: neither paused nor ended."""
    return Q(**{f"{prefix}__paused_at__isnull": True, f"{prefix}__ended_at__isnull": True})


def _passed(at: datetime, due: str = "due_at", holder: str = "escalated_to") -> Q:
    """Past its moment, or with somebody above, who may be gone: `_gone` says."""
    return Q(**{f"{due}__lt": at}) | Q(level__gt=0, **{f"{holder}__isnull": False})


def _breaches(organization: Organization, at: datetime) -> Rows:
    rows = Breach.objects.undecided() | Breach.objects.escalated()
    return rows.filter(
        _passed(at, holder="answerable"),
        at_work("metric__initiative"),
        organization=organization,
    ).select_related("metric__initiative__team", "answerable", "decision__decided_by")


def _verdicts(organization: Organization, at: datetime) -> Rows:
    links = DecisionBreach.objects.filter(
        at_work("breach__metric__initiative"), decision=OuterRef("decision")
    )
    return (
        Verdict.objects.filter(
            _passed(at), Exists(links), organization=organization, acknowledged_at__isnull=True
        )
        .select_related("decision", "escalated_to")
        .prefetch_related("decision__breaches__metric__initiative__team")
    )


def _commitments(organization: Organization, at: datetime) -> Rows:
    left = Q(level=0, person__ended_at__isnull=False)
    return Commitment.objects.filter(
        _passed(at) | left,
        at_work("initiative"),
        organization=organization,
        kept_at__isnull=True,
        dropped_at__isnull=True,
    ).select_related("initiative__team", "person", "escalated_to")


def successors_owed() -> QuerySet[Ownership]:
    """Of the owner who left last, while nobody was asked, accepted or named in the interim.

    One offer that waits and one interim buy time for each step. Where an earlier one came to
    nothing since the last step, the next buys none: else withdrawing and asking again would keep
    it from ever going up.
    """
    same = Ownership.objects.filter(initiative=OuterRef("initiative"))
    later = same.filter(accepted_at__gt=OuterRef("accepted_at"))
    refused = same.filter(accepted_at__isnull=True, ended_at__gt=OuterRef("since"))
    interims = Interim.objects.filter(initiative=OuterRef("initiative"))
    over = interims.filter(
        ending__in=[InterimEnding.OVER, InterimEnding.WITHDRAWN, InterimEnding.LEFT],
        ended_at__gt=OuterRef("since"),
    )
    last_step = Escalation.objects.filter(ownership=OuterRef("pk")).order_by("-pk")
    return (
        Ownership.objects.annotate(since=Coalesce(Subquery(last_step.values("at")[:1]), "ended_at"))
        .filter(
            at_work("initiative"),
            ~Exists(same.current()),
            ~Exists(later),
            ~Exists(same.pending()) | Exists(refused),
            ~Exists(interims.current()) | Exists(over),
            ending=Ending.LEFT,
            successor_due_at__isnull=False,
            initiative__activated_at__isnull=False,
        )
        .select_related("initiative__team", "owner", "escalated_to")
    )


def _ownerships(organization: Organization, at: datetime) -> Rows:
    passed = _passed(at, due="successor_due_at")
    return successors_owed().filter(passed, organization=organization)


def reviews_owed() -> QuerySet[Review]:
    """Missed, in a series that goes on and of which no later review was held and closed."""
    return Review.objects.filter(
        ~made_good(), due_at__isnull=False, series__ended_at__isnull=True
    ).select_related("series", "facilitator", "escalated_to")


def _reviews(organization: Organization, at: datetime) -> Rows:
    return reviews_owed().filter(_passed(at), organization=organization)


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
    gone = _gone(ladder, wanted)
    wanted = [one for one in wanted if one.key in gone or due_of(one.thing) < ladder.at]
    if not wanted:
        return []
    had = _had(ladder, wanted, gone)
    organization = ladder.organization
    found = []
    for matter in wanted:
        thing, team, known = matter.thing, matter.work.team_id, had[matter.key]
        ids = [person.pk for person in known]
        asked = matter.kind == EscalationKind.OWNERSHIP
        days = organization.offer_days if asked else organization.decision_days
        holder = holder_of(thing) or (known[0] if known else None)
        passes = matter.key in gone and thing.level > 0
        above = ladder.next_above(team, holder, ids)
        person = ladder.in_place_of(team, ids) if passes else above
        if person is None or person == holder:
            continue
        if matter.key in gone:
            step = ladder.pass_on(
                thing, person, from_person=holder, days=days, steps=0 if passes else 1
            )
        else:
            step = ladder.move_up(thing, person, from_person=holder, days=days)
        found.append((matter, step))
    return found


def _gone(ladder: Ladder, wanted: list[Matter]) -> set[Key]:
    """What is with somebody who left, or who has no say over that work any more: they lead it no
    more, are no executive any more, and neither own it nor act for its owner.

    A commitment is its person's until it goes up; of them it is asked only whether they left.
    """
    found, doubtful = set(), []
    led: dict[int, set[int]] = {}
    for matter in wanted:
        first = matter.kind == EscalationKind.COMMITMENT and matter.thing.level == 0
        holder = matter.thing.person if first else holder_of(matter.thing)
        if holder is None or (matter.thing.level == 0 and not first):
            continue
        if not holder.is_current:
            found.add(matter.key)
        elif not first and holder.role != Role.EXECUTIVE:
            teams = led.setdefault(holder.pk, ladder.tree.led_by(holder))
            if matter.work.team_id not in teams:
                doubtful.append((matter, holder))
    if not doubtful:
        return found
    answers = answers_for(
        {one.work.pk: one.work for one, _ in doubtful if isinstance(one.work, Initiative)}.values(),
        ladder.tree,
    )
    for matter, holder in doubtful:
        if isinstance(matter.work, Initiative):
            has_say = holder in answers[matter.work.pk].people
        else:
            has_say = holder == matter.thing.facilitator
        if not has_say:
            found.add(matter.key)
    return found


def _had(
    ladder: Ladder, wanted: list[Matter], gone: Collection[Key]
) -> dict[Key, list[Membership]]:
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
        if matter.key in gone and matter.thing.level > 0 and not steps:
            people += _below(ladder, matter)
        found[matter.key] = [person for person in people if person is not None]
    return found


def _below(ladder: Ladder, matter: Matter) -> list[Membership]:
    """Whom it had passed, where it went up before steps were on record: not back to them."""
    if matter.kind == EscalationKind.DECISION and matter.thing.decision is not None:
        return [matter.thing.decision.decided_by]
    return ladder.tree.path(matter.work.team_id)[: matter.thing.level - 1]
