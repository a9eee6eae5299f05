"""Thirty initiatives of a leaver, handed over in a browser, and taken by the successor."""

from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from cadence.initiatives.actions import create_initiative
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.ownership.models import Ownership
from tests.browser.walker import PHONE, walking
from tests.journeys.world import AGO, World, found

NUMBER = 30


@pytest.fixture
def acme(live_server: Any) -> World:
    """Olu owns thirty initiatives."""
    world = found("acme")
    at = timezone.now() - timedelta(days=AGO)
    for number in range(1, NUMBER + 1):
        work = create_initiative(
            actor=world.dana,
            at=at,
            priority=world.priority,
            team=world.team,
            name=f"Stand {number}",
        )
        offer = offer_ownership(actor=world.dana, at=at, initiative=work, owner=world.olu)
        accept_ownership(actor=world.olu, at=at, ownership=offer)
    return world


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_thirty_initiatives_of_a_leaver(
    acme: World, live_server: Any, browser: Browser, said: Any, script: bool
) -> None:
    began = monotonic()
    with walking(browser, live_server.url, java_script_enabled=script) as ada:
        page = ada.page
        ada.signs_in("ada@acme.example")
        ada.goes_to(f"/o/acme/people/{acme.olu.pk}")
        page.get_by_role("link", name="Deactivate").click()
        expect(page.locator("main")).to_contain_text(f"Owns {NUMBER} initiatives")
        page.get_by_label("Stand 7", exact=True).select_option(label="Dana · nothing yet")
        page.get_by_label("The same for all below").select_option(label="Fay · nothing yet")
        page.get_by_role("button", name="Fill the open rows").click()
        expect(page.get_by_label("Stand 8", exact=True)).to_have_value(str(acme.fay.pk))
        expect(page.get_by_label("Stand 7", exact=True)).to_have_value(str(acme.dana.pk))
        page.get_by_label("Why").fill("New job")
        page.get_by_label("Olu is signed out at once").check()
        page.get_by_role("button", name="Deactivate Olu").click()
        expect(page.locator("main")).to_contain_text("Owned before")
        assert ada.complaints == []
    with walking(browser, live_server.url, java_script_enabled=script) as fay:
        page = fay.page
        fay.signs_in("fay@acme.example")
        page.get_by_role("link", name="Answer them together").click()
        page.get_by_role("button", name="Accept what is chosen").click()
        told = f"You answer for {NUMBER - 1} initiatives from now on."
        expect(page.locator("body")).to_contain_text(told)
        assert fay.complaints == []
    said(f"{NUMBER} initiatives handed over in a browser: {monotonic() - began:.0f} seconds")
    current = Ownership.objects.current()
    assert current.filter(owner=acme.fay).count() == NUMBER - 1
    assert Ownership.objects.pending().get().owner == acme.dana


def test_the_table_on_a_phone(acme: World, live_server: Any, browser: Browser) -> None:
    options = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    with walking(browser, live_server.url, **options) as dana:
        dana.signs_in("dana@acme.example")
        dana.goes_to("/o/acme/ownership/hand-over?show=all")
        assert dana.overflow() == []
        dana.page.get_by_label("Stand 1", exact=True).select_option(label="Fay · nothing yet")
        dana.page.get_by_role("button", name="Ask them", exact=True).last.tap()
        expect(dana.page.locator("body")).to_contain_text("Fay is asked for 1 initiative.")
        assert dana.complaints == []
