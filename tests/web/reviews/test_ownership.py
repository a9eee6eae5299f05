"""The ownership page: why, what is at stake, who acts, handing over in place, loads, and CSV."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Organization
from cadence.initiatives.models import Initiative
from cadence.reviews.models import Review
from tests.cast import AT, Cast
from tests.reviews.test_orphans_hold import interim
from tests.reviews.things import written

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(minutes=30)
UNTIL = (AT.date() + timedelta(days=20)).isoformat()


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def portal(cast: Cast) -> Initiative:
    """Whose owner, Fay, left eleven days ago, and whom Nils declined to follow."""
    written(cast, AT)
    found = cast.initiative("Reseller portal")
    Initiative.objects.filter(pk=found.pk).update(budget_at_stake=120000)
    day = timedelta(days=1)
    cast.owned_by(cast.fay, found, ended_at=AT - 11 * day, ending="left")
    cast.owned_by(
        cast.nils,
        found,
        accepted=False,
        offered_at=AT - 9 * day,
        due_at=AT - 6 * day,
        ended_at=AT - 7 * day,
        ending="declined",
        reason="No time.",
    )
    return found


def row(page: str, initiative: Initiative) -> str:
    return page.split(f'id="initiative-{initiative.pk}"')[1].split("</tr>")[0]


def get(client: Client, query: str = "") -> str:
    return str(client.get(f"/o/acme/ownership{query}").content.decode())


def test_a_row_says_every_reason_with_its_age_and_what_is_at_stake(
    cast: Cast, portal: Initiative, signed_in: SignIn
) -> None:
    cast.decision(cast.breach(cast.metric(initiative=portal)), what="Call the five partners.")
    cast.breach(cast.metric("Sign-ups", initiative=portal))
    shown = row(get(signed_in(cast.dana)), portal)
    assert "The owner left" in shown and "11 days" in shown
    assert "The offer was declined" in shown and "7 days" in shown
    assert "€120,000" in shown
    assert "Sign-ups" in shown
    assert "D-1" in shown and "Call the five partners." in shown
    assert "Dana, acting" in shown


def test_totals_are_said_in_words(cast: Cast, portal: Initiative, signed_in: SignIn) -> None:
    page = get(signed_in(cast.dana))
    assert "1 of 2 initiatives is orphaned." in page
    assert "€120,000 at stake; no breaches without a decision." in page
    assert "1 has neither an offer nor an interim owner." in page


def test_an_interim_owner_is_named_in_the_row(
    cast: Cast, portal: Initiative, signed_in: SignIn
) -> None:
    client = signed_in(cast.dana)
    page = get(client, f"?hand_over={portal.pk}")
    assert "Or name an interim owner" in page
    url = f"/o/acme/ownership/{portal.pk}/interim?reason=owner_left"
    answer = client.post(url, {"person": cast.nils.pk, "until": "2020-01-01"})
    assert answer.status_code == 422
    assert "This date has passed." in answer.content.decode()
    assert "2020-01-01" in answer.content.decode()
    answer = client.post(url, {"person": cast.nils.pk, "until": UNTIL})
    assert answer.url == f"/o/acme/ownership?reason=owner_left#initiative-{portal.pk}"
    shown = row(get(client), portal)
    assert "Nils, interim owner until 6 December" in shown
    named = portal.interims.get()
    answer = client.post(f"/o/acme/interims/{named.pk}/withdrawal")
    assert f"hand_over={portal.pk}" in answer.url
    named.refresh_from_db()
    assert named.ending == "withdrawn"


def test_handing_over_leads_back_to_the_row_as_the_list_was_narrowed(
    cast: Cast, portal: Initiative, signed_in: SignIn
) -> None:
    client = signed_in(cast.dana)
    url = f"/o/acme/ownership/{portal.pk}/offer?sort=at_stake"
    answer = client.post(url, {"owner": cast.nils.pk})
    assert answer.url == f"/o/acme/ownership?sort=at_stake#initiative-{portal.pk}"
    shown = row(get(client), portal)
    assert "offered to Nils" in shown
    assert "Ask somebody else" in shown


def test_whom_one_may_not_hand_over_to_and_who_may_not(
    cast: Cast, portal: Initiative, signed_in: SignIn
) -> None:
    url = f"/o/acme/ownership/{portal.pk}/interim"
    typed = {"person": cast.nils.pk, "until": UNTIL}
    assert signed_in(cast.nils).post(url, typed).status_code == 403
    assert signed_in(cast.sven).post(url, typed).status_code == 404
    client = signed_in(cast.dana)
    for person in (cast.robo, cast.obi, cast.sven):
        assert client.post(url, {**typed, "person": person.pk}).status_code == 422


def test_filters_and_order(cast: Cast, portal: Initiative, signed_in: SignIn) -> None:
    other = cast.initiative("Events", team=cast.partners)
    client = signed_in(cast.dana)

    def listed(query: str) -> list[str]:
        part = get(client, query).split("<h2>All initiatives</h2>")[0]
        found = [one for one in (portal, other) if f'id="initiative-{one.pk}"' in part]
        found.sort(key=lambda one: part.index(f'id="initiative-{one.pk}"'))
        return [one.name for one in found]

    assert listed("") == ["Events", "Reseller portal"]
    assert listed("?sort=at_stake") == ["Reseller portal", "Events"]
    assert listed("?reason=declined") == ["Reseller portal"]
    assert listed(f"?team={cast.partners.pk}") == ["Events"]
    assert listed("?reason=nonsense&sort=nonsense&team=nobody") == ["Events", "Reseller portal"]
    assert listed("?q=portal") == ["Reseller portal"]


def test_loads_stand_beside_and_too_many_is_said(cast: Cast, signed_in: SignIn) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(load_limit=1)
    cast.initiative(owner=cast.nils)
    orphan = cast.initiative("Events")
    interim(cast, orphan)
    page = get(signed_in(cast.dana), f"?hand_over={orphan.pk}")
    assert "1 over the limit" in page
    assert "2 of 1, too many" in page
    # Warned of where somebody is chosen, but not forbidden.
    assert "Olu · 1 now, the limit" in page
    person = signed_in(cast.dana).get(f"/o/acme/people/{cast.nils.pk}").content.decode()
    assert "2 of 1, too many" in person


def test_costs_the_same_with_one_orphan_and_with_many(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).content
        return len(seen)

    files = (f"/o/acme/ownership?format=csv&list={name}" for name in ("orphans", "loads"))
    urls = ("/o/acme/ownership", *files)
    cast.decision(cast.breach(cast.metric(initiative=cast.initiative("First"))))
    cost(urls[0])
    few = [cost(url) for url in urls]
    for number in range(6):
        work = cast.initiative(team=cast.team(f"Team {number}", cast.demand))
        cast.decision(cast.breach(cast.metric(initiative=work)))
        cast.breach(cast.metric(initiative=work))
        interim(cast, work)
        cast.initiative(owner=cast.member(f"Person {number}"))
    assert [cost(url) for url in urls] == few


def table(client: Client, name: str, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/o/acme/ownership?format=csv&list={name}{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"acme-{name}.csv" in answer.headers["Content-Disposition"]
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_orphans_as_csv(cast: Cast, portal: Initiative, signed_in: SignIn) -> None:
    Initiative.objects.filter(pk=portal.pk).update(name='=cmd|"/C calc"!A0, "the" portal')
    cast.breach(cast.metric(initiative=portal))
    (line,) = table(signed_in(cast.obi), "orphans")
    assert line["Initiative"] == '\'=cmd|"/C calc"!A0, "the" portal'
    assert line["Why"] == "The owner left (11 days); The offer was declined (7 days)"
    assert line["Since (Europe/Berlin)"] == "2026-11-05 11:00"
    assert (line["At stake (EUR)"], line["Breaches without a decision"]) == ("120000", "1")
    assert (line["Who answers now"], line["Last owner"]) == ("Dana, acting", "Fay")
    assert table(signed_in(cast.obi), "orphans", "&reason=silent") == []


def test_loads_as_csv(cast: Cast, signed_in: SignIn) -> None:
    (line,) = table(signed_in(cast.obi), "loads")
    assert (line["Person"], line["Initiatives owned"], line["Limit (initiatives)"]) == (
        "Olu",
        "1",
        "5",
    )
    assert line["Over the limit"] == "no"


# The room


@pytest.fixture
def review(cast: Cast) -> Review:
    return cast.open_review()


def test_the_room_names_the_orphan_that_holds_it_and_settles_it_in_place(
    cast: Cast, portal: Initiative, review: Review, signed_in: SignIn
) -> None:
    client, url = signed_in(cast.dana), f"/o/acme/reviews/{review.pk}"
    answer = client.post(f"{url}/closing")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Reseller portal is orphaned: the offer was declined." in page
    link = f"{url}?part=ownership&amp;item={portal.pk}#initiative-{portal.pk}"
    assert link in page
    page = client.get(f"{url}?part=ownership&item={portal.pk}").content.decode()
    assert "Holds this review open" in page
    typed = {"person": cast.nils.pk, "until": "soon"}
    refused = client.post(f"{url}/initiatives/{portal.pk}/interim", typed)
    assert refused.status_code == 422
    assert "soon" in refused.content.decode()
    answer = client.post(f"{url}/initiatives/{portal.pk}/interim", {**typed, "until": UNTIL})
    assert answer.status_code == 302
    page = client.get(f"{url}?part=ownership").content.decode()
    assert "Nils, interim owner" in page
    assert "nothing holds it open" in page
    closed = client.post(f"{url}/closing", follow=True).content.decode()
    assert "Nils, interim owner until 6 December" in closed


def test_an_offer_in_the_room_settles_it_too_and_stays_in_the_minutes(
    cast: Cast, portal: Initiative, review: Review, signed_in: SignIn
) -> None:
    client, url = signed_in(cast.dana), f"/o/acme/reviews/{review.pk}"
    client.post(f"{url}/initiatives/{portal.pk}/offer", {"owner": cast.nils.pk})
    closed = client.post(f"{url}/closing", follow=True).content.decode()
    assert "offered to Nils" in closed
