"""Calendar links on the pages: shown once with how to subscribe, renewed, revoked."""

import re
from collections.abc import Callable

from django.test import Client

from accounts.models import CalendarLink, Membership
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]
ADDRESS = re.compile(r'<code class="secret">http://localhost:8000(/feeds/[\w-]+/cadence.ics)<')


def test_olu_makes_a_link_and_sees_it_once(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    assert "Make a link" in olu.get("/o/acme/account").text
    answer = olu.post("/o/acme/account/calendar")
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert "webcal://localhost:8000/feeds/" in answer.text
    (address,) = ADDRESS.findall(answer.text)
    page = olu.get("/o/acme/account").text
    assert address not in page and "no calendar program has asked" in page
    assert Client().get(address).status_code == 200
    assert "no calendar program has asked" not in olu.get("/o/acme/account").text
    assert olu.post("/o/acme/account/calendar").status_code == 409


def test_a_team_has_a_link_for_everybody(cast: Cast, signed_in: SignedIn) -> None:
    addresses = []
    for member in (cast.olu, cast.obi):
        answer = signed_in(member).post(f"/o/acme/teams/{cast.demand.pk}/calendar")
        addresses += ADDRESS.findall(answer.text)
    obi = signed_in(cast.obi)
    link = CalendarLink.objects.get(membership=cast.obi)
    account = obi.get("/o/acme/account").text
    assert "Revoke the link to the calendar of Demand" in account
    left = obi.post(f"/o/acme/calendar-links/{link.pk}/revocation")
    assert left["Location"] == f"/o/acme/teams/{cast.demand.pk}"
    assert [Client().get(one).status_code for one in addresses] == [200, 404]


def test_a_link_is_renewed_by_whose_it_is(cast: Cast, signed_in: SignedIn) -> None:
    (old,) = ADDRESS.findall(signed_in(cast.olu).post("/o/acme/account/calendar").text)
    path = f"/o/acme/calendar-links/{CalendarLink.objects.get().pk}"
    for other in (cast.ada, cast.nils):
        assert signed_in(other).post(f"{path}/renewal").status_code == 404
        assert signed_in(other).post(f"{path}/revocation").status_code == 404
    (new,) = ADDRESS.findall(signed_in(cast.olu).post(f"{path}/renewal").text)
    assert [Client().get(one).status_code for one in (old, new)] == [404, 200]


def test_an_event_of_a_series_leads_to_its_review(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    series = cast.series()
    path = f"/o/acme/series/{series.pk}/review"
    assert olu.get(path)["Location"] == f"/o/acme/series/{series.pk}"
    planned = cast.planned_review(series)
    assert olu.get(path)["Location"] == f"/o/acme/reviews/{planned.pk}"
