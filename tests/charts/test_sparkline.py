from decimal import Decimal

import pytest

from cadence.charts import sparkline
from tests.charts.reading_svg import of_class, parsed, words


def series(*values: int | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


def test_a_sparkline_has_a_line_its_floor_and_a_name() -> None:
    root = parsed(sparkline(series(52, 47, 48), series(45, 45, 45), label="Demos, 3 weeks"))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Demos, 3 weeks"
    assert len(of_class(root, "line")) == 1
    assert len(of_class(root, "threshold")) == 1
    assert not of_class(root, "beyond")


def test_the_line_breaks_where_a_reading_is_missing() -> None:
    root = parsed(sparkline(series(52, 47, None, 46, 48), label="Demos"))
    assert len(of_class(root, "line")) == 2


def test_a_lone_reading_between_gaps_is_a_dot() -> None:
    root = parsed(sparkline(series(None, 47, None), label="Demos"))
    assert len(of_class(root, "dot")) == 1


def test_the_last_value_beyond_its_threshold_has_another_shape() -> None:
    assert of_class(parsed(sparkline(series(50, 31), series(45, 45), label="a")), "beyond")
    assert of_class(parsed(sparkline(series(20, 31), None, series(24, 24), label="a")), "beyond")
    assert not of_class(parsed(sparkline(series(31, 50), series(45, 45), label="a")), "beyond")


@pytest.mark.parametrize("values", [series(), series(None, None), [Decimal("NaN")]])
def test_without_readings_it_says_so(values: list[Decimal | None]) -> None:
    assert words(parsed(sparkline(values, label="Demos"))) == ["no readings"]


def test_one_value_and_equal_values_can_be_drawn() -> None:
    parsed(sparkline(series(5), label="one"))
    parsed(sparkline(series(0, 0, 0), series(0, 0, 0), label="zeros"))


def test_limits_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally many"):
        sparkline(series(1, 2), series(1), label="Demos")
