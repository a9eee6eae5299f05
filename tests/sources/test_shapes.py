"""An answer of another shape than agreed is a failure that says what came instead."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cadence.sources.shapes import Agreed, Answer, Failed, pulled

TODAY = date(2026, 11, 18)  # a Wednesday
ROWS = Agreed("period", "value", "week", 0)
ONE = Agreed("", "", "week", 0)


def answer(*rows: Any, columns: tuple[str, ...] = ("period", "value")) -> Answer:
    return Answer(columns, tuple(rows))


def test_a_row_is_the_reading_of_its_period() -> None:
    found = pulled(answer(("2026-11-09", "31.50"), ("2026-11-02", Decimal(40))), ROWS, TODAY)
    assert [(one.starts_on, one.value) for one in found] == [
        (date(2026, 11, 2), Decimal(40)),
        (date(2026, 11, 9), Decimal("31.5")),
    ]


@pytest.mark.parametrize(
    "text",
    ["2026-11-09 00:00:00", "2026-11-09T00:00:00Z", "2026-11-09 00:00:00+01", "2026-W46"],
)
def test_the_first_moment_of_a_period_names_it_too(text: str) -> None:
    assert pulled(answer((text, "1")), ROWS, TODAY)[0].starts_on == date(2026, 11, 9)


def test_a_period_that_is_not_over_is_no_reading_yet() -> None:
    (found,) = pulled(answer(("2026-11-16", "12")), ROWS, TODAY)
    assert found.is_running
    assert not found.counts


def test_a_period_without_a_value_is_no_reading() -> None:
    (found,) = pulled(answer(("2026-11-09", None)), ROWS, TODAY)
    assert not found.counts


def test_one_value_is_that_of_the_last_period() -> None:
    (found,) = pulled(Answer(("count",), (("31",),)), ONE, TODAY)
    assert (found.starts_on, found.value) == (date(2026, 11, 9), Decimal(31))


@pytest.mark.parametrize(
    ("came", "agreed", "words"),
    [
        (answer(columns=("day", "demos")), ROWS, "no column “period”; it has “day”, “demos”"),
        (answer(columns=("period", "period", "value")), ROWS, "2 columns “period”"),
        (answer(("2026-11-10", "1")), ROWS, "Row 1: 2026-11-10 is not the start of a week"),
        (answer(("2026-11-09 14:30:00", "1")), ROWS, "Row 1: "),
        (answer((None, "1")), ROWS, "Row 1: the period is missing"),
        (answer((Decimal(20261109), "1")), ROWS, "Row 1: the period is a number"),
        (answer(("2026-11-09", "1"), ("2026-11-09", "2")), ROWS, "Row 2 is of the same period"),
        (answer(("2026-11-09", "many")), ROWS, "Row 1: “many” is refused"),
        (answer(("2026-11-09", "NaN")), ROWS, "must be a finite number"),
        (answer(("2026-11-09", "1e400")), ROWS, "too many digits"),
        (answer(("2026-11-09", "9" * 101)), ROWS, "refused"),
        (answer(("2026-11-09", "0.30000000000000004")), ROWS, "refused"),
        (answer(*[("2026-11-09", "1")] * 1001), ROWS, "more than 1000 rows"),
        (Answer(("count",), ()), ONE, "answered no rows"),
        (Answer(("count",), (("1",), ("2",))), ONE, "answered 2 rows"),
        (Answer(("a", "b"), (("1", "2"),)), ONE, "answered 2 columns: “a”, “b”"),
        (Answer(("count",), ((None,),)), ONE, "no value (null)"),
        (Answer(("count",), (("\ud800" * 50,),)), ONE, "refused"),
    ],
)
def test_what_was_not_agreed_is_refused_and_named(came: Answer, agreed: Agreed, words: str) -> None:
    with pytest.raises(Failed) as refused:
        pulled(came, agreed, TODAY)
    assert words in str(refused.value)
    str(refused.value).encode("utf-8")
