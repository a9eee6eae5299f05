"""What is due, as events of a whole day. What is settled is not there any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from icalendar import Event

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.breaches.models import Breach, Kind
from cadence.breaches.queries import waiting_for, with_its_metric
from cadence.decisions.models import (
    Commitment,
    Decision,
    DecisionBreach,
    DecisionKind,
    Verdict,
)
from cadence.evaluation.overdue import at_work, reviews_owed, successors_owed
from cadence.evaluation.queries import acting_teams, to_acknowledge
from cadence.feeds.changes import DUTIES, SETTINGS, Changes, Key, key_of
from cadence.feeds.events import Site, event
from cadence.ownership.models import Ownership
from cadence.ownership.queries import offered_to
from cadence.reviews.models import Review


@dataclass(frozen=True)
class Due:
    """One thing to be done by the end of a day: a date, or a moment in the organization's zone."""

    thing: Model
    by: date | datetime
    summary: str
    words: str
    page: str
    page_of: object
    # Never changes: SEQUENCE is counted from here.
    since: datetime
    # What else its words, its day and whether it stands here at all depend on.
    about: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        # In another zone the moment may be on another day.
        return key_of(self.thing), *self.about, SETTINGS

    def event(self, changes: Changes, zone: ZoneInfo, site: Site) -> Event:
        found = event(
            site.uid(self.thing),
            self.summary,
            created_at=self.since,
            changed_at=changes.last(self.since, self.keys),
            category="Due",
        )
        day = self.by.astimezone(zone).date() if isinstance(self.by, datetime) else self.by
        found.add("dtstart", day)
        found.add("dtend", day + timedelta(days=1))
        # Nobody is busy all day because something is due.
        found.add("transp", "TRANSPARENT")
        found.add("description", self.words)
        found.add("url", site.link(self.page, self.page_of))
        return found


def due_of_member(member: Membership, tree: Tree, at: datetime) -> list[Due]:
    """What waits for this person: their commitments, duties to decide, verdicts to acknowledge,
    offers to answer, what went up to them, and the check dates of what they decided or carry out.
    Nothing of work that is paused or has ended: its clocks stand still."""
    organization = member.organization_id
    theirs = Q(person=member) | Q(escalated_to=member)
    checked = Q(decided_by=member) | Q(carried_out_by=member)
    verdicts = Q(escalated_to=member) | Q(pk__in=[one.pk for one in to_acknowledge(member)])
    owed = Q(escalated_to=member) | Q(
        escalated_to=None, initiative__team__in=acting_teams(member, tree)
    )
    missed = Q(escalated_to=member) | Q(escalated_to=None, facilitator=member)
    return [
        *_commitments(_open_commitments().filter(theirs, organization=organization), member),
        *_breaches(_to_decide(waiting_for(member))),
        *_verdicts(_unacknowledged().filter(verdicts, organization=organization)),
        *_offers(offered_to(member, at).select_related("owner")),
        *_checks(_unchecked().filter(checked, organization=organization)),
        *_successors(successors_owed().filter(owed, organization=organization)),
        *_missed(reviews_owed().filter(missed, organization=organization)),
    ]


def due_of_team(team: Team, at: datetime) -> list[Due]:
    """The same of the team's initiatives and reviews, whoever it waits for."""
    breaches = Breach.objects.undecided() | Breach.objects.escalated()
    verdicts = Q(decision__breaches__metric__initiative__team=team)
    offers = Ownership.objects.pending().filter(initiative__team=team, due_at__gte=at)
    checked = Q(breaches__metric__initiative__team=team)
    return [
        *_commitments(_open_commitments().filter(initiative__team=team), None),
        *_breaches(_to_decide(breaches.filter(metric__initiative__team=team)), True),
        *_verdicts(_unacknowledged().filter(verdicts)),
        *_offers(offers.select_related("initiative", "owner").order_by("pk"), True),
        *_checks(_unchecked().filter(checked)),
        *_successors(successors_owed().filter(initiative__team=team), True),
        *_missed(reviews_owed().filter(team=team), True),
    ]


def _open_commitments() -> QuerySet[Commitment]:
    rows = Commitment.objects.filter(at_work("initiative"), kept_at=None, dropped_at=None)
    return rows.select_related("initiative", "person").order_by("pk")


def _to_decide(rows: QuerySet[Breach]) -> QuerySet[Breach]:
    rows = with_its_metric(rows.filter(at_work("metric__initiative")))
    return rows.prefetch_related("links").order_by("pk")


def _unacknowledged() -> QuerySet[Verdict]:
    rows = Verdict.objects.filter(_goes_on("decision"), acknowledged_at=None)
    rows = rows.select_related("decision")
    return rows.prefetch_related("decision__breaches__metric").distinct().order_by("pk")


def _unchecked() -> QuerySet[Decision]:
    """Decisions in force whose check date is to come. Of an escalation it is the day by which
    somebody else decides: that is in their calendar as a breach."""
    rows = Decision.objects.filter(
        _goes_on("pk"), check_on__isnull=False, verdict=None, in_force_for__isnull=False
    ).exclude(kind=DecisionKind.ESCALATE)
    return rows.prefetch_related("breaches__metric").distinct().order_by("pk")


