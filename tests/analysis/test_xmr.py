"""Process behaviour: published results, properties, and the same by other people's code."""

import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statprocon import XmR

from cadence.analysis.xmr import Centre, Signals, assurance, behaviour, rebased
from tests import needs

decimals = st.decimals(-1000, 1000, places=3)
series = st.lists(decimals, min_size=6, max_size=60)


def numbers(*values: float | str) -> list[Decimal | None]:
    return [Decimal(str(value)) for value in values]


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    text = (needs.shared_data() / "xmr" / "vectors.json").read_text()
    found: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return found


def test_wheelers_data_give_wheelers_limits(published: dict[str, Any]) -> None:
    case = published["wheeler_verify_p382"]
    found = behaviour(case["x"])
    for ours, theirs in (
        (found.mean, case["mean"]),
        (found.average_moving_range, case["mr_mean"]),
        (found.lower_limit, case["lnpl"]),
        (found.upper_limit, case["unpl"]),
        (found.upper_range_limit, case["url"]),
    ):
        assert ours is not None
        assert float(ours) == pytest.approx(float(theirs), abs=0.005)
    assert found.signals == Signals(beyond_limits=(15,))


def test_the_handbooks_data_give_the_handbooks_limits(published: dict[str, Any]) -> None:
    case = published["nist_6_3_2_2"]
    found = behaviour(case["x"])
    assert found.mean == Fraction(case["mean"])
    assert found.upper_limit is not None and found.lower_limit is not None
    assert float(found.upper_limit) == pytest.approx(float(case["ucl_2_66"]), abs=1e-5)
    assert float(found.lower_limit) == pytest.approx(float(case["lcl_2_66"]), abs=1e-5)
    assert found.signals.beyond_limits == ()


@pytest.mark.parametrize("case", ["flat_series", "tiny_scale"])
def test_neither_a_flat_series_nor_a_tiny_one_has_signals(
    published: dict[str, Any], case: str
) -> None:
    assert not behaviour(published[case]["x"]).signals.any()


def test_five_values_give_no_limits_and_six_give_trial_limits() -> None:
    five, six = behaviour(numbers(1, 2, 1, 2, 1)), behaviour(numbers(1, 2, 1, 2, 1, 2))
    assert (five.mean, five.average_moving_range) == (Fraction(7, 5), 1)
    assert (five.has_limits, five.is_trial, five.signals.any()) == (False, False, False)
    assert (six.has_limits, six.is_trial) == (True, True)
    assert not behaviour(numbers(*[1, 2] * 6)).is_trial
    assert behaviour([]).mean is None


def test_a_value_on_a_limit_is_not_beyond_it() -> None:
    # Mean 0 and average range 1 but for the last: its range and value are chosen to fit.
    quiet = numbers(*[0, 1] * 5)
    found = behaviour(quiet)
    assert found.upper_limit is not None
    on = found.upper_limit
    assert on == Fraction(1, 2) + Fraction("2.66")
    beyond = behaviour([*quiet, Decimal(40)])
    assert beyond.signals.beyond_limits == (10,)
    flat = behaviour(numbers(*[3] * 20))
    assert flat.upper_limit == flat.lower_limit == 3
    assert flat.signals.beyond_limits == ()


def test_eight_in_a_row_are_a_run_and_one_on_the_centre_breaks_it() -> None:
    eight_and_eight = behaviour(numbers(*[1, 2] * 4, *[-1, -2] * 4))
    assert eight_and_eight.centre == 0
    assert eight_and_eight.signals.run == tuple(range(16))
    broken = behaviour(numbers(1, 2, 1, 2, 0, 1, 2, 1, 2, -1, -2, -1, -2, 0, -1, -2, -1, -2))
    assert broken.centre == 0
    assert broken.signals.run == ()
    nine = behaviour(numbers(*[1] * 9, *[-1] * 9))
    assert nine.signals.run == tuple(range(18))


def test_three_of_four_near_a_limit_are_marked_with_the_fourth() -> None:
    # Centre 0; limits at ±2.66 × the average moving range.
    values = numbers(0, 1, -1, 1, -1, 1, -1, 0, 3, 3, 0, 3, -3, -1, -3, -2)
    found = behaviour(values)
    assert found.centre == 0 and found.upper_limit is not None
    assert found.upper_limit / 2 < 3
    assert found.signals.near_limit == (8, 9, 10, 11)


def test_a_missing_value_has_no_range_and_neither_counts_nor_breaks() -> None:
    gaps = [Decimal(1), None, Decimal(9), Decimal(10), None, Decimal(2), Decimal(3), Decimal(2)]
    found = behaviour(gaps)
    assert found.count == 6
    assert found.average_moving_range == 1
    run = [Decimal(1)] * 4 + [None] + [Decimal(1)] * 4 + [Decimal(-8)]
    assert behaviour(run).signals.run == (0, 1, 2, 3, 5, 6, 7, 8)


