"""Ten thousand ask the database no more than ten."""

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.breaches.models import Breach
from cadence.evaluation.actions import record_batch, sweep_missing
from cadence.evaluation.rows import Row
from cadence.metrics.models import Judgement, Metric, Reading
from tests.cast import AT, Cast

LONG_AGO = date(2010, 1, 1)


def metrics(cast: Cast, count: int, per: str = "day") -> list[Metric]:
    found = [cast.metric(read_per=per, judged_per=per, checked_to=AT.date()) for _ in range(count)]
    for metric in found:
        cast.threshold(metric, starts_on=LONG_AGO)
    return found


def rows(of: list[Metric], days: int, value: int) -> list[Row]:
    return [
        Row(metric.pk, (AT.date() - timedelta(days=back)).isoformat(), value + back % 5)
        for metric in of
        for back in range(days)
    ]


def test_a_batch_of_ten_thousand_asks_as_often_as_one_of_ten(cast: Cast) -> None:
    # The first entry of a ledger makes its head.
    record_batch(actor=cast.robo, at=AT, rows=rows(metrics(cast, 1), 1, 50))
    counts = []
    for number, days in ((2, 5), (10, 1000)):
        mine = metrics(cast, number)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            fresh = record_batch(actor=cast.robo, at=AT, rows=rows(mine, days, 50))
        with CaptureQueriesContext(connection) as asked_again:
            again = record_batch(actor=cast.robo, at=AT, rows=rows(mine, days, 51))
        counts.append((len(asked), len(asked_again)))
        assert (fresh.counts, again.counts) == (
            {"new": number * days},
            {"corrected": number * days},
        )
    assert counts[0] == counts[1]
    assert Reading.objects.filter(metric__in=mine).count() == 10_000
    assert Judgement.objects.filter(metric__in=mine, result="inside").count() == 10_000


def test_a_sweep_of_many_metrics_asks_as_often_as_one_of_few(cast: Cast) -> None:
    # The first entry of a ledger makes its head.
    cast.metric(checked_to=date(2026, 10, 5))
    sweep_missing(at=AT, organization=cast.acme)
    counts = []
    for number in (3, 300):
        expected = [cast.metric(checked_to=date(2026, 10, 5)) for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            outcome = sweep_missing(at=AT, organization=cast.acme)
        counts.append(len(asked))
        assert len([one for one in outcome.opened if one.metric in expected]) == number
        assert Breach.objects.filter(metric__in=expected, kind="missing").count() == number
        with CaptureQueriesContext(connection) as quiet:
            assert sweep_missing(at=AT, organization=cast.acme).opened == []
        # Nobody is asked about readings when nothing is due.
        assert len(quiet) <= 6
    assert counts[0] == counts[1]
