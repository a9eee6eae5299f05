"""Weekly business review decks: published cases, and the calendar by hand."""

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
import yaml

from cadence.analysis.wbr.config import read_config
from cadence.analysis.wbr.days import Days, read_days
from cadence.analysis.wbr.deck import build
from cadence.management.tables import read_file, read_table
from tests import needs

DAY = timedelta(days=1)


def nearly(ours: Iterable[float | None], theirs: Iterable[float]) -> bool:
    """To 1e-6 where the published value has the digits, else to the two that it has."""

    def same(a: float | None, b: float) -> bool:
        if a is None or math.isnan(b):
            return a is None and math.isnan(b)
        digits = len(str(b).rpartition(".")[2])
        return math.isclose(a, b, rel_tol=1e-6) or (digits <= 2 and abs(a - b) < 0.01)

    return all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("scenario", ["scenario_1", "scenario_2", "scenario_3", "scenario_8"])
def test_the_published_cases_come_out(scenario: str) -> None:
    folder = needs.shared_data() / "wbr" / scenario
    config = read_config(read_file(folder / "config.yaml"))
    table = read_table(read_file(folder / "original.csv"))
    blocks = {b["title"]: b for b in build(config, read_days(table.header, table.rows, config))}
    cases = yaml.safe_load((folder / "testconfig.yml").read_text())["tests"]
    assert cases
    for case in (entry["test"] for entry in cases):
        block = blocks[case["metric_name"]]
        (metric,) = block["metrics"]
        assert block["axis"] == case["x_axis"]
        assert nearly(metric["weeks"], case["cy_6_weeks"])
        assert nearly(metric["prior_weeks"], case["py_6_weeks"])
        assert nearly(metric["months"], case["cy_monthly"])
        assert nearly(metric["prior_months"], case["py_monthly"])
        assert nearly(metric["totals"], case["box_totals"])


# Figures that can be added up by hand: on each day its number in the year, and always a one.

CONFIG = """
setup:
  week_ending: {ending}
  week_number: {number}
  fiscal_year_end_month: {year_end}
metrics:
  One: {{column: One, aggf: sum}}
  Day: {{column: Day, aggf: mean}}
  Last: {{column: Day, aggf: last}}
  First: {{column: Day, aggf: first}}
  Least: {{column: Day, aggf: min}}
  Most: {{column: Day, aggf: max}}
  Share: {{column: Share, aggf: mean, metric_comparison_method: bps}}
  Weekend: {{aggf: sum, filter: {{base_column: One, query: "Kind == 'rest' or `Day off` > 0"}}}}
  Double: {{function: {{sum: [{{metric: {{name: One}}}}, {{metric: {{name: One}}}}]}}}}
  None left: {{function: {{difference: [{{metric: {{name: One}}}}, {{metric: {{name: One}}}}]}}}}
  Squared: {{function: {{product: [{{metric: {{name: One}}}}, {{metric: {{name: Double}}}}]}}}}
  Per day: {{function: {{divide: [{{metric: {{name: Most}}}}, {{metric: {{name: One}}}}]}}}}
  By nothing: {{function: {{divide: [{{metric: {{name: One}}}}, {{metric: {{name: None left}}}}]}}}}
deck:
{deck}
"""


def deck(
    *blocks: str,
    ending: str = "25-SEP-2021",
    number: int = 38,
    year_end: str = "DEC",
    first: date = date(2019, 1, 1),
    last: date = date(2025, 12, 31),
    empty: Callable[[date], bool] = lambda day: False,
) -> list[dict[str, Any]]:
    lines = "\n".join(f"  - block: {block}" for block in blocks)
    config = read_config(CONFIG.format(ending=ending, number=number, year_end=year_end, deck=lines))
    return build(config, figures(config, first, last, empty))


def figures(config: Any, first: date, last: date, empty: Callable[[date], bool]) -> Days:
    rows = []
    for at in range((last - first).days + 1):
        day = first + at * DAY
        one = "" if empty(day) else "1"
        kind = "rest" if day.weekday() >= 5 else "work"
        share = "50%" if day.year % 2 else "49.5%"
        cells = [day.isoformat(), one, str(day.timetuple().tm_yday), share, kind, "0"]
        rows.append((at + 2, cells))
    return read_days(["Date", "One", "Day", "Share", "Kind", "Day off"], rows, config)


def graph(*metrics: str, more: str = "") -> str:
    lines = ", ".join(f"{metric}: " for metric in metrics)
    return f"{{ui_type: 6_12Graph, title: T, {more} metrics: {{{lines}}}}}"


def metric(name: str, **setting: Any) -> dict[str, Any]:
    (block,) = deck(graph(name), **setting)
    found: dict[str, Any] = block["metrics"][0]
    return found


def test_weeks_months_and_totals_of_a_day_that_counts_one() -> None:
    found = metric("One")
    assert found["weeks"] == [7] * 6
    assert found["months"] == [30, 31, 30, 31, 31, 28, 31, 30, 31, 30, 31, 31]
    # The year before had a leap day, in its months and in its year to date.
    assert found["prior_months"] == [30, 31, 30, 31, 31, 29, 31, 30, 31, 30, 31, 31]
    assert found["totals"] == [7, 0, 0, 25, 0, 86 + 1, 0, 268, pytest.approx(-100 / 269)]


