"""What metrics come to over weeks, months and to date: the database against plain arithmetic."""

import csv
import math
import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.analysis.wbr.config import read_config
from cadence.analysis.wbr.days import read_days
from cadence.analysis.wbr.deck import build
from cadence.calendar.periods import period_end, period_start
from cadence.calendar.spans import Span, month_of, weeks_until
from cadence.management.tables import read_file, read_table
from cadence.metrics.figures import Figures, Frame, change, figures_of, frame_of, values_over
from cadence.metrics.models import Metric, Reading
from cadence.metrics.operands import Operand
from cadence.metrics.rules import aggregate
from tests import needs
from tests.cast import AT, Cast

DAY = timedelta(days=1)
TODAY = date(2026, 11, 16)
AGGREGATIONS = ("sum", "mean", "first", "last", "min", "max")


def read(metric: Metric, values: dict[date, Decimal]) -> dict[date, Decimal]:
    Reading.objects.bulk_create(
        [
            Reading(
                organization_id=metric.organization_id,
                metric=metric,
                starts_on=day,
                value=value,
                recorded_at=AT,
            )
            for day, value in values.items()
        ]
    )
    return values


def daily(
    first: date, last: date, value: Callable[[date], int | Decimal | None]
) -> dict[date, Decimal]:
    days = (first + at * DAY for at in range((last - first).days + 1))
    return {day: Decimal(found) for day in days if (found := value(day)) is not None}


def derived(cast: Cast, formula: str, *operands: Metric, **facts: object) -> Metric:
    period = operands[0].judged_per
    metric = cast.metric(formula=formula, read_per=period, judged_per=period, **facts)
    for place, operand in enumerate(operands, start=1):
        Operand.objects.create(
            organization=cast.acme, metric=metric, position=place, operand=operand
        )
    return metric


def figures(cast: Cast, *metrics: Metric, frame: Frame | None = None) -> list[Figures]:
    return figures_of(cast.acme, metrics, frame or Frame(date(2026, 11, 15), 12))


def by_hand(
    metric: Metric, values: dict[date, Decimal], span: Span, week_start: int
) -> Decimal | None:
    """Every reading whose last day lies in the span; None unless each of them is there."""
    kind, found, day = metric.read_per, [], span.first
    if kind == "month" and span.kind == "week":
        return None
    while day <= span.last:
        start = period_start(kind, day, week_start)  # type: ignore[arg-type]
        if period_end(kind, start) == day:  # type: ignore[arg-type]
            if span.kind == "week" and kind == "week" and start != span.first:
                return None
            found.append(values.get(start))
        day += DAY
    if not found or None in found:
        return None
    return aggregate(metric.aggregation, [value for value in found if value is not None])


@pytest.mark.parametrize("week_start", [0, 3, 6])
def test_the_database_adds_up_exactly_what_python_does(cast: Cast, week_start: int) -> None:
    """All aggregations of days, weeks and months, small and large values, and a few holes."""
    draw = random.Random(week_start)
    cast.acme.week_start = week_start
    cast.acme.save()
    frame = frame_of(cast.acme, TODAY)
    spans = frame.spans() | {month_of(TODAY), *weeks_until(date(2026, 3, 4))}
    kept: dict[Metric, dict[date, Decimal]] = {}
    for kind in ("day", "week", "month"):
        for number, aggregation in enumerate((*AGGREGATIONS, *AGGREGATIONS)):
            metric = cast.metric(read_per=kind, judged_per="month", aggregation=aggregation)
            places = draw.choice([0, 2, 5, 8, 9])
            most = 10 ** min(12, 15 if places == 0 else 14)
            starts = {
                period_start(kind, date(2024, 12, 1) + at * DAY, week_start)  # type: ignore[arg-type]
                for at in range(720)
            }
            kept[metric] = read(
                metric,
                {
                    day: Decimal(draw.randrange(-most, most)).scaleb(-places)
                    for day in starts
                    if number < 6 or draw.random() < 0.995
                },
            )
    found = values_over(cast.acme, list(kept), spans)
    for metric, values in kept.items():
        for span in spans:
            expected = by_hand(metric, values, span, week_start)
            assert found[metric.pk][span] == expected, (metric.read_per, metric.aggregation, span)
    assert sum(value is not None for one in found.values() for value in one.values()) > 700


