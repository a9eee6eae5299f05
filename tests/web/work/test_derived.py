"""A metric that is computed from others: made, shown, and never asked for."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.metrics.actions import create_metric
from cadence.metrics.models import Metric
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def won(cast: Cast) -> Metric:
    return cast.metric("Deals won")


@pytest.fixture
def ratio(cast: Cast, won: Metric) -> Metric:
    return create_metric(
        actor=cast.dana,
        at=AT,
        initiative=cast.pipeline,
        name="Deals a demo",
        kind="lagging",
        formula="ratio",
        operands=[won, cast.demos],
        unit="%",
        comparison="points",
    )


def record(cast: Cast, won: Metric, deals: object, demos: object) -> None:
    rows = [Row(won.pk, LAST_WEEK, deals), Row(cast.demos.pk, LAST_WEEK, demos)]
    record_readings(actor=cast.robo, at=AT, rows=rows)


def page_of(metric: Metric) -> str:
    return f"/o/acme/metrics/{metric.pk}"


def test_a_lead_makes_it_from_metrics_that_are_there(
    cast: Cast, won: Metric, signed_in: SignIn
) -> None:
    client = signed_in(cast.dana)
    address = f"/o/acme/initiatives/{cast.pipeline.pk}/metrics/new"
    assert "What it is computed from" in client.get(address).content.decode()
    typed = {
        "name": "Deals a demo",
        "kind": "lagging",
        "formula": "ratio",
        "operands": won.pk,
        "second": cast.demos.pk,
        "comparison": "points",
        "decimals": "1",
        "unit": "%",
    }
    answer = client.post(address, typed)
    made = Metric.objects.get(name="Deals a demo")
    assert answer.headers["Location"] == f"{page_of(made)}/thresholds/new"
    assert [row.operand for row in made.operands.all()] == [won, cast.demos]
    assert (made.read_per, made.comparison) == ("week", "points")


def test_what_does_not_fit_is_said_beside_the_field_and_kept(
    cast: Cast, won: Metric, signed_in: SignIn
) -> None:
    address = f"/o/acme/initiatives/{cast.pipeline.pk}/metrics/new"
    typed = {"name": "R", "kind": "lagging", "formula": "ratio", "operands": won.pk}
    answer = signed_in(cast.dana).post(
        address, typed | {"comparison": "percent", "decimals": "1", "others": [cast.revenue.pk]}
    )
    form = answer.context["form"]
    assert answer.status_code == 422
    assert form.errors == {"second": ["This field is required."]}
    answer = signed_in(cast.dana).post(
        address, typed | {"comparison": "percent", "decimals": "1", "second": cast.revenue.pk}
    )
    form = answer.context["form"]
    assert form.errors == {"operands": ["All are judged per the same period: day, week or month."]}
    assert f'<option value="{won.pk}" selected>' in answer.content.decode()


def test_its_page_says_what_it_is_computed_from_and_theirs_what_is_computed_from_them(
    cast: Cast, won: Metric, ratio: Metric, signed_in: SignIn
) -> None:
    record(cast, won, 12, 48)
    client = signed_in(cast.olu)
    answer = client.get(page_of(ratio))
    html = answer.content.decode()
    assert answer.context["history"].latest.value == 25
    assert "computed per week" in html and "Computed from" in html
    assert f'<a href="{page_of(won)}">Deals won</a> divided by' in html
    assert "Enter readings" not in html and "No readings yet" not in html
    assert "Computed from it" in client.get(page_of(won)).content.decode()


def test_its_page_says_why_it_has_no_value(
    cast: Cast, won: Metric, ratio: Metric, signed_in: SignIn
) -> None:
    client = signed_in(cast.olu)
    assert "No value of “Deals won” and “Qualified demos”." in (
        client.get(page_of(ratio)).content.decode()
    )
    record(cast, won, 12, 0)
    assert "By zero nothing is divided." in client.get(page_of(ratio)).content.decode()


def test_it_is_not_asked_for_and_takes_no_reading(
    cast: Cast, won: Metric, ratio: Metric, signed_in: SignIn
) -> None:
    client = signed_in(cast.olu)
    for address in ("/o/acme/my-week", "/o/acme/readings"):
        html = client.get(address, follow=True).content.decode()
        assert "Deals won" in html and "Deals a demo" not in html
    assert "Deals a demo" in client.get("/o/acme/scorecard").content.decode()


def test_the_page_of_a_metric_compares_weeks_and_spans_to_date(
    cast: Cast, signed_in: SignIn
) -> None:
    demos = cast.metric("Demos held")
    first = date(2025, 1, 6)
    rows = [
        Row(demos.pk, first + at * timedelta(weeks=1), Decimal(40 if at < 52 else 50))
        for at in range(97)
    ]
    record_readings(actor=cast.robo, at=AT, rows=rows)
    html = signed_in(cast.obi).get(page_of(demos)).content.decode()
    assert "To date" in html
    totals = signed_in(cast.obi).get(page_of(demos)).context["totals"]
    assert [(one.span, one.value, one.week, one.year) for one in totals] == [
        ("Week to 15 Nov", 50, "±0.0 %", "+25.0 %"),
        # Three weeks ended in November, and two in the same days of the year before.
        ("Month to date", 150, "", ""),
        ("Quarter to date", 350, "", ""),
        ("Year to date", 2290, "", ""),
    ]
    # Without the reading of the last week nothing could be said to date: the week before is.
    with time_machine.travel(AT + timedelta(weeks=1), tick=False):
        later = signed_in(cast.obi).get(page_of(demos)).context["totals"]
    assert later[0].span == "Week to 15 Nov"
    demos.comparison = "points"
    demos.save()
    totals = signed_in(cast.obi).get(page_of(demos)).context["totals"]
    assert totals[0].year == "+100,000 bps"
