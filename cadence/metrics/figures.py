"""What metrics come to over weeks, months and to date, and how that compares with before.

Summed up by the database, however many years of readings there are. What is derived is computed
after that, and what changed is computed last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from accounts.models import Organization
from cadence.calendar.periods import last_ended, period_end
from cadence.calendar.spans import Span, months_until, to_date, weeks_until
from cadence.metrics.deriving import PERCENT, made_of, value_of
from cadence.metrics.models import Aggregation, Comparison, Metric
from cadence.metrics.rules import rounded
from cadence.metrics.summing import Values, aggregated, stretch


@dataclass(frozen=True)
class Frame:
    """The spans of a report: six weeks up to one, twelve months, and month, quarter and year to
    date, each with what it is compared with."""

    week_ending: date
    fiscal_year_ends: int

    @cached_property
    def weeks(self) -> list[Span]:
        return weeks_until(self.week_ending)

    @cached_property
    def months(self) -> list[Span]:
        return months_until(self.week_ending)

    @cached_property
    def to_date(self) -> list[Span]:
        return to_date(self.week_ending, self.fiscal_year_ends)

    @cached_property
    def before(self) -> dict[Span, Span]:
        """Every span that is shown, with the one of the year before."""
        shown = (*self.weeks, *self.months, *self.to_date)
        return {span: span.year_before() for span in shown}

    def spans(self) -> set[Span]:
        return {*self.before, *self.before.values()}


@dataclass(frozen=True)
class Figures:
    """A metric in a frame. ``totals`` are: the last week, its change to the week and to the year
    before; then month, quarter and year to date, each with its change to the year before. Three
    weeks added up are not compared with two."""

    metric: Metric
    weeks: list[Decimal | None]
    prior_weeks: list[Decimal | None]
    months: list[Decimal | None]
    prior_months: list[Decimal | None]
    totals: list[Decimal | None]


def frame_of(organization: Organization, today: date) -> Frame:
    """The frame of the latest week that has ended, in the calendar of the organization."""
    week = last_ended("week", today, organization.week_start)
    return Frame(period_end("week", week), organization.fiscal_year_ends)


def figures_of(
    organization: Organization, metrics: Sequence[Metric], frame: Frame
) -> list[Figures]:
    """The figures of each metric, in the order given. At most four queries, however many."""
    values = values_over(organization, metrics, frame.spans())
    return [_figures(organization, metric, values[metric.pk], frame) for metric in metrics]


def values_over(
    organization: Organization, metrics: Sequence[Metric], spans: Collection[Span]
) -> Values:
    """What each metric comes to over each span: aggregated from readings, or computed from what its
    operands come to. One query; one for first and last; two where metrics are derived."""
    operands = made_of([metric.pk for metric in metrics if metric.is_derived])
    known = {metric.pk: metric for metric in metrics}
    lacking = set().union(*operands.values()) - set(known)
    if lacking:
        known |= {row.pk: row for row in Metric.objects.filter(pk__in=lacking)}
    read = [metric for metric in known.values() if not metric.is_derived]
    found = aggregated(organization, read, spans)
    for key in sorted(operands):
        parts = [found[one] for one in operands[key]]
        found[key] = {
            span: value_of(known[key], [values[span] for values in parts]) for span in spans
        }
    return {metric.pk: found.get(metric.pk) or dict.fromkeys(spans) for metric in metrics}


def change(metric: Metric, value: Decimal | None, before: Decimal | None) -> Decimal | None:
    """The change from before: in percent of it, or in basis points, a hundredth of a percent each.

    None without one of the two, and where it would be a percentage of zero. A metric with the unit
    % counts percents, any other that is compared in points counts ones.
    """
    if value is None or before is None:
        return None
    if metric.comparison == Comparison.POINTS:
        return rounded((value - before) * (100 if metric.unit == PERCENT else 10_000))
    return rounded((value - before) / before * 100) if before else None


def _figures(
    organization: Organization,
    metric: Metric,
    values: Mapping[Span, Decimal | None],
    frame: Frame,
) -> Figures:
    week = frame.weeks[-1]
    totals = [values[week], change(metric, values[week], values[frame.weeks[-2]])]
    for span in (week, *frame.to_date):
        totals += [values[span]] if span != week else []
        before = frame.before[span]
        alike = _are_alike(organization, metric, span, before)
        totals.append(change(metric, values[span], values[before]) if alike else None)
    return Figures(
        metric=metric,
        weeks=[values[span] for span in frame.weeks],
        prior_weeks=[values[frame.before[span]] for span in frame.weeks],
        months=[values[span] for span in frame.months],
        prior_months=[values[frame.before[span]] for span in frame.months],
        totals=totals,
    )


def _are_alike(organization: Organization, metric: Metric, span: Span, before: Span) -> bool:
    """Of what is read by the week, fewer or more weeks end in the same days of another year."""
    if metric.is_derived or metric.read_per != "week" or metric.aggregation != Aggregation.SUM:
        return True
    one, other = (stretch("week", each, organization.week_start) for each in (span, before))
    return (one and one.count) == (other and other.count)
