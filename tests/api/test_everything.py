"""What a page can do, a token can do: each route of the pages names the door of the API beside it.

A new page that changes something fails here until it has one. Pages that only show name what shows
the same, where it is one address.
"""

import inspect
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, URLResolver

from cadence.web.urls import urlpatterns
from tests.api.test_routes import CALLS

# Sign-in belongs to people: a token is made by whoever is signed in.
OUTSIDE = {
    "home",
    "sign-in",
    "demo-sign-in",
    "sign-out",
    "invitation",
    "password-change",
    "password-reset",
    "password-reset-sent",
    "password-reset-confirm",
    "password-reset-done",
}
# What a route changes, in the API. `{}` is an id.
ACTS = {
    "annotation-withdrawal": "POST annotations/{}/withdrawal",
    "review-deck-annotation": "POST reviews/{}/deck/annotations",
    "review-deck-arrangement": "POST series/{}/arrangement",
    "calendar-link-new": "POST calendar-links",
    "calendar-link-renew": "POST calendar-links/{}/renewal",
    "calendar-link-revoke": "DELETE calendar-links/{}",
    "calendar-link-team": "POST calendar-links",
    "check-in": "POST initiatives/{}/check-ins",
    "connection": "PATCH connections/{}",
    "connection-end": "POST connections/{}/ending",
    "connection-new": "POST connections",
    "connection-test": "POST connections/{}/trial",
    "closing-day-new": "POST closing-days",
    "closing-day-remove": "DELETE closing-days/{}",
    "commitment-drop": "POST commitments/{}/dropped",
    "commitment-keep": "POST commitments/{}/kept",
    "commitment-new": "POST commitments",
    "decision-acknowledgement": "POST decisions/{}/acknowledgement",
    "decision-answer": "POST decisions/{}/approval",
    "decision-commitment": "POST commitments/{}/kept",
    "decision-commitments": "POST commitments",
    "decision-replacement": "POST breaches/{}/decisions",
    "breach": "POST breaches/{}/decisions",
    "delivery-retry": "POST deliveries/{}/retry",
    "hand-over": "POST offers",
    "initiative-activate": "POST initiatives/{}/activation",
    "initiative-complete": "POST initiatives/{}/ending",
    "initiative-edit": "PATCH initiatives/{}",
    "initiative-interim": "POST initiatives/{}/interim",
    "initiative-interim-end": "POST interims/{}/withdrawal",
    "initiative-new": "POST initiatives",
    "initiative-offer": "POST initiatives/{}/offers",
    "initiative-pause": "POST initiatives/{}/pause",
    "initiative-resume": "POST initiatives/{}/resumption",
    "interim-withdrawal": "POST interims/{}/withdrawal",
    "invitation-revoke": "POST invitations/{}/revocation",
    "invitations": "POST invitations",
    "leave-change": "PATCH leaves/{}",
    "leave-decline": "POST leaves/{}/standing-down",
    "leave-end": "POST leaves/{}/ending",
    "leaves": "POST people/{}/leaves",
    "machine-token-new": "POST machines/{}/tokens",
    "machines": "POST machines",
    "metric-edit": "PATCH metrics/{}",
    "metric-new": "POST metrics",
    "metric-origin": "POST metrics/{}/origin",
    "metric-retire": "POST metrics/{}/retirement",
    "metric-source": "POST metrics/{}/source",
    "metric-source-end": "POST sources/{}/ending",
    "metric-source-pause": "POST sources/{}/pause",
    "metric-source-resume": "POST sources/{}/resumption",
    "metric-source-run": "POST sources/{}/run",
    "notice-opening": "POST notices/{}/read",
    "notice-preferences": "PATCH notice-preferences",
    "notices-read": "POST notices/read-all",
    "offer-accept": "POST ownerships/{}/acceptance",
    "offer-decline": "POST ownerships/{}/decline",
    "offer-withdraw": "POST ownerships/{}/withdrawal",
    "offer-withdrawal": "POST ownerships/{}/withdrawal",
    "offers": "POST offers/acceptance",
    "ownership-interim": "POST initiatives/{}/interim",
    "ownership-offer": "POST initiatives/{}/offers",
    "person": "PATCH people/{}",
    "person-leave": "POST people/{}/deactivation",
    "person-return": "POST people/{}/return",
    "priorities-order": "POST priorities/order",
    "priority": "PATCH priorities/{}",
    "priority-new": "POST priorities",
    "reading": "POST readings",
    "import-columns": "POST imports/{}/mapping",
    "import-commit": "POST imports/{}/commit",
    "import-drop": "POST imports/{}/ending",
    "imports": "POST imports",
    "metric-rebase": "POST metrics/{}/rebasings",
    "rebasing-withdraw": "POST rebasings/{}/withdrawal",
    "review-acknowledgement": "POST decisions/{}/acknowledgement",
    "review-attendance": "POST reviews/{}/attendance",
    "review-closing": "POST reviews/{}/close",
    "review-commitment": "POST commitments/{}/kept",
    "review-commitments": "POST commitments",
    "review-decision": "POST breaches/{}/decisions",
    "review-facilitation": "POST reviews/{}/facilitation",
    "review-interim": "POST initiatives/{}/interim",
    "review-move": "POST reviews/{}/move",
    "review-note": "POST reviews/{}/note",
    "review-notes": "POST reviews/{}/notes",
    "review-offer": "POST initiatives/{}/offers",
    "review-opening": "POST reviews/{}/opening",
    "series-change": "PATCH series/{}",
    "series-end": "POST series/{}/ending",
    "series-new": "POST series",
    "settings": "PATCH settings",
    "structure": "POST structure",
    "slack-connect": "POST teams/{}/slack",
    "slack-disconnect": "POST teams/{}/slack/ending",
    "slack-test": "POST teams/{}/slack/test",
    "team": "PATCH teams/{}",
    "team-new": "POST teams",
    "threshold-new": "POST metrics/{}/thresholds",
    "token-new": "POST tokens",
    "token-revoke": "POST tokens/{}/revocation",
    "verdict-acknowledge": "POST decisions/{}/acknowledgement",
    "webhook": "PATCH webhooks/{}",
    "webhook-end": "POST webhooks/{}/ending",
    "webhook-pause": "POST webhooks/{}/pause",
    "webhook-resume": "POST webhooks/{}/resumption",
    "webhook-rotate": "POST webhooks/{}/secret",
    "webhook-test": "POST webhooks/{}/test",
    "webhooks": "POST webhooks",
}
# What a route only shows, in the API.
SHOWN = {
    "account": "GET me",
    "connections": "GET connections",
    "decision": "GET decisions/{}",
    "decisions": "GET decisions",
    "deliveries": "GET deliveries",
    "escalations": "GET escalations",
    "initiative": "GET initiatives/{}",
    "initiatives": "GET initiatives",
    "integrity": "GET series/integrity",
    "ledger": "GET ledger",
    "import": "GET imports/{}",
    "metric": "GET metrics/{}/judgements",
    "my-week": "GET my-week",
    "notices": "GET notices",
    "ownership": "GET ownership/orphans",
    "people": "GET people",
    "priorities": "GET priorities",
    "readings": "GET readings",
    "review": "GET reviews/{}",
    "review-deck": "GET reviews/{}/deck",
    "review-deck-paper": "GET reviews/{}/deck",
    "review-deck-present": "GET reviews/{}/deck",
    "review-live": "GET reviews/{}",
    "review-minutes": "GET reviews/{}",
    "reviews": "GET reviews",
    "scorecard": "GET scorecard",
    "series": "GET series",
    "series-review": "GET reviews",
    "structure-current": "GET structure",
    "structure-template": "GET structure/template",
    "teams": "GET teams",
}
DOORS = {f"{method} {route.replace('<int:pk>', '{}')}" for method, route in CALLS}