@given(series, st.integers(1, 10**9), st.integers(-6, 6), st.sampled_from(["mean", "median"]))
def test_scaling_changes_no_signal(
    values: list[Decimal], factor: int, power: int, uses: Centre
) -> None:
    scale = Decimal(factor).scaleb(power)
    found = behaviour(values, uses=uses)
    scaled = behaviour([value * scale for value in values], uses=uses)
    assert scaled.signals == found.signals
    assert found.upper_limit is not None
    assert scaled.upper_limit == found.upper_limit * Fraction(scale)


@given(series, st.decimals(-(10**6), 10**6, places=3), st.sampled_from(["mean", "median"]))
def test_shifting_and_turning_over_change_no_signal(
    values: list[Decimal], shift: Decimal, uses: Centre
) -> None:
    found = behaviour(values, uses=uses)
    assert behaviour([value + shift for value in values], uses=uses).signals == found.signals
    assert behaviour([-value for value in values], uses=uses).signals == found.signals


@given(st.decimals(-(10**6), 10**6, places=6), st.integers(6, 400))
def test_a_long_flat_series_has_no_signal(value: Decimal, length: int) -> None:
    found = behaviour([value] * length)
    assert found.centre == found.upper_limit == Fraction(value)
    assert not found.signals.any()


def test_values_of_very_different_size_are_compared_exactly() -> None:
    values = [Decimal("1e-12"), Decimal("1e15")] * 6
    found = behaviour(values)
    assert found.centre == (Fraction("1e-12") + 10**15) / 2
    assert not found.signals.any()


@pytest.mark.parametrize(("uses", "theirs"), [("mean", "average"), ("median", "median")])
def test_two_thousand_random_series_have_the_signals_that_others_find(
    uses: Centre, theirs: str
) -> None:
    """Whole numbers of nine digits, where their rounding does not matter. Series with a value on
    the centre are left out: there a run goes on for them, and is broken for us."""
    compared = 0
    for seed in range(2000):
        chance = random.Random(seed)
        values = [Decimal(chance.randint(-(10**9), 10**9)) for _ in range(chance.randint(6, 60))]
        if seed % 3 == 0:
            values = [v if i % 7 else v * 5 for i, v in enumerate(values)]
        if seed % 5 == 0:
            values = [v + i * 10**8 for i, v in enumerate(values)]
        found = behaviour(values, uses=uses)
        if found.centre in values:
            continue
        other = XmR(values, x_central_line_uses=theirs)
        assert found.signals == Signals(
            _positions(other.rule_1_x_indices_beyond_limits()),
            _positions(other.rule_3_runs_near_limits()),
            _positions(other.rule_2_runs_about_central_line()),
        ), seed
        assert found.upper_limit is not None
        assert float(found.upper_limit) == pytest.approx(
            float(other.upper_natural_process_limit()[0]), abs=0.01
        )
        compared += 1
    assert compared > 900


def _positions(flags: list[bool]) -> tuple[int, ...]:
    return tuple(at for at, flag in enumerate(flags) if flag)


def test_limits_are_computed_anew_where_a_person_re_based() -> None:
    values = numbers(*[1, 2] * 6, *[11, 12] * 6)
    whole, (first, second) = behaviour(values), rebased(values, [12])
    assert whole.signals.run == tuple(range(24))
    assert (first[0], second[0]) == (0, 12)
    assert (first[1].centre, second[1].centre) == (Fraction(3, 2), Fraction(23, 2))
    assert not first[1].signals.any() and not second[1].signals.any()
    moved = rebased([*values, Decimal(99)], [12])[1][1]
    assert moved.signals.beyond_limits == (24,)
    assert rebased(values, [0, 24, 99]) == [(0, whole)]


@pytest.mark.parametrize(
    ("floor", "ceiling", "words"),
    [
        (-2, None, "will keep meeting it"),
        (2, None, "will do either, by chance"),
        (6, None, "will keep missing it"),
        (None, 5, "will keep meeting it"),
        (None, -2, "will keep missing it"),
        (-2, 1, "will do either, by chance"),
        (None, None, ""),
    ],
)
def test_what_an_unchanged_process_will_do(
    floor: int | None, ceiling: int | None, words: str
) -> None:
    found = behaviour(numbers(*[1, 2] * 6))  # limits -1.16 and 4.16
    limits = {"floor": floor, "ceiling": ceiling}
    assert (
        assurance(found, **{side: None if v is None else Decimal(v) for side, v in limits.items()})
        == words
    )
    assert assurance(behaviour(numbers(1, 2)), floor=Decimal(1)) == ""
