"""What is wrong with a deck's configuration or figures, named with its line."""

import pytest

from cadence.analysis.wbr.config import read_config
from cadence.analysis.wbr.days import DataError, read_days
from cadence.analysis.wbr.lined import ConfigError
from cadence.management.tables import read_table

SMALL = """\
setup: {week_ending: 25-SEP-2021, week_number: 38}
metrics:
  A: {column: A, aggf: sum}
  B: {function: {sum: [{metric: {name: A}}, {metric: {name: A}}]}}
deck:
  - block: {ui_type: 6_12Graph, metrics: {A: }}
"""


@pytest.mark.parametrize(
    ("replaced", "by", "says"),
    [
        ("column: A,", "colum: A,", "Line 3: “colum” is not known here"),
        ("aggf: sum", "aggf: median", "Line 3: “aggf” is one of sum, mean"),
        ("column: A, ", "", "Line 3: A has one of column, filter and function."),
        ("25-SEP-2021", "31-SEP-2021", "Line 1: “week_ending” is a day such as 25-SEP-2021"),
        ("number: 38", "number: 54", "Line 1: “week_number” is a whole number from 1 to 53."),
        ("week_number: 38", "x: 1", "Line 1: “x” is not known here"),
        (", week_number: 38", "", "Line 1: “week_number” is missing."),
        ("2021,", "2021, fiscal_year_end_month: 13,", "Line 1: “fiscal_year_end_month” is a month"),
        ("6_12Graph", "Pie", "Line 6: “ui_type” is one of 6_12Graph"),
        ("metrics: {A: }", "metrics: {C: }", "Line 6: C is not among the metrics."),
        (", metrics: {A: }", "", "Line 6: “metrics” is missing."),
        ("{A: }", "{A: {graph_prior_year_flag: 1}}", "Line 6: “graph_prior_year_flag” is true"),
        (
            "}, {metric: {name: A",
            "}, {metric: {name: X",
            "Line 4: B refers to X, which is no metric.",
        ),
        ("}, {metric: {name: A", "}, {metric: {name: B", "Line 4: B refers to itself: B → B."),
        (", {metric: {name: A}}", "", "Line 4: “sum” in B takes two."),
        ("  B:", "  A:", "Line 4: “A” is there twice."),
        ("deck:", "decks:", "Line 5: “decks” is not known here"),
        ("setup:", "setup: [", "Line 2: this is not YAML"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_named_with_its_line(
    replaced: str, by: str, says: str
) -> None:
    read_config(SMALL)
    assert replaced in SMALL
    with pytest.raises(ConfigError) as refused:
        read_config(SMALL.replace(replaced, by))
    assert str(refused.value).startswith(says)


def test_metrics_that_refer_to_each_other_in_a_circle_are_refused() -> None:
    circle = SMALL.replace("}, {metric: {name: A", "}, {metric: {name: C").replace(
        "deck:", "  C: {function: {product: [{metric: {name: A}}, {metric: {name: B}}]}}\ndeck:"
    )
    with pytest.raises(ConfigError, match=r"refers to itself: [BC] → [BC] → [BC]"):
        read_config(circle)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "There are no rows."),
        (["2021-09-01,1", "1st of May,2"], "Line 3, column “D”: “1st of May” is not a day."),
        (["2021-09-01,1", "2021-09-01,2"], "Line 3, column “D”: 2021-09-01 is there twice."),
        (
            ["2021-09-02,1", "2021-09-01,2"],
            "Line 3, column “D”: 2021-09-01 is before the day above",
        ),
        (["2021-09-02,one"], "Line 2, column “A”: “one” is not a number."),
        (["2021-09-02,nan"], "Line 2, column “A”: “nan” is not a number."),
        (["2021-09-02,1e99"], "Line 2, column “A”: “1e99” is not a number."),
    ],
)
def test_what_is_wrong_with_the_figures_is_named_with_line_and_column(
    rows: list[str], says: str
) -> None:
    config = read_config(
        "setup: {week_ending: 25-SEP-2021, week_number: 38}\n"
        "metrics: {A: {column: A, aggf: sum}}\ndeck: []"
    )
    table = read_table("\n".join(["D,A", *rows]))
    with pytest.raises(DataError) as refused:
        read_days(table.header, table.rows, config)
    assert says in str(refused.value)
    with pytest.raises(DataError, match="there is no column “A”, only D, B"):
        read_days(["D", "B"], [(2, ["2021-09-01", "1"])], config)


@pytest.mark.parametrize(
    "query", ["__import__('os')", "A == ", "A.b == 1", "A == B()", "1", "lambda: 1", "A == 1" * 200]
)
def test_a_query_is_comparisons_and_nothing_else(query: str) -> None:
    config = read_config(
        "setup: {week_ending: 25-SEP-2021, week_number: 38}\n"
        f'metrics: {{A: {{aggf: sum, filter: {{base_column: A, query: "{query}"}}}}}}\ndeck: []'
    )
    with pytest.raises(DataError, match="A: “"):
        read_days(["D", "A"], [(2, ["2021-09-01", "1"])], config)