def pages(patterns: Any = urlpatterns) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for one in patterns:
        if isinstance(one, URLResolver):
            found |= pages(one.url_patterns)
        else:
            assert isinstance(one, URLPattern) and one.name
            found[one.name] = one.callback
    return found


def changes_something(view: Callable[..., Any]) -> bool:
    """Whether a page looks at what was posted: all that do say POST, or who is posted from."""
    source = inspect.getsource(inspect.unwrap(view))
    return any(word in source for word in ("POST", "posted_from"))


def test_every_page_has_a_door_in_the_api() -> None:
    inside = pages().keys() - OUTSIDE
    missing = inside - ACTS.keys() - SHOWN.keys()
    assert missing == set(), "Say in ACTS or SHOWN what does the same in the API."
    assert (ACTS.keys() | SHOWN.keys()) - inside == set(), "These pages are gone."
    assert ACTS.keys() & SHOWN.keys() == set()


def test_every_door_is_there() -> None:
    named = {*ACTS.values(), *SHOWN.values()}
    assert named - DOORS == set()
    assert all(not door.startswith("GET ") for door in ACTS.values())


def test_no_page_that_changes_something_is_taken_for_one_that_shows() -> None:
    views = pages()
    assert [name for name in SHOWN if changes_something(views[name])] == []
    assert [name for name in ACTS if not changes_something(views[name])] == []