def _goes_on(decision: str) -> Exists:
    """Whether any of the work that a decision is about goes on."""
    links = DecisionBreach.objects.filter(at_work("breach__metric__initiative"))
    return Exists(links.filter(decision=OuterRef(decision)))


def _commitments(rows: Iterable[Commitment], member: Membership | None) -> Iterator[Due]:
    for one in rows:
        theirs = member is not None and one.person_id == member.pk
        yield Due(
            thing=one,
            # To whom it went up, it is due when their time is over.
            by=one.due_on if theirs or member is None else one.due_at,
            summary=f"Due: {one.text}" if theirs else f"Due: {one.text} ({one.person.name})",
            words=f"{one.person.name} committed to this for {one.initiative.name}.",
            page="web:initiative",
            page_of=one.initiative_id,
            since=one.created_at,
            about=(key_of(one.initiative), key_of(one.person)),
        )


def _breaches(rows: Iterable[Breach], named: bool = False) -> Iterator[Due]:
    for one in rows:
        what = "has no reading" if one.kind == Kind.MISSING else f"is {one.side} its threshold"
        by = f" ({one.answerable.name})" if named and one.answerable else ""
        yield Due(
            thing=one,
            by=one.due_at,
            summary=f"Decide: {one.metric.name} {what}{by}",
            words=f"{one.metric.name} of {one.metric.initiative.name} {what}, and a decision is "
            "due by the end of this day.",
            page="web:breach",
            page_of=one.pk,
            since=one.opened_at,
            about=(
                key_of(one.metric),
                key_of(one.metric.initiative),
                # Decided, undecided again, handed up: the entries about its decisions say so.
                *(("decision", link.decision_id) for link in one.links.all()),
                *_people(one.answerable),
                DUTIES,
            ),
        )


def _verdicts(rows: Iterable[Verdict]) -> Iterator[Due]:
    for one in rows:
        about = _metrics(one.decision)
        yield Due(
            thing=one,
            by=one.due_at,
            summary=f"Acknowledge: {one.decision}, {one.get_result_display().lower()}",
            words=f"The verdict on {one.decision} about {about} is to be acknowledged.",
            page="web:decision",
            page_of=one.decision.number,
            since=one.given_at,
            about=(key_of(one.decision), *_work(one.decision)),
        )


def _offers(rows: Iterable[Ownership], named: bool = False) -> Iterator[Due]:
    for one in rows:
        whom = f" ({one.owner.name})" if named else ""
        yield Due(
            thing=one,
            by=one.due_at,
            summary=f"Answer: own {one.initiative.name}?{whom}",
            words=f"The offer to own {one.initiative.name} lapses after this day.",
            page="web:initiative",
            page_of=one.initiative_id,
            since=one.offered_at,
            about=(key_of(one.initiative), key_of(one.owner)),
        )


def _checks(rows: Iterable[Decision]) -> Iterator[Due]:
    for one in rows:
        assert one.check_on is not None
        about = _metrics(one)
        yield Due(
            thing=one,
            by=one.check_on,
            summary=f"Check: {one}, {about}",
            words=f"By this day {about} is expected back inside its threshold: {one.what}",
            page="web:decision",
            page_of=one.number,
            since=one.decided_at,
            about=_work(one),
        )


def _successors(rows: Iterable[Ownership], named: bool = False) -> Iterator[Due]:
    for one in rows:
        assert one.successor_due_at is not None
        whom = f" ({one.escalated_to.name})" if named and one.escalated_to else ""
        yield Due(
            thing=one,
            by=one.successor_due_at,
            summary=f"Find an owner for {one.initiative.name}{whom}",
            words=f"{one.owner.name} left. Somebody is to be asked to own {one.initiative.name} by "
            "the end of this day.",
            page="web:initiative",
            page_of=one.initiative_id,
            since=one.offered_at,
            about=(key_of(one.initiative), *_people(one.owner, one.escalated_to)),
        )


def _missed(rows: Iterable[Review], named: bool = False) -> Iterator[Due]:
    for one in rows:
        assert one.due_at is not None
        person = one.escalated_to or one.facilitator
        yield Due(
            thing=one,
            by=one.due_at,
            summary=f"Hold {one.series.name} again{f' ({person.name})' if named else ''}",
            words=f"{one.series.name} was missed. A later review of it is to be held and closed by "
            "the end of this day.",
            page="web:series-review",
            page_of=one.series_id,
            # As while it was to be held, and somebody had taken it over.
            since=one.series.created_at,
            about=(key_of(one.series), key_of(person)),
        )


def _metrics(decision: Decision) -> str:
    return ", ".join(sorted({breach.metric.name for breach in decision.breaches.all()}))


def _work(decision: Decision) -> tuple[Key, ...]:
    """The metrics and initiatives that a decision is about, and so whether they go on."""
    metrics = [breach.metric for breach in decision.breaches.all()]
    work = [("initiative", metric.initiative_id) for metric in metrics]
    return *map(key_of, metrics), *work


def _people(*members: Membership | None) -> tuple[Key, ...]:
    return tuple(key_of(one) for one in members if one is not None)
