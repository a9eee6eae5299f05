"""Leaves and interim owners through the API."""

from collections.abc import Callable, Iterator

import pytest
import time_machine

from cadence.ownership.leaves import follow_leaves
from cadence.ownership.models import Leave
from tests.api.conftest import Caller
from tests.cast import AT, Cast

Api = Callable[..., Caller]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def test_a_leave_is_planned_changed_declined_and_ended(cast: Cast, api: Api) -> None:
    olu, nils = api(cast.olu), api(cast.nils)
    path = f"people/{cast.olu.pk}/leaves"
    body = {"starts_on": "2026-11-16", "ends_on": "2026-12-04", "stand_in": cast.nils.pk}
    made = olu.post(path, body)
    assert made.status == 201, made.body
    assert made.body["stand_in"] == {"id": cast.nils.pk, "name": "Nils"}
    assert made.body["began_at"] is not None
    shown = olu.get(f"initiatives/{cast.pipeline.pk}").body
    assert shown["owner"]["name"] == "Olu"
    assert shown["acting_owner"] is None
    assert shown["answers"] == {
        "member": {"id": cast.nils.pk, "name": "Nils"},
        "because": "stand_in",
        "until": "2026-12-04",
    }
    again = olu.post(path, body)
    assert (again.status, again.code) == (409, "leave_overlaps")
    leave = f"leaves/{made.body['id']}"
    assert olu.ask("PATCH", leave, {"ends_on": "2026-11-30"}).body["ends_on"] == "2026-11-30"
    kept = olu.get(leave).body
    assert kept["stand_in"]["name"] == "Nils"
    assert olu.post(f"{leave}/standing-down").status == 403
    assert nils.post(f"{leave}/standing-down").body["stand_in"] is None
    assert olu.get(f"initiatives/{cast.pipeline.pk}").body["answers"]["because"] == "lead"
    assert olu.post(f"{leave}/ending").body["ended_at"] is not None
    assert olu.post(f"{leave}/ending").code == "leave_over"
    assert olu.get("leaves?state=over").body["results"][0]["id"] == made.body["id"]


def test_a_leave_is_planned_once_for_a_key(cast: Cast, api: Api) -> None:
    body = {"starts_on": "2026-11-23", "ends_on": "2026-11-24"}
    key = {"Idempotency-Key": "leave-one"}
    olu, path = api(cast.olu), f"people/{cast.olu.pk}/leaves"
    first, second = (olu.ask("POST", path, body, **key) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert Leave.objects.count() == 1


def test_an_interim_owner_is_named_and_withdrawn(cast: Cast, api: Api) -> None:
    # Heard of, so that its owner is not silent.
    cast.reading(52)
    orphan, dana = cast.initiative(), api(cast.dana)
    path = f"initiatives/{orphan.pk}/interim"
    made = dana.post(path, {"person": cast.nils.pk, "until": "2026-12-01"})
    assert made.status == 201, made.body
    assert dana.get(f"initiatives/{orphan.pk}").body["answers"]["because"] == "interim"
    assert dana.get("interims?current=true").body["results"] == [made.body]
    owned = dana.post(
        f"initiatives/{cast.pipeline.pk}/interim", {"person": cast.nils.pk, "until": "2026-12-01"}
    )
    assert owned.code == "initiative_not_orphaned"
    ended = dana.post(f"interims/{made.body['id']}/withdrawal")
    assert ended.body["ending"] == "withdrawn"
    assert dana.post(f"interims/{made.body['id']}/withdrawal").code == "interim_over"


def test_a_leave_follows_its_days(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    body = {"starts_on": "2026-11-17", "ends_on": "2026-11-17", "stand_in": cast.nils.pk}
    olu.post(f"people/{cast.olu.pk}/leaves", body)
    with time_machine.travel("2026-11-17T08:00:00Z", tick=False):
        follow_leaves(at=AT.replace(day=17))
        assert olu.get("leaves?state=under_way").body["results"][0]["member"]["name"] == "Olu"
