"""Metrics that are computed from others: their values, their breaches, and what is refused."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.breaches.models import Breach, Kind
from cadence.errors import Conflict, Invalid, NotFound
from cadence.evaluation.actions import record_readings, sweep_missing
from cadence.evaluation.lifecycle import retire_metric
from cadence.evaluation.rows import Row
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.metrics.actions import change_metric, create_metric
from cadence.metrics.deriving import why_none
from cadence.metrics.models import Judgement, Metric
from tests.cast import AT, LAST_WEEK, Cast

WEEK = timedelta(weeks=1)
SOON = AT + timedelta(minutes=5)


def derived(cast: Cast, formula: str, operands: Sequence[Metric], **facts: Any) -> Metric:
    return create_metric(
        **{
            "actor": cast.dana,
            "at": AT,
            "initiative": cast.pipeline,
            "name": formula.capitalize(),
            "kind": "lagging",
            "formula": formula,
            "operands": operands,
            "decimals": 2,
            **facts,
        }
    )


def record(cast: Cast, values: dict[Metric, object], period: date = LAST_WEEK) -> None:
    rows = [Row(one.pk, period, value, "Counted again.") for one, value in values.items()]
    record_readings(actor=cast.olu, at=AT, rows=rows)


def value(metric: Metric, period: date = LAST_WEEK) -> Decimal | None:
    row = Judgement.objects.filter(metric=metric, starts_on=period).first()
    return row and row.value


@pytest.fixture
def won(cast: Cast) -> Metric:
    return cast.metric("Deals won")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("ratio", "0.25"), ("difference", "-36"), ("sum", "60"), ("product", "576")],
)
def test_it_is_computed_when_what_it_is_made_of_is_recorded(
    cast: Cast, won: Metric, formula: str, expected: str
) -> None:
    metric = derived(cast, formula, [won, cast.demos])
    record(cast, {won: 12})
    assert value(metric) is None
    record(cast, {cast.demos: 48})
    assert value(metric) == Decimal(expected)


def test_it_is_computed_after_aggregation(cast: Cast) -> None:
    """The ratio of two sums, not the mean of seven ratios."""
    clicks = cast.metric("Clicks", read_per="day")
    views = cast.metric("Views", read_per="day")
    metric = derived(cast, "ratio", [clicks, views])
    for at in range(7):
        record(cast, {clicks: at, views: 10 + 90 * (at % 2)}, LAST_WEEK + timedelta(days=at))
        assert (value(metric) is None) == (at < 6)
    assert value(metric) == Decimal("0.061764706")  # 21 of 340


def test_a_ratio_with_the_unit_percent_is_said_in_percent(cast: Cast, won: Metric) -> None:
    record(cast, {won: 12, cast.demos: 48})
    assert value(derived(cast, "ratio", [won, cast.demos], unit="%")) == 25


def test_it_is_computed_over_what_is_on_record_when_it_is_made(cast: Cast, won: Metric) -> None:
    for back in range(3):
        record(cast, {won: 10, cast.demos: 40 + back}, LAST_WEEK - back * WEEK)
    record(cast, {won: 10}, LAST_WEEK - 3 * WEEK)
    metric = derived(cast, "difference", [cast.demos, won])
    rows = Judgement.objects.filter(metric=metric).order_by("-starts_on")
    assert [row.value for row in rows] == [30, 31, 32]
    assert {row.result for row in rows} == {"unknown"}


def test_a_correction_corrects_what_is_computed_over_every_step(cast: Cast, won: Metric) -> None:
    ratio = derived(cast, "ratio", [won, cast.demos])
    double = derived(cast, "sum", [ratio, ratio, won])
    record(cast, {won: 12, cast.demos: 48})
    assert value(double) == Decimal("12.5")
    record(cast, {cast.demos: 24})
    assert (value(ratio), value(double)) == (Decimal("0.5"), 13)


def test_it_is_judged_and_its_breach_opens_and_recovers_with_the_readings(
    cast: Cast, won: Metric
) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    wanted = Wanted(floor="0.25", agreed_response="Call every lead twice.")
    set_threshold(actor=cast.dana, at=AT, metric=metric, wanted=wanted)
    record(cast, {won: 11, cast.demos: 48}, LAST_WEEK + WEEK)
    breach = Breach.objects.get(metric=metric)
    assert (breach.side, breach.value) == ("below", Decimal("0.229166667"))
    record(cast, {won: 12}, LAST_WEEK + WEEK)
    breach.refresh_from_db()
    assert breach.recovered_at == AT and breach.decision is None


def test_setting_a_threshold_judges_what_was_computed(cast: Cast, won: Metric) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    record(cast, {won: 11, cast.demos: 48})
    wanted = Wanted(floor="0.25", agreed_response="Call.", starts_on=LAST_WEEK)
    _, outcome = set_threshold(actor=cast.dana, at=SOON, metric=metric, wanted=wanted)
    assert [breach.metric for breach in outcome.opened] == [metric]


def test_it_may_be_the_limit_of_another(cast: Cast, won: Metric) -> None:
    plan = derived(cast, "sum", [won, won])
    metric = cast.metric("Followed up")
    wanted = Wanted(floor_metric=plan, agreed_response="Hire.", starts_on=LAST_WEEK)
    set_threshold(actor=cast.dana, at=AT, metric=metric, wanted=wanted)
    record(cast, {metric: 9})
    assert not Breach.objects.exists()
    record(cast, {won: 5})
    assert Breach.objects.get(metric=metric).limit == 10
    # A plan lies ahead, and so does what it is made of.
    record(cast, {won: 5}, LAST_WEEK + 8 * WEEK)


def test_a_plan_that_is_computed_is_not_lowered_under_a_breach(cast: Cast, won: Metric) -> None:
    plan = derived(cast, "sum", [won, won])
    metric = cast.metric("Followed up")
    wanted = Wanted(floor_metric=plan, agreed_response="Hire.", starts_on=LAST_WEEK)
    set_threshold(actor=cast.dana, at=AT, metric=metric, wanted=wanted)
    record(cast, {metric: 9, won: 5})
    with pytest.raises(Conflict) as refused:
        record(cast, {won: 4})
    assert refused.value.code == "moved_goalpost"
    assert value(plan) == 10
    record(cast, {won: 6})
    assert value(plan) == 12


def test_by_zero_nothing_is_divided_and_what_was_computed_is_taken_back(
    cast: Cast, won: Metric
) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    record(cast, {won: 12, cast.demos: 48})
    record(cast, {cast.demos: 0})
    assert value(metric) is None
    assert why_none(metric, [won, cast.demos], LAST_WEEK) == "By zero nothing is divided."
    record(cast, {cast.demos: 24})
    assert value(metric) == Decimal("0.5")


def test_what_has_sixteen_digits_has_no_value_and_refuses_no_reading(
    cast: Cast, won: Metric
) -> None:
    metric = derived(cast, "product", [won, cast.demos])
    record(cast, {won: "999999999999999", cast.demos: 48})
    assert value(metric) is None
    assert "16 digits" in why_none(metric, [won, cast.demos], LAST_WEEK)
    assert why_none(metric, [won, cast.demos], LAST_WEEK - WEEK) == (
        "No value of “Deals won” and “Qualified demos”."
    )


def test_a_missing_operand_is_the_only_breach_of_what_is_missing(cast: Cast, won: Metric) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    Metric.objects.filter(pk=metric.pk).update(checked_to=LAST_WEEK - 3 * WEEK)
    outcome = sweep_missing(at=AT + timedelta(days=9), organization=cast.acme)
    late = {breach.metric for breach in outcome.opened}
    assert won in late and cast.demos in late and metric not in late
    assert {breach.kind for breach in outcome.opened} == {Kind.MISSING}


def test_it_takes_no_reading(cast: Cast, won: Metric) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    rows = [Row(won.pk, LAST_WEEK, 1), Row(metric.key, LAST_WEEK, 3)]
    with pytest.raises(Invalid) as refused:
        record_readings(actor=cast.olu, at=AT, rows=rows)
    (problem,) = refused.value.problems
    assert (problem.field, problem.row) == ("metric", 2)
    assert problem.message == "This metric is computed from others."
    assert value(won) is None


def test_what_does_not_fit_is_refused_all_at_once(cast: Cast, won: Metric) -> None:
    monthly = cast.revenue
    cases: list[tuple[str, list[Metric], dict[str, Any], set[str]]] = [
        ("ratio", [won], {}, {"operands"}),
        ("ratio", [won, won, won], {}, {"operands"}),
        ("sum", [won] * 11, {}, {"operands"}),
        ("sum", [], {"name": ""}, {"operands", "name"}),
        ("sum", [won, monthly], {}, {"operands"}),
        (
            "ratio",
            [won, cast.demos],
            {"read_per": "day", "judged_per": "month"},
            {"read_per", "judged_per"},
        ),
        ("median", [won, cast.demos], {}, {"formula"}),
        ("", [won], {"read_per": "week", "name": "None"}, {"operands"}),
        ("ratio", [won, cast.demos], {"comparison": "miles"}, {"comparison"}),
    ]
    for formula, operands, facts, fields in cases:
        with pytest.raises(Invalid) as refused:
            derived(cast, formula, operands, **facts)
        assert {problem.field for problem in refused.value.problems} == fields, formula
    with pytest.raises(NotFound):
        derived(cast, "ratio", [won, cast.betas_metric])


def test_what_has_retired_or_ended_is_no_operand(cast: Cast, won: Metric) -> None:
    retire_metric(actor=cast.dana, at=AT, metric=won, reason="Counted elsewhere.")
    ended = cast.initiative()
    other = cast.metric(initiative=ended)
    type(ended).objects.filter(pk=ended.pk).update(ended_at=AT, ended_as="stopped")
    for operand in (won, other):
        with pytest.raises(Invalid):
            derived(cast, "ratio", [operand, cast.demos])


def test_an_operand_is_not_retired_before_what_is_computed_from_it(cast: Cast, won: Metric) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    with pytest.raises(Conflict) as refused:
        retire_metric(actor=cast.dana, at=AT, metric=won, reason="No more.")
    assert refused.value.code == "metric_is_an_operand" and "Ratio" in str(refused.value)
    retire_metric(actor=cast.dana, at=AT, metric=metric, reason="No more.")
    retire_metric(actor=cast.dana, at=AT, metric=won, reason="No more.")


def test_a_ratio_stays_in_percent_or_out_of_it(cast: Cast, won: Metric) -> None:
    metric = derived(cast, "ratio", [won, cast.demos])
    facts = {"name": "R", "decimals": 1, "kind": "lagging", "leads_to": None, "grace_days": None}
    with pytest.raises(Invalid):
        change_metric(actor=cast.dana, at=AT, metric=metric, unit="%", **facts)
    changed = change_metric(
        actor=cast.dana, at=AT, metric=metric, unit="deals a demo", comparison="points", **facts
    )
    assert (changed.unit, changed.comparison) == ("deals a demo", "points")


def test_a_batch_asks_as_many_questions_for_many_as_for_few(cast: Cast) -> None:
    read = [cast.metric() for _ in range(12)]
    for one, other in pairwise(read):
        ratio = derived(cast, "ratio", [one, other], name="R")
        derived(cast, "difference", [ratio, other], name="D")
    counts = []
    for rows in (read[:2], read[:11]):
        period = LAST_WEEK - len(rows) * WEEK
        with CaptureQueriesContext(connection) as queries:
            record(cast, dict.fromkeys(rows, 7), period)
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
