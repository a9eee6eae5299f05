"""Leaves on pages: planned by oneself and those above, changed, ended, declined."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.ownership.leaves import plan_leave
from cadence.ownership.models import Interim, Leave
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 4)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def leave(cast: Cast) -> Leave:
    return plan_leave(
        actor=cast.olu,
        at=AT,
        member=cast.olu,
        stand_in=cast.nils,
        starts_on=FIRST,
        ends_on=LAST,
    )


def test_the_page_teaches_what_a_leave_is(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.olu).get(f"/o/acme/people/{cast.olu.pk}/leaves").content.decode()
    assert "No leave planned" in page
    assert "Plan it" in page
    assert "Plan it" not in (
        signed_in(cast.nils).get(f"/o/acme/people/{cast.olu.pk}/leaves").content.decode()
    )


def test_what_is_wrong_comes_back_beside_its_field(cast: Cast, signed_in: SignIn) -> None:
    typed = {"starts_on": "2026-12-04", "ends_on": "2026-11-23", "stand_in": cast.nils.pk}
    answer = signed_in(cast.olu).post(f"/o/acme/people/{cast.olu.pk}/leaves", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The last day is not before the first one." in page
    assert 'value="2026-12-04"' in page


def test_a_stranger_to_the_team_does_not_plan(cast: Cast, signed_in: SignIn) -> None:
    typed = {"starts_on": "2026-11-23", "ends_on": "2026-11-23"}
    answer = signed_in(cast.nils).post(f"/o/acme/people/{cast.olu.pk}/leaves", typed)
    assert answer.status_code == 403
    assert not Leave.objects.exists()


def test_it_is_changed_and_ended(cast: Cast, leave: Leave, signed_in: SignIn) -> None:
    olu = signed_in(cast.olu)
    assert "2026-12-04" in olu.get(f"/o/acme/leaves/{leave.pk}").content.decode()
    typed = {"ends_on": "2026-12-11", "stand_in": cast.fay.pk, "note": "Longer."}
    assert olu.post(f"/o/acme/leaves/{leave.pk}", typed).status_code == 302
    leave.refresh_from_db()
    assert (leave.ends_on, leave.stand_in) == (date(2026, 12, 11), cast.fay)
    assert olu.post(f"/o/acme/leaves/{leave.pk}/end").status_code == 302
    page = olu.get(f"/o/acme/people/{cast.olu.pk}/leaves").content.decode()
    assert "Cancelled" in page


def test_the_stand_in_says_no(cast: Cast, leave: Leave, signed_in: SignIn) -> None:
    nils = signed_in(cast.nils)
    assert "I cannot" in nils.get(f"/o/acme/people/{cast.nils.pk}/leaves").content.decode()
    assert "stands in for" in nils.get("/o/acme/account").content.decode()
    assert nils.post(f"/o/acme/leaves/{leave.pk}/standing-down").status_code == 302
    page = signed_in(cast.olu).get(f"/o/acme/people/{cast.olu.pk}").content.decode()
    assert "nobody stands in" in page


def test_an_interim_owner_is_named_and_withdrawn(cast: Cast, signed_in: SignIn) -> None:
    orphan = cast.initiative("Referrals")
    dana = signed_in(cast.dana)
    url = f"/o/acme/initiatives/{orphan.pk}"
    assert "Name who answers meanwhile" in dana.get(url).content.decode()
    late = dana.post(f"{url}/interim", {"person": cast.nils.pk, "until": "2027-12-01"})
    assert late.status_code == 422
    assert "At most 92 days ahead" in late.content.decode()
    dana.post(f"{url}/interim", {"person": cast.nils.pk, "until": "2026-12-01"})
    interim = Interim.objects.get()
    assert "interim owner until 1 December" in dana.get(url).content.decode()
    assert dana.post(f"{url}/interims/{interim.pk}/end").status_code == 302
    interim.refresh_from_db()
    assert interim.ending == "withdrawn"


def test_queries_do_not_grow_with_those_who_are_away(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.nils)
    paths = ["/o/acme/initiatives", "/o/acme/my-week", "/o/acme/scorecard", "/o/acme/ownership"]

    def away(member: Membership) -> None:
        plan_leave(
            actor=cast.ada,
            at=AT,
            member=member,
            stand_in=cast.nils,
            starts_on=AT.date(),
            ends_on=AT.date() + timedelta(days=5),
        )

    def costs() -> list[int]:
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            found.append(len(captured))
        return found

    away(cast.olu)
    few = costs()
    for number in range(4):
        owner = cast.member(f"Owner {number}")
        cast.metric(initiative=cast.initiative(owner=owner))
        away(owner)
    assert costs() == few
