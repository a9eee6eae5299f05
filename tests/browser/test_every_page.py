"""Every page of a lively organization: readable by everybody, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.core.management import call_command
from playwright.sync_api import Browser

from accounts.models import Organization, Role
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.initiatives.models import Initiative
from cadence.management.demo.people import PASSWORD
from cadence.reviews.models import Review, ReviewSeries
from tests import needs
from tests.browser.walker import DESK, PHONE, Walker, walking

# What fails somebody: axe also knows minor matters, and things to look at by eye.
RUN = """(options) => axe.run({resultTypes: ["violations"], ...options}).then((results) =>
  results.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}, ${one.help}, ${one.nodes.map((node) => node.target).join(" ")}`))"""
# The themes differ in nothing else.
COLOURS_ALONE = {"runOnly": ["color-contrast"]}


@pytest.fixture
def demo(live_server: Any) -> Organization:
    needs.sqlite()
    call_command("demo", verbosity=0)
    return Organization.objects.get()


def addresses(demo: Organization) -> Iterator[tuple[str, str]]:
    """The pages of the organization by name, each where it has most to show."""
    initiative = Initiative.objects.filter(metrics__breaches__decision=None).order_by("pk").first()
    assert initiative is not None
    metric = initiative.metrics.earliest("pk")
    closed = Review.objects.closed().latest("closed_at")
    room = Review.objects.open().latest("pk")
    judged = Decision.objects.filter(verdict__isnull=False).latest("pk")
    parts = ("follow_through", "scorecard", "ownership", "breaches", "read_back", "close")
    yield "my week", "my-week"
    yield "readings", "readings"
    yield "scorecard", "scorecard"
    yield "initiatives", "initiatives"
    yield "initiative", f"initiatives/{initiative.pk}"
    yield "metric", f"metrics/{metric.pk}"
    yield "threshold", f"metrics/{metric.pk}/thresholds/new"
    yield "reviews", "reviews"
    yield "minutes", f"reviews/{closed.pk}/minutes"
    for part in parts:
        yield f"room, {part}", f"reviews/{room.pk}?part={part}"
    yield "breach", f"breaches/{Breach.objects.undecided().earliest('pk').pk}"
    yield "decisions", "decisions"
    yield "decision", f"decisions/{judged.number}"
    yield "ownership", "ownership"
    yield "escalations", "escalations"
    yield "cadence kept", "integrity"
    yield "hand over many", "ownership/hand-over?show=all"
    yield "offers", "my-week/offers"
    yield "priorities", "priorities"
    yield "new series", "series/new"
    yield "account", "account"


def of_the_administrator(demo: Organization) -> Iterator[tuple[str, str]]:
    person = demo.memberships.filter(role=Role.MEMBER).earliest("pk")
    yield "people", "people"
    yield "person", f"people/{person.pk}"
    yield "leaving", f"people/{person.pk}/leaving"
    yield "invitations", "people/invitations"
    yield "machines", "people/machines"
    yield "teams", "teams"
    yield "team", f"teams/{demo.teams.earliest('pk').pk}"
    yield "series", "series"
    yield "one series", f"series/{ReviewSeries.objects.earliest('pk').pk}"
    yield "settings", "settings"
    yield "ledger", "ledger"


def test_every_page_is_for_everybody(
    demo: Organization, live_server: Any, browser: Browser, said: Callable[[str], None]
) -> None:
    faults: list[str] = []
    looked = 0
    leader = Review.objects.open().latest("pk").team.lead
    administrator = demo.memberships.get(role=Role.ADMINISTRATOR)
    tours = [(leader, addresses(demo)), (administrator, of_the_administrator(demo))]
    for member, pages in tours:
        assert member is not None and member.user is not None
        with walking(browser, live_server.url) as walker:
            if member == leader:
                walker.goes_to("/sign-in")
                faults += look(walker, "sign-in")
            walker.signs_in(member.user.email, PASSWORD)
            for name, path in pages:
                walker.goes_to(f"/o/{demo.slug}/{path}")
                faults += look(walker, name)
                looked += 1
            faults += [f"{member.name}: {complaint}" for complaint in walker.complaints]
    assert faults == [], "\n".join(faults)
    said(f"{looked + 1} pages in light and dark, wide and narrow: nothing that fails anybody.")


def look(walker: Walker, name: str) -> list[str]:
    """What is wrong with the page that is shown, in both themes and at both widths."""
    found = []
    page = walker.page
    heading = page.locator("h1").first.text_content()
    if heading is None or "rror" in heading:
        found.append(f"{name}: no page, {heading}")
    page.evaluate(AXE_SCRIPT)
    for place, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)
        if wide := walker.overflow():
            found.append(f"{name}, {place}: wider than the window, {wide}")
        for theme, options in (("light", {}), ("dark", COLOURS_ALONE)):
            page.emulate_media(color_scheme=theme)
            for fault in page.evaluate(RUN, options):
                found.append(f"{name}, {place}, {theme}: {fault}")
    return found
