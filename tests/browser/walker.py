"""Somebody at a browser, and what the browser had to complain about."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.journeys.world import PASSWORD

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# A page that says no is an answer; the browser calls it an error.
ANSWERS = re.compile(r"Failed to load resource: the server responded with a status of (409|422) ")


class Walker:
    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(20_000)

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not ANSWERS.match(text):
            self.complaints.append(text)

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def signs_in(self, email: str, password: str = PASSWORD) -> None:
        self.goes_to("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("Sign in")

    def tabs_to(self, selector: str) -> None:
        """By keyboard only, as far as it takes."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(f"document.activeElement.matches('{selector}')"):
                return
        raise AssertionError(f"60 times Tab do not reach {selector}")

    def overflow(self) -> list[str]:
        """What is wider than the window; empty when nothing scrolls sideways."""
        found: list[str] = self.page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll('body *')]
                .filter((each) => each.getBoundingClientRect().right > wide + 1)
                .map((each) => `${each.tagName}.${each.className}`).slice(0, 5);
            }"""
        )
        return found


@contextmanager
def walking(browser: Browser, address: str, **options: Any) -> Iterator[Walker]:
    """A browser of one's own, with nobody signed in."""
    context = browser.new_context(**{"viewport": DESK, **options})
    try:
        yield Walker(context.new_page(), address)
    finally:
        context.close()
