"""Setting up by API: a workbook as the body, a look first, links told once."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Invitation, Team
from cadence.imports.structure_rows import cells_of
from cadence.imports.structure_sheets import BY_NAME
from cadence.ledger.models import Entry
from cadence.spreadsheets import XLSX
from tests.api.conftest import Caller, token_for
from tests.cast import Cast
from tests.imports.setting_up import book

Api = Callable[..., Caller]
BOOK = {"Teams": [{"Name": "Field"}], "People": [{"Name": "Nora", "E-mail": "nora@acme.example"}]}


def test_a_workbook_is_looked_at_and_then_set_up(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    seen = ada.ask("POST", "structure?preview=true", book(**BOOK), XLSX)
    assert (seen.status, seen.body["done"], seen.body["invited"]) == (200, False, [])
    assert [row["outcome"] for row in seen.body["rows"]] == ["new", "new"]
    assert not Team.objects.filter(name="Field").exists()
    done = ada.ask("POST", "structure", book(**BOOK), XLSX)
    assert done.status == 200 and done.body["done"]
    assert done.body["invited"][0]["email"] == "nora@acme.example"
    assert Invitation.objects.count() == 1 and Team.objects.filter(name="Field").exists()


def test_problems_name_sheet_row_and_column(cast: Cast, api: Api) -> None:
    bad = book(Teams=[{"Name": "X", "Below": "Atlantis"}])
    refused = api(cast.ada).ask("POST", "structure", bad, XLSX)
    assert (refused.status, refused.code) == (422, "structure_invalid")
    (problem,) = refused.body["problems"]
    assert (problem["field"], problem["row"]) == ("Teams.Below", 2)
    seen = api(cast.ada).ask("POST", "structure?preview=true&sheets=Teams", bad, XLSX)
    assert seen.status == 200 and seen.body["faults"][0]["column"] == "Below"


def test_what_is_asked_wrongly_is_refused(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    assert ada.ask("POST", "structure", b"no workbook", XLSX).code == "file_unreadable"
    assert ada.ask("POST", "structure?sheets=Cars", book(**BOOK), XLSX).status == 422
    assert ada.ask("POST", "structure?preview=maybe", book(**BOOK), XLSX).status == 422
    assert ada.ask("POST", "structure?sheets=Priorities", book(**BOOK), XLSX).status == 403
    assert api(cast.nils).ask("POST", "structure", book(**BOOK), XLSX).status == 403
    assert ada.post("structure", {}).status == 415


@pytest.mark.parametrize("path", ["structure", "structure/template"])
def test_the_workbooks_are_there_for_who_may_read(cast: Cast, client: Client, path: str) -> None:
    _, secret = token_for(cast.obi)
    url, headers = f"/api/v1/{path}", {"authorization": f"Bearer {secret}"}
    answer = client.get(url, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, XLSX)
    assert answer["Content-Disposition"].startswith("attachment") and answer["ETag"]
    given, _ = cells_of(answer.content)
    assert list(given) == list(BY_NAME)
    known = {**headers, "if-none-match": "*"}
    assert client.get(url, headers=known).status_code == 304
    asked = {**headers, "accept": XLSX}
    assert client.head(url, headers=asked).status_code == 200


def test_what_is_there_is_sent_back_and_changes_nothing(cast: Cast, api: Api) -> None:
    _, secret = token_for(cast.ada)
    headers = {"authorization": f"Bearer {secret}"}
    book_now = Client().get("/api/v1/structure", headers=headers).content
    entries = Entry.objects.count()
    done = api(cast.ada).ask("POST", "structure", book_now, XLSX)
    assert done.status == 200
    outcomes = {row["outcome"] for row in done.body["rows"]}
    assert outcomes == {"unchanged"} and Entry.objects.count() == entries


@pytest.mark.parametrize("path", ["structure", "structure/template"])
def test_a_refusal_of_a_workbook_is_a_problem_document(
    cast: Cast, client: Client, path: str
) -> None:
    _, secret = token_for(cast.obi)
    headers = {"authorization": f"Bearer {secret}"}
    url = f"/api/v1/{path}"
    refusals = {
        401: client.get(url),
        406: client.get(url, headers={**headers, "accept": "application/json"}),
        422: client.get(url + "?sheets=Teams", headers=headers),
    }
    for status, answer in refusals.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