def test_values_of_fifteen_digits_of_any_size_are_added_up_exactly(cast: Cast) -> None:
    draw = random.Random(15)
    week = weeks_until(date(2026, 11, 15))[-1]
    metrics, expected = [], []
    for places in range(10):
        for size in (10**15, 10 ** (places + 1)):
            metric = cast.metric(read_per="day", judged_per="week")
            digits = [draw.randrange(-size + 1, size) for _ in range(6)]
            # The last one all but takes back the others: only the last digits are left.
            last = max(min(-sum(digits) + 3, size - 1), -size + 1)
            values = [Decimal(one).scaleb(-places) for one in (*digits, last)]
            read(metric, {week.first + at * DAY: value for at, value in enumerate(values)})
            metrics.append(metric)
            expected.append(aggregate("sum", values))
    found = values_over(cast.acme, metrics, [week])
    assert [found[metric.pk][week] for metric in metrics] == expected


@pytest.mark.parametrize("scenario", ["scenario_1", "scenario_2", "scenario_3", "scenario_8"])
def test_the_published_cases_come_out_of_the_database_too(cast: Cast, scenario: str) -> None:
    folder = needs.shared_data() / "wbr" / scenario
    config = read_config(read_file(folder / "config.yaml"))
    expected = _deck(folder)
    metric = cast.metric(read_per="day", judged_per="week")
    values = _page_views(folder)
    # With a day missing a sum is missing; a sum to date there takes the days that the file has.
    values |= daily(date(2018, 12, 1), min(values) - DAY, lambda _: 0)
    read(metric, values)
    frame = Frame(config.week_ending, config.fiscal_year_end)
    cast.acme.week_start = (config.week_ending.weekday() + 1) % 7
    (found,) = figures(cast, metric, frame=frame)
    assert nearly(found.weeks, expected["weeks"])
    assert nearly(found.prior_weeks, expected["prior_weeks"])
    assert nearly(found.totals, expected["totals"])
    assert nearly(found.months, expected["months"])
    assert nearly(found.prior_months, expected["prior_months"])


def _deck(folder: Path) -> dict[str, list[float | None]]:
    """The figures of the metric with trailing months, by the pure arithmetic of a file."""
    config = read_config(read_file(folder / "config.yaml"))
    table = read_table(read_file(folder / "original.csv"))
    blocks = build(config, read_days(table.header, table.rows, config))
    last = blocks[-1]
    found: dict[str, list[float | None]] = last["metrics"][0]
    return found


def _page_views(folder: Path) -> dict[date, Decimal]:
    with (folder / "original.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        datetime.strptime(row["Date"], "%a, %d-%b-%Y").date(): Decimal(  # noqa: DTZ007
            row["PageViews"].replace(",", "")
        )
        for row in rows
        if row["PageViews"]
    }


def nearly(ours: Iterable[Decimal | None], theirs: Iterable[float | None]) -> bool:
    def same(a: Decimal | None, b: float | None) -> bool:
        # Before the file begins there is nothing: missing there, and none here.
        if a is None or b is None:
            return not a and b is None
        return math.isclose(float(a), b, rel_tol=1e-9, abs_tol=1e-9)

    return all(same(a, b) for a, b in zip(ours, theirs, strict=True))


