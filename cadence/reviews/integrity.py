"""Cadence integrity: whether each series is held, decides and changes something (rule 19).

Read from what was stored when it happened: the reviews, their agendas and their sealed minutes.
Only what a holiday skipped has no row; it is counted from the rule.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import F, Q

from accounts.models import Organization
from cadence.calendar.recurrence import Rule, dates_between
from cadence.calendar.workdays import WorkingCalendar
from cadence.decisions.models import Commitment, Decision
from cadence.metrics.models import Threshold
from cadence.ownership.models import Interim, Ownership
from cadence.people.queries import working_calendar
from cadence.reviews.integrity_rules import Meeting, Outcome, Span, Tally, outcome_of, tally
from cadence.reviews.models import AgendaItem, AgendaKind, Review, ReviewSeries, SeriesQuerySet

# As many marks as fit a line.
STRIP = 16


@dataclass(frozen=True)
class Integrity:
    """A series, every time it came round in a span (the oldest first), and the counts."""

    series: ReviewSeries
    since: date
    meetings: list[Meeting]
    tally: Tally

    @property
    def strip(self) -> list[Meeting]:
        return self.meetings[-STRIP:]

    @property
    def moves(self) -> list[Meeting]:
        """What was rescheduled, with the last reason given, also where it was missed then."""
        return [meeting for meeting in self.meetings if meeting.moved_reason]


def asked_about(organization: Organization, span: Span, at: datetime) -> SeriesQuerySet:
    """The series of an organization that were running in the span."""
    since = span.since(at.astimezone(organization.zone).date())
    begins = datetime.combine(since, time.min, organization.zone)
    rows = ReviewSeries.objects.filter(organization=organization)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=begins))


def integrity_of(
    organization: Organization, rows: SeriesQuerySet, span: Span, at: datetime
) -> list[Integrity]:
    """The integrity of each of these series of one organization, worst first.

    A constant number of queries, however many series and reviews there are.
    """
    since = span.since(at.astimezone(organization.zone).date())
    series = list(rows.select_related("team", "facilitator"))
    for one in series:
        one.organization = organization
    planned = _planned(series, since)
    come = [(review, _outcome(review, at)) for review in planned]
    changed = _changes([review for review, _ in come if review.closed_at])
    met: dict[int, list[Meeting]] = {one.pk: [] for one in series}
    for review, outcome in come:
        if outcome is not None:
            met[review.series_id].append(_meeting(review, outcome, changed))
    known = {(review.series_id, review.occurs_on) for review in planned}
    calendar = working_calendar(organization)
    found = []
    for one in series:
        skipped = [day for day in _skipped(one, calendar, since, at) if (one.pk, day) not in known]
        meetings = [*met[one.pk], *(Meeting(day, Outcome.SKIPPED) for day in skipped)]
        meetings.sort(key=lambda meeting: meeting.occurs_on)
        found.append(Integrity(one, since, meetings, tally(meetings)))
    found.sort(key=lambda row: (*row.tally.worst_first, row.series.name, row.series.pk))
    return found


def _planned(series: Sequence[ReviewSeries], since: date) -> list[Review]:
    by_id = {one.pk: one for one in series}
    rows = (
        Review.objects.filter(series__in=series, occurs_on__gte=since)
        # Minutes are long; of them only the breaches are needed.
        .defer("minutes", "notes")
        .annotate(told=F("minutes__breaches"))
        .order_by("occurs_on", "pk")
    )
    found = list(rows)
    for review in found:
        review.series = by_id[review.series_id]
    return found


def _outcome(review: Review, at: datetime) -> Outcome | None:
    # Planned for after the end of its series: it never was to take place.
    if review.state == "skipped":
        return None
    return outcome_of(
        starts_at=review.starts_at,
        minutes=review.series.minutes,
        hold_by=review.hold_by,
        moved=review.moved_at is not None,
        closed_at=review.closed_at,
        missed=review.missed_at is not None,
        opened=review.opened_at is not None,
        at=at,
        zone=review.series.organization.zone,
    )


@dataclass(frozen=True)
class _Changes:
    """By review: the numbers of the decisions recorded in it, how much else was, and how many
    things were on its agenda."""

    decisions: Mapping[int, set[int]]
    others: Mapping[int, int]
    agenda: Mapping[int, int]


def _changes(reviews: Sequence[Review]) -> _Changes:
    keys = [review.pk for review in reviews]
    decisions: dict[int, set[int]] = {}
    for key, number in Decision.objects.filter(review__in=keys).values_list("review_id", "number"):
        if key is not None:
            decisions.setdefault(key, set()).add(number)
    promised = Commitment.objects.filter(review__in=keys)
    others = Counter(promised.order_by().values_list("review_id", flat=True))
    within = {
        review.pk: (review.opened_at, review.closed_at)
        for review in reviews
        if review.opened_at and review.closed_at
    }

    def add(found: Any) -> None:
        """Of pairs of a review and a moment, those between its opening and its close."""
        for key, moment in found:
            opened_at, closed_at = within[key]
            others[key] += opened_at <= moment <= closed_at

    agenda = AgendaItem.objects.filter(review__in=list(within)).order_by()
    judged = agenda.filter(kind=AgendaKind.VERDICT)
    acknowledged = judged.filter(decision__verdict__acknowledged_at__isnull=False)
    add(acknowledged.values_list("review_id", "decision__verdict__acknowledged_at"))
    orphaned: dict[int, set[int]] = {}
    metrics: dict[int, set[int]] = {}
    for key, initiative, metric, breached in agenda.exclude(
        initiative=None, metric=None, breach=None
    ).values_list("review_id", "initiative_id", "metric_id", "breach__metric_id"):
        if initiative is not None:
            orphaned.setdefault(initiative, set()).add(key)
        for one in {metric, breached} - {None}:
            metrics.setdefault(one, set()).add(key)
    offers = Ownership.objects.filter(initiative__in=list(orphaned))
    named = Interim.objects.filter(initiative__in=list(orphaned))
    limits = Threshold.objects.filter(metric__in=list(metrics))
    for on, rows in (
        (orphaned, offers.values_list("initiative_id", "offered_at")),
        (orphaned, named.values_list("initiative_id", "named_at")),
        (metrics, limits.values_list("metric_id", "set_at")),
    ):
        add((key, moment) for subject, moment in rows for key in on[subject])
    listed = Counter(agenda.values_list("review_id", flat=True))
    return _Changes(decisions, others, listed)


def _meeting(review: Review, outcome: Outcome, changed: _Changes) -> Meeting:
    recorded = changed.decisions.get(review.pk, set())
    # Sealed at the close: which decision each breach had then, whatever came of it since.
    told: list[dict[str, Any]] = getattr(review, "told", None) or []
    numbers = [row.get("decision") for row in told]
    return Meeting(
        occurs_on=review.occurs_on,
        outcome=outcome,
        review=review.pk,
        moved_reason=review.moved_reason,
        closed=review.closed_at is not None,
        agenda=changed.agenda.get(review.pk, 0),
        breaches=len(numbers),
        decided=sum(number is not None for number in numbers),
        decided_in_it=sum(number in recorded for number in numbers),
        changes=len(recorded) + changed.others.get(review.pk, 0),
    )


def _skipped(
    series: ReviewSeries, calendar: WorkingCalendar, since: date, at: datetime
) -> list[date]:
    """The dates of the rule on which nobody works. Those that were held all the same, or on
    another day, have a review."""
    zone = series.organization.zone
    first = max(since, series.created_at.astimezone(zone).date())
    until = min(at, series.ended_at or at)
    days = dates_between(
        Rule.parse(series.rule), series.starts_on, first, until.astimezone(zone).date()
    )
    return [
        day
        for day in days
        if series.created_at < datetime.combine(day, series.time_of_day, zone) <= until
        and not calendar.is_working_day(day)
    ]
