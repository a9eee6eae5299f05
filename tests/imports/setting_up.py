"""Workbooks of structure, and what comes of them."""

import io
from typing import Any

import pytest
from openpyxl import Workbook

from accounts.models import Membership
from cadence.errors import Invalid
from cadence.imports.structure import set_up_structure
from cadence.imports.structure_rows import Cells, cells_of
from cadence.ledger.models import Entry
from tests.cast import AT, Cast


def book(**sheets: list[dict[str, Any]]) -> bytes:
    """A workbook: for each sheet its rows, by the heads of the columns."""
    written = Workbook()
    written.remove(written.active)
    for name, rows in sheets.items():
        sheet = written.create_sheet(name)
        heads = list(dict.fromkeys(head for row in rows for head in row))
        sheet.append(heads)
        for row in rows:
            sheet.append([row.get(head) for head in heads])
    out = io.BytesIO()
    written.save(out)
    return out.getvalue()


def cells(**sheets: list[dict[str, Any]]) -> Cells:
    return cells_of(book(**sheets))[0]


def do(actor: Membership, parts: list[str], **sheets: list[dict[str, Any]]) -> Any:
    return set_up_structure(actor=actor, at=AT, cells=cells(**sheets), parts=parts)


def problems(actor: Membership, parts: list[str], **sheets: list[dict[str, Any]]) -> set[Any]:
    entries = Entry.objects.count()
    with pytest.raises(Invalid) as refused:
        do(actor, parts, **sheets)
    assert refused.value.code == "structure_invalid"
    assert Entry.objects.count() == entries
    return {(one.field, one.row) for one in refused.value.problems}


WORK = {
    "Name": "Partner webinars",
    "Priority": "Grow with partners",
    "Team": "Demand",
    "Owner": "olu@acme.example",
    "At stake": 120000.5,
    "Description": "Webinars with partners.",
}
METRIC = {
    "Name": "Webinars held",
    "Key": "webinars",
    "Initiative": "Partner webinars",
    "Unit": "webinars",
    "Decimals": 0,
    "Kind": "Leading",
    "Read per": "week",
    "Leads to": "signups",
    "Floor": 2,
    "Limits from": "2026-11-16",
    "Periods in a row": 2,
    "Agreed response": "Ask two more partners.",
}
OUTCOME = {
    "Name": "Sign-ups",
    "Key": "signups",
    "Initiative": "Partner webinars",
    "Kind": "Lagging",
    "Read per": "Week",
    "Judged per": "Month",
}


@pytest.fixture
def addresses(cast: Cast) -> Cast:
    for member in (cast.olu, cast.dana, cast.ada, cast.elena):
        assert member.user is not None and member.user.email.endswith("@acme.example")
    return cast
