"""From judgements to breaches: which open, which recover, and who has the duty to decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import cast

from django.db.models import Q
from django.db.models.base import ModelState

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.breaches.models import Breach, Kind
from cadence.breaches.queries import open_of
from cadence.breaches.rules import Episode, Judged, gaps, new_episodes, recovery
from cadence.calendar.periods import PeriodKind, last_ended, period_end, period_start, shift
from cadence.calendar.workdays import WorkingCalendar, end_of_day
from cadence.evaluation.judging import Periods
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Judgement, Metric
from cadence.metrics.queries import beyond_since, judged_periods, judgements_of
from cadence.metrics.rules import PERIODS_AFTER
from cadence.metrics.writing import write_rows
from cadence.ownership.queries import answers_for
from cadence.people.queries import working_calendar
from cadence.reviews.actions import join_agenda
from cadence.reviews.models import Review
from cadence.reviews.queries import next_review_at

# How far back a run of periods is followed: twice the most that a threshold counts.
WINDOW = 24


@dataclass
class Outcome:
    """What an evaluation changed."""

    opened: list[Breach] = field(default_factory=list)
    recovered: list[Breach] = field(default_factory=list)

    def as_data(self) -> dict[str, list[int]]:
        return {
            "opened": sorted(breach.pk for breach in self.opened),
            "recovered": sorted(breach.pk for breach in self.recovered),
        }


@dataclass
class Surroundings:
    """What opening breaches needs to know of an organization, read at most once."""

    organization: Organization
    at: datetime

    def __post_init__(self) -> None:
        self.tree = Tree(self.organization)
        self.today = self.at.astimezone(self.organization.zone).date()
        self._calendar: WorkingCalendar | None = None
        self._reviews: dict[int, datetime] | None = None
        self._due: dict[tuple[PeriodKind, int], date] = {}

    @property
    def calendar(self) -> WorkingCalendar:
        if self._calendar is None:
            self._calendar = working_calendar(self.organization)
        return self._calendar

    def due_at(self, team_id: int) -> datetime:
        """Rule 10: by the next review of the scope or within the limit, whichever is first.

        By the review means until the end of its day: due when it starts, everything in it would
        be overdue while it is being decided, and a meeting may run late.
        """
        if self._reviews is None:
            self._reviews = next_review_at(self.organization, self.at)
        zone = self.organization.zone
        limit = self.calendar.deadline(self.at, self.organization.decision_days, zone)
        review = self._reviews.get(team_id)
        if review is None:
            return limit
        return min(limit, end_of_day(review.astimezone(zone).date(), zone))

    def latest_due(self, judged_per: str, grace_days: int | None) -> date:
        """The latest period of this kind whose grace has passed; None is the organization's."""
        kind = cast(PeriodKind, judged_per)
        grace = self.organization.grace_days if grace_days is None else grace_days
        if (kind, grace) not in self._due:
            start = last_ended(kind, self.today, self.organization.week_start)
            while self.calendar.add_working_days(period_end(kind, start), grace) >= self.today:
                start = shift(kind, start, -1)
            self._due[kind, grace] = start
        return self._due[kind, grace]

    def answerable(self, initiatives: Iterable[Initiative]) -> dict[int, Membership | None]:
        """Who has the duty for each initiative: who answers for it now."""
        answers = answers_for(initiatives, self.tree)
        return {key: one.member for key, one in answers.items()}


def follow(around: Surroundings, metrics: Mapping[int, Metric], judged: Periods) -> Outcome:
    """Open and recover breaches after these periods were judged. A constant number of queries."""
    outcome = Outcome()
    watched = {key: days for key, days in judged.items() if _is_watched(metrics[key]) and days}
    if not watched:
        return outcome
    kind_of = {key: cast(PeriodKind, metrics[key].judged_per) for key in watched}
    earliest = min(shift(kind_of[key], min(days), -WINDOW) for key, days in watched.items())
    # Where nothing is beyond and nothing is open, there is nothing to open and nothing to end.
    stirred = beyond_since(watched, earliest) | open_of(watched)
    if not stirred:
        return outcome
    known = _known_breaches(stirred, earliest)
    rows = judgements_of(stirred, earliest)
    fresh: list[tuple[Metric, Episode, Judgement]] = []
    for key in sorted(stirred):
        metric, mine = metrics[key], known.get(key, [])
        history = _history(around.organization, metric, rows.get(key, []))
        crossed = [breach for breach in mine if breach.kind == Kind.THRESHOLD]
        missing = next((b for b in mine if b.kind == Kind.MISSING and b.recovered_at is None), None)
        for breach in crossed:
            if breach.recovered_at is None:
                day = recovery(_episode(breach), [_judged(row) for row in history])
                if day is not None:
                    _recover(breach, day, around.at, outcome)
        if missing is not None:
            answered = [row.starts_on for row in history if row.starts_on >= metric.checked_to]
            if answered:
                _recover(missing, answered[0], around.at, outcome)
        by_day = {row.starts_on: row for row in history}
        found = new_episodes([_judged(row) for row in history], [_episode(b) for b in crossed])
        for episode in found:
            if episode.recovered_period is None and missing and missing.recovered_at is None:
                # One breach of a metric is open at a time, and a number outranks its absence.
                _recover(missing, episode.opening_period, around.at, outcome)
            fresh.append((metric, episode, by_day[episode.opening_period]))
    # Recovered ones are written first: only one breach of a metric may be open.
    Breach.objects.bulk_update(outcome.recovered, ["recovered_at", "recovered_period"])
    outcome.opened = _open(around, [(m, e, Kind.THRESHOLD, j) for m, e, j in fresh])
    return outcome


