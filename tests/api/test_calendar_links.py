"""Calendar links for programs: the address is told once, also to who asks with the same key."""

from collections.abc import Callable

from django.test import Client

from accounts.models import CalendarLink
from cadence.answers.models import KeptAnswer
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]


def read(address: str) -> int:
    return Client().get(address.partition("8000")[2]).status_code


def test_a_link_is_made_renewed_and_revoked(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    made = olu.post("calendar-links", {"team": cast.demand.pk})
    assert (made.status, made.body["team"]["name"]) == (201, "Demand")
    assert read(made.body["address"]) == 200
    assert olu.post("calendar-links", {"team": cast.demand.pk}).code == "calendar_link_exists"
    assert olu.post("calendar-links", {}).status == 201
    renewed = olu.post(f"calendar-links/{made.body['id']}/renewal")
    assert (renewed.status, read(made.body["address"])) == (201, 404)
    path = f"calendar-links/{renewed.body['id']}"
    assert olu.get(path).body["last_used_at"] is None
    assert "address" not in olu.get(path).body
    revoked = olu.ask("DELETE", path)
    assert (revoked.status, revoked.body["revoked_at"] is None) == (200, False)
    assert (read(renewed.body["address"]), olu.ask("DELETE", path).code) == (
        404,
        "calendar_link_revoked",
    )
    assert len(olu.get("calendar-links").body["results"]) == 3


def test_the_address_is_not_kept_with_the_key(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    first, second = (
        olu.ask("POST", "calendar-links", {}, **{"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.body["address"] not in str(KeptAnswer.objects.get().body)
    assert second.body == first.body | {"address": None}
    assert second.headers["Idempotency-Replayed"] == "true"
    assert CalendarLink.objects.count() == 1


def test_links_are_ones_own(cast: Cast, api: Api) -> None:
    link = api(cast.olu).post("calendar-links", {}).body["id"]
    for other in (cast.nils, cast.ada, cast.elena):
        caller = api(other)
        assert len(caller.get("calendar-links").body["results"]) == 0
        assert caller.get(f"calendar-links/{link}").status == 404
        assert caller.ask("DELETE", f"calendar-links/{link}").status == 404
        assert caller.post(f"calendar-links/{link}/renewal").status == 404
    assert api(cast.robo, "read").post("calendar-links", {}).status == 403
