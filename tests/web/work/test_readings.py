"""The readings of a week: earlier ones too, one's own or all that one may record."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.metrics.models import Reading
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]
PAGE = "/o/acme/readings"


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def html(client: Client, asked: str = "") -> str:
    answer = client.get(f"{PAGE}{asked}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_earlier_weeks_and_the_running_one_are_reached(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    assert "Week of 9 Nov" in html(client)
    assert "?period=2026-11-02" in html(client)
    assert "still running" in html(client, "?period=2026-11-18")
    assert "Week of 5 Jan" in html(client, "?period=2026-01-08")


@pytest.mark.parametrize(
    "asked", ["?period=x", "?period=1500-01-01", "?period=1990-01-01", "?initiative=x", "?page=x"]
)
def test_nonsense_in_the_address_is_ignored(cast: Cast, signed_in: SignIn, asked: str) -> None:
    assert "Week of 9 Nov" in html(signed_in(cast.olu), asked)


def test_a_week_far_ahead_is_the_running_one(cast: Cast, signed_in: SignIn) -> None:
    assert "still running" in html(signed_in(cast.olu), "?period=2199-01-01")


def test_a_lead_records_for_the_work_below(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.lars)
    assert "You own nothing that is read" in html(client)
    assert 'name="value"' in html(client, "?scope=all")
    client.post(f"/o/acme/metrics/{cast.demos.pk}/readings/{LAST_WEEK}", {"value": "52"})
    assert Reading.objects.get().recorded_by == cast.lars


def test_who_may_record_nothing_is_told_who_does(cast: Cast, signed_in: SignIn) -> None:
    assert "Nothing to enter" in html(signed_in(cast.obi))
    assert "Nothing to enter" in html(signed_in(cast.nils), "?scope=all")


def test_the_readings_of_one_initiative(cast: Cast, signed_in: SignIn) -> None:
    other = cast.initiative("Other", owner=cast.olu)
    cast.metric("Calls", initiative=other)
    client = signed_in(cast.olu)
    page = html(client, f"?initiative={other.pk}")
    assert "Calls" in page
    assert "Qualified demos" not in page
    foreign = html(client, f"?initiative={cast.betas_initiative.pk}")
    assert "Sales" not in foreign


def test_the_week_that_is_beyond_is_said_once_for_a_daily_metric(
    cast: Cast, signed_in: SignIn
) -> None:
    visits = cast.metric("Visits", read_per="day", checked_to=date(2026, 11, 2))
    cast.threshold(visits, floor=100)
    client = signed_in(cast.olu)
    days = [LAST_WEEK + timedelta(days=n) for n in range(7)]
    for day in days[:-1]:
        answer = client.post(
            f"/o/acme/metrics/{visits.pk}/readings/{day}", {"value": "1"}, headers={"X-Row": "1"}
        )
        assert "saved" in answer.content.decode()
    last = client.post(
        f"/o/acme/metrics/{visits.pk}/readings/{days[-1]}", {"value": "1"}, headers={"X-Row": "1"}
    )
    assert "Opens a breach." in last.content.decode()
    assert "93 below" in last.content.decode()
    assert html(client).count("In breach since the week of 9 Nov") == 1


def test_fifty_metrics_are_a_page_of_readings(cast: Cast, signed_in: SignIn) -> None:
    for _ in range(51):
        cast.metric()
    assert "1 to 50 of 53 metrics" in html(signed_in(cast.olu))


def test_script_in_a_name_is_only_words(cast: Cast, signed_in: SignIn) -> None:
    cast.metric('<script>alert("1")</script>')
    assert "<script>alert" not in html(signed_in(cast.olu))


@pytest.mark.parametrize("day", ["1990-01-01", "1991-12-30", "2200-12-29"])
def test_a_reading_at_the_edge_of_the_calendar_is_none(
    cast: Cast, signed_in: SignIn, day: str
) -> None:
    path = f"/o/acme/metrics/{cast.demos.pk}/readings/{day}"
    answer = signed_in(cast.olu).post(path, {"value": "52"})
    assert answer.headers["Location"] == PAGE
    assert not Reading.objects.exists()