def notice_missing(around: Surroundings, metrics: Iterable[Metric]) -> Outcome:
    """Open a breach for each metric whose reading is past its grace. Metrics are locked.

    Looks at every period since it last looked, so a missed sweep changes nothing.
    """
    expected = [metric for metric in metrics if _is_expected(metric)]
    return settle_missing(around, {metric: _latest_due(around, metric) for metric in expected})


def settle_missing(around: Surroundings, until: Mapping[Metric, date]) -> Outcome:
    """Open a breach for what is missing up to the period named for each metric, grace or not.

    Metrics and their open breaches are locked. What is derived owes nothing: what it is computed
    from does.
    """
    late = [
        metric
        for metric, last in until.items()
        if metric.checked_to < last and not metric.is_derived
    ]
    if not late:
        return Outcome()
    in_breach = open_of([metric.id for metric in late])
    fresh: list[tuple[Metric, Episode, str, Judgement | None]] = []
    # Those of one rhythm that were looked at together owe the same periods.
    alike: dict[tuple[str, date, date], list[Metric]] = {}
    for metric in late:
        key = metric.judged_per, metric.checked_to, until[metric]
        alike.setdefault(key, []).append(metric)
    for (judged_per, before, last), mine in alike.items():
        expected = _periods(cast(PeriodKind, judged_per), before, last)
        present = judged_periods([metric.id for metric in mine], before)
        for metric in mine:
            metric.checked_to = last
            if metric.id not in in_breach:
                there = present.get(metric.id, set())
                after = min((day for day in there if day > last), default=None)
                ended = [] if after is None else [after]
                episodes = gaps([*expected, *ended], there)
                fresh += [(metric, episode, Kind.MISSING, None) for episode in episodes]
    # The order of ids: breaches are numbered in it.
    fresh.sort(key=lambda one: one[0].id)
    # By the day: there are as many as there are rhythms.
    for day in sorted({metric.checked_to for metric in late}):
        looked_at = [metric.id for metric in late if metric.checked_to == day]
        Metric.objects.filter(pk__among=looked_at).update(checked_to=day)
    return Outcome(opened=_open(around, fresh))


def _periods(kind: PeriodKind, after: date, last: date) -> list[date]:
    """The starts of the periods after this one, as far as the last."""
    found, day = [], shift(kind, after, 1)
    while day <= last:
        found.append(day)
        day = shift(kind, day, 1)
    return found


def _open(
    around: Surroundings, fresh: list[tuple[Metric, Episode, str, Judgement | None]]
) -> list[Breach]:
    if not fresh:
        return []
    answerable = around.answerable({m.initiative_id: m.initiative for m, *_ in fresh}.values())
    due_at = {
        team: around.due_at(team) for team in {metric.initiative.team_id for metric, *_ in fresh}
    }
    breaches = []
    for metric, episode, kind, judgement in fresh:
        person = answerable[metric.initiative_id]
        breach = _unsaved(
            metric_id=metric.id,
            threshold_id=judgement.threshold_id if judgement else None,
            kind=kind,
            side=judgement.result if judgement else "",
            first_period=episode.first_period,
            opening_period=episode.opening_period,
            value=judgement.value if judgement else None,
            limit=_crossed_limit(judgement),
            recovered_at=around.at if episode.recovered_period else None,
            recovered_period=episode.recovered_period,
            due_at=due_at[metric.initiative.team_id],
            level=0,
            answerable_id=person.pk if person else None,
            decision_id=None,
            organization_id=around.organization.pk,
            opened_at=around.at,
            undecided_since=around.at,
        )
        breach._state.fields_cache.update(metric=metric, organization=around.organization)
        breaches.append(breach)
    lock_open_reviews(around.organization)
    _write(breaches)
    join_agenda(at=around.at, breaches=breaches)
    return breaches


