"""The page of a metric, and setting its threshold."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.metrics.models import Correction, Metric, Threshold
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def page_of(metric: Metric) -> str:
    return f"/o/acme/metrics/{metric.pk}"


def test_the_page_shows_versions_readings_corrections_and_breaches(
    cast: Cast, signed_in: SignIn
) -> None:
    reading = cast.reading(52)
    Correction.objects.create(
        organization=cast.acme,
        reading=reading,
        old_value=Decimal(52),
        new_value=Decimal(50),
        reason="Counted twice",
        corrected_by=cast.olu,
        corrected_at=AT,
    )
    reading.value, reading.note = Decimal(50), "Counted twice"
    reading.save(update_fields=["value", "note"])
    cast.breach()
    html = signed_in(cast.obi).get(page_of(cast.demos)).content.decode()
    assert "chart-history" in html
    assert "≥ 45" in html
    assert "Set by Dana" in html
    assert "was 52; Olu" in html
    assert "Needs a decision" in html
    assert "New threshold" not in html


def test_a_metric_without_readings_or_threshold_says_what_comes_next(
    cast: Cast, signed_in: SignIn
) -> None:
    html = signed_in(cast.dana).get(page_of(cast.revenue)).content.decode()
    assert "No readings yet" in html
    assert "Agree when somebody has to act" in html


def test_a_lead_adds_a_metric_and_agrees_on_its_threshold(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    typed = {
        "name": "Calls made",
        "kind": "leading",
        "read_per": "week",
        "judged_per": "",
        "aggregation": "sum",
        "formula": "read",
        "comparison": "percent",
        "decimals": "0",
        "unit": "calls",
        "leads_to": cast.revenue.pk,
    }
    answer = client.post(f"/o/acme/initiatives/{cast.pipeline.pk}/metrics/new", typed)
    metric = Metric.objects.get(name="Calls made")
    assert answer.headers["Location"] == f"{page_of(metric)}/thresholds/new"
    assert client.get(answer.headers["Location"]).status_code == 200
    client.post(
        f"{page_of(metric)}/thresholds/new",
        {"floor": "20", "periods_in_a_row": "2", "agreed_response": "Call on Fridays too"},
    )
    threshold = Threshold.objects.get(metric=metric)
    assert (threshold.floor, threshold.periods_in_a_row) == (Decimal(20), 2)
    assert threshold.starts_on == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"floor": "", "agreed_response": "x"}, "floor"),
        ({"floor": "50", "ceiling": "40", "agreed_response": "x"}, "floor"),
        ({"floor": "Infinity", "agreed_response": "x"}, "floor"),
        ({"floor": "50"}, "agreed_response"),
        ({"floor": "50", "agreed_response": "x", "starts_on": "2026-11-02"}, "starts_on"),
        ({"floor": "50", "agreed_response": "x", "starts_on": "9999-01-01"}, "starts_on"),
        ({"floor": "50", "agreed_response": "x", "periods_in_a_row": "0"}, "periods_in_a_row"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused_beside_its_field(
    cast: Cast, signed_in: SignIn, typed: dict[str, str], field: str
) -> None:
    answer = signed_in(cast.dana).post(
        f"{page_of(cast.demos)}/thresholds/new", {"periods_in_a_row": "1", **typed}
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert Threshold.objects.filter(metric=cast.demos).count() == 1


def test_a_crossed_threshold_is_not_loosened_here(cast: Cast, signed_in: SignIn) -> None:
    breach = cast.breach()
    client = signed_in(cast.dana)
    address = f"{page_of(cast.demos)}/thresholds/new"
    asked = client.get(address).content.decode()
    assert "moved goalpost" in asked
    assert f"/o/acme/breaches/{breach.pk}" in asked
    answer = client.post(
        address, {"floor": "40", "periods_in_a_row": "1", "agreed_response": "Wait"}
    )
    assert answer.status_code == 422
    assert "that somebody above the owner approves" in answer.content.decode()
    assert 'value="40"' in answer.content.decode()


def test_a_metric_is_changed_but_not_how_it_is_read(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    html = client.get(f"{page_of(cast.demos)}/change").content.decode()
    assert "read_per" not in html
    client.post(
        f"{page_of(cast.demos)}/change",
        {
            "name": "Demos held",
            "unit": "demos",
            "decimals": "1",
            "kind": "leading",
            "comparison": "points",
        },
    )
    cast.demos.refresh_from_db()
    assert (cast.demos.name, cast.demos.decimals) == ("Demos held", 1)
    assert cast.demos.comparison == "points"


def test_a_metric_is_retired_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    address = f"{page_of(cast.demos)}/retirement"
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "Counted elsewhere"}).status_code == 302
    cast.demos.refresh_from_db()
    assert cast.demos.retired_at == AT
    assert "Retired" in client.get(page_of(cast.demos)).content.decode()


def test_a_metric_in_breach_is_not_retired(cast: Cast, signed_in: SignIn) -> None:
    cast.breach()
    refused = signed_in(cast.dana).post(
        f"{page_of(cast.demos)}/retirement", {"reason": "Too much work"}
    )
    assert refused.status_code == 422
    assert "while it is in breach" in refused.content.decode()


def test_observers_and_owners_set_no_threshold(cast: Cast, signed_in: SignIn) -> None:
    for person in (cast.obi, cast.olu):
        answer = signed_in(person).post(f"{page_of(cast.demos)}/thresholds/new", {"floor": "1"})
        assert answer.status_code == 403


def test_strangers_find_no_metric(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sven)
    for rest in ("", "/change", "/thresholds/new"):
        assert client.get(page_of(cast.demos) + rest).status_code == 404
        assert client.get(f"/o/beta/metrics/{cast.demos.pk}{rest}").status_code == 404


def test_a_metric_of_another_organization_is_no_choice(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.dana).post(
        f"{page_of(cast.demos)}/thresholds/new",
        {
            "floor_metric": cast.betas_metric.pk,
            "periods_in_a_row": "1",
            "agreed_response": "x",
        },
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["floor_metric"]
