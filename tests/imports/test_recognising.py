"""Numbers and periods as people write them: written in a style, they are read back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.imports import dates, numbers
from cadence.imports.dates import Named, named_in
from cadence.imports.guessing import likely_style
from cadence.imports.numbers import Number, number_in

VALUES = st.decimals(
    min_value=-(10**12), max_value=10**12, places=4, allow_nan=False, allow_infinity=False
)
GROUPS = {
    "point": [",", " ", "\u00a0", "\u202f", "'", "’", ""],
    "comma": [".", " ", "\u00a0", "’", ""],
}


def written(value: Decimal, style: str, group: str) -> str:
    mark = "." if style == "point" else ","
    whole, _, rest = f"{abs(value):,.4f}".partition(".")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole.replace(',', group)}{mark}{rest}"


@given(VALUES, st.sampled_from(["point", "comma"]), st.data())
def test_a_number_written_in_a_style_is_read_back(
    value: Decimal, style: numbers.Style, data: st.DataObject
) -> None:
    text = written(value, style, data.draw(st.sampled_from(GROUPS[style])))
    found = number_in(text, style)
    assert found is not None and Decimal(found.text) == value


@given(VALUES, st.sampled_from(["point", "comma"]))
def test_a_column_of_such_numbers_decides_itself(value: Decimal, style: numbers.Style) -> None:
    other = "comma" if style == "point" else "point"
    text = written(value, style, GROUPS[style][0])
    assert numbers.decide([text, "12", "1,234"]).style == style
    assert number_in(text, other) is None or not numbers.is_ambiguous(text)  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_whatever_the_text_it_is_a_number_or_none(text: str) -> None:
    for style in ("point", "comma"):
        found = number_in(text, style)  # type: ignore[arg-type]
        if found is not None:
            Decimal(found.text)


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1.234,56", None, "1234.56"),
        ("1'234.56", "1234.56", None),
        ("12,34,567.8", "1234567.8", None),
        ("(12)", "-12", "-12"),
        ("−3", "-3", "-3"),
        ("3-", "-3", "-3"),
        ("€ 5", "5", "5"),
        ("5 EUR", "5", "5"),
        ("0,500", None, "0.500"),
        ("1,2,3", None, None),
        ("1.5e3", "1.5e3", None),
        ("NaN", None, None),
        ("Infinity", None, None),
        ("1_000", None, None),
        ("٣", None, None),
        ("9" * 5000, None, None),
        ("-", None, None),
        ("n/a", None, None),
    ],
)
def test_what_a_text_is_in_each_style(text: str, point: str | None, comma: str | None) -> None:
    found = [number_in(text, style) for style in ("point", "comma")]  # type: ignore[arg-type]
    assert [one and one.text for one in found] == [point, comma]


def test_a_percentage_says_that_it_is_one() -> None:
    assert number_in("12,5 %", "comma") == Number("12.5", is_percentage=True)


def test_one_number_that_could_be_either_leaves_the_column_open() -> None:
    assert numbers.decide(["1,234", "5,678"]) == numbers.Decided(None, "1,234")
    assert numbers.decide(["1,234", "5.5"]).style == "point"
    assert numbers.decide(["12", "13"]) == numbers.Decided(None)


def test_a_country_has_its_likely_style() -> None:
    assert [likely_style(one) for one in ("", "US", "CH", "DE", "FR", "BR")] == [
        *("point", "point", "point", "comma", "comma", "comma"),
    ]


DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2089, 12, 31))
DAY_FIRST = ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%y"]
DAY_FIRST += ["%d %b %Y", "%d. %B %Y", "%b %d, %Y", "%A, %d %B %Y", "%Y-%m-%dT00:00:00", "%d-%b-%y"]


@given(DAYS, st.sampled_from(DAY_FIRST))
def test_a_day_written_in_a_format_is_read_back(day: date, form: str) -> None:
    assert named_in(day.strftime(form), "day") == Named("day", day.isoformat())


@given(DAYS)
def test_with_the_month_first_too(day: date) -> None:
    assert named_in(day.strftime("%m/%d/%Y"), "month") == Named("day", day.isoformat())


@given(DAYS, st.sampled_from(["%Y-%m", "%m/%Y", "%B %Y", "%b %Y", "%b-%y"]))
def test_a_month_is_read_back(day: date, form: str) -> None:
    assert named_in(day.strftime(form), "day") == Named("month", day.strftime("%Y-%m"))


@given(DAYS, st.sampled_from(["{y}-W{w:02}", "{y}W{w}", "KW {w} {y}", "W{w}/{y}", "Week {w}, {y}"]))
def test_a_week_by_its_number_is_read_back(day: date, form: str) -> None:
    year, week, _ = day.isocalendar()
    text = form.format(y=year, w=week)
    assert named_in(text, "day") == Named("week", f"{year}-W{week:02}")


@given(DAYS)
def test_a_serial_of_a_workbook_is_read_back_in_both_epochs(day: date) -> None:
    for epoch, start in ((1900, date(1899, 12, 30)), (1904, date(1904, 1, 1))):
        serial = (day - start).days
        if serial >= 30_000:
            found = named_in(str(serial), "day", serials=epoch)  # type: ignore[arg-type]
            assert found == Named("day", day.isoformat())
    assert named_in("45678", "day") is None


@given(st.text(max_size=60))
def test_whatever_the_text_it_is_a_period_or_none(text: str) -> None:
    named_in(text, "day", serials=1900)
    dates.decide([text])


@given(st.lists(DAYS, min_size=1))
def test_a_column_decides_what_comes_first(days: list[date]) -> None:
    decides = any(day.day > 12 for day in days)
    for order, form in (("day", "%d/%m/%Y"), ("month", "%m/%d/%Y")):
        found = dates.decide(day.strftime(form) for day in days)
        assert found.order == (order if decides else None)
        if not decides and any(day.day != day.month for day in days):
            assert found.example


@pytest.mark.parametrize("text", ["", "Total", "42", "13.13.2026 x", "2026", "1/2", "Q3 2026"])
def test_what_names_no_period(text: str) -> None:
    assert named_in(text, "day") is None


@pytest.mark.parametrize(
    ("text", "month"),
    [
        *(("März 2026", 3), ("août 2026", 8), ("juillet 2026", 7), ("dezembro de 2026", 12)),
        *(("enero 2026", 1), ("giugno 2026", 6), ("mei 2026", 5), ("Okt. 2026", 10)),
    ],
)
def test_months_have_names_in_seven_languages(text: str, month: int) -> None:
    assert named_in(text, "day") == Named("month", f"2026-{month:02}")


def test_a_day_that_is_none_is_left_to_the_calendar_to_refuse() -> None:
    assert named_in("31.02.2026", "day") == Named("day", "2026-02-31")
    assert named_in("2026-11-09", "day") == named_in(" 2026-11-09 12:30 ", "day")
