"""Setting up from a workbook, in pages: bring it, see what it would do, do it."""

import io
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Invitation, Membership, Team
from tests.cast import Cast
from tests.imports.setting_up import book

SignIn = Callable[[Membership], Client]
URL = "/o/acme/settings/structure"
KEPT = re.compile(r'name="kept" value="([^"]+)"')


def brought(client: Client, content: bytes, *parts: str) -> str:
    file = SimpleUploadedFile("setup.xlsx", content)
    answer = client.post(URL, {"file": file, "parts": parts})
    assert answer.status_code in (200, 422)
    return answer.content.decode()


def test_an_administrator_looks_and_then_sets_up(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ada)
    assert "See what it would do" in client.get(URL).content.decode()
    content = book(
        Teams=[{"Name": "Field"}], People=[{"Name": "Nora", "E-mail": "nora@acme.example"}]
    )
    text = brought(client, content, "Teams", "People")
    assert "2 new" in text and not Team.objects.filter(name="Field").exists()
    (kept,) = KEPT.findall(text)
    done = client.post(URL, {"kept": kept}).content.decode()
    assert "Done: 2 new" in done and "nora@acme.example" in done and "shown once" in done
    assert Team.objects.filter(name="Field").exists()
    assert Invitation.objects.get().email == "nora@acme.example"
    # Pressed twice, it does nothing twice: it is another world by now.
    again = client.post(URL, {"kept": kept})
    assert again.status_code == 200 and "has changed since you looked" in again.content.decode()
    assert Team.objects.filter(name="Field").count() == 1


def test_a_problem_is_shown_with_its_place_and_nothing_can_be_done(
    cast: Cast, signed_in: SignIn
) -> None:
    text = brought(signed_in(cast.ada), book(Teams=[{"Name": "X", "Below": "Atlantis"}]), "Teams")
    assert "Atlantis" in text and "Below" in text and not KEPT.findall(text)
    text = brought(signed_in(cast.ada), b"no workbook", "Teams")
    assert "This is no .xlsx workbook." in text


def test_what_was_looked_at_is_for_who_looked_and_cannot_be_made_up(
    cast: Cast, signed_in: SignIn
) -> None:
    (kept,) = KEPT.findall(brought(signed_in(cast.ada), book(Teams=[{"Name": "X"}]), "Teams"))
    for member, sent in ((cast.elena, kept), (cast.ada, kept[:-2] + "xx"), (cast.ada, "x")):
        answer = signed_in(member).post(URL, {"kept": sent})
        assert answer.status_code == 422 and "too old" in answer.content.decode()
    assert not Team.objects.filter(name="X").exists()


@pytest.mark.parametrize("name", ["template", "current"])
def test_the_workbooks_can_be_downloaded(cast: Cast, signed_in: SignIn, name: str) -> None:
    answer = signed_in(cast.obi).get(f"{URL}/{name}")
    assert "attachment" in answer["Content-Disposition"]
    assert "Teams" in load_workbook(io.BytesIO(answer.content)).sheetnames
    assert signed_in(cast.sven).get(f"{URL}/{name}").status_code == 404


def test_who_may_set_up_nothing_is_told_who_may(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.nils).get(URL)
    assert answer.status_code == 403 and "by an administrator" in answer.content.decode()
