from decimal import Decimal

import pytest

from cadence.charts.scale import Linear, axis_labels, brief, extent, number, ticks, with_unit


def d(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("31", "60", ["30", "40", "50", "60"]),
        ("0", "1", ["0", "0.5", "1"]),
        ("-3", "4", ["-4", "-2", "0", "2", "4"]),
        ("0.002", "0.011", ["0", "0.005", "0.010", "0.015"]),
    ],
)
def test_ticks_are_round_and_reach_around_the_values(
    low: str, high: str, expected: list[str]
) -> None:
    assert ticks(d(low), d(high)) == [d(each) for each in expected]


def test_there_are_a_handful_of_ticks_whatever_the_size() -> None:
    for power in range(-12, 16):
        low, high = d("1.3").scaleb(power), d("9.7").scaleb(power)
        found = ticks(low, high)
        assert found[0] <= low
        assert found[-1] >= high
        assert 3 <= len(found) <= 9


def test_equal_values_get_room_on_both_sides() -> None:
    assert extent([d("50"), None, d("50")]) == (d("45"), d("55"))
    assert extent([d("0")]) == (d("-1"), d("1"))
    assert extent([None, Decimal("NaN")]) is None


def test_a_scale_keeps_the_smallest_beside_the_largest() -> None:
    scale = Linear(d("1e-12"), d("1e15"), 0.0, 100.0)
    assert scale(d("1e-12")) == 0.0
    assert scale(d("1e15")) == 100.0


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("2210", 0, "2,210"),
        ("-0.5", 1, "−0.5"),
        ("-0", 1, "0.0"),
        ("0.5", 2, "0.50"),
        ("1e-12", 2, "1×10⁻¹²"),
        ("1e15", 0, "1,000,000,000,000,000"),
        ("-2.345e20", 0, "−2.34×10²⁰"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: str, decimals: int, expected: str) -> None:
    assert number(d(value), decimals) == expected


def test_a_unit_stands_where_it_belongs() -> None:
    assert with_unit("31", "demos") == "31 demos"
    assert with_unit("41", "%") == "41%"
    assert with_unit("−120", "€") == "−€120"
    assert with_unit("7", "") == "7"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0", "20", "40"], ["0", "20", "40"]),
        (["0", "500000", "1000000"], ["0", "0.5 M", "1.0 M"]),
        (["0", "2e14", "4e14"], ["0", "200 tn", "400 tn"]),
        (["0", "5e14", "1e15"], ["0", "5×10¹⁴", "1×10¹⁵"]),
        (["0", "2e-12"], ["0", "2×10⁻¹²"]),
        (["4999999", "5000000"], ["4,999,999", "5,000,000"]),
    ],
)
def test_labels_of_an_axis_are_short(values: list[str], expected: list[str]) -> None:
    assert axis_labels([d(each) for each in values]) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("842", "842"),
        ("8420", "8,420"),
        ("12345", "12.3k"),
        ("99960", "100.0k"),
        ("123456", "123k"),
        ("1234567", "1.23M"),
        ("-1234567", "−1.23M"),
        ("45600000000", "45.6bn"),
        ("0", "0"),
    ],
)
def test_where_there_is_little_room_a_number_is_brief(value: str, words: str) -> None:
    assert brief(Decimal(value), 0) == words
