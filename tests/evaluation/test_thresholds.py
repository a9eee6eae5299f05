"""Threshold versions, and goalposts that one person alone does not move."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cadence.breaches.models import Breach
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.metrics.models import Judgement, Threshold
from tests.cast import AT, LAST_WEEK, Cast

WEEK = timedelta(weeks=1)
RESPONSE = "Ask three partners for a webinar each."


def test_a_change_makes_a_new_version_and_ends_the_one_before(cast: Cast) -> None:
    threshold, _ = set_threshold(
        actor=cast.dana, at=AT, metric=cast.demos, wanted=Wanted(50, agreed_response=RESPONSE)
    )
    cast.floor.refresh_from_db()
    assert cast.floor.ends_on == threshold.starts_on == date(2026, 11, 16)
    assert threshold.floor == Decimal(50) and not threshold.is_moved_goalpost


def test_the_first_version_judges_what_was_read_before(cast: Cast) -> None:
    metric = cast.metric()
    record_readings(actor=cast.olu, at=AT, rows=[Row(metric.pk, LAST_WEEK, "31")])
    _, outcome = set_threshold(
        actor=cast.dana,
        at=AT,
        metric=metric,
        wanted=Wanted(45, starts_on="2026-09-07", agreed_response=RESPONSE),
    )
    assert [breach.opening_period for breach in outcome.opened] == [LAST_WEEK]
    assert Judgement.objects.get(metric=metric).result == "below"


def test_history_is_not_judged_anew_by_a_later_version(cast: Cast) -> None:
    for day in (date(2026, 11, 15), date(2026, 8, 3), date(2026, 8, 2)):
        with pytest.raises(Invalid) as refused:
            set_threshold(
                actor=cast.dana,
                at=AT,
                metric=cast.demos,
                wanted=Wanted(50, starts_on=day, agreed_response=RESPONSE),
            )
        assert refused.value.problems[0].field == "starts_on"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(60, 50, agreed_response=RESPONSE), "floor"),
        (Wanted(agreed_response=RESPONSE), "floor"),
        (Wanted("NaN", agreed_response=RESPONSE), "floor"),
        (Wanted(50), "agreed_response"),
        (Wanted(50, agreed_response="   "), "agreed_response"),
        (Wanted(50, agreed_response="x" * 10_000), "agreed_response"),
        (Wanted(50, agreed_response="a\0b"), "agreed_response"),
        (Wanted(50, agreed_response="\ud800"), "agreed_response"),
        (Wanted(50, periods_in_a_row=0, agreed_response=RESPONSE), "periods_in_a_row"),
        (Wanted(50, periods_in_a_row="13", agreed_response=RESPONSE), "periods_in_a_row"),
        (Wanted(50, starts_on="9999-01-01", agreed_response=RESPONSE), "starts_on"),
        (Wanted(50, starts_on="soon", agreed_response=RESPONSE), "starts_on"),
    ],
)
def test_a_threshold_says_what_is_wrong_with_it(cast: Cast, wanted: Wanted, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_threshold(actor=cast.dana, at=AT, metric=cast.demos, wanted=wanted)
    assert field in {problem.field for problem in refused.value.problems}
    assert Threshold.objects.filter(metric=cast.demos).count() == 1


def test_a_limit_is_a_metric_of_the_same_rhythm_and_organization(cast: Cast) -> None:
    for limit in (cast.demos, cast.revenue, cast.betas_metric):
        with pytest.raises(Invalid) as refused:
            set_threshold(
                actor=cast.dana,
                at=AT,
                metric=cast.demos,
                wanted=Wanted(floor_metric=limit, agreed_response=RESPONSE),
            )
        assert refused.value.problems[0].field == "floor_metric"


def test_owners_do_not_set_their_own_thresholds(cast: Cast) -> None:
    wanted = Wanted(50, agreed_response=RESPONSE)
    for actor in (cast.olu, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            set_threshold(actor=actor, at=AT, metric=cast.demos, wanted=wanted)
    with pytest.raises(NotFound):
        set_threshold(actor=cast.sven, at=AT, metric=cast.demos, wanted=wanted)


def test_loosening_in_breach_is_a_moved_goalpost(cast: Cast) -> None:
    cast.breach()
    for wanted in (
        Wanted(30, agreed_response=RESPONSE),
        Wanted(45, periods_in_a_row=2, agreed_response=RESPONSE),
        Wanted(ceiling=100, agreed_response=RESPONSE),
        Wanted(floor_metric=cast.metric(), agreed_response=RESPONSE),
    ):
        with pytest.raises(Conflict) as refused:
            set_threshold(actor=cast.elena, at=AT, metric=cast.demos, wanted=wanted)
        assert refused.value.code == "moved_goalpost"


def test_tightening_in_breach_is_allowed(cast: Cast) -> None:
    cast.breach()
    threshold, _ = set_threshold(
        actor=cast.dana, at=AT, metric=cast.demos, wanted=Wanted(46, agreed_response=RESPONSE)
    )
    assert threshold.floor == Decimal(46)


def test_a_goalpost_is_moved_until_four_periods_after_the_breach(cast: Cast) -> None:
    breach = cast.breach(recovered_at=AT, recovered_period=LAST_WEEK)
    cast.decision(breach, kind="recovered")
    wanted = Wanted(30, agreed_response=RESPONSE)
    with pytest.raises(Conflict):
        set_threshold(actor=cast.dana, at=AT + 3 * WEEK, metric=cast.demos, wanted=wanted)
    set_threshold(actor=cast.dana, at=AT + 4 * WEEK, metric=cast.demos, wanted=wanted)
    assert Breach.objects.count() == 1
