"""Every address, taken from the URL resolver: a new one cannot be forgotten here."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern

from cadence.api.endpoint import Endpoint
from cadence.api.handlers import unknown
from cadence.api.urls import urlpatterns
from cadence.ledger.models import Entry
from tests.api.conftest import Caller
from tests.api.things import things_of_beta
from tests.cast import Cast

Api = Callable[..., Caller]
PUBLIC = {"schema/", "docs/"}
BIG = "9" * 20


def routes() -> Iterator[tuple[str, type[Endpoint] | None]]:
    """Each route with its endpoint; None for what is not one."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        yield str(pattern.pattern), getattr(pattern.callback, "view_class", None)


def methods(view: type[Endpoint]) -> list[str]:
    known = ("get", "post", "put", "patch", "delete")
    return [name.upper() for name in known if hasattr(view, name)]


CALLS = [
    (method, route)
    for route, view in routes()
    if view is not None and route not in PUBLIC
    for method in methods(view)
]
ONE = [(method, route) for method, route in CALLS if "<int:pk>" in route]
LISTS = [
    route
    for route, view in routes()
    if "<" not in route and getattr(getattr(view, "get", None), "is_list", False)
]


def test_every_route_is_an_endpoint_or_public() -> None:
    others = [
        (route, pattern.callback)
        for (route, view), pattern in zip(routes(), urlpatterns, strict=True)
        if route not in PUBLIC and (view is None or not issubclass(view, Endpoint))
    ]
    assert others == [("", unknown)]
    assert len(CALLS) > 50


@pytest.mark.parametrize(("method", "route"), CALLS)
def test_the_anonymous_are_refused(db: None, api: Api, method: str, route: str) -> None:
    answer = api().ask(method, route.replace("<int:pk>", "1"), {})
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


FOR_ADMINISTRATORS = {"webhooks", "deliveries", "connections"}
BODIES: dict[str, Any] = {
    "approval": {"approved": True},
    "attendance": {"present": {}},
    "check-ins": {"confidence": "on_track"},
    "deactivation": {"reason": "No."},
    "decisions": {"kind": "stop", "what": "Enough."},
    "decline": {"reason": "No."},
    "dropped": {"reason": "No."},
    "ending": {"ended_as": "stopped", "reason": "No."},
    "interim": {"person": 1, "until": "2027-01-04"},
    "leaves": {"starts_on": "2027-01-04", "ends_on": "2027-01-04"},
    "move": {"starts_at": "2027-01-04T10:00:00Z", "reason": "No."},
    "note": {"text": "No."},
    "notes": {"notes": "No."},
    "offers": {"owner": 1},
    "pause": {"reason": "No."},
    "retirement": {"reason": "No."},
    "tokens": {"name": "Export", "scopes": ["read"]},
    "thresholds": {"floor": 1, "agreed_response": "Call."},
}


def test_what_belongs_to_others_is_not_there(cast: Cast, api: Api) -> None:
    theirs = things_of_beta(cast)
    entries = Entry.objects.count()
    # Whoever may do the most here, and may do nothing there.
    elena = api(cast.elena)
    for method, route in ONE:
        body = BODIES.get(route.rsplit("/", 1)[-1], {})
        for key in (theirs[route.split("/")[0]], 0, BIG, "9" * 5000):
            answer = elena.ask(method, route.replace("<int:pk>", str(key)), body)
            assert (answer.status, answer.code) == (404, "not_found"), (method, route, key)
    assert Entry.objects.count() == entries


def test_lists_hold_nothing_of_others(cast: Cast, api: Api) -> None:
    theirs = things_of_beta(cast)
    for route in LISTS:
        reader = cast.ada if route in FOR_ADMINISTRATORS else cast.elena
        answer = api(reader).get(f"{route}?limit=200")
        assert answer.status == 200, (route, answer.body)
        hidden = theirs.get(route)
        for row in answer.body["results"]:
            assert row.get("id") != hidden or hidden is None, route
            assert row.get("event") != "tests.ran"


REFERENCES = [
    ("initiatives", {"priority": "priorities", "team": "teams"}),
    ("metrics", {"initiative": "initiatives", "leads_to": "metrics"}),
    ("commitments", {"initiative": "initiatives", "person": "people", "decision": "decisions"}),
    ("metrics/{metric}/thresholds", {"floor_metric": "metrics", "ceiling_metric": "metrics"}),
    ("initiatives/{initiative}/offers", {"owner": "people"}),
    ("initiatives/{initiative}/interim", {"person": "people"}),
    ("people/{person}/leaves", {"stand_in": "people"}),
    (
        "breaches/{breach}/decisions",
        {
            "decided_by": "people",
            "carried_out_by": "people",
            "escalated_to": "people",
            "replaces": "decisions",
            "review": "reviews",
        },
    ),
]


@pytest.mark.parametrize(("route", "members"), REFERENCES)
def test_nothing_of_others_is_named_in_a_body(
    cast: Cast, api: Api, route: str, members: dict[str, str]
) -> None:
    theirs = things_of_beta(cast)
    path = route.format(
        metric=cast.demos.pk,
        initiative=cast.pipeline.pk,
        breach=cast.breach().pk,
        person=cast.olu.pk,
    )
    for member, of in members.items():
        for key in (theirs[of], 0, -1, int(BIG), 10**30, "1", True, 1.5, [1], {"id": 1}):
            answer = api(cast.elena).post(path, {member: key})
            assert (answer.status, answer.code) == (422, "invalid"), (member, key)
            assert member in answer.problems, (member, key, answer.body)
    many = api(cast.elena).post(path, {"kind": "stop", "also_breaches": [theirs["breaches"]]})
    if "breaches" in route:
        assert many.problems == {"also_breaches": "There is no such breach."}
