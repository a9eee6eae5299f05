"""Five weeks of what people do, among whatever ticks there are, and how the world looks then."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Verdict
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.evaluation.tick import tick
from cadence.ledger.queries import verify
from cadence.metrics.models import Metric
from cadence.ownership.models import Ownership
from cadence.reviews.actions import open_review
from cadence.reviews.models import Review
from cadence.reviews.room import note_attendance
from cadence.reviews.series import create_series
from tests.cast import AT, Cast

END = AT + timedelta(weeks=5)

Snapshot = dict[str, list[tuple[Any, ...]]]


def monday(week: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, 16, hour, tzinfo=UTC) + timedelta(weeks=week)


def set_up(cast: Cast) -> None:
    """A weekly, a metric that stays below its floor, one that nobody reads, one that is late, one
    that comes back after its decision was due to work, and an offer that nobody answers."""
    for name in ("Nobody reads", "Read late", "Comes back"):
        cast.threshold(cast.metric(name))
    cast.owned_by(cast.nils, cast.initiative("Offered", draft=True), accepted=False)
    create_series(
        actor=cast.dana,
        at=AT,
        team=cast.demand,
        name="Weekly",
        kind="weekly",
        rule="FREQ=WEEKLY;BYDAY=MO",
        starts_on=date(2026, 11, 23),
        time_of_day="11:00",
        facilitator=cast.fay,
    )


def read(cast: Cast, name: str, week: date, value: int, at: datetime) -> None:
    metric = Metric.objects.get(organization=cast.acme, name=name)
    record_readings(actor=cast.olu, at=at, rows=[Row(metric.pk, week.isoformat(), str(value))])


def decide(cast: Cast, name: str, at: datetime) -> None:
    breach = Breach.objects.get(metric__name=name, recovered_at=None)
    draft = Draft(kind="adjust", what="Two more on calls.", check_on="2026-11-29")
    record_decision(actor=cast.olu, at=at, breaches=[breach], draft=draft)


def hold(cast: Cast, at: datetime) -> None:
    """Fay opens the second weekly, unless the worker did, and notes that Olu is there."""
    review = Review.objects.get(occurs_on=date(2026, 11, 30))
    if review.state == "planned":
        open_review(actor=cast.fay, at=at, review=review)
    note_attendance(actor=cast.fay, at=at, review=review, present={cast.olu.pk: True})


def happenings(cast: Cast) -> Iterator[tuple[datetime, Any]]:
    """What people do, each with its moment."""
    week = [date(2026, 11, 9) + timedelta(weeks=n) for n in range(6)]
    for name in ("Qualified demos", "Comes back"):
        yield monday(0, 11), lambda at, name=name: read(cast, name, week[0], 31, at)
        yield monday(0, 12), lambda at, name=name: decide(cast, name, at)
        yield monday(1), lambda at, name=name: read(cast, name, week[1], 30, at)
        yield monday(2), lambda at, name=name: read(cast, name, week[2], 33, at)
    yield monday(2, 11), lambda at: hold(cast, at)
    yield monday(3), lambda at: read(cast, "Comes back", week[3], 50, at)
    for number in (1, 2):
        yield (
            monday(3, 10 + number),
            lambda at, number=number: read(cast, "Read late", week[number], 60, at),
        )


def live(cast: Cast, ticks: list[datetime]) -> Snapshot:
    """Five weeks of what people do, among these ticks; how the world looks then."""
    with transaction.atomic():
        set_up(cast)
        moments: list[tuple[datetime, Any]] = [(at, lambda at: tick(at=at)) for at in ticks]
        for at, act in sorted([*moments, *happenings(cast)], key=lambda moment: moment[0]):
            act(at)
        assert verify(cast.acme).fault is None
        found = snapshot()
        transaction.set_rollback(True)
    return found


def snapshot() -> Snapshot:
    """Everything that ticks write, but for the moments at which they noticed."""
    return {
        "reviews": [
            (review.occurs_on, review.starts_at, review.hold_by, review.state)
            for review in Review.objects.order_by("occurs_on")
        ],
        "breaches": list(
            Breach.objects.order_by("metric__name", "first_period").values_list(
                "metric__name",
                "kind",
                "first_period",
                "opening_period",
                "recovered_period",
                "decision__number",
                "level",
                "answerable__name",
            )
        ),
        "verdicts": list(
            Verdict.objects.order_by("decision__number").values_list(
                "decision__number", "result", "grounds"
            )
        ),
        "offers": list(
            Ownership.objects.order_by("initiative__name").values_list("ending", "ended_at")
        ),
        "looked": list(Metric.objects.order_by("name").values_list("name", "checked_to")),
    }


def every_day() -> list[datetime]:
    """At ten in the morning, of 36 days."""
    return [AT + timedelta(days=n) for n in range(5 * 7 + 1)]
