from decimal import Decimal
from itertools import pairwise

import pytest

from cadence.charts import Line, six_twelve_chart
from tests.charts.reading_svg import names, of_class, parsed, words

MONTHS = ["Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
AXIS = [f"wk {i}" for i in range(41, 47)] + MONTHS


def numbers(*values: int | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


MAIN = Line("orders", numbers(10, 12, None, 14, 13, 15), numbers(*range(60, 71), None))


def draw(*lines: Line, unit: str = "orders") -> str:
    return six_twelve_chart(lines, AXIS, unit=unit, decimals=0, label="Orders")


def test_every_value_says_what_it_is() -> None:
    points = of_class(parsed(draw(MAIN)), "point")
    said = list(names(points))
    assert len(said) == 5 + 11
    assert said[0] == "wk 41, orders: 10 orders"
    assert said[-1] == "Sep, orders: 70 orders"


def test_only_the_number_itself_is_walked_through_by_keyboard() -> None:
    prior = Line("a year before", numbers(*range(6)), numbers(*range(12)), "prior")
    points = of_class(parsed(draw(MAIN, prior)), "point")
    assert sum(each.get("tabindex") == "0" for each in points) == 16
    assert len(points) == 16 + 18


def test_a_missing_value_leaves_a_gap() -> None:
    assert len(of_class(parsed(draw(MAIN)), "line")) == 1 + 3  # legend, two pieces, months


def test_weeks_and_months_have_a_scale_each() -> None:
    said = words(parsed(draw(MAIN)))
    assert {"10", "15"} <= set(said)
    assert {"60", "70"} <= set(said)


def test_what_all_labels_begin_with_is_written_once() -> None:
    said = words(parsed(draw(MAIN)))
    assert [each for each in said if each in {"wk 41", "42", "43", "44", "45", "46"}] == [
        "wk 41",
        "42",
        "43",
        "44",
        "45",
        "46",
    ]
    assert [each for each in said if each in MONTHS] == MONTHS


def test_each_kind_of_line_has_a_name_and_a_shape_of_its_own() -> None:
    same = numbers(*range(6)), numbers(*range(12))
    lines = [
        MAIN,
        Line("a year before", *same, "prior"),
        Line("target", *same, "target"),
        Line("refunds", *same, "other"),
    ]
    root = parsed(draw(*lines))
    assert {"orders", "a year before", "target", "refunds"} <= set(words(root))
    assert len(of_class(root, "target")) > 18
    dashes = {each.get("stroke-dasharray") for each in of_class(root, "line")}
    assert len(dashes) == 3


def test_no_two_numbers_lie_on_each_other() -> None:
    root = parsed(draw(Line("n", numbers(1, 1, 1, 1, 1, 1), numbers(*[100_000] * 12))))
    for half in ("1", "100k"):
        xs = sorted(
            float(each.get("x", "0")) for each in of_class(root, "value") if each.text == half
        )
        assert xs
        room = len(half) * 6
        assert all(b - a >= room for a, b in pairwise(xs))


def test_without_values_the_chart_says_so() -> None:
    nothing = Line("n", numbers(*[None] * 6), numbers(*[None] * 12))
    assert words(parsed(draw(nothing))) == ["No values in these weeks and months"]


def test_weeks_alone_can_be_drawn() -> None:
    root = parsed(draw(Line("n", numbers(*range(6)), numbers(*[None] * 12))))
    assert len(of_class(root, "point")) == 6


@pytest.mark.parametrize(("weeks", "months"), [(5, 12), (6, 13)])
def test_a_line_of_another_length_is_refused(weeks: int, months: int) -> None:
    with pytest.raises(ValueError, match="six weeks and twelve months"):
        Line("n", [None] * weeks, [None] * months)


def test_values_of_all_sizes_stand_in_one_chart() -> None:
    weeks: list[Decimal | None] = [Decimal("1e-12"), Decimal("1e15"), *numbers(0, -5, 7, None)]
    root = parsed(draw(Line("n", weeks, numbers(*range(12)))))
    assert len(of_class(root, "point")) == 17
