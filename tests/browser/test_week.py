"""A week in the browser: a reading below its threshold, the review it holds open, the minutes."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from cadence.breaches.models import Breach
from cadence.evaluation.tick import tick
from cadence.ledger.queries import verify
from cadence.metrics.models import Reading
from cadence.reviews.models import Review
from tests.browser.walker import PHONE, Walker, walking
from tests.journeys.world import World, found, with_work


@pytest.fixture
def acme(live_server: Any) -> World:
    """Last week's reading is due from Olu, and the weekly has begun."""
    world = found("acme")
    with_work(world)
    tick(at=timezone.now())
    return world


def test_a_week_by_keyboard_and_mouse(acme: World, live_server: Any, browser: Browser) -> None:
    with walking(browser, live_server.url) as olu:
        olu.signs_in("olu@acme.example")
        enters_by_keyboard(olu, "31")
        assert olu.complaints == []
    reading = Reading.objects.get()
    assert (reading.value, reading.note) == (31, "The trade fair was cancelled.")
    assert Breach.objects.get().metric == reading.metric
    holds_the_weekly(acme, live_server.url, browser)


def test_a_week_without_any_script(acme: World, live_server: Any, browser: Browser) -> None:
    with walking(browser, live_server.url, java_script_enabled=False) as olu:
        olu.signs_in("olu@acme.example")
        line = olu.page.locator("[data-row]").filter(has_text="Qualified demos")
        line.locator("[data-row-input]").first.fill("31")
        line.get_by_role("button", name="Save").first.click()
        expect(olu.page.locator("main")).to_contain_text("Qualified demos is saved.")
    holds_the_weekly(acme, live_server.url, browser, java_script_enabled=False)


def test_a_reading_from_a_phone(acme: World, live_server: Any, browser: Browser) -> None:
    options = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    with walking(browser, live_server.url, **options) as olu:
        olu.signs_in("olu@acme.example")
        assert olu.overflow() == []
        entry = olu.page.locator("[data-row-input]").first
        assert entry.get_attribute("inputmode") == "decimal"
        entry.tap()
        entry.fill("52")
        olu.page.get_by_role("heading", level=1).tap()
        expect(olu.page.locator("[data-row-status]").first).to_contain_text("saved")
        assert olu.overflow() == []
        assert olu.complaints == []
    assert Reading.objects.get().value == 52


def enters_by_keyboard(olu: Walker, value: str) -> None:
    """The row is saved when it is left, and says what it opened."""
    olu.tabs_to("[data-row-input]")
    olu.page.keyboard.type(value)
    olu.page.keyboard.press("Tab")
    line = olu.page.locator("[data-row]").filter(has_text="Qualified demos")
    expect(line.locator("[data-row-status]")).to_contain_text("14 below")
    expect(line).to_contain_text("Opens a breach.")
    expect(line).to_contain_text("Two people call every open lead on Tuesday.")
    # The why-line has come where the keyboard is.
    olu.tabs_to("input[name=note]")
    olu.page.keyboard.type("The trade fair was cancelled.")
    with olu.page.expect_response(re.compile("/readings/")) as saved:
        olu.page.keyboard.press("Enter")
    assert saved.value.status == 200


def holds_the_weekly(acme: World, address: str, browser: Browser, **options: Any) -> None:
    """Fay is refused, records what Olu decided, closes; the minutes show it."""
    with walking(browser, address, **options) as fay:
        fay.signs_in("fay@acme.example")
        fay.goes_to(f"/o/acme/reviews/{acme.review.pk}")
        close_button(fay.page).click()
        refusal = fay.page.get_by_role("alert")
        expect(refusal).to_contain_text("Not closed. This review is held open by one breach.")
        held = fay.page.locator("main").get_by_role("link", name=re.compile("^Qualified demos"))
        expect(held.first).to_be_visible()
        held.first.click()
        records_the_decision(fay.page)
        expect(fay.page.locator("main")).to_contain_text("It can be closed.")
        close_button(fay.page).click()
        minutes = fay.page.locator("main")
        expect(minutes).to_contain_text("D-1")
        expect(minutes).to_contain_text("Four hours of calls a week, from Monday.")
        expect(minutes).to_contain_text("Olu")
        assert fay.complaints == []
    review = Review.objects.get(pk=acme.review.pk)
    assert review.state == "closed"
    assert verify(acme.organization).fault is None


def close_button(page: Page) -> Any:
    return page.get_by_role("button", name="Close review").first


def records_the_decision(page: Page) -> None:
    page.get_by_role("radio", name=re.compile("Adjust")).check()
    page.get_by_label("What changes, in words").fill("Four hours of calls a week, from Monday.")
    page.get_by_label("Decided by").select_option(label="Olu")
    page.get_by_role("button", name="Record decision").click()
