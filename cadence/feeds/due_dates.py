"""What is due, as events of a whole day. What is settled is not there any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Model, Q, QuerySet
from icalendar import Event

from accounts.models import Membership, Team
from cadence.breaches.models import Breach, Kind
from cadence.breaches.queries import waiting_for, with_its_metric
from cadence.decisions.models import Commitment, Decision, DecisionKind, Verdict
from cadence.evaluation.queries import to_acknowledge
from cadence.feeds.events import Site, event
from cadence.ownership.models import Ownership
from cadence.ownership.queries import offered_to


@dataclass(frozen=True)
class Due:
    """One thing to be done by the end of a day: a date, or a moment in the organization's zone."""

    thing: Model
    by: date | datetime
    summary: str
    words: str
    page: str
    page_of: object
    since: datetime

    def event(self, changed_at: datetime | None, zone: ZoneInfo, site: Site) -> Event:
        found = event(
            site.uid(self.thing),
            self.summary,
            created_at=self.since,
            changed_at=changed_at or self.since,
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


def due_of_member(member: Membership, at: datetime) -> list[Due]:
    """What waits for this person: their commitments, duties to decide, verdicts to acknowledge,
    offers to answer, and the check dates of what they decided or carry out."""
    promised = _open_commitments().filter(
        Q(person=member) | Q(escalated_to=member), organization=member.organization_id
    )
    checked = _unchecked().filter(
        Q(decided_by=member) | Q(carried_out_by=member), organization=member.organization_id
    )
    return [
        *_commitments(promised, member),
        *_breaches(with_its_metric(waiting_for(member)).order_by("pk")),
        *_verdicts(to_acknowledge(member)),
        *_offers(offered_to(member, at)),
        *_checks(checked),
    ]


def due_of_team(team: Team, at: datetime) -> list[Due]:
    """The same of the team's initiatives, whoever it waits for."""
    breaches = Breach.objects.undecided() | Breach.objects.escalated()
    about = Q(decision__breaches__metric__initiative__team=team)
    verdicts = Verdict.objects.filter(about, acknowledged_at=None).select_related("decision")
    offers = Ownership.objects.pending().filter(initiative__team=team, due_at__gte=at)
    checked = _unchecked().filter(breaches__metric__initiative__team=team)
    return [
        *_commitments(_open_commitments().filter(initiative__team=team), None),
        *_breaches(
            with_its_metric(breaches).filter(metric__initiative__team=team).order_by("pk"), True
        ),
        *_verdicts(
            verdicts.prefetch_related("decision__breaches__metric").distinct().order_by("pk")
        ),
        *_offers(offers.select_related("initiative", "owner").order_by("pk"), True),
        *_checks(checked),
    ]


def _open_commitments() -> QuerySet[Commitment]:
    rows = Commitment.objects.filter(kept_at=None, dropped_at=None)
    return rows.select_related("initiative", "person").order_by("pk")


def _unchecked() -> QuerySet[Decision]:
    """Decisions in force whose check date is to come. Of an escalation it is the day by which
    somebody else decides: that is in their calendar as a breach."""
    rows = Decision.objects.filter(
        check_on__isnull=False, verdict=None, in_force_for__isnull=False
    ).exclude(kind=DecisionKind.ESCALATE)
    return rows.prefetch_related("breaches__metric").distinct().order_by("pk")


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
            since=one.undecided_since,
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
        )


def _metrics(decision: Decision) -> str:
    return ", ".join(sorted({breach.metric.name for breach in decision.breaches.all()}))
