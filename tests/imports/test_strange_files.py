"""Files that are easily taken for what they are not: refused with the reason, or read as shown."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from cadence.errors import Invalid
from cadence.imports.actions import map_import
from cadence.imports.dates import named_in
from cadence.imports.numbers import number_in
from cadence.imports.reading_tables import read_text
from cadence.imports.running import run_small
from cadence.metrics.models import Reading
from tests.cast import AT, Cast
from tests.imports.bringing import bring, faults, found, landed, mapped, now
from tests.imports.test_workbooks import altered, rows_of, workbook

WIDE = "Week,Qualified demos,calls\n2026-11-09,31,5\n2026-11-02,,7\n"


def test_a_column_whose_metric_was_retired_since_the_check_stops_the_whole_file(
    cast: Cast,
) -> None:
    other = cast.metric("Calls made", key="calls")
    one = mapped(cast, WIDE)
    assert one.counts["new"] == 3
    other.retired_at = AT
    other.save()
    one = landed(one)
    assert one.state == "problems" and not Reading.objects.exists()
    assert faults(one) == [(2, 3, "This metric is retired."), (3, 3, "This metric is retired.")]


def test_a_column_whose_metric_was_retired_before_the_check_is_not_left_out(cast: Cast) -> None:
    other = cast.metric("Calls made", key="calls")
    given = {"columns": ["period", "qualified-demos", "calls"]}
    one = map_import(actor=cast.olu, at=AT, one=bring(cast, WIDE), given=given)
    other.retired_at = AT
    other.save()
    assert run_small(one, now=now).counts["problems"] == 2


def test_a_number_in_a_file_names_no_metric_by_our_id(cast: Cast) -> None:
    rows = f"Metric,Week,Value\n{cast.demos.pk},2026-11-09,31\n"
    one = mapped(cast, rows, columns=["metric", "period", "value"])
    assert faults(one) == [(2, 1, "There is no such metric.")]


def test_a_metric_that_is_none_is_one_problem_however_many_periods_it_has(cast: Cast) -> None:
    cast.metric("Calls made", key="calls")
    cast.metric("Calls made", key="calls-too")
    rows = "KPI\t2026-W45\t2026-W46\nCalls made\t47\t31\nNothing\t1\t2\n"
    one = mapped(cast, rows, columns=["metric", "across", "across"])
    assert faults(one) == [
        (2, 1, "Several metrics are called this: write the key of the one that is meant."),
        (3, 1, "There is no such metric."),
    ]


@pytest.mark.parametrize("text", ["12 MIO", "3 TSD", "7 MRD", "5MLN", "TEU 5", "3 PCT"])
def test_letters_that_are_no_currency_are_no_part_of_a_number(text: str) -> None:
    assert number_in(text, "point") is None and number_in(text, "comma") is None


@pytest.mark.parametrize("text", ["12 EUR", "CHF 12", "12PLN"])
def test_a_currency_is(text: str) -> None:
    number = number_in(text, "point")
    assert number is not None and number.text == "12"


@pytest.mark.parametrize("text", ["Marketing 2026", "Decline 26", "mayor 5, 2026", "jui 2026"])
def test_a_word_that_only_begins_like_a_month_is_none(text: str) -> None:
    assert named_in(text, "day") is None


def test_a_column_in_both_styles_records_nothing(cast: Cast) -> None:
    rows = "Metric;Week;Value\nqualified-demos;9.11.2026;1,5\nqualified-demos;2.11.2026;1.5\n"
    one = mapped(cast, rows)
    assert faults(one) == [
        (2, 3, "This number is written otherwise than the others of its column.")
    ]


@pytest.mark.parametrize(
    ("shown", "cell"),
    [
        ("0.0%", ["p", "1250"]),
        ('0.0"%"', ["p", "12.5"]),
        ("0.0\\%", ["p", "12.5"]),
        ('0.0" EUR"', ["n", "12.5"]),
    ],
)
def test_a_percentage_counts_as_the_spreadsheet_shows_it(shown: str, cell: list[str]) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"] = 12.5
    sheet["A1"].number_format = shown
    written = io.BytesIO()
    book.save(written)
    assert rows_of(written.getvalue()) == [[cell]]


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell() -> None:
    content = altered(
        workbook(["x", 1]),
        lambda xml: xml.replace(
            "</row>",
            '<c r="C1" t="str"><f>IF(TRUE,"","a")</f><v></v></c>'
            '<c r="D1"><f>1+1</f><v></v></c></row>',
        ),
    )
    assert rows_of(content) == [["x", ["n", "1"], "", ["f", ""]]]


def test_a_comment_of_many_cells_is_looked_through_once() -> None:
    content = altered(
        workbook(["x"]),
        lambda xml: xml.replace("</sheetData>", f"<!--{'<c ' * 10**6}--></sheetData>"),
    )
    assert rows_of(content) == [["x"]]


@pytest.mark.parametrize("length", [10_001, 200_000])
def test_a_cell_that_is_too_long_is_refused_in_our_words(length: int) -> None:
    with pytest.raises(Invalid, match="more than 10,000 characters"):
        read_text(f"Metric,Week,Value\nqualified-demos,2026-11-09,{'9' * length}\n")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(Invalid, match="half a character"):
        read_text("Metric,Week,Value\nqualified-demos,2026-11-09,12\ud800\n")


def test_what_recording_refuses_and_the_check_cannot_see_is_said(cast: Cast) -> None:
    cast.metric("Calls", key="calls", read_per="day", judged_per="month")
    days = (f"calls,2026-10-{day:02},999999999999999" for day in range(1, 32))
    one = mapped(cast, "\n".join(["Metric,Day,Value", *days]))
    assert one.state == "ready"
    one = landed(one)
    says = "The values of this period come to 16 digits: at most 15 are kept."
    assert one.state == "problems" and faults(one)[0] == (2, 3, says) and len(faults(one)) == 31
    assert not Reading.objects.exists()


def test_a_date_and_a_number_of_a_workbook_name_the_same_day(cast: Cast) -> None:
    rows = [["Metric", "Week", "Value"], ["qualified-demos", date(2026, 11, 9), 1]]
    one = mapped(cast, workbook(*rows, ["qualified-demos", 46328, 2]))
    assert [line.period for line in found(one).lines] == [
        date(2026, 11, 9).isoformat(),
        date(2026, 11, 2).isoformat(),
    ]


def test_more_readings_than_land_at_once_are_refused_with_the_limit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.metric("Calls made", key="calls")
    monkeypatch.setattr("cadence.imports.laying.MOST_READINGS", 2)
    one = mapped(cast, WIDE)
    assert one.state == "failed" and "at most 2 readings. Import it in parts." in one.failure
