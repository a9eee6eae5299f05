"""Looks at everything that is due: when all of it is, when none is, when nothing changed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from benchmarks.context import Result, Row, Setting, at_least, at_most
from benchmarks.rounds import Timed, interleave, seconds
from cadence.evaluation.actions import sweep_missing
from cadence.evaluation.tick import tick
from cadence.evaluation.watching import Memory
from cadence.metrics.models import Metric, Reading

BOTH = ("SQLite", "PostgreSQL")


def undone(act: Callable[[], object]) -> Timed:
    """How long it takes, as far as the commit, and then it is taken back."""

    def once() -> float:
        with transaction.atomic():
            took = seconds(act)()
            # What is checked at the commit belongs to it.
            if connection.vendor == "postgresql":
                connection.check_constraints()
            transaction.set_rollback(True)
        return took

    return once


def all_red(setting: Setting) -> Iterator[Result]:
    """Four weeks later without a reading: every metric is in breach, and each breach is written."""
    world = setting.world
    later = world.at + timedelta(days=70)
    count = 0

    def ours() -> None:
        nonlocal count
        count = len(sweep_missing(at=later, organization=world.organization).opened)

    def reference() -> None:
        _loop(setting)

    ratio = interleave(
        undone(ours), undone(reference), rounds=setting.rounds, unit="ms", inverse=True
    )
    total = Metric.objects.filter(organization=world.organization).count()
    if not count > total * 0.9:
        raise AssertionError(f"Only {count} of {total} metrics turned red.")
    yield Result(ratio, "a loop of one select and one insert a metric")


def _loop(setting: Setting) -> None:
    """One select and one insert a metric, by a bare cursor into a bare table."""
    latest = (
        "SELECT value FROM cadence_reading WHERE metric_id = %s ORDER BY starts_on DESC LIMIT 1"
    )
    insert = "INSERT INTO bare_barereading (metric, starts_on, value, note) VALUES (%s, %s, %s, '')"
    metrics = Metric.objects.filter(organization=setting.world.organization)
    with connection.cursor() as cursor:
        for key in list(metrics.values_list("pk", flat=True)):
            cursor.execute(latest, [key])
            (value,) = cursor.fetchone()
            cursor.execute(insert, [key, "2000-01-03", str(value)])


def nothing_changed(setting: Setting) -> Iterator[Result]:
    """A sweep after a sweep, beside the bare query for the latest reading of each metric."""
    world = setting.world
    sweep_missing(at=world.at, organization=world.organization)
    newest = Reading.objects.filter(metric=OuterRef("pk")).order_by("-starts_on")
    rows = Metric.objects.filter(organization=world.organization).order_by()
    bare = rows.values_list("pk", Subquery(newest.values("value")[:1]))
    statement, parameters = bare.query.sql_with_params()

    def reference() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.fetchall()

    ratio = interleave(
        seconds(lambda: sweep_missing(at=world.at, organization=world.organization)),
        seconds(reference),
        rounds=setting.rounds * 2,
        unit="ms",
    )
    yield Result(ratio, "the latest reading of each metric")


def nothing_due(setting: Setting) -> Iterator[Result]:
    world = setting.world
    at: datetime = world.at
    # As the worker does it: what is due is done first, and what was seen is remembered.
    memory = Memory()
    while any(tick(at=at, organization=world.organization, memory=memory).values()):
        pass
    statement = (
        "SELECT id FROM cadence_breach WHERE organization_id = %s AND decision_id IS NULL "
        "AND due_at < %s ORDER BY due_at LIMIT 1"
    )

    def reference() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [world.organization.pk, "2000-01-01 00:00:00"])
            cursor.fetchall()

    ratio = interleave(
        seconds(lambda: tick(at=at, organization=world.organization, memory=memory)),
        seconds(reference),
        rounds=setting.rounds * 2,
        unit="ms",
    )
    yield Result(ratio, "one indexed query")


ROWS = (
    Row(6, "Sweep in which all turn red", at_least(40, 120), BOTH, all_red),
    Row(7, "Sweep when nothing changed", at_most(3, 1.5), BOTH, nothing_changed),
    Row(8, "Tick when nothing is due", at_most(10, 4), BOTH, nothing_due),
)
