"""Where a metric comes from: tried on the page before it is saved, with its runs below."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Membership
from cadence.metrics.models import Reading
from cadence.sources.models import Source
from tests.cast import AT, LAST_WEEK, Cast
from tests.sources.rows import WEEKS, connection, run, source, weeks_in

SignedIn = Callable[[Membership], Client]


def url(cast: Cast, name: str = "metric-source") -> str:
    return reverse(f"web:{name}", args=["acme", cast.demos.pk])


def typed(of: int, **facts: str) -> dict[str, str]:
    return {
        "connection": str(of),
        "query": WEEKS,
        "period_column": "period",
        "value_column": "value",
        "every": "day",
        "weekday": "0",
        "time_of_day": "06:30",
        "act": "save",
        **facts,
    }


@pytest.fixture
def figures(tmp_path: Path, settings: Settings) -> Path:
    settings.SOURCES_FOLDER = tmp_path
    weeks_in(tmp_path / "figures.sqlite3", [(str(LAST_WEEK), "61.25")])
    return tmp_path / "figures.sqlite3"


def test_without_a_connection_it_says_who_makes_one(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.dana).get(url(cast)).content.decode()
    assert "An administrator connects a database" in shown


def test_trying_shows_the_rows_and_saves_nothing(
    cast: Cast, signed_in: SignedIn, figures: Path
) -> None:
    of = connection(cast)
    answer = signed_in(cast.dana).post(url(cast), typed(of.pk, act="try"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "61.25" in shown
    assert "Nothing was recorded yet" in shown
    assert not Source.objects.exists()
    assert not Reading.objects.exists()


def test_trying_what_fails_says_why_and_keeps_what_was_typed(
    cast: Cast, signed_in: SignedIn, figures: Path
) -> None:
    of = connection(cast)
    asked = typed(of.pk, act="try", query="SELECT * FROM months")
    shown = signed_in(cast.dana).post(url(cast), asked).content.decode()
    assert "no such table: months" in shown
    assert "SELECT * FROM months" in shown


def test_it_is_saved_and_changed(cast: Cast, signed_in: SignedIn, figures: Path) -> None:
    of, dana = connection(cast), signed_in(cast.dana)
    assert "has not run yet" in dana.post(url(cast), typed(of.pk), follow=True).content.decode()
    dana.post(url(cast), typed(of.pk, every="week", weekday="4"))
    made = Source.objects.get()
    assert (made.every, made.weekday) == ("week", 4)
    metric = dana.get(reverse("web:metric", args=["acme", cast.demos.pk])).content.decode()
    assert "Pulled from a source" in metric


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"query": ""}, "query"),
        ({"extract": "a"}, "extract"),
        ({"value_column": ""}, "value_column"),
        ({"time_of_day": "soon"}, "time_of_day"),
        ({"connection": "0"}, "connection"),
    ],
)
def test_a_fault_stands_beside_its_field(
    cast: Cast, signed_in: SignedIn, facts: dict[str, str], field: str
) -> None:
    of = connection(cast)
    answer = signed_in(cast.dana).post(url(cast), {**typed(of.pk), **facts})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_runs_are_shown_with_their_errors_and_paged(cast: Cast, signed_in: SignedIn) -> None:
    one = source(cast, failures=1)
    for hours in range(25):
        run(one, started_at=AT - timedelta(hours=hours), error="It answered 500." if hours else "")
    obi = signed_in(cast.obi)
    shown = obi.get(url(cast)).content.decode()
    assert shown.count("It answered 500.") == 19
    assert "no old number stands in for it" in shown
    assert "What is asked" in shown
    assert obi.get(f"{url(cast)}?page=2").content.decode().count("It answered 500.") == 5


def test_pausing_and_the_rest_are_buttons(cast: Cast, signed_in: SignedIn) -> None:
    one, dana = source(cast), signed_in(cast.dana)
    for name, state in (("run", "on"), ("pause", "paused"), ("resume", "on"), ("end", "ended")):
        assert dana.post(url(cast, f"metric-source-{name}"), follow=True).status_code == 200
        one.refresh_from_db()
        assert one.state == state
    assert dana.post(url(cast, "metric-source-end")).status_code == 409
    dana.post(url(cast, "metric-origin"), {"comes_from": "api"})
    cast.demos.refresh_from_db()
    assert cast.demos.comes_from == "api"


def test_who_may_not_change_the_metric_only_reads(cast: Cast, signed_in: SignedIn) -> None:
    one, obi = source(cast), signed_in(cast.obi)
    shown = obi.get(url(cast)).content.decode()
    assert "End this source" not in shown
    assert obi.post(url(cast, "metric-source-end")).status_code == 403
    answer = obi.post(url(cast), typed(one.connection_id))
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.ended_at is None


def test_a_page_of_many_runs_costs_as_many_queries_as_one_of_one(
    cast: Cast, signed_in: SignedIn
) -> None:
    one, olu = source(cast), signed_in(cast.olu)

    def cost() -> int:
        with CaptureQueriesContext(database) as queries:
            assert olu.get(url(cast)).status_code == 200
        return len(queries)

    run(one)
    first = cost()
    for _ in range(10):
        run(one)
    assert cost() == first


def test_what_comes_by_itself_is_listed_apart_in_my_week(cast: Cast, signed_in: SignedIn) -> None:
    week = reverse("web:my-week", args=["acme"])
    assert "comes by itself" not in signed_in(cast.olu).get(week).content.decode()
    source(cast)
    shown = signed_in(cast.olu).get(week)
    assert "1 reading comes by itself" in shown.content.decode()
    assert cast.demos.pk not in {line.entry.metric.pk for line in shown.context["lines"]}
    assert cast.demos.pk in {line.entry.metric.pk for line in shown.context["by_themselves"]}
