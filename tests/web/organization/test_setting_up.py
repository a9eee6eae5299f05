"""Teams, priorities, settings and the ledger on the pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Team
from cadence.initiatives.actions import create_priority
from cadence.initiatives.models import Priority
from cadence.ledger.models import Entry
from cadence.people.actions import add_closing_day
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]
ODD_NAMES = ["", "   ", "\u200b", "n" * 10_000, "a\0b"]


# Teams


def test_ada_creates_and_changes_a_team(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    form = {"name": "Field", "parent": cast.demand.pk, "lead": cast.nils.pk}
    assert ada.post("/o/acme/teams/new", form)["Location"] == "/o/acme/teams"
    field = Team.objects.get(name="Field")
    assert ada.post(f"/o/acme/teams/{field.pk}", form | {"parent": ""}).status_code == 302
    field.refresh_from_db()
    assert (field.parent, field.lead) == (None, cast.nils)


def test_a_circle_of_teams_is_refused_beside_the_field(cast: Cast, signed_in: SignedIn) -> None:
    form = {"name": "Commercial", "parent": cast.partners.pk, "lead": cast.lars.pk}
    answer = signed_in(cast.ada).post(f"/o/acme/teams/{cast.commercial.pk}", form)
    assert answer.status_code == 422
    assert '<div id="id_parent_error"><p class="error">A team does not lie below' in answer.text
    assert f'<option value="{cast.partners.pk}" selected>' in answer.text
    cast.commercial.refresh_from_db()
    assert cast.commercial.parent is None


@pytest.mark.parametrize("name", [*ODD_NAMES, "demand"])
def test_a_team_needs_a_name_of_its_own(cast: Cast, signed_in: SignedIn, name: str) -> None:
    answer = signed_in(cast.ada).post("/o/acme/teams/new", {"name": name})
    assert answer.status_code == 422
    assert 'id="id_name_error"' in answer.text
    assert Team.objects.filter(organization=cast.acme).count() == 3


def test_teams_and_leads_of_others_cannot_be_chosen(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    for wrong in ({"parent": cast.betas_team.pk}, {"lead": cast.sven.pk}, {"lead": cast.robo.pk}):
        assert ada.post("/o/acme/teams/new", {"name": "Field", **wrong}).status_code == 422


def test_only_administrators_change_teams_and_settings(cast: Cast, signed_in: SignedIn) -> None:
    closing_day = add_closing_day(actor=cast.ada, at=timezone.now(), day="2027-01-04")
    for member in (cast.elena, cast.lars, cast.olu, cast.obi):
        client = signed_in(member)
        assert client.post("/o/acme/teams/new", {"name": "X"}).status_code == 403
        assert client.post(f"/o/acme/teams/{cast.demand.pk}", {"name": "X"}).status_code == 403
        assert client.post("/o/acme/settings", {"name": "X"}).status_code == 403
        assert client.post("/o/acme/settings/closing-days", {"day": "x"}).status_code == 403
        path = f"/o/acme/settings/closing-days/{closing_day.pk}/removal"
        assert client.post(path).status_code == 403
        for page in ("teams", f"teams/{cast.demand.pk}", "settings"):
            assert '<form class="card"' not in client.get(f"/o/acme/{page}").text


# Priorities


def test_elena_states_ranks_and_changes_priorities(cast: Cast, signed_in: SignedIn) -> None:
    elena = signed_in(cast.elena)
    form = {"name": "Keep customers", "starts_on": "2026-07-01", "ends_on": "2027-06-30"}
    assert elena.post("/o/acme/priorities/new", form)["Location"] == "/o/acme/priorities"
    keep = Priority.objects.get(name="Keep customers")
    assert keep.rank == 2
    elena.post("/o/acme/priorities/order", {"priority": keep.pk, "to": "up"})
    names = [one.name for one in cast.acme.priorities.all()]
    assert names == ["Keep customers", "Grow with partners"]
    # Up from the top is nowhere.
    elena.post("/o/acme/priorities/order", {"priority": keep.pk, "to": "up"})
    assert [one.name for one in cast.acme.priorities.all()] == names
    elena.post(f"/o/acme/priorities/{keep.pk}", form | {"name": "Keep them"})
    page = elena.get("/o/acme/priorities").text
    assert "1. " in page
    assert "Keep them" in page
    assert "Fill the pipeline" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", name) for name in ODD_NAMES),
        ("ends_on", "2026-07-01"),
        ("ends_on", "9999-12-31"),
        ("starts_on", "0001-01-01"),
        ("starts_on", "tomorrow"),
        ("description", "x" * 10_000),
    ],
)
def test_a_priority_that_makes_no_sense_is_refused_beside_the_field(
    cast: Cast, signed_in: SignedIn, field: str, value: str
) -> None:
    form = {"name": "Keep", "starts_on": "2026-07-01", "ends_on": "2027-06-30", field: value}
    answer = signed_in(cast.elena).post("/o/acme/priorities/new", form)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    assert Priority.objects.filter(organization=cast.acme).count() == 1


def test_only_executives_set_priorities(cast: Cast, signed_in: SignedIn) -> None:
    for member in (cast.ada, cast.lars, cast.olu, cast.obi):
        client = signed_in(member)
        for path in ("new", "order", str(cast.growth.pk)):
            assert client.post(f"/o/acme/priorities/{path}", {"name": "X"}).status_code == 403
        page = client.get("/o/acme/priorities").text
        assert "New priority" not in page
        assert 'name="to"' not in page


def test_a_priority_of_another_organization_is_not_ranked(cast: Cast, signed_in: SignedIn) -> None:
    form = {"priority": cast.betas_priority.pk, "to": "up"}
    assert signed_in(cast.elena).post("/o/acme/priorities/order", form).status_code == 404


# Settings

SETTINGS = {
    "name": "Acme",
    "time_zone": "Europe/Berlin",
    "week_start": "0",
    "country": "DE",
    "subdivision": "BY",
    "currency": "EUR",
    "fiscal_year_ends": "12",
    "decision_days": "4",
    "offer_days": "3",
    "grace_days": "2",
    "load_limit": "7",
}


def test_ada_changes_the_settings(cast: Cast, signed_in: SignedIn) -> None:
    form = SETTINGS | {"sponsor": cast.elena.pk}
    assert signed_in(cast.ada).post("/o/acme/settings", form).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.subdivision, cast.acme.decision_days) == ("BY", 4)
    assert cast.acme.load_limit == 7
    assert "Epiphany" in signed_in(cast.nils).get("/o/acme/settings").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", name) for name in ODD_NAMES),
        ("time_zone", "Mars/Olympus"),
        ("week_start", "7"),
        ("week_start", "6"),  # there are metrics
        ("country", "XX"),
        ("subdivision", "ZZ"),
        ("currency", "euro"),
        ("currency", "eu1"),
        ("decision_days", "0"),
        ("grace_days", "31"),
        ("load_limit", "0"),
        ("offer_days", "many"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_beside_the_field(
    cast: Cast, signed_in: SignedIn, field: str, value: str
) -> None:
    answer = signed_in(cast.ada).post("/o/acme/settings", SETTINGS | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    cast.acme.refresh_from_db()
    assert (cast.acme.name, cast.acme.decision_days) == ("Acme", 5)


def test_the_sponsor_is_an_executive_of_the_organization(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    for nobody in (cast.sven, cast.olu):
        form = SETTINGS | {"sponsor": nobody.pk}
        assert ada.post("/o/acme/settings", form).status_code == 422


def test_closing_days_are_added_once_and_removed(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    day = {"day": f"{timezone.localdate().year + 1}-01-04", "name": "Inventory"}
    assert ada.post("/o/acme/settings/closing-days", day).status_code == 302
    again = ada.post("/o/acme/settings/closing-days", day)
    assert again.status_code == 422
    assert "closing day already" in again.text
    assert ada.post("/o/acme/settings/closing-days", {"day": "9999-01-01"}).status_code == 422
    assert "Inventory" in ada.get("/o/acme/settings").text
    key = cast.acme.closing_days.get().pk
    ada.post(f"/o/acme/settings/closing-days/{key}/removal")
    assert not cast.acme.closing_days.exists()
    assert ada.post(f"/o/acme/settings/closing-days/{key}/removal").status_code == 404


# The ledger


def test_everybody_reads_the_ledger_of_their_own(cast: Cast, signed_in: SignedIn) -> None:
    for n in range(60):
        create_priority(
            actor=cast.elena,
            at=timezone.now(),
            name=f"Priority {n}",
            starts_on="2026-07-01",
            ends_on="2027-06-30",
        )
    page = signed_in(cast.obi).get("/o/acme/ledger")
    assert "priority.created" in page.text
    assert "Priority 59" in page.text
    assert "Page 1 of 2" in page.text
    assert "Altered" not in page.text
    intact = signed_in(cast.obi).get("/o/acme/ledger?verify=1").text
    assert "Intact: 60 entries recomputed" in intact
    assert "priority.created" not in signed_in(cast.sven).get("/o/beta/ledger").text


def test_the_ledger_is_searched_by_event_and_person(cast: Cast, signed_in: SignedIn) -> None:
    add_closing_day(actor=cast.ada, at=timezone.now(), day="2027-01-04")
    olu = signed_in(cast.olu)

    def found(query: str) -> int:
        return len(olu.get(f"/o/acme/ledger?{query}").context["lines"])

    assert found("event=closing") == 1
    assert found("event=decision") == 0
    assert found(f"actor={cast.ada.pk}") == 1
    assert found(f"actor={cast.sven.pk}") == 0
    assert found("event=%00") == 0
    assert Entry.objects.count() == 1
