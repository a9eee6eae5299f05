"""The deck of a review, composed from its scope: direction, each initiative with its inputs before
its outcomes, tables, what is beyond its threshold, decisions, ownership, commitments.

Everything is plain JSON with the names and words of that moment, so that it can be kept as it was.
Each block has a key that stays the same from one review of the series to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from accounts.tree import Tree
from cadence.behaviour.queries import rebasings_of
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_its_metric
from cadence.calendar.periods import PeriodKind, label
from cadence.calendar.spans import Span, month_labels
from cadence.charts.scale import number, with_unit
from cadence.decisions.models import Commitment, Decision
from cadence.decisions.queries import full
from cadence.decks.behaviours import behaviour_block
from cadence.decks.drawing import Block
from cadence.evaluation.behaviours import behaviour_of
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.histories import histories
from cadence.evaluation.states import breach_state
from cadence.initiatives.models import Initiative
from cadence.ledger.actions import plain
from cadence.metrics.figures import Figures, Frame, figures_of, frame_of
from cadence.metrics.models import Comparison, Metric, Threshold
from cadence.metrics.queries import current_thresholds
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import answers_for
from cadence.reviews.agenda import metrics_in
from cadence.reviews.models import CheckIn, Review
from cadence.reviews.queries import scope, silent_owners


def compose(review: Review, at: datetime) -> list[Block]:
    """Every block there is for the review at this moment, in the order they have by default.

    The number of queries does not grow with what is in the scope.
    """
    deck = _Deck(review, at)
    return [
        deck.direction(),
        *deck.work(),
        *deck.tables(),
        deck.below(),
        deck.decided(),
        deck.ownership(),
        deck.promised(),
    ]


@dataclass
class _Deck:
    review: Review
    at: datetime
    teams: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.organization = self.review.organization
        self.tree = Tree(self.organization)
        self.teams = scope(self.review.team_id, self.tree)
        self.around = Surroundings(self.organization, self.at)
        rows = Initiative.objects.active().filter(team__in=self.teams)
        self.initiatives = list(
            rows.select_related("priority", "team").order_by("priority__rank", "name", "pk")
        )

    @cached_property
    def answers(self) -> dict[int, str]:
        found = answers_for(self.initiatives, self.tree)
        return {key: who.words for key, who in found.items()}

    @cached_property
    def metrics(self) -> list[Metric]:
        """Also derived ones, of which no reading is owed; inputs before outcomes."""
        read = {metric.pk for metric in metrics_in(self.teams)}
        rows = Metric.objects.live().filter(initiative__in=self.initiatives)
        return [
            metric
            for metric in rows.select_related("initiative__organization").order_by(
                "-kind", "name", "pk"
            )
            if metric.pk in read or metric.is_derived
        ]

    @cached_property
    def frame(self) -> Frame:
        return frame_of(self.organization, self.around.today)

    @cached_property
    def thresholds(self) -> dict[int, Threshold]:
        return current_thresholds(metric.pk for metric in self.metrics)

    @cached_property
    def figures(self) -> dict[int, Figures]:
        """Of the metrics and of those that are their limits."""
        wanted = {metric.pk: metric for metric in self.metrics}
        for row in self.thresholds.values():
            for limit in (row.floor_metric, row.ceiling_metric):
                if limit is not None:
                    wanted.setdefault(limit.pk, limit)
        found = figures_of(self.organization, list(wanted.values()), self.frame)
        return {each.metric.pk: each for each in found}

    def direction(self) -> Block:
        latest: dict[int, CheckIn] = {}
        rows = CheckIn.objects.filter(initiative__in=self.initiatives)
        for check_in in rows.order_by("starts_on", "written_at", "pk"):
            latest[check_in.initiative_id] = check_in
        cells = []
        for one in self.initiatives:
            said = latest.get(one.pk)
            words = said.get_confidence_display() if said else "No check-in yet"
            cells.append(
                _row(
                    [one.name, one.priority.name, self.answers[one.pk], words],
                    f"initiatives/{one.pk}",
                )
            )
        headers = ["Initiative", "Priority", "Answers", "Confidence"]
        return _list("direction", "Direction and priorities", headers, cells)

    def work(self) -> list[Block]:
        """For each initiative its metrics, and the behaviour of those whose latest value is a
        signal."""
        rebasings = rebasings_of(metric.pk for metric in self.metrics)
        behaviours = {
            history.metric.pk: behaviour_of(history, rebasings.get(history.metric.pk, []))
            for history in histories(self.around, self.metrics)
        }
        found: list[Block] = []
        for one in self.initiatives:
            mine = [metric for metric in self.metrics if metric.initiative_id == one.pk]
            if not mine:
                continue
            title = f"{one.name}: {self.answers[one.pk]}"
            found.append({"key": f"initiative:{one.pk}", "kind": "section", "title": title})
            for metric in mine:
                found.append(self._graph(metric))
                behaviour = behaviours[metric.pk]
                if behaviour.reading.verdict == "signal":
                    found.append(behaviour_block(behaviour))
        return found

    def _graph(self, metric: Metric) -> Block:
        figures = self.figures[metric.pk]
        frame = self.frame
        lines = [
            _line(metric.name, "main", figures.weeks, figures.months),
            _line("a year before", "prior", figures.prior_weeks, figures.prior_months),
            *self._targets(metric),
        ]
        words = "input" if metric.kind == "leading" else "outcome"
        return {
            "key": f"graph:{metric.pk}",
            "kind": "graph",
            "title": f"{metric.name} ({words})",
            "axis": _week_labels(frame.weeks) + month_labels(frame.months),
            "unit": metric.unit,
            "decimals": metric.decimals,
            "scaling": "",
            "lines": [each for each in lines if each["style"] == "main" or _is_there(each)],
            "totals": [
                {
                    "name": metric.name,
                    "values": plain(figures.totals),
                    "points": metric.comparison == Comparison.POINTS,
                }
            ],
        }

    def _targets(self, metric: Metric) -> list[dict[str, Any]]:
        """A limit that is a metric has figures of its own; a number holds for the periods that are
        judged by it."""
        row = self.thresholds.get(metric.pk)
        if row is None:
            return []
        found = []
        sides = (
            ("floor", row.floor, row.floor_metric),
            ("ceiling", row.ceiling, row.ceiling_metric),
        )
        for name, limit, plan in sides:
            if plan is not None:
                figures = self.figures[plan.pk]
                found.append(_line(f"{name}: {plan.name}", "target", figures.weeks, figures.months))
            elif limit is not None and metric.judged_per != "day":
                weeks = [limit if metric.judged_per == "week" else None] * len(self.frame.weeks)
                months = [limit if metric.judged_per == "month" else None] * len(self.frame.months)
                found.append(_line(name, "target", weeks, months))
        return found

    def tables(self) -> list[Block]:
        weeks = [*_week_labels(self.frame.weeks), "MTD", "QTD", "YTD"]
        return [
            self._table("weeks", "Six weeks", weeks, "weeks"),
            self._table("months", "Twelve months", month_labels(self.frame.months), "months"),
        ]

    def _table(self, key: str, title: str, headers: list[str], span: str) -> Block:
        rows: list[dict[str, Any]] = []
        for one in self.initiatives:
            mine = [metric for metric in self.metrics if metric.initiative_id == one.pk]
            if mine:
                rows.append({"header": one.name, "values": []})
            for metric in mine:
                figures = self.figures[metric.pk]
                values = list(getattr(figures, span))
                if span == "weeks":
                    values += [figures.totals[at] for at in (3, 5, 7)]
                unit = f", {metric.unit}" if metric.unit else ""
                rows.append(
                    {
                        "header": f"{metric.name}{unit}",
                        "values": plain(values),
                        "unit": metric.unit,
                        "decimals": metric.decimals,
                    }
                )
        return {"key": key, "kind": "table", "title": title, "headers": headers, "rows": rows}

    def below(self) -> Block:
        rows = with_its_metric(
            Breach.objects.filter(metric__initiative__in=self.initiatives).exclude(
                decision__isnull=False, recovered_at__isnull=False
            )
        ).select_related("decision", "answerable")
        cells = []
        for breach in rows.order_by("first_period", "pk"):
            metric = breach.metric
            since = label(cast(PeriodKind, metric.judged_per), breach.first_period)
            cells.append(
                _row(
                    [
                        metric.name,
                        metric.initiative.name,
                        _beyond(breach),
                        since,
                        breach_state(breach, self.at).word,
                    ],
                    f"breaches/{breach.pk}",
                )
            )
        headers = ["Metric", "Initiative", "Stands at", "Since", "State"]
        return _list("below", "Beyond their thresholds", headers, cells)

    def decided(self) -> Block:
        """Decisions since the review of the series before this one."""
        before = (
            Review.objects.closed()
            .filter(series=self.review.series_id, starts_at__lt=self.review.starts_at)
            .order_by("-starts_at")
            .first()
        )
        rows = Decision.objects.filter(
            breaches__metric__initiative__team__in=self.teams,
            organization=self.organization,
            decided_at__lte=self.at,
        )
        if before is not None:
            rows = rows.filter(decided_at__gt=before.starts_at)
        cells = []
        for one in sorted(full(rows.values_list("pk", flat=True)), key=lambda each: each.number):
            verdict = getattr(one, "verdict", None)
            result = verdict.get_result_display() if verdict else _due(one.check_on)
            metrics = ", ".join(sorted({breach.metric.name for breach in one.breaches.all()}))
            cells.append(
                _row(
                    [str(one), one.what, metrics, one.decided_by.name, result],
                    f"decisions/{one.number}",
                )
            )
        headers = ["Decision", "What", "About", "Decided by", "Verdict"]
        return _list("decisions", "Decisions since last time", headers, cells)

    def ownership(self) -> Block:
        silent = silent_owners(self.organization, self.at)
        found = orphans(self.organization, self.at, team_ids=self.teams, silent=silent)
        cells = [
            _row(
                [
                    one.initiative.name,
                    ", ".join(reason.label for reason in one.reasons),
                    _day(one.since.astimezone(self.organization.zone).date()),
                    one.acting.name if one.acting else "Nobody",
                ],
                f"initiatives/{one.initiative.pk}",
            )
            for one in found
        ]
        return _list("ownership", "Orphaned", ["Initiative", "Why", "Since", "Acts"], cells)

    def promised(self) -> Block:
        rows = Commitment.objects.filter(
            initiative__team__in=self.teams, kept_at__isnull=True, dropped_at__isnull=True
        ).select_related("person", "initiative")
        today = self.around.today
        cells = [
            _row(
                [
                    one.text,
                    one.initiative.name,
                    one.person.name,
                    _day(one.due_on) + (", overdue" if one.due_on < today else ""),
                ],
                f"initiatives/{one.initiative_id}",
            )
            for one in rows.order_by("due_on", "pk")
        ]
        headers = ["Commitment", "Initiative", "Person", "Due"]
        return _list("commitments", "Commitments", headers, cells)


def _line(name: str, style: str, weeks: Sequence[Any], months: Sequence[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "style": style,
        "weeks": plain(list(weeks)),
        "months": plain(list(months)),
    }


def _is_there(line: dict[str, Any]) -> bool:
    """Whether there is anything of it: in a first year there is no year before."""
    return any(value is not None for value in [*line["weeks"], *line["months"]])


def _list(key: str, title: str, headers: list[str], rows: list[dict[str, Any]]) -> Block:
    return {"key": key, "kind": "list", "title": title, "headers": headers, "rows": rows}


def _row(cells: list[str], path: str) -> dict[str, Any]:
    """``path`` is below the organization's own."""
    return {"cells": cells, "path": path}


def _beyond(breach: Breach) -> str:
    metric = breach.metric
    if breach.value is None or breach.limit is None:
        return "No reading"
    value, limit = (number(each, metric.decimals) for each in (breach.value, breach.limit))
    return f"{with_unit(value, metric.unit)}, {breach.side} {limit}"


def _due(day: date | None) -> str:
    return f"Check on {_day(day)}" if day else "No check date"


def _day(day: date) -> str:
    return label("day", day, with_year=True)


def _week_labels(weeks: Sequence[Span]) -> list[str]:
    """Their first days, each month named once: ``26 Oct``, ``2 Nov``, ``9``."""
    days = [span.first for span in weeks]
    return [
        label("week", day) if at == 0 or day.month != days[at - 1].month else str(day.day)
        for at, day in enumerate(days)
    ]
