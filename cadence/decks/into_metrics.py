"""A configuration of a weekly business review and its daily figures, as metrics and readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Any

from django.db import transaction

from accounts.models import Membership, Organization
from cadence.analysis.wbr.config import Config
from cadence.analysis.wbr.config import Metric as Written
from cadence.analysis.wbr.days import Days
from cadence.decks.from_wbr import decimals_of, texts
from cadence.errors import Conflict
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.initiatives.models import Initiative
from cadence.metrics.actions import create_metric
from cadence.metrics.models import Comparison, Metric
from cadence.metrics.rules import rounded

# As many rows as the API takes in a batch: each is checked and judged as one.
BATCH = 10_000
_FORMULAS = {"sum": "sum", "difference": "difference", "product": "product", "divide": "ratio"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Imported:
    """``ahead``: figures of days that have not come yet, which are no readings."""

    metrics: list[Metric]
    readings: int
    ahead: int


@transaction.atomic
def import_deck(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    config: Config,
    days: Days,
    kind: object,
) -> Imported:
    """Make a metric of each metric of the configuration, read per day and judged per week, and
    record their figures: all of it or nothing.

    Functions become derived metrics. Raises Conflict where the weeks of the organization end on
    another day, and whatever creating a metric or recording a reading raises.
    """
    _check_weeks(actor.organization, config)
    made: dict[str, Metric] = {}
    for written in _in_order(config):
        made[written.name] = create_metric(
            actor=actor,
            at=at,
            initiative=initiative,
            name=written.name,
            kind=kind,
            comparison=Comparison.POINTS if written.bps else Comparison.PERCENT,
            **_how(written, days, made),
        )
    today = at.astimezone(actor.organization.zone).date()
    rows = list(_readings(days, made))
    known = [row for day, row in rows if day <= today]
    for start in range(0, len(known), BATCH):
        record_readings(actor=actor, at=at, rows=known[start : start + BATCH])
    return Imported(list(made.values()), len(known), len(rows) - len(known))


def _how(written: Written, days: Days, made: dict[str, Metric]) -> dict[str, Any]:
    if written.function:
        operands = [made[name] for name in written.operands]
        return {"formula": _FORMULAS[written.function], "operands": operands, "decimals": 4}
    return {
        "read_per": "day",
        "judged_per": "week",
        "aggregation": written.aggregation,
        "decimals": decimals_of(texts(days.values[written.name])),
    }


def _in_order(config: Config) -> list[Written]:
    """Operands before what is computed of them."""
    graph = {name: written.operands for name, written in config.metrics.items()}
    return [config.metrics[name] for name in TopologicalSorter(graph).static_order()]


def _readings(days: Days, made: dict[str, Metric]) -> Iterator[tuple[date, Row]]:
    """Day by day, so that a batch is of few days of all metrics."""
    columns = [(made[name], values) for name, values in days.values.items()]
    for at, ordinal in enumerate(days.ordinals):
        day = date.fromordinal(ordinal)
        for metric, values in columns:
            value = values[at]
            if value is not None:
                exact = rounded(Decimal(repr(value)))
                yield day, Row(metric.pk, day, exact)


def _check_weeks(organization: Organization, config: Config) -> None:
    ends = (organization.week_start - 1) % 7
    if config.week_ending.weekday() != ends:
        raise Conflict(
            f"Weeks of this file end on {_WEEKDAYS[config.week_ending.weekday()]}, those of "
            f"{organization.name} on {_WEEKDAYS[ends]}: their figures would not be the same.",
            code="weeks_differ",
        )


def summary(imported: Imported) -> Sequence[str]:
    """What became of it, line by line."""
    lines = [f"{metric.name} ({metric.key})" for metric in imported.metrics]
    lines.append(f"{len(imported.metrics)} metrics, {imported.readings:,} readings.")
    if imported.ahead:
        lines.append(f"{imported.ahead:,} figures of days to come were left out.")
    return lines
