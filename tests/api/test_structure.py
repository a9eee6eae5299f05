"""Setting up by API: a workbook as the body, a look first, links told once."""

from collections.abc import Callable

from accounts.models import Invitation, Team
from cadence.spreadsheets import XLSX
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.imports.test_structure import book

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
