"""Metrics that are computed from others, by API."""

from collections.abc import Callable
from typing import Any

import pytest

from cadence.metrics.models import Metric
from tests.api.conftest import Answer, Caller
from tests.cast import LAST_WEEK, Cast

Api = Callable[..., Caller]


@pytest.fixture
def won(cast: Cast) -> Metric:
    return cast.metric("Deals won")


def made(caller: Caller, cast: Cast, operands: object, **facts: Any) -> Answer:
    body = {"initiative": cast.pipeline.pk, "name": "Deals a demo", "kind": "lagging"}
    return caller.post("metrics", body | {"formula": "ratio", "operands": operands} | facts)


def test_it_is_made_shown_and_computed(cast: Cast, won: Metric, api: Api) -> None:
    dana = api(cast.dana)
    answer = made(dana, cast, [won.pk, cast.demos.pk], unit="%", comparison="points")
    assert answer.status == 201
    body = answer.body
    assert (body["formula"], body["comparison"]) == ("ratio", "points")
    assert [one["name"] for one in body["operands"]] == ["Deals won", "Qualified demos"]
    assert (body["read_per"], body["judged_per"]) == ("week", "week")
    rows = [
        {"metric": one.pk, "period": LAST_WEEK.isoformat(), "value": value}
        for one, value in ((won, "12"), (cast.demos, "48"))
    ]
    assert api(cast.robo, "readings").post("readings/batch", {"readings": rows}).status == 200
    state = dana.get(f"metrics/{body['id']}").body["state"]
    assert (state["value"], state["result"]) == ("25", "unknown")
    read = dana.get(f"metrics/{won.pk}").body
    assert (read["formula"], read["operands"]) == (None, [])


@pytest.mark.parametrize(
    ("operands", "facts", "field"),
    [
        (None, {}, "operands"),
        ([], {}, "operands"),
        ("both", {}, "operands"),
        ([10**30], {}, "operands"),
        (["1"], {}, "operands"),
        (None, {"formula": None}, "read_per"),
        (None, {"formula": "median"}, "formula"),
        (None, {"formula": 7}, "formula"),
        (None, {"comparison": None}, "comparison"),
    ],
)
def test_what_does_not_fit_is_named(
    cast: Cast, api: Api, operands: object, facts: dict[str, Any], field: str
) -> None:
    answer = made(api(cast.dana), cast, operands, **facts)
    assert answer.status == 422
    assert field in answer.problems


def test_a_batch_that_holds_a_reading_of_it_is_refused_with_its_row(
    cast: Cast, won: Metric, api: Api
) -> None:
    metric = made(api(cast.dana), cast, [won.pk, cast.demos.pk]).body
    period = LAST_WEEK.isoformat()
    rows = [
        {"metric": won.key, "period": period, "value": 1},
        {"metric": metric["key"], "period": period, "value": 1},
    ]
    answer = api(cast.robo, "readings").post("readings/batch", {"readings": rows})
    assert answer.status == 422
    (problem,) = answer.body["problems"]
    assert (problem["row"], problem["field"]) == (2, "metric")
    assert problem["message"] == "This metric is computed from others."


def test_what_it_is_computed_from_is_not_retired_before_it(
    cast: Cast, won: Metric, api: Api
) -> None:
    dana = api(cast.dana)
    made(dana, cast, [won.pk, cast.demos.pk])
    answer = dana.post(f"metrics/{won.pk}/retirement", {"reason": "Counted elsewhere."})
    assert (answer.status, answer.code) == (409, "metric_is_an_operand")


def test_how_changes_are_told_can_be_changed(cast: Cast, api: Api) -> None:
    answer = api(cast.dana).patch(f"metrics/{cast.demos.pk}", {"comparison": "points"})
    assert (answer.status, answer.body["comparison"]) == (200, "points")
