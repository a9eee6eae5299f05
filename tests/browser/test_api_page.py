"""The page to read the API, under the policy that lets nothing inline through."""

from playwright.sync_api import Page, expect


def test_the_page_shows_every_resource_and_breaks_no_policy(
    page: Page, live_server: object
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server}/api/v1/docs/")
    page.locator("#operations-tag-readings").click()
    recording = page.locator("#operations-readings-readings_create")
    recording.locator(".opblock-summary").click()
    expect(recording.locator(".opblock-body")).to_be_visible()
    assert page.locator(".opblock-tag").count() > 20
    assert said == []