@pytest.mark.parametrize(
    ("name", "week", "month", "to_date"),
    [
        ("Day", 265, 228, [256, 225, 134.5]),
        ("First", 262, 213, [244, 182, 1]),
        ("Last", 268, 243, [268, 268, 268]),
        ("Least", 262, 213, [244, 182, 1]),
        ("Most", 268, 243, [268, 268, 268]),
        ("Double", 14, 62, [50, 174, 536]),
        ("None left", 0, 0, [0, 0, 0]),
        ("Squared", 7 * 14, 31 * 62, [25 * 50, 87 * 174, 268 * 536]),
        ("Per day", 268 / 7, 243 / 31, [268 / 25, 268 / 87, 1]),
        ("By nothing", None, None, [None] * 3),
    ],
)
def test_functions_apply_after_aggregation(
    name: str, week: float | None, month: float | None, to_date: list[float | None]
) -> None:
    found = metric(f'"{name}"')
    assert found["weeks"][-1] == week
    assert found["months"][-1] == month
    assert found["totals"][3::2] == to_date


def test_basis_points_are_a_difference_and_percent_a_ratio() -> None:
    share, day = metric("Share"), metric("Day")
    assert share["totals"][2] == pytest.approx(50)
    assert share["totals"][8] == pytest.approx(50)
    assert day["totals"][1] == pytest.approx((265 / 258 - 1) * 100)
    # 364 days back the day of the year is one more: 2020 was a leap year.
    assert day["totals"][2] == pytest.approx((265 / 267 - 1) * 100)


def test_a_filter_takes_the_days_on_which_it_holds() -> None:
    every = metric("Weekend")
    # A day on which it does not hold has no value, and a sum over it is missing.
    assert every["weeks"] == [None] * 6
    config = CONFIG.replace(
        "Kind == 'rest' or `Day off` > 0", "Kind in ['rest', 'work'] & ~(Day < 0)"
    )
    config = config.format(
        ending="25-SEP-2021", number=38, year_end="DEC", deck=f"  - block: {graph('Weekend')}"
    )
    parsed = read_config(config)
    days = figures(parsed, date(2020, 1, 1), date(2021, 12, 31), lambda day: False)
    assert build(parsed, days)[0]["metrics"][0]["weeks"] == [7] * 6


def test_a_fiscal_year_begins_after_its_last_month() -> None:
    (block,) = deck(
        graph("One", more="x_axis_monthly_display: fiscal_year,"),
        year_end="MAY",
        last=date(2021, 9, 25),
    )
    assert " ".join(block["axis"][6:]) == "Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar Apr May"
    (found,) = block["metrics"]
    # September is not over: it is missing, not partial; so is what comes.
    assert found["months"] == [30, 31, 31] + [None] * 9
    assert found["prior_months"] == [30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30, 31]
    # The quarter began on 1 September, the year on 1 June.
    assert found["totals"][5] == 25
    assert found["totals"][7] == 30 + 31 + 31 + 25


def test_a_month_that_is_known_ahead_is_shown() -> None:
    (block,) = deck(graph("One", more="x_axis_monthly_display: fiscal_year,"))
    assert block["metrics"][0]["months"] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_an_empty_day_makes_its_sums_missing_and_no_others() -> None:
    found = metric("One", empty=lambda day: day == date(2021, 9, 20))
    assert found["weeks"] == [7, 7, 7, 7, 7, None]
    assert found["months"][-1] == 31
    assert found["totals"] == [None] * 9
    mean = metric("Day", empty=lambda day: day == date(2021, 9, 20))
    assert mean["weeks"][-1] == 265


def test_weeks_before_the_figures_begin_are_missing() -> None:
    found = metric("One", first=date(2021, 9, 12))
    assert found["weeks"] == [None] * 4 + [7, 7]
    assert found["prior_weeks"] == [None] * 6
    assert found["totals"][:3] == [7, 0, None]
    one = metric("One", first=date(2021, 9, 25), last=date(2021, 9, 25))
    assert one["totals"] == [1, None, None, 1, None, 1, None, 1, None]


def test_weeks_run_over_the_end_of_the_year_and_have_its_numbers() -> None:
    (block,) = deck(graph("One"), ending="09-JAN-2021", number=1)
    assert block["axis"][:6] == ["wk 48", "wk 49", "wk 50", "wk 51", "wk 52", "wk 1"]
    assert block["axis"][6:8] == ["Jan", "Feb"] and block["axis"][-1] == "Dec"
    (long,) = deck(graph("One"), ending="02-JAN-2021", number=53)
    assert long["axis"][4:6] == ["wk 52", "wk 53"]


def test_the_last_day_of_a_month_completes_it() -> None:
    (block,) = deck(graph("One"), ending="31-JUL-2021", number=30, last=date(2021, 7, 31))
    assert block["axis"][-1] == "Jul"
    assert block["metrics"][0]["months"][-1] == 31