def _unsaved(**values: object) -> Breach:
    """As its class makes it, several times as fast: no signals, no look at each field."""
    made = Breach.__new__(Breach)
    made.__dict__.update(values, id=None)
    made._state = ModelState()
    return made


def _write(breaches: Sequence[Breach]) -> None:
    """Insert them and learn their ids: two queries, however many. They opened at one moment."""
    shared = {name: getattr(breaches[0], name) for name in _SHARED}
    rows = [_values_of(breach) for breach in breaches]
    write_rows(Breach, _COLUMNS, rows, shared=shared)
    keys = {breach.metric_id for breach in breaches}
    written = Breach.objects.filter(metric__among=keys, opened_at=breaches[0].opened_at).order_by(
        "pk"
    )
    found = {
        (metric, period, kind): pk
        for pk, metric, period, kind in written.values_list(
            "pk", "metric", "opening_period", "kind"
        )
    }
    for breach in breaches:
        breach.pk = found[breach.metric_id, breach.opening_period, breach.kind]
        breach._state.adding = False


_SHARED = ("organization_id", "opened_at", "undecided_since", "level", "decision_id")
_COLUMNS = tuple(
    field.attname
    for field in Breach._meta.concrete_fields
    if not field.primary_key and field.attname not in _SHARED
)
_values_of = attrgetter(*_COLUMNS)


def in_goalpost_window(metric: Metric, around: Surroundings) -> bool:
    """In breach, or within four periods after one: what is loosened now is a moved goalpost."""
    kind = cast(PeriodKind, metric.judged_per)
    running = period_start(kind, around.today, around.organization.week_start)
    since = shift(kind, running, -PERIODS_AFTER)
    return Breach.objects.filter(
        Q(recovered_at__isnull=True) | Q(decision__isnull=True) | Q(recovered_period__gte=since),
        metric=metric,
    ).exists()


def lock_open_breaches(metrics: Iterable[int]) -> None:
    """Metrics, then breaches, then reviews, then the ledger: everybody locks in this order."""
    rows = Breach.objects.select_for_update(of=("self",), no_key=True).open()
    list(rows.filter(metric__among=metrics).order_by("pk").values_list("pk", flat=True))


def lock_open_reviews(organization: Organization) -> None:
    """Before breaches are written: each write touches the open reviews of its scope, and two
    batches that lock them in another order would wait for one another."""
    reviews = Review.objects.select_for_update(no_key=True).open().filter(organization=organization)
    list(reviews.order_by("pk").values_list("pk", flat=True))


def _crossed_limit(judgement: Judgement | None) -> Decimal | None:
    if judgement is None:
        return None
    limit: Decimal | None = judgement.floor if judgement.result == "below" else judgement.ceiling
    return limit


def _recover(breach: Breach, day: date, at: datetime, outcome: Outcome) -> None:
    breach.recovered_at, breach.recovered_period = at, day
    outcome.recovered.append(breach)


def _known_breaches(metrics: Iterable[int], earliest: date) -> dict[int, list[Breach]]:
    rows = Breach.objects.filter(
        Q(recovered_at__isnull=True) | Q(recovered_period__gte=earliest), metric__among=metrics
    )
    found: dict[int, list[Breach]] = {}
    for row in rows.order_by("opened_at", "pk"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def _history(organization: Organization, metric: Metric, rows: list[Judgement]) -> list[Judgement]:
    """The judgements since the initiative became active: what was before was not agreed on."""
    started = metric.initiative.activated_at
    assert started is not None
    day = started.astimezone(organization.zone).date()
    first = period_start(cast(PeriodKind, metric.judged_per), day, organization.week_start)
    return [row for row in rows if row.starts_on >= first]


def _judged(row: Judgement) -> Judged:
    return Judged(row.starts_on, row.result, row.threshold.periods_in_a_row if row.threshold else 1)


def _episode(breach: Breach) -> Episode:
    return Episode(breach.first_period, breach.opening_period, breach.recovered_period)


def _latest_due(around: Surroundings, metric: Metric) -> date:
    return around.latest_due(metric.judged_per, metric.grace_days)


def _is_watched(metric: Metric) -> bool:
    initiative = metric.initiative
    return initiative.activated_at is not None and initiative.ended_at is None


def _is_expected(metric: Metric) -> bool:
    return _is_watched(metric) and metric.initiative.paused_at is None and metric.retired_at is None
