"""The scorecard: how every metric did over thirteen periods, and how it stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, cast

from django.db.models import Exists, OuterRef, Q

from accounts.fields import TextError, clean_text
from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, last_ended, period_start, span
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.entries import due_on, in_a_row, is_owed
from cadence.evaluation.states import State, metric_state
from cadence.metrics.models import Judgement, Metric, MetricQuerySet, Threshold
from cadence.metrics.scores import Figure, Limits, figures_of, limits_of
from cadence.ownership.models import Ownership
from cadence.ownership.queries import Answerable, answers_for

PERIODS = 13

# How a scorecard can be narrowed down, in the words of its filter.
STATES = (
    ("undecided", "Needs a decision"),
    ("decided", "Decided, not back yet"),
    ("missing", "No reading"),
    ("inside", "Inside"),
    ("unknown", "No threshold"),
)


_NOT_SHOWN = [each.name for each in Metric._meta.concrete_fields if each.name not in {"id", "name"}]


class Cell(NamedTuple):
    """One judged period of a metric. Missing is a period that ended, was owed, and has no value."""

    starts_on: date
    judgement: Figure | None
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A row of the scorecard, and who answers for it now."""

    metric: Metric
    answers: Answerable
    threshold: Limits | None
    # The periods that are shown, what is known of them and of others, and which were owed.
    columns: Sequence[date]
    figures: Mapping[date, Figure]
    owed: tuple[date, date]
    state: State
    # Those that are open or undecided, the latest first.
    breaches: Sequence[Breach]

    @property
    def cells(self) -> list[Cell]:
        return [Cell(day, self.figures.get(day), self.is_missing(day)) for day in self.columns]

    def is_missing(self, day: date) -> bool:
        first, last = self.owed
        return day not in self.figures and first <= day <= last


def scorecard_metrics(
    actor: Membership,
    kind: PeriodKind,
    last: date,
    *,
    teams: Collection[int] | None = None,
    priority: int | None = None,
    owner: int | None = None,
    state: str = "",
    search: str = "",
) -> MetricQuerySet:
    """Live metrics of work that goes on, judged per this kind of period, inputs before outcomes.

    ``is_undecided``, ``is_decided``, ``is_missing``, ``is_inside`` and ``is_unknown`` are what
    filter and headline ask by: they are worked out where they are asked, and not for every row.
    ``last`` is the period they are of.
    """
    breaches = Breach.objects.filter(metric=OuterRef("pk"))
    judgement = Judgement.objects.filter(metric=OuterRef("pk"), starts_on=last)
    threshold = Threshold.objects.filter(metric=OuterRef("pk"), ends_on__isnull=True)
    rows = (
        Metric.objects.visible_to(actor)
        .live()
        .filter(
            judged_per=kind,
            initiative__activated_at__isnull=False,
            initiative__ended_at__isnull=True,
        )
        .alias(
            is_undecided=Exists(breaches.undecided()),
            is_decided=Exists(breaches.open().filter(decision__isnull=False)),
            is_missing=~Exists(judgement)
            & (
                Q(checked_to__lt=last, initiative__paused_at__isnull=True, formula="")
                | Exists(breaches.open().filter(kind="missing"))
            ),
            is_inside=Exists(judgement.filter(result="inside")),
            is_unknown=~Exists(threshold),
        )
    )
    if teams is not None:
        rows = rows.filter(initiative__team__in=teams)
    if priority is not None:
        rows = rows.filter(initiative__priority=priority)
    if owner is not None:
        current = Ownership.objects.current().filter(owner=owner)
        rows = rows.filter(initiative__ownerships__in=current)
    if state in dict(STATES):
        rows = rows.filter(**{f"is_{state}": True})
    if search:
        try:
            words = clean_text(search, longest=200, needed=False)
        except TextError:
            # What no database can store, no row holds.
            return rows.none()
        rows = rows.filter(Q(name__icontains=words) | Q(initiative__name__icontains=words))
    # Of an outcome its name is shown, and a description is long.
    rows = rows.select_related("initiative", "leads_to").defer(
        "initiative__description", *(f"leads_to__{name}" for name in _NOT_SHOWN)
    )
    return rows.order_by(
        "initiative__priority__rank", "initiative__name", "initiative", "-kind", "name", "pk"
    )


def scores(around: Surroundings, metrics: Sequence[Metric], last: date) -> list[Score]:
    """A row for each metric, all judged per one kind of period, the last column being ``last``.

    The number of queries does not grow with the rows. The state is as of today while ``last`` is
    the running period or the one before; for an earlier one it is what that period came to.
    """
    if not metrics:
        return []
    kind = cast(PeriodKind, metrics[0].judged_per)
    week_start = around.organization.week_start
    ended = last_ended(kind, around.today, week_start)
    columns = span(kind, last, PERIODS)
    keys = [metric.pk for metric in metrics]
    thresholds = limits_of(keys)
    figures = figures_of(keys, columns[0], max(last, ended))
    breaches = breaches_that_matter(keys)
    work = {metric.initiative_id: metric.initiative for metric in metrics}
    answers = answers_for(work.values(), around.tree)
    found = []
    for metric in metrics:
        history = figures.get(metric.pk, {})
        waiting = breaches.get(metric.pk, ())
        found.append(
            Score(
                metric=metric,
                answers=answers[metric.initiative_id],
                threshold=thresholds.get(metric.pk),
                columns=columns,
                figures=history,
                owed=(_first_owed(around, metric), ended),
                state=standing_of(
                    around,
                    metric,
                    threshold=thresholds.get(metric.pk),
                    breaches=waiting if last >= ended else (),
                    history=list(history.values()),
                    period=min(last, ended),
                ),
                breaches=waiting,
            )
        )
    return found


def standing_of(
    around: Surroundings,
    metric: Metric,
    *,
    threshold: Threshold | Limits | None,
    breaches: Sequence[Breach],
    history: Sequence[Judgement | Figure],
    period: date,
) -> State:
    """How a metric stands in a period that ended; ``history`` is oldest first."""
    until = [row for row in history if row.starts_on <= period]
    judgement = until[-1] if until and until[-1].starts_on == period else None
    return metric_state(
        metric,
        threshold=threshold,
        breaches=breaches,
        judgement=judgement,
        row=in_a_row(until),
        due_on=due_on(around, metric, period) if is_owed(metric, period) else None,
        at=around.at,
    )


def breaches_that_matter(metrics: Collection[int]) -> dict[int, list[Breach]]:
    """Breaches that are open or undecided, by metric, the latest first."""
    rows = Breach.objects.filter(
        Q(recovered_at__isnull=True) | Q(decision__isnull=True), metric__in=metrics
    )
    found: dict[int, list[Breach]] = {}
    for row in rows.select_related("decision").order_by("-opened_at", "-pk"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def _first_owed(around: Surroundings, metric: Metric) -> date:
    """The first period after the one in which the metric and its initiative began."""
    started = metric.initiative.activated_at
    if started is None or metric.initiative.paused_at is not None:
        return date.max
    began = max(metric.created_at, started).astimezone(around.organization.zone).date()
    kind = cast(PeriodKind, metric.judged_per)
    running = period_start(kind, began, around.organization.week_start)
    return date.fromordinal(running.toordinal() + 1)
