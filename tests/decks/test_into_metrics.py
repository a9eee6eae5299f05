"""A weekly business review becomes metrics and readings, and comes to the same figures there."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from cadence.metrics.figures import Frame, figures_of
from cadence.metrics.models import Metric, Reading
from tests.cast import AT, Cast

CONFIG = """
setup: {week_ending: 15-NOV-2026, week_number: 46, title: Shop}
metrics:
  Rate:
    metric_comparison_method: bps
    function: {divide: [{metric: {name: Orders}}, {metric: {name: Visits}}]}
  Orders: {column: Orders, aggf: sum}
  Visits: {column: Visits, aggf: sum}
deck:
  - block: {ui_type: 6_12Graph, title: Orders, metrics: {Orders: {line_style: primary}}}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    config, data = tmp_path / "deck.yaml", tmp_path / "days.csv"
    config.write_text(CONFIG, encoding="utf-8")
    first = date(2026, 9, 7)
    days = [first + timedelta(days=at) for at in range(80)]
    lines = ["Date,Orders,Visits", *(f"{day},{at % 7 + 1}.5,100" for at, day in enumerate(days))]
    data.write_text("\n".join(lines), encoding="utf-8")
    return str(config), str(data)


def land(cast: Cast, files: tuple[str, str], *more: str) -> None:
    with time_machine.travel(AT, tick=False):
        call_command(
            "wbr",
            *files,
            "--into=acme",
            f"--initiative={cast.pipeline.pk}",
            "--as=dana@acme.example",
            *more,
        )


def test_columns_and_functions_become_metrics_with_their_readings(
    cast: Cast, files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    land(cast, files)
    rate, orders = (Metric.objects.get(name=name) for name in ("Rate", "Orders"))
    assert (orders.read_per, orders.judged_per, orders.aggregation) == ("day", "week", "sum")
    assert (rate.formula, rate.comparison) == ("ratio", "points")
    assert [one.operand.name for one in rate.operands.all()] == ["Orders", "Visits"]
    # 71 days up to today; the last nine have not come yet.
    assert Reading.objects.filter(metric=orders).count() == 71
    printed = capsys.readouterr().out
    assert "3 metrics, 142 readings." in printed
    assert "18 figures of days to come were left out." in printed


def test_they_come_to_the_same_figures(cast: Cast, files: tuple[str, str]) -> None:
    land(cast, files, "--outcomes")
    metrics = list(Metric.objects.filter(name__in=["Orders", "Rate"]).order_by("name"))
    orders, rate = figures_of(cast.acme, metrics, Frame(date(2026, 11, 15), 12))
    assert orders.weeks == [Decimal("31.5")] * 6
    assert rate.weeks == [Decimal("0.045")] * 6
    assert {metric.kind for metric in metrics} == {"lagging"}


def test_all_of_it_lands_or_nothing(cast: Cast, files: tuple[str, str]) -> None:
    before = Metric.objects.count()
    Path(files[1]).write_text("Date,Orders,Visits\n1980-01-01,1,2", encoding="utf-8")
    with pytest.raises(CommandError, match="far past"):
        land(cast, files)
    assert Metric.objects.count() == before


def test_weeks_that_end_on_another_day_are_refused(cast: Cast, files: tuple[str, str]) -> None:
    text = Path(files[0]).read_text(encoding="utf-8").replace("15-NOV", "14-NOV")
    Path(files[0]).write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="end on Saturday, those of Acme on Sunday"):
        land(cast, files)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("--as=nobody@acme.example", "is nobody of acme"),
        ("--initiative=999999", "no initiative 999999"),
        ("--as=olu@acme.example", "lead of the team"),
    ],
)
def test_who_and_where_have_to_be_right(
    cast: Cast, files: tuple[str, str], wrong: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        land(cast, files, wrong)
    assert not Metric.objects.filter(name="Orders").exists()