def test_what_is_derived_is_computed_after_aggregation_over_every_span(cast: Cast) -> None:
    clicks = cast.metric(read_per="day", judged_per="day")
    views = cast.metric(read_per="day", judged_per="day")
    first, last = date(2025, 1, 1), date(2026, 11, 15)
    read(clicks, daily(first, last, lambda day: day.day))
    read(views, daily(first, last, lambda day: 100 if day.year == 2026 else 200))
    share = derived(cast, "ratio", clicks, views, unit="%", comparison="points")
    rest = derived(cast, "difference", views, clicks)
    half = derived(cast, "ratio", share, rest)
    found, other, last_one = figures(cast, share, rest, half)
    # 9 to 15 November: 84 of 700 clicks; the year before 10 to 16 November, 91 of 1400.
    assert found.weeks[-1] == 12 and found.prior_weeks[-1] == Decimal("6.5")
    # Week 35 of 700; in basis points: from 5 % to 12 %, and from 6.5 %.
    assert found.totals[:3] == [12, 700, 550]
    assert other.weeks[-1] == 616
    assert last_one.weeks[-1] == Decimal("0.019480519")
    # October: 496 of 3100.
    assert found.months[-1] == 16


def test_a_change_is_in_percent_or_in_basis_points() -> None:
    def told(value: str, before: str, **facts: str) -> Decimal | None:
        return change(Metric(**facts), Decimal(value), Decimal(before))

    assert told("105", "100") == 5
    assert told("0.255", "0.25", comparison="points") == 50
    assert told("25.5", "25", comparison="points", unit="%") == 50
    assert told("1", "0") is None
    assert told("1", "0", comparison="points") == 10_000
    assert change(Metric(), None, Decimal(1)) is None


def test_a_month_with_a_day_missing_is_missing_and_so_is_what_holds_it(cast: Cast) -> None:
    metric = cast.metric(read_per="day", judged_per="day", aggregation="max")
    hole = date(2026, 10, 31)
    read(metric, daily(date(2026, 1, 1), date(2026, 11, 15), lambda d: None if d == hole else 1))
    (found,) = figures(cast, metric)
    assert found.months[-2:] == [1, None]
    # Month to date is whole, quarter and year to date are not.
    assert [found.totals[at] for at in (0, 3, 5, 7)] == [1, 1, None, None]
    assert found.weeks == [1, 1, 1, None, 1, 1]


def test_the_number_of_queries_does_not_grow_with_metrics(cast: Cast) -> None:
    def some(count: int) -> list[Metric]:
        found = []
        for _ in range(count):
            one = cast.metric(read_per="day", judged_per="week")
            other = cast.metric(read_per="day", judged_per="week", aggregation="last")
            read(one, daily(date(2026, 11, 2), date(2026, 11, 15), lambda day: day.day))
            read(other, daily(date(2026, 11, 2), date(2026, 11, 15), lambda day: day.day))
            found.append(derived(cast, "sum", one, other))
        return found

    counts = []
    for metrics in (some(1), some(7)):
        with CaptureQueriesContext(connection) as queries:
            values = [one.weeks[-1] for one in figures(cast, *metrics)]
        assert set(values) == {Decimal(84 + 15)}
        counts.append(len(queries))
    assert counts == [4, 4]


def test_without_metrics_or_readings_there_is_nothing_to_add_up(cast: Cast) -> None:
    assert figures(cast) == []
    metric = cast.metric(read_per="day", judged_per="week")
    (found,) = figures(cast, metric, derived(cast, "sum", metric, metric))[:1]
    assert set(found.weeks + found.months + found.totals) == {None}


def test_the_frame_is_of_the_last_week_that_ended_in_the_calendar_of_the_organization(
    cast: Cast,
) -> None:
    cast.acme.week_start, cast.acme.fiscal_year_ends = 6, 5
    frame = frame_of(cast.acme, TODAY)
    assert frame.week_ending == date(2026, 11, 14)  # a Saturday
    assert [span.first for span in frame.to_date] == [
        date(2026, 11, 1),
        date(2026, 9, 1),
        date(2026, 6, 1),
    ]
