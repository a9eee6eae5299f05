from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from cadence.charts import Mark, Point, Stretch, behaviour_chart
from tests.charts.reading_svg import names, of_class, parsed, words

MONDAY = date(2026, 1, 5)
LIMITS = Stretch(0, 8, Decimal(50), Decimal(38), Decimal(62), Decimal(15))


def weeks(*values: int | None, signals: dict[int, str] | None = None) -> list[Point]:
    days = [MONDAY + timedelta(weeks=i) for i in range(len(values))]
    return [
        Point(
            day,
            f"{day:%-d %b}",
            None if value is None else Decimal(value),
            signal=(signals or {}).get(i, ""),
        )
        for i, (day, value) in enumerate(zip(days, values, strict=True))
    ]


def draw(points: list[Point], *stretches: Stretch, marks: tuple[Mark, ...] = ()) -> str:
    return behaviour_chart(
        points, stretches, marks=marks, unit="demos", decimals=0, label="Demos booked"
    )


STEADY = weeks(50, 52, 47, 51, 49, 53, 48, 50)


def test_limits_and_centre_are_drawn_and_written() -> None:
    root = parsed(draw(STEADY, LIMITS))
    assert {"62", "50", "38", "15"} <= set(words(root))
    assert len(of_class(root, "limits")) == 1
    assert len(of_class(root, "centre")) == 1
    assert len(of_class(root, "limit")) == 3  # upper, lower, and that of the ranges


def test_a_signal_stands_in_a_ring_and_says_why() -> None:
    points = weeks(50, 52, 47, 51, 49, 53, 48, 70, signals={7: "beyond the natural limits"})
    root = parsed(draw(points, LIMITS))
    (signal,) = [each for each in of_class(root, "point") if "signal" in each.get("class", "")]
    assert list(names([signal])) == ["23 Feb: 70 demos: signal, beyond the natural limits"]
    assert len(of_class(signal, "ring")) == 1


def test_the_ranges_say_how_far_each_value_moved_and_which_is_too_far() -> None:
    root = parsed(draw(weeks(50, 52, 47, 51, 49, 53, 48, 70), LIMITS))
    moved = of_class(root, "moved")
    assert len(moved) == 7
    assert next(names(moved)) == "12 Jan: moved by 2 demos"
    assert list(names(moved))[-1] == "23 Feb: moved by 22 demos, beyond the range limit"


def test_a_missing_value_has_no_range_on_either_side() -> None:
    root = parsed(draw(weeks(50, 52, None, 51, 49), Stretch(0, 5)))
    assert len(of_class(root, "moved")) == 2
    assert len(of_class(root, "gap")) == 1


def test_limits_begin_again_where_they_were_computed_anew() -> None:
    points = weeks(50, 52, 47, 51, 80, 82, 79, 81)
    low = Stretch(0, 4, Decimal(50), Decimal(40), Decimal(60), Decimal(12))
    high = Stretch(4, 8, Decimal(80), Decimal(74), Decimal(86), Decimal(7), is_trial=True)
    mark = Mark(MONDAY + timedelta(weeks=4), "limits anew: new tariff", "rebasing")
    root = parsed(draw(points, low, high, marks=(mark,)))
    first, second = of_class(root, "limits")
    ends = float(first.get("x", "0")) + float(first.get("width", "0"))
    assert abs(ends - float(second.get("x", "0"))) < 0.2
    # No range is drawn across a re-basing: it would be the change itself.
    assert len(of_class(root, "moved")) == 6
    assert "trial 86" in words(root)
    assert "trial 60" not in words(root)
    assert list(names(of_class(root, "rebasing"))) == ["2 Feb 2026: limits anew: new tariff"]


def test_numbers_of_close_limits_do_not_lie_on_each_other() -> None:
    near = Stretch(0, 8, Decimal(50), Decimal("49.9"), Decimal("50.1"), Decimal(1))
    root = parsed(draw(weeks(0, 100, 47, 51, 49, 53, 48, 50), near))
    beside = [each for each in root.iter() if each.text == "50" and each.get("text-anchor") is None]
    heights = sorted(float(each.get("y", "0")) for each in beside)
    assert len(heights) == 3
    assert all(b - a >= 11.9 for a, b in pairwise(heights))


def test_without_limits_the_values_are_drawn_alone() -> None:
    root = parsed(draw(weeks(50, 52, 47), Stretch(0, 3)))
    assert of_class(root, "limits") == []
    assert len(of_class(root, "point")) == 3


def test_without_readings_the_chart_says_so() -> None:
    (said,) = words(parsed(draw(weeks(None, None), Stretch(0, 2))))
    assert said == "No readings in this span: 5 Jan to 12 Jan"


def test_equal_values_and_a_range_of_nothing_can_be_drawn() -> None:
    flat = Stretch(0, 6, Decimal(7), Decimal(7), Decimal(7), Decimal(0))
    assert len(of_class(parsed(draw(weeks(7, 7, 7, 7, 7, 7), flat)), "moved")) == 6 - 1


def test_tiny_and_huge_values_stand_in_one_chart() -> None:
    points = [
        Point(MONDAY + timedelta(weeks=i), str(i), value)
        for i, value in enumerate([Decimal("1e-12"), Decimal("1e15"), None, Decimal("5")])
    ]
    assert len(of_class(parsed(draw(points, Stretch(0, 4))), "point")) == 4
