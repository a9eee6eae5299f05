"""Weeks, months and spans to date of many metrics, summed up by the database."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from benchmarks.context import Result, Setting
from benchmarks.rounds import interleave, seconds
from cadence.initiatives.models import Initiative
from cadence.metrics.figures import Frame, figures_of
from cadence.metrics.models import Metric, Reading

METRICS, DAYS = 100, 730
LAST = date(2026, 11, 15)


def deck_of_the_database(setting: Setting) -> Iterator[Result]:
    """A hundred metrics over two years of days: six weeks, twelve months and to date, each with the
    year before and what changed; beside the one statement that sums them up."""
    organization = setting.world.organization
    metrics, frame = _metrics(setting), Frame(LAST, organization.fiscal_year_ends)

    def ours() -> None:
        figures_of(organization, metrics, frame)

    asked = _asked(ours)
    if len(asked) != 1:
        raise AssertionError(f"{len(asked)} queries instead of one.")
    ((statement, parameters),) = asked

    def reference() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.fetchall()

    found = figures_of(organization, metrics, frame)
    if any(None in (*one.weeks, *one.months, *one.prior_weeks) for one in found):
        raise AssertionError("A figure is missing.")
    ratio = interleave(seconds(ours), seconds(reference), rounds=setting.rounds, unit="ms")
    yield Result(ratio, "the aggregate query alone")


def _asked(act: Callable[[], None]) -> list[tuple[str, Any]]:
    """The statements that it runs, with their parameters."""
    found = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        act()
    return found


def _metrics(setting: Setting) -> list[Metric]:
    organization, draw = setting.world.organization, random.Random(13)
    initiative = Initiative.objects.filter(organization=organization).order_by("pk")[0]
    metrics = Metric.objects.bulk_create(
        Metric(
            organization=organization,
            initiative=initiative,
            name=f"Figure {number}",
            key=f"figure-{number}",
            kind="leading",
            read_per="day",
            judged_per="week",
            aggregation=("sum", "mean")[number % 2],
            created_at=setting.world.at,
            checked_to=LAST,
        )
        for number in range(METRICS)
    )
    Reading.objects.bulk_create(
        [
            Reading(
                organization=organization,
                metric=metric,
                starts_on=LAST - timedelta(days=back),
                value=Decimal(draw.randrange(10**7)).scaleb(-2),
                recorded_at=setting.world.at,
            )
            for metric in metrics
            for back in range(DAYS)
        ],
        batch_size=5000,
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE cadence_reading")
    return metrics