def test_the_leap_day_is_compared_with_the_day_before() -> None:
    found = metric("Last", ending="29-FEB-2020", number=9, year_end="FEB")
    assert found["totals"][3:5] == [60, pytest.approx((60 / 59 - 1) * 100)]
    assert found["prior_months"][-1] == 59


def test_tables_have_headings_changes_and_totals() -> None:
    rows = (
        "rows: [{row: {header: Heading}}, {row: {header: Days, metric: One}}, "
        "{row: {header: WOW, metric: DayWOW}}, {row: {header: YOY, metric: OneYOY}}, "
        "{row: {header: MOM, metric: OneMOM}}, {row: {header: bps, metric: ShareYOY}}]"
    )
    weeks, months, section = deck(
        f"{{ui_type: 6_WeeksTable, title: W, {rows}}}",
        f"{{ui_type: 12_MonthsTable, title: M, {rows}}}",
        "{ui_type: section, title: Next}",
    )
    assert weeks["headers"] == [*(f"wk {n}" for n in range(33, 39)), "QTD", "YTD"]
    by_header = {row["header"]: row["values"] for row in weeks["rows"]}
    assert by_header["Heading"] == []
    assert by_header["Days"] == [7] * 6 + [87, 268]
    assert by_header["WOW"] == [
        *(pytest.approx(d / (d - 7) - 1) for d in range(230, 266, 7)),
        None,
        None,
    ]
    assert by_header["YOY"] == [0] * 6 + [0, pytest.approx(268 / 269 - 1)]
    assert by_header["MOM"] == [None] * 8
    assert by_header["bps"][-1] == pytest.approx(0.005)
    by_header = {row["header"]: row["values"] for row in months["rows"]}
    assert months["headers"][0] == "Sep" and len(months["headers"]) == 12
    assert by_header["Days"][5] == 28
    assert by_header["MOM"][5] == pytest.approx(28 / 31 - 1)
    assert by_header["WOW"] == [None] * 12
    assert by_header["YOY"][5] == pytest.approx(28 / 29 - 1)
    assert section == {"type": "section", "title": "Next"}


def test_a_change_can_be_drawn_like_a_metric() -> None:
    found = metric("DayYOY")
    assert found["weeks"][-1] == pytest.approx(265 / 267 - 1)
    assert found["prior_weeks"] == [None] * 6 and found["prior_months"] == [None] * 12
    assert found["totals"][3] == pytest.approx(256 / 257 - 1)


def test_several_rows_of_a_day_are_put_together_where_a_filter_chooses() -> None:
    document = """
setup: {week_ending: 07-JAN-2024, week_number: 1}
metrics:
  All: {column: N, aggf: sum}
  North: {aggf: sum, filter: {base_column: N, query: "Land == 'north'"}}
  Most: {column: N, aggf: max}
deck:
  - block: {ui_type: 6_12Graph, metrics: {All: , North: , Most: }}
"""
    config = read_config(document)
    rows = [
        (at, [f"2024-01-{day:02}", land, n])
        for at, (day, land, n) in enumerate(
            ((day, land, n) for day in range(1, 8) for land, n in (("north", "2"), ("south", "5"))),
            2,
        )
    ]
    found = build(config, read_days(["D", "Land", "N"], rows, config))[0]["metrics"]
    assert [one["weeks"][-1] for one in found] == [49, 14, 5]


def test_thirty_years_of_weeks_and_months_have_the_days_they_have() -> None:
    document = """
setup: {{week_ending: {ending}, week_number: 1, fiscal_year_end_month: {month}}}
metrics: {{One: {{column: One, aggf: sum}}}}
deck: [{{block: {{ui_type: 6_12Graph, metrics: {{One: }}}}}}]
"""
    first, last = date(1999, 1, 1), date(2032, 12, 31)
    count = (last - first).days + 1
    rows = [(at + 2, [(first + at * DAY).isoformat(), "1"]) for at in range(count)]
    end = date(2001, 1, 6)
    while end.year < 2031:
        month = ("JAN", "JUN", "SEP", "DEC")[end.toordinal() % 4]
        config = read_config(document.format(ending=end.strftime("%d-%b-%Y"), month=month))
        (found,) = build(config, read_days(["D", "One"], rows, config))[0]["metrics"]
        assert found["weeks"] == found["prior_weeks"] == [7] * 6
        assert sum(found["months"]) in {365, 366}
        assert found["totals"][3] == end.day
        assert end.day <= found["totals"][5] <= 92
        assert found["totals"][5] <= found["totals"][7] <= 366
        end += 113 * DAY


def test_values_of_very_different_size_live_in_one_series() -> None:
    config = read_config(
        "setup: {week_ending: 07-JAN-2024, week_number: 1}\n"
        "metrics: {A: {column: A, aggf: max}, B: {column: A, aggf: min}}\n"
        "deck: [{block: {ui_type: 6_12Graph, metrics: {A: , B: }}}]"
    )
    rows = [(2, ["2024-01-01", "1e-12"]), (3, ["2024-01-02", "1e15"])]
    found = build(config, read_days(["D", "A"], rows, config))[0]["metrics"]
    assert [one["weeks"][-1] for one in found] == [1e15, 1e-12]
