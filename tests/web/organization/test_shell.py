"""What all pages share: a session that began with a click, and a database that is busy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Membership, Organization
from cadence.web import my_week
from tests.cast import Cast

SignIn = Callable[[Membership], Client]


def locked(**_: Any) -> None:
    raise OperationalError("database is locked")


@pytest.fixture
def clicked(cast: Cast, client: Client, settings: Settings) -> Client:
    """Somebody who entered the demo as Olu; Olu has joined Beta, which is real, since then."""
    settings.DEMO = True
    Organization.objects.filter(slug="acme").update(is_demo=True)
    client.post("/sign-in/demo", {"member": cast.olu.pk})
    Membership.objects.create(
        organization=cast.beta, user=cast.olu.user, name="Olu", joined_at=timezone.now()
    )
    return client


def test_a_click_opens_the_demo_and_nothing_else(clicked: Client) -> None:
    assert clicked.get("/o/beta/my-week").status_code == 404
    assert clicked.get("/")["Location"] == "/o/acme/my-week"
    page = clicked.get("/o/acme/my-week")
    assert page.status_code == 200
    assert "Beta" not in page.text


def test_a_demo_that_became_real_shuts_out_who_clicked(clicked: Client) -> None:
    Organization.objects.filter(slug="acme").update(is_demo=False)
    assert clicked.get("/o/acme/my-week").status_code == 404
    assert "You are in no organization" in clicked.get("/").text


def test_a_password_opens_both(cast: Cast, clicked: Client, signed_in: SignIn) -> None:
    clicked.post("/sign-out")
    assert signed_in(cast.olu).get("/o/beta/my-week").status_code == 200


def test_a_busy_database_is_a_page_that_says_to_try_again(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(my_week, "accept_ownership", locked)
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    answer = signed_in(cast.nils).post(f"/o/acme/my-week/offers/{offer.pk}/acceptance")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Try again in a moment" in answer.text


def test_beside_a_form_what_was_typed_stays(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadence.web.decision_forms.record_decision", locked)
    typed = {
        "kind": "adjust",
        "what": "Two more people on calls.",
        "check_on": timezone.localdate().isoformat(),
        "decided_by": cast.olu.pk,
    }
    breach = cast.breach()
    answer = signed_in(cast.olu).post(f"/o/acme/breaches/{breach.pk}", typed)
    assert answer.status_code == 422
    assert "Others were writing at the same moment" in answer.text
    assert "Two more people on calls." in answer.text
