"""The people of the organization on the pages: seen by everybody, changed by administrators."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]


def queries(client: Client, path: str) -> int:
    """How many queries the page takes, once what is remembered is remembered."""
    client.get(path)
    with CaptureQueriesContext(connection) as taken:
        assert client.get(path).status_code == 200
    return len(taken)


@pytest.mark.parametrize(
    "path",
    [
        "people",
        "people/invitations",
        "people/machines",
        "teams",
        "priorities",
        "series",
        "settings",
        "ledger",
        "account",
    ],
)
def test_everybody_reads_every_page(cast: Cast, signed_in: SignedIn, path: str) -> None:
    cast.series()
    for member in (cast.ada, cast.elena, cast.lars, cast.olu, cast.obi):
        assert signed_in(member).get(f"/o/acme/{path}").status_code == 200
    assert signed_in(cast.sven).get(f"/o/acme/{path}").status_code == 404


@pytest.mark.parametrize("path", ["people", "people/machines", "teams", "priorities", "series"])
def test_a_page_asks_as_often_for_many_as_for_few(
    cast: Cast, signed_in: SignedIn, path: str
) -> None:
    cast.planned_review()
    ada = signed_in(cast.ada)
    few = queries(ada, f"/o/acme/{path}")
    for n in range(4):
        lead = cast.member(f"Lead {n}", team=cast.demand)
        cast.member(f"Machine {n}", "machine")
        team = cast.team(f"Team {n}", parent=cast.demand, lead=lead)
        cast.initiative(team=team, owner=lead)
        cast.planned_review(cast.series(team))
    assert queries(ada, f"/o/acme/{path}") == few


def test_people_are_found_by_name_address_team_role_and_state(
    cast: Cast, signed_in: SignedIn
) -> None:
    nils = signed_in(cast.nils)

    def names(query: str) -> set[str]:
        page = nils.get(f"/o/acme/people?{query}")
        return {member.name for member in page.context["page"].object_list}

    assert names("search=ol") == {"Olu"}
    assert names("search=DANA@acme") == {"Dana"}
    assert names(f"team={cast.demand.pk}") == {"Dana", "Olu", "Fay", "Nils"}
    assert names("role=observer") == {"Obi"}
    assert names("state=left") == set()
    assert "Robo" not in names("state=all")
    assert names(f"team={cast.betas_team.pk}") == set()


@pytest.mark.parametrize(
    "query",
    ["search=%00", "search=" + "x" * 5000, "page=99999999999999999999", "role=king", "team=x"],
)
def test_a_filter_that_makes_no_sense_breaks_nothing(
    cast: Cast, signed_in: SignedIn, query: str
) -> None:
    assert signed_in(cast.nils).get(f"/o/acme/people?{query}").status_code == 200


def test_a_long_list_is_paged(cast: Cast, signed_in: SignedIn) -> None:
    for n in range(60):
        cast.member(f"Extra {n:02}")
    page = signed_in(cast.nils).get("/o/acme/people?role=member").text
    assert "Page 1 of 2" in page
    assert "?role=member&amp;page=2" in page


def test_ada_changes_a_role_and_a_team(cast: Cast, signed_in: SignedIn) -> None:
    form = {"name": "Nils Holm", "role": "executive", "team": cast.partners.pk}
    answer = signed_in(cast.ada).post(f"/o/acme/people/{cast.nils.pk}", form)
    assert answer.status_code == 302
    cast.nils.refresh_from_db()
    assert (cast.nils.name, cast.nils.role) == ("Nils Holm", "executive")
    assert cast.nils.team == cast.partners


def test_who_may_not_change_people_sees_no_form_and_is_refused(
    cast: Cast, signed_in: SignedIn
) -> None:
    form = {"name": "Nils", "role": "administrator"}
    for member in (cast.elena, cast.dana, cast.nils, cast.obi):
        client = signed_in(member)
        path = f"/o/acme/people/{cast.nils.pk}"
        assert 'name="role"' not in client.get(path).text
        assert client.post(path, form).status_code == 403
        assert client.post(f"{path}/leaving", {"reason": "x"}).status_code == 403
        assert client.post(f"{path}/return").status_code == 403
        assert client.post("/o/acme/people/machines", {"name": "X"}).status_code == 403
    cast.nils.refresh_from_db()
    assert cast.nils.role == "member"


def test_the_last_administrator_stays_one(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.ada).post(
        f"/o/acme/people/{cast.ada.pk}", {"name": "Ada", "role": "member"}
    )
    assert answer.status_code == 422
    assert "An organization has an administrator." in answer.text


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "n" * 10_000, "a\0b"])
def test_a_name_that_is_none_is_refused_and_stays_typed(
    cast: Cast, signed_in: SignedIn, name: str
) -> None:
    answer = signed_in(cast.ada).post(
        f"/o/acme/people/{cast.nils.pk}", {"name": name, "role": "observer"}
    )
    assert answer.status_code == 422
    assert '<option value="observer" selected>' in answer.text
    cast.nils.refresh_from_db()
    assert cast.nils.name == "Nils"


def test_somebody_who_left_comes_back(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    ada.post(f"/o/acme/people/{cast.nils.pk}/leaving", {"reason": "New job", "confirmed": "on"})
    assert ada.get("/o/acme/people?state=left").context["page"].object_list[0] == cast.nils
    ada.post(f"/o/acme/people/{cast.nils.pk}/return")
    cast.nils.refresh_from_db()
    assert cast.nils.ended_at is None


def test_a_machine_is_switched_off(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    assert ada.get(f"/o/acme/people/{cast.robo.pk}").status_code == 200
    ada.post(f"/o/acme/people/{cast.robo.pk}/leaving", {"reason": "Replaced"})
    cast.robo.refresh_from_db()
    assert cast.robo.ended_at is not None
