"""Decks and charts: what is computed and drawn without a database."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.context import NO_TARGET, Result, Row, Setting, at_least, at_most
from benchmarks.figures import deck_of_the_database
from benchmarks.rounds import interleave, seconds
from cadence.analysis.wbr.config import read_config
from cadence.analysis.wbr.days import read_days
from cadence.analysis.wbr.deck import build
from cadence.charts import Point, history_chart
from cadence.management.tables import read_table

DAYS, METRICS = 730, 10
FIRST = date(2024, 1, 1)


def deck_of_a_file(setting: Setting) -> Iterator[Result]:
    """Ten metrics over 730 days, from the text of a CSV to the computed deck."""
    text, plan = _figures(), _plan()
    config = read_config(plan)

    def ours() -> None:
        table = read_table(text)
        build(config, read_days(table.header, table.rows, config))

    def whole() -> None:
        read_config(plan)
        ours()

    def reference() -> None:
        list(csv.reader(io.StringIO(text)))

    said = "the csv module reading it once"
    for part, act, target in (("", ours, None), ("and its configuration", whole, NO_TARGET)):
        ratio = interleave(seconds(act), seconds(reference), rounds=setting.rounds * 2, unit="ms")
        yield Result(ratio, said, part, target=target)


def _figures() -> str:
    draw = random.Random(1).random
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Date", *(f"Figure{n}" for n in range(METRICS))])
    for day in range(DAYS):
        values = [f"{100 + 50 * draw():.2f}" for _ in range(METRICS)]
        writer.writerow([(FIRST + timedelta(days=day)).isoformat(), *values])
    return out.getvalue()


def _plan() -> str:
    last = FIRST + timedelta(days=DAYS - 2)
    week_end = last - timedelta(days=(last.weekday() - 6) % 7)
    lines = ["setup:", "  week_ending: " + f"{week_end:%d-%b-%Y}".upper(), "  week_number: 1"]
    lines += ["  title: Measured", "metrics:"]
    for n in range(METRICS):
        lines += [f"  Figure{n}:", f'    column: "Figure{n}"', "    aggf: sum"]
    lines.append("deck:")
    for n in range(METRICS):
        lines += ["  - block:", '      ui_type: "6_12Graph"', f'      title: "Figure {n}"']
        lines += ['      y_scaling: "##.2"', "      metrics:", f"        Figure{n}:"]
        lines += ['          line_style: "primary"', "          graph_prior_year_flag: true"]
    return "\n".join(lines) + "\n"


def one_chart(setting: Setting) -> Iterator[Result]:
    """The history of a metric over twenty-six weeks as SVG, beside a line with a limit."""
    draw = random.Random(2).random
    days = [FIRST + timedelta(days=7 * n) for n in range(26)]
    values = [Decimal(round(400 + 100 * draw())) for _ in days]
    floor = Decimal(420)
    points = [
        Point(day, f"{day:%d %b %Y}", value, floor, None, value < floor)
        for day, value in zip(days, values, strict=True)
    ]

    def ours() -> None:
        history_chart(points, unit="demos", decimals=0, label="Measured")

    places, numbers = list(range(len(days))), [float(value) for value in values]

    def reference() -> None:
        with mpl.rc_context({"svg.fonttype": "none"}):
            figure = Figure(figsize=(6.4, 1.9))
            axes = figure.subplots()
            axes.plot(places, numbers, marker="o")
            axes.step(places, [float(floor)] * len(places))
            figure.savefig(io.StringIO(), format="svg")

    ratio = interleave(
        seconds(ours), seconds(reference), rounds=setting.rounds, unit="ms", inverse=True
    )
    yield Result(ratio, "matplotlib")


# 15, a PDF of charts, has its place here.
ROWS = (
    Row(12, "Deck of 10 metrics × 730 days from CSV", at_most(4, 1.5), (), deck_of_a_file),
    Row(
        13,
        "Deck of 100 metrics × 730 days from the database",
        at_most(3, 1.5),
        ("SQLite", "PostgreSQL"),
        deck_of_the_database,
    ),
    Row(14, "One chart as SVG, times faster", at_least(50, 300), (), one_chart),
)
