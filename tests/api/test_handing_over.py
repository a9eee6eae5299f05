"""A leaver's thirty initiatives through the API: one request to hand over, one to accept."""

from collections.abc import Callable

import pytest

from accounts.models import Membership
from cadence.ledger.models import Entry
from cadence.ownership.models import Ownership
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]


def test_thirty_initiatives_of_a_leaver_in_one_request(cast: Cast, api: Api) -> None:
    for _ in range(29):
        cast.initiative(owner=cast.olu)
    ada, nils = api(cast.ada), api(cast.nils)
    found = ada.get(f"people/{cast.olu.pk}/departure").body
    assert len(found["owned"]) == 30
    assert found["owned"][0]["acting"] == {"id": cast.dana.pk, "name": "Dana"}
    successors = {str(row["initiative"]["id"]): cast.nils.pk for row in found["owned"]}
    path = f"people/{cast.olu.pk}/deactivation"
    left = ada.post(path, {"reason": "New job", "successors": successors})
    assert (left.status, left.body["is_current"]) == (200, False)
    offers = nils.get("ownerships?state=pending&limit=100").body["results"]
    answer = nils.post("offers/acceptance", {"offers": [row["id"] for row in offers]})
    assert answer.status == 200
    assert {row["owner"]["name"] for row in answer.body["ownerships"]} == {"Nils"}
    assert Ownership.objects.current().filter(owner=cast.nils).count() == 30


def test_the_same_without_leaving(cast: Cast, api: Api) -> None:
    rows = [cast.initiative() for _ in range(3)]
    body = {"offers": {str(row.pk): cast.nils.pk for row in rows}, "note": "Until spring."}
    answer = api(cast.dana).post("offers", body)
    assert answer.status == 201
    assert [row["note"] for row in answer.body["ownerships"]] == ["Until spring."] * 3
    again = api(cast.dana).post("offers", body)
    assert (again.status, again.code) == (409, "offers_refused")
    assert list(again.problems) == [f"offers.{row.pk}" for row in rows]
    keys = [row["id"] for row in answer.body["ownerships"]]
    declined = api(cast.nils).post("offers/decline", {"offers": keys, "reason": "Full."})
    assert {row["ending"] for row in declined.body["ownerships"]} == {"declined"}


def test_nobody_leaves_without_a_word_about_each_initiative(cast: Cast, api: Api) -> None:
    ada, path = api(cast.ada), f"people/{cast.olu.pk}/deactivation"
    for body in ({"reason": "x"}, {"reason": "x", "leave_orphaned": False}):
        refused = ada.post(path, body)
        assert (refused.status, list(refused.problems)) == (422, [f"successors.{cast.pipeline.pk}"])
    assert ada.post(path, {"reason": "x", "leave_orphaned": True}).status == 200
    assert ada.post(path, {"reason": "x", "leave_orphaned": True}).code == "member_left"


def test_an_orphan_on_purpose_is_null(cast: Cast, api: Api) -> None:
    body = {"reason": "x", "successors": {str(cast.pipeline.pk): None}}
    assert api(cast.ada).post(f"people/{cast.olu.pk}/deactivation", body).status == 200
    assert not Ownership.objects.pending().exists()


@pytest.mark.parametrize("nobody", ["sven", "robo", "obi", "olu"])
def test_who_cannot_succeed_is_named_beside_the_row(cast: Cast, api: Api, nobody: str) -> None:
    key = str(cast.pipeline.pk)
    body = {"reason": "x", "successors": {key: getattr(cast, nobody).pk}}
    refused = api(cast.ada).post(f"people/{cast.olu.pk}/deactivation", body)
    assert (refused.status, list(refused.problems)) == (422, [f"successors.{key}"])
    assert Membership.objects.get(pk=cast.olu.pk).is_current
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("offers", "field"),
    [
        (None, "offers"),
        ([], "offers"),
        ({}, "offers"),
        ({"x": 1}, "offers.x"),
        ({"01": 1}, "offers.01"),
        ({"²": 1}, "offers.²"),
        ({"9" * 20: 1}, "offers." + "9" * 20),
        ({"1": None}, "offers.1"),
        ({"1": True}, "offers.1"),
        ({"1": "1"}, "offers.1"),
        ({"1": 10**30}, "offers.1"),
        ({str(key): 1 for key in range(1, 300)}, "offers"),
    ],
)
def test_a_table_that_is_none(cast: Cast, api: Api, offers: object, field: str) -> None:
    answer = api(cast.elena).post("offers", {"offers": offers})
    assert (answer.status, list(answer.problems)) == (422, [field])


@pytest.mark.parametrize(
    "offers", [None, [], ["1"], [True], [0], [10**30], {}, list(range(1, 300))]
)
def test_answers_to_nothing(cast: Cast, api: Api, offers: object) -> None:
    for path in ("acceptance", "decline"):
        body = {"offers": offers, **({"reason": "No."} if path == "decline" else {})}
        answer = api(cast.nils).post(f"offers/{path}", body)
        assert (answer.status, list(answer.problems)) == (422, ["offers"])


def test_only_administrators_see_somebody_off(cast: Cast, api: Api) -> None:
    for member in (cast.elena, cast.dana, cast.olu, cast.obi):
        caller = api(member)
        assert caller.get(f"people/{cast.olu.pk}/departure").status == 403
        body = {"reason": "x", "leave_orphaned": True}
        assert caller.post(f"people/{cast.olu.pk}/deactivation", body).status == 403


def test_a_machine_is_switched_off(cast: Cast, api: Api) -> None:
    answer = api(cast.ada).post(f"people/{cast.robo.pk}/deactivation", {"reason": "Replaced"})
    assert (answer.status, answer.body["is_current"]) == (200, False)
