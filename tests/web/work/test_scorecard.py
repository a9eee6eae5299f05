"""The scorecard: inputs before outcomes, thirteen periods, a state in words."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.metrics.models import Judgement, Metric, Threshold
from tests.cast import AT, BEGINNING, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]
PAGE = "/o/acme/scorecard"


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def judged(metric: Metric, value: int, day: date, result: str = "inside") -> Judgement:
    return Judgement.objects.create(
        organization=metric.organization,
        metric=metric,
        starts_on=day,
        value=Decimal(value),
        floor=Decimal(45),
        threshold=metric.thresholds.first(),
        result=result,
    )


def html(client: Client, **asked: str) -> str:
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_metric_shows_its_weeks_threshold_and_state(cast: Cast, signed_in: SignIn) -> None:
    judged(cast.demos, 52, LAST_WEEK - timedelta(weeks=1))
    judged(cast.demos, 31, LAST_WEEK, "below")
    cast.breach()
    page = html(signed_in(cast.obi))
    assert "Qualified demos" in page
    assert "Olu" in page
    assert "≥ 45" in page
    assert 'class="num beyond below">31' in page
    assert "Needs a decision" in page
    assert "→ " in page
    assert "Closed revenue" in page
    assert "1 without a decision" in page


def test_a_week_without_a_reading_is_missing(cast: Cast, signed_in: SignIn) -> None:
    page = html(signed_in(cast.obi))
    assert 'missing"><span>missing</span>' in page
    assert "No reading, due 17 Nov" in page
    assert "1 without a reading" in page


def test_monthly_metrics_stand_on_their_own_tab(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)
    assert f"/o/acme/metrics/{cast.demos.pk}" not in html(client, per="month")
    assert f'href="/o/acme/metrics/{cast.revenue.pk}">Closed revenue' in html(client, per="month")
    assert "Oct 2026" in html(client, per="month")


def test_inputs_come_before_outcomes(cast: Cast, signed_in: SignIn) -> None:
    cast.metric("Alpha outcome", kind="lagging")
    page = html(signed_in(cast.obi))
    assert page.index(">Qualified demos<") < page.index(">Alpha outcome<")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "demos"}, True),
        ({"q": "nothing like it"}, False),
        ({"q": "\x00"}, True),
        ({"state": "undecided"}, True),
        ({"state": "unknown"}, False),
        ({"state": "nonsense"}, True),
        ({"until": "2026-11-02"}, True),
        ({"until": "9999-12-31"}, True),
        ({"until": "1990-01-01"}, True),
        ({"per": "year"}, True),
        ({"page": "999"}, True),
    ],
)
def test_filters_narrow_it_down_and_nonsense_is_ignored(
    cast: Cast, signed_in: SignIn, asked: dict[str, str], found: bool
) -> None:
    cast.breach()
    assert (">Qualified demos<" in html(signed_in(cast.obi), **asked)) is found


def test_it_is_filtered_by_team_priority_and_owner(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)
    for asked in (
        {"team": str(cast.commercial.pk)},
        {"priority": str(cast.growth.pk)},
        {"owner": str(cast.olu.pk)},
    ):
        assert ">Qualified demos<" in html(client, **asked)
    assert ">Qualified demos<" not in html(client, team=str(cast.partners.pk))
    assert ">Qualified demos<" not in html(client, owner=str(cast.nils.pk))
    # Of another organization: no such choice, so it filters nothing.
    assert ">Qualified demos<" in html(client, team=str(cast.betas_team.pk))


def test_nothing_of_another_organization_is_shown(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sven)
    assert client.get(PAGE).status_code == 404
    assert "Qualified demos" not in client.get("/o/beta/scorecard").content.decode()


def test_an_empty_scorecard_teaches_the_next_step(cast: Cast, signed_in: SignIn) -> None:
    assert "No metric is judged per day" in html(signed_in(cast.obi), per="day")


def test_fifty_metrics_are_a_page(cast: Cast, signed_in: SignIn) -> None:
    for _ in range(55):
        cast.metric()
    client = signed_in(cast.obi)
    assert "1 to 50 of 56 metrics" in html(client)
    assert "51 to 56 of 56 metrics" in html(client, page="2")


def test_as_many_queries_for_thirty_metrics_as_for_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)
    cast.breach()
    judged(cast.demos, 52, LAST_WEEK)
    one = queries(client)
    for number in range(29):
        initiative = cast.initiative(f"More {number}", owner=cast.nils)
        metric = cast.metric(f"Number {number}", initiative=initiative, leads_to=cast.revenue)
        cast.threshold(metric)
        cast.breach(metric)
        judged(metric, 52, LAST_WEEK)
    assert queries(client) == one


def test_a_thousand_metrics_on_a_page_ask_as_often_as_ten(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)
    cast.breach(cast.demos)
    many_metrics(cast, 10)
    few = queries(client, rows="1000")
    many_metrics(cast, 989)
    assert queries(client, rows="1000") == few
    page = html(client, rows="1000")
    assert page.count("data-item") == 1000
    assert page.count("chart-spark") == 1000
    assert page.count('">52</td>') == 999 * 13


def many_metrics(cast: Cast, count: int) -> None:
    """Metrics with a threshold and thirteen judged weeks each."""
    metrics = [
        Metric(
            organization=cast.acme,
            initiative=cast.pipeline,
            name=f"Number {key}",
            key=f"number-{key}",
            kind="leading",
            read_per="week",
            judged_per="week",
            created_at=BEGINNING,
            checked_to=LAST_WEEK,
        )
        for key in range(Metric.objects.count(), Metric.objects.count() + count)
    ]
    Metric.objects.bulk_create(metrics)
    thresholds = [
        Threshold(
            organization=cast.acme,
            metric=metric,
            floor=Decimal(45),
            starts_on=BEGINNING.date(),
            agreed_response="Call every open lead.",
            set_at=BEGINNING,
        )
        for metric in metrics
    ]
    Threshold.objects.bulk_create(thresholds)
    Judgement.objects.bulk_create(
        Judgement(
            organization=cast.acme,
            metric=threshold.metric,
            starts_on=LAST_WEEK - timedelta(weeks=ago),
            value=Decimal(52),
            floor=Decimal(45),
            threshold=threshold,
            result="inside",
        )
        for threshold in thresholds
        for ago in range(13)
    )


def test_names_are_text_and_never_markup(cast: Cast, signed_in: SignIn) -> None:
    evil = "<script>alert('a')</script> & \"more\""
    outcome = cast.metric(f"{evil} 1", kind="lagging", judged_per="month")
    initiative = cast.initiative(f"{evil} 2", owner=cast.member(f"{evil} 3"))
    metric = cast.metric(f"{evil} 4", initiative=initiative, leads_to=outcome, unit="<b>")
    cast.threshold(metric, floor=None, floor_metric=outcome)
    page = html(signed_in(cast.obi))
    assert "<script>alert" not in page
    assert "<b>" not in page
    for number in range(1, 5):
        assert (
            f"&lt;script&gt;alert(&#x27;a&#x27;)&lt;/script&gt; &amp; &quot;more&quot; {number}"
            in page
        )


def queries(client: Client, **asked: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(PAGE, asked)
    return len(captured)
