"""The clock ticks: late, twice, or for nothing."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.evaluation.tick import tick
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from tests.cast import AT, Cast


def test_a_tick_that_finds_nothing_writes_nothing(cast: Cast) -> None:
    Metric.objects.update(checked_to=AT.date())
    tick(at=AT)
    before = Entry.objects.count()
    assert not any(tick(at=AT).values())
    assert Entry.objects.count() == before


def test_a_tick_does_in_its_order_what_is_due(cast: Cast) -> None:
    cast.series(planned_to=AT - timedelta(days=3))
    done = tick(at=AT + timedelta(days=2))
    assert done["planned"] == 7 and done["opened"] == 1 and done["breaches"] > 0
    (opened,) = Entry.objects.filter(event="review.opened")
    assert opened.data["agenda"]["breach"] == cast.acme.breaches.count() > 0
    assert not any(tick(at=AT + timedelta(days=2)).values())


def test_the_queries_of_an_idle_tick_do_not_grow_with_the_metrics(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            tick(at=AT)
        return len(queries)

    Metric.objects.update(checked_to=AT.date())
    tick(at=AT)
    few = cost()
    for _ in range(30):
        cast.metric(checked_to=AT.date())
    assert cost() == few
