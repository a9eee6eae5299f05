"""Many readings at once: all of them or none, with every bad row named."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.breaches.models import Breach
from cadence.ledger.models import Entry
from cadence.metrics.models import Correction, Metric, Reading
from tests.api.conftest import Answer, Caller
from tests.cast import LAST_WEEK, Cast

Api = Callable[..., Caller]
WEEK = timedelta(days=7)


@pytest.fixture
def machine(cast: Cast, api: Api) -> Caller:
    return api(cast.robo, "readings")


def weeks(count: int, value: int = 50, metric: object = "qualified-demos") -> list[dict[str, Any]]:
    return [
        {"metric": metric, "period": (LAST_WEEK - WEEK * back).isoformat(), "value": value + back}
        for back in range(count)
    ]


def test_a_batch_is_recorded_and_evaluated_at_once(cast: Cast, machine: Caller) -> None:
    before = Entry.objects.count()
    rows = weeks(3)
    rows[0]["value"] = "31"
    answer = machine.post("readings/batch", {"readings": rows})
    assert answer.status == 200
    counts = {name: answer.body[name] for name in ("count", "new", "corrected", "unchanged")}
    assert counts == {"count": 3, "new": 3, "corrected": 0, "unchanged": 0}
    breach = Breach.objects.get()
    assert (answer.body["opened"], answer.body["recovered"]) == ([breach.pk], 0)
    assert breach.value == 31
    assert Entry.objects.count() == before + 1
    again = machine.post("readings/batch", {"readings": [rows[0] | {"value": 60}, *rows[1:]]})
    assert (again.body["corrected"], again.body["unchanged"], again.body["recovered"]) == (1, 2, 1)
    assert Correction.objects.get().old_value == 31


def test_csv_is_the_same_batch(cast: Cast, machine: Caller) -> None:
    table = "﻿Metric,Period,Value,Note\nqualified-demos,2026-11-09,31,late\n" + (
        f'{cast.demos.pk},2026-W45,"47.5",\n'
    )
    answer = machine.ask("POST", "readings/batch", table.encode(), "text/csv")
    assert (answer.status, answer.body["new"], len(answer.body["opened"])) == (200, 2, 1)
    found = Reading.objects.filter(metric=cast.demos).order_by("-starts_on")
    assert [(str(r.value.normalize()), r.note) for r in found] == [("31", "late"), ("47.5", "")]


def test_one_bad_row_refuses_the_batch_and_every_bad_row_is_named(
    cast: Cast, machine: Caller
) -> None:
    rows = [
        *weeks(1),
        {"metric": "nothing", "period": "2026-11-09", "value": 1},
        {"metric": "qualified-demos", "period": "2026-11-10", "value": "NaN"},
        {"metric": "qualified-demos", "period": "2026-11-09", "value": 3},
    ]
    answer = machine.post("readings/batch", {"readings": rows})
    assert answer.status == 422
    found = [(one["row"], one["field"]) for one in answer.body["problems"]]
    assert found == [(2, "metric"), (3, "value"), (3, "period"), (4, "period")]
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("sent", "row", "field"),
    [
        ([{"metric": 1, "period": "2026-11-09"}], 1, "value"),
        ([{"metric": 1, "period": "2026-11-09", "value": 1, "x": 1}], 1, "x"),
        (["31"], 1, "readings"),
        ([], None, "readings"),
        ({"metric": 1}, None, "readings"),
        (None, None, "readings"),
        ([{"metric": [1], "period": {}, "value": True, "note": []}], 1, "metric"),
    ],
)
def test_what_is_no_reading_is_named(
    cast: Cast, machine: Caller, sent: object, row: int | None, field: str
) -> None:
    answer = machine.post("readings/batch", {"readings": sent})
    assert answer.status == 422
    problem = answer.body["problems"][0]
    assert (problem.get("row"), problem["field"]) == (row, field)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"metric;period;value\n1;2026-11-09;3\n", "The first line names the columns"),
        (b"metric,period,value,price\n", "The first line names the columns"),
        (b"metric,metric,period,value\n", "The first line names the columns"),
        (b"metric,period,value\nqualified-demos,2026-11-09\n", "Line 2 has 2 cells"),
        (b'metric,period,value\nqualified-demos,2026-11-09,"3', "not CSV: unexpected end of data"),
        (b"metric,period,value\n\xff,2026-11-09,3\n", "not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(
    cast: Cast, machine: Caller, table: bytes, says: str
) -> None:
    answer = machine.ask("POST", "readings/batch", table, "text/csv")
    assert answer.status == 400
    assert says in answer.body["detail"]


def test_more_than_ten_thousand_rows_are_too_many(cast: Cast, machine: Caller) -> None:
    rows = [{"metric": 1, "period": "x", "value": 1}] * 10_001
    answer = machine.post("readings/batch", {"readings": rows})
    assert answer.problems == {"readings": "This is a list of 1 to 10,000 readings."}


def test_a_batch_with_a_key_has_one_effect_and_one_answer(cast: Cast, machine: Caller) -> None:
    def keyed(body: dict[str, Any]) -> Answer:
        return machine.ask("POST", "readings/batch", body, **{"Idempotency-Key": "nightly-1"})

    rows = {"readings": weeks(2)}
    first = keyed(rows)
    second = keyed(rows)
    assert first.body == second.body and first.body["new"] == 2
    other = keyed({"readings": weeks(3)})
    assert other.code == "idempotency_key_reused"


def test_a_batch_needs_the_right_to_record_for_every_metric(cast: Cast, api: Api) -> None:
    other = cast.metric("Others", initiative=cast.initiative(owner=cast.nils))
    rows = [*weeks(1), *weeks(1, metric=other.pk)]
    assert api(cast.olu).post("readings/batch", {"readings": rows}).status == 403
    assert api(cast.robo, "read").post("readings/batch", {"readings": rows}).status == 403
    assert not Reading.objects.exists()


def test_a_large_batch_asks_no_more_than_a_small_one(cast: Cast, machine: Caller) -> None:
    def batch(count: int) -> list[dict[str, Any]]:
        metrics = [cast.metric(f"M{count}-{n}") for n in range(count)]
        for metric in metrics:
            cast.threshold(metric, starts_on=date(2026, 8, 3))
        return [row for metric in metrics for row in weeks(2, 10, metric.pk)]

    small, large = batch(2), batch(40)
    machine.post("readings/batch", {"readings": weeks(1)})
    with CaptureQueriesContext(connection) as few:
        machine.post("readings/batch", {"readings": small})
    with CaptureQueriesContext(connection) as many:
        machine.post("readings/batch", {"readings": large})
    assert len(few) == len(many)
    assert Breach.objects.count() == 42
    assert Metric.objects.count() > 40
