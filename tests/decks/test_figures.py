from decimal import Decimal

import pytest

from cadence.decks.figures import Written, change


@pytest.mark.parametrize(
    ("written", "value", "words"),
    [
        (Written.by("", 0, ""), "1234567", "1,234,567"),
        (Written.by("%", 1, ""), "12.34", "12.3%"),
        (Written.by("€", 0, ""), "1200", "€1,200"),
        (Written.by("orders", 0, ""), "12", "12"),
        (Written.by("", 2, "##%"), "0.1234", "12%"),
        (Written.by("", 0, "##.2%"), "0.1234", "12.34%"),
        (Written.by("", 0, "##MM"), "470759324", "471M"),
        (Written.by("", 0, "##.1BB"), "18665110807", "18.7bn"),
        (Written.by("", 0, "##KK"), "-1500", "−2k"),
        (Written.by("", 0, "##.3"), "1.23456", "1.235"),
        (Written.by("", 1, "in millions"), "1.25", "1.2"),
    ],
)
def test_a_figure_is_written_with_its_unit_or_scale(
    written: Written, value: str, words: str
) -> None:
    assert written.figure(Decimal(value)) == words


def test_what_is_missing_is_a_dash() -> None:
    assert Written().figure(None) == Written().brief(None) == change(None, points=False) == "–"


def test_large_totals_are_brief() -> None:
    assert Written().brief(Decimal(9_999_999)) == "9,999,999"
    assert Written().brief(Decimal(18_665_110_807)) == "18.7bn"
    assert Written("€").brief(Decimal(18_665_110_807)) == "€18.7bn"


@pytest.mark.parametrize(
    ("value", "points", "words"),
    [
        ("3.21", False, "+3.2%"),
        ("-3.21", False, "−3.2%"),
        ("1234.5", False, "+1,234.5%"),
        ("0.01", False, "+0.0%"),
        ("0", False, "0.0%"),
        ("0", True, "0 bps"),
    ],
)
def test_a_change_bears_its_sign(value: str, points: bool, words: str) -> None:
    assert change(Decimal(value), points=points) == words


def test_basis_points_are_whole() -> None:
    assert change(Decimal("101.4"), points=True) == "+101 bps"
