"""Values, limits and times as pages write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.templatetags import cadence_format as write

DEMOS = Metric(name="Demos", unit="demos", decimals=0)
SHARE = Metric(name="Share", unit="%", decimals=1)


def test_a_figure_has_separators_decimals_and_a_real_minus() -> None:
    assert write.figure(Decimal("-1234567"), DEMOS) == "−1,234,567"
    assert write.figure(Decimal("41"), SHARE) == "41.0%"
    assert write.figure(None, SHARE) == ""


def test_a_quantity_has_its_unit() -> None:
    assert write.quantity(Decimal(31), DEMOS) == "31 demos"
    assert write.quantity(Decimal("-0.5"), Metric(unit="€", decimals=2)) == "−€0.50"


def test_a_value_below_its_floor_is_not_rounded_up_to_it() -> None:
    below = Judgement(value=Decimal("44.6"), floor=Decimal(45), result="below")
    assert write.judged(below, DEMOS) == "44.6"
    above = Judgement(value=Decimal("44.6"), floor=Decimal(40), result="inside")
    assert write.judged(above, DEMOS) == "45"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"floor": Decimal(45)}, "≥ 45"),
        ({"ceiling": Decimal("2.5")}, "≤ 2.5"),
        ({"floor": Decimal(35), "ceiling": Decimal(1200)}, "35 to 1,200"),
        ({"floor_metric": Metric(name="Target series")}, "≥ Target series"),
    ],
)
def test_a_threshold_is_written_with_all_its_digits(limits: dict[str, object], words: str) -> None:
    assert write.limit_text(DEMOS, Threshold(**limits)) == words


def test_a_metric_without_a_threshold_says_so() -> None:
    assert write.limit_text(DEMOS, None) == "none"


@time_machine.travel("2026-11-16T10:00Z", tick=False)
def test_times_are_written_in_the_zone_of_the_page() -> None:
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert write.moment(late) == "16 Nov, 00:30 CET"
        assert write.day(late) == "16 Nov"
        assert write.weekday(late) == "Monday 16 Nov"
        assert write.age(late) == "today"
        assert write.day(date(2025, 11, 16)) == "16 Nov 2025"
        assert write.age(date(2026, 11, 5)) == "11 days"


@time_machine.travel("2026-11-16T10:00Z", tick=False)
def test_a_period_is_written_by_its_kind() -> None:
    assert write.period(date(2026, 11, 9), "week") == "week of 9 Nov"
    assert write.period(date(2026, 11, 1), "month") == "Nov 2026"
    assert write.period(date(2025, 12, 29), "day") == "29 Dec 2025"


def test_money_has_the_sign_of_its_currency() -> None:
    assert write.money(Decimal(120000), "EUR") == "€120,000"
    assert write.money(Decimal("99.5"), "CHF") == "CHF 99.50"
