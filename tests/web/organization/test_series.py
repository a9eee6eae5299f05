"""Review series on the pages: said in plain words, looked at first, then set up."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from cadence.reviews.models import ReviewSeries
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]


def form(cast: Cast, **said: object) -> dict[str, object]:
    """A weekly of Demand on Mondays, as the page sends it."""
    return {
        "name": "Demand weekly",
        "team": cast.demand.pk,
        "facilitator": cast.fay.pk,
        "minutes": "30",
        "time_of_day": "09:30",
        "starts_on": timezone.localdate().isoformat(),
        "on_holiday": "move",
        "rhythm": "weekly",
        "every_weeks": "1",
        "weekdays": ["0"],
        "nth": "1",
        "weekday": "3",
        "month_day": "15",
        "every_months": "1",
        "rule": "",
        **said,
    }


@pytest.mark.parametrize(
    ("said", "rule", "kind"),
    [
        ({}, "FREQ=WEEKLY;BYDAY=MO", "weekly"),
        (
            {"weekdays": ["1", "3"], "every_weeks": "2"},
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "weekly",
        ),
        ({"rhythm": "weekday"}, "FREQ=MONTHLY;BYDAY=1TH", "monthly"),
        (
            {"rhythm": "weekday", "nth": "-1", "every_months": "3"},
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH",
            "monthly",
        ),
        ({"rhythm": "day"}, "FREQ=MONTHLY;BYMONTHDAY=15", "monthly"),
        ({"rhythm": "last"}, "FREQ=MONTHLY;BYMONTHDAY=-1", "monthly"),
        (
            {"rhythm": "rule", "rule": "rrule:freq=weekly;byday=fr"},
            "FREQ=WEEKLY;BYDAY=FR",
            "weekly",
        ),
    ],
)
def test_what_is_said_in_words_becomes_a_rule(
    cast: Cast, signed_in: SignedIn, said: dict[str, object], rule: str, kind: str
) -> None:
    answer = signed_in(cast.lars).post("/o/acme/series/new", form(cast, **said))
    series = ReviewSeries.objects.get()
    assert answer["Location"] == f"/o/acme/series/{series.pk}"
    assert (series.rule, series.kind) == (rule, kind)


def test_the_next_dates_are_shown_before_anything_is_set_up(
    cast: Cast, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.lars).post("/o/acme/series/new", form(cast, preview="1"))
    assert answer.status_code == 200
    assert "every Monday" in answer.text
    assert len(answer.context["dates"]) == 5
    assert "Europe/Berlin" in answer.text
    assert not ReviewSeries.objects.exists()


def test_a_date_on_a_holiday_says_where_it_moved(cast: Cast, signed_in: SignedIn) -> None:
    said = form(cast, rhythm="rule", rule="FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=25", preview="1")
    year = timezone.localdate().year
    said["starts_on"] = f"{year}-12-01"
    text = signed_in(cast.lars).post("/o/acme/series/new", said).text
    assert "Christmas Day" in text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"rhythm": "rule", "rule": "FREQ=SECONDLY"}, "rule"),
        ({"rhythm": "rule", "rule": "FREQ=WEEKLY;INTERVAL=0;BYDAY=MO"}, "rule"),
        ({"rhythm": "rule", "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=3"}, "rule"),
        ({"rhythm": "rule", "rule": "x" * 10_000}, "rule"),
        ({"rhythm": "rule", "rule": " "}, "rule"),
        ({"rhythm": "rule", "rule": "FREQ=\0"}, "rule"),
        ({"rhythm": "yearly"}, "rhythm"),
        ({"every_weeks": "0"}, "every_weeks"),
        ({"every_weeks": "9" * 5000}, "every_weeks"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["7"]}, "weekdays"),
        ({"rhythm": "day", "month_day": "31"}, "month_day"),
        ({"rhythm": "weekday", "nth": "5"}, "nth"),
        ({"name": "   "}, "name"),
        ({"name": "n" * 10_000}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"minutes": "0"}, "minutes"),
        ({"time_of_day": "25:00"}, "time_of_day"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"starts_on": "1990-01-01"}, "starts_on"),
        ({"on_holiday": "dance"}, "on_holiday"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_the_field(
    cast: Cast, signed_in: SignedIn, said: dict[str, object], field: str
) -> None:
    answer = signed_in(cast.lars).post("/o/acme/series/new", form(cast, **said))
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    assert not ReviewSeries.objects.exists()


def test_a_lead_sets_up_series_for_the_teams_below_alone(cast: Cast, signed_in: SignedIn) -> None:
    dana = signed_in(cast.dana)
    above = form(cast, team=cast.commercial.pk)
    assert dana.post("/o/acme/series/new", above).status_code == 422
    others = form(cast, team=cast.betas_team.pk)
    assert dana.post("/o/acme/series/new", others).status_code == 422
    assert dana.post("/o/acme/series/new", form(cast)).status_code == 302


def test_who_leads_nothing_reads_the_series_only(cast: Cast, signed_in: SignedIn) -> None:
    series = cast.series(cast.commercial)
    for member in (cast.ada, cast.dana, cast.nils, cast.obi):
        client = signed_in(member)
        page = client.get(f"/o/acme/series/{series.pk}")
        assert "every Monday" in page.text
        assert '<form class="card"' not in page.text
        assert client.post(f"/o/acme/series/{series.pk}", {"name": "X"}).status_code == 403
        assert client.post(f"/o/acme/series/{series.pk}/end", {"reason": "X"}).status_code == 403
    for member in (cast.ada, cast.nils, cast.obi):
        assert signed_in(member).post("/o/acme/series/new", form(cast)).status_code == 403


def test_a_series_is_changed_and_ended(cast: Cast, signed_in: SignedIn) -> None:
    lars = signed_in(cast.lars)
    lars.post("/o/acme/series/new", form(cast))
    series = ReviewSeries.objects.get()
    path = f"/o/acme/series/{series.pk}"
    changed = {
        "name": "Demand, early",
        "time_of_day": "08:15",
        "minutes": "45",
        "facilitator": cast.nils.pk,
        "on_holiday": "skip",
    }
    assert lars.post(path, changed | {"minutes": "1"}).status_code == 422
    assert lars.post(path, changed).status_code == 302
    series.refresh_from_db()
    assert (series.name, series.minutes, series.facilitator) == ("Demand, early", 45, cast.nils)
    page = lars.get("/o/acme/series").text
    assert "every Monday, 08:15" in page
    assert lars.post(f"{path}/end", {"reason": " "}).status_code == 422
    assert lars.post(f"{path}/end", {"reason": "Merged"}).status_code == 302
    series.refresh_from_db()
    assert series.ended_at is not None
    assert "Ended" in lars.get("/o/acme/series").text


def test_a_series_does_not_end_while_a_review_of_it_is_due(cast: Cast, signed_in: SignedIn) -> None:
    review = cast.planned_review(starts_at=timezone.now() - timedelta(minutes=5))
    path = f"/o/acme/series/{review.series_id}/end"
    answer = signed_in(cast.lars).post(path, {"reason": "Tired of it"})
    assert answer.status_code == 422
    assert "close it first" in answer.text
