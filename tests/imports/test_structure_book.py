"""The workbook itself: to download, and to be read."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from cadence.errors import Invalid
from cadence.imports.structure import look_at_structure, set_up_structure
from cadence.imports.structure_book import current, template
from cadence.imports.structure_rows import cells_of
from cadence.imports.structure_sheets import BY_NAME, SHEETS
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger.models import Entry
from tests.cast import AT, Cast
from tests.imports.setting_up import book, do, problems

ALL = list(BY_NAME)


def test_what_is_downloaded_and_brought_back_changes_nothing(cast: Cast) -> None:
    twin = cast.initiative(cast.pipeline.name, team=cast.partners, owner=cast.nils)
    cast.initiative(cast.pipeline.name, team=cast.partners)
    cast.metric("=cmd|' /C calc'!A0", initiative=twin, unit="+1", decimals=2)
    paused = cast.initiative("_x0041_ - @work\nof two lines ＝1", owner=cast.olu)
    Initiative.objects.filter(pk=paused.pk).update(paused_at=AT, description="- one\n- two")
    plan = cast.metric("Plan", initiative=twin, key="plan")
    cast.threshold(cast.metric(initiative=twin), floor_metric=plan)
    Priority.objects.filter(pk=cast.growth.pk).update(rank=7)
    for actor in (cast.ada, cast.elena):
        given, notes = cells_of(current(cast.acme, AT))
        parts = (
            ["Teams", "People"] if actor == cast.ada else ["Priorities", "Initiatives", "Metrics"]
        )
        entries = Entry.objects.count()
        done = set_up_structure(actor=actor, at=AT, cells=given, parts=parts)
        changed = [line for line in done.lines if line.outcome != "unchanged"]
        assert changed == [] and len(done.lines) >= 7
        assert Entry.objects.count() == entries
        assert notes == []


def test_nothing_in_a_downloaded_workbook_is_a_formula(cast: Cast) -> None:
    cast.team("=1+1")
    cast.metric("@SUM(1)")
    for content in (current(cast.acme, AT), template()):
        for sheet in load_workbook(io.BytesIO(content)):
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row), sheet.title


def test_the_template_has_every_sheet_with_notes_choices_and_an_example(cast: Cast) -> None:
    found = load_workbook(io.BytesIO(template()))
    assert found.sheetnames == ["Explained", "Example", *ALL]
    for kind in SHEETS:
        sheet = found[kind.name]
        heads = list(sheet[1])
        assert [cell.value for cell in heads] == [column.head for column in kind.columns]
        assert all(cell.comment is not None for cell in heads)
        assert sheet.max_row == 1
    lists = {str(one.sqref)[0]: one for one in found["Metrics"].data_validations.dataValidation}
    assert lists["F"].formula1 == '"Leading,Lagging"'
    assert lists["C"].formula1 == "Initiatives!$A$2:$A$10000"
    # Brought as it is it does nothing, and says nothing is in it.
    given, _ = cells_of(template())
    assert look_at_structure(actor=cast.ada, at=AT, cells=given, parts=["Teams"]).lines == []


def test_beta_sees_nothing_of_acme(cast: Cast) -> None:
    text = str(cells_of(current(cast.beta, AT))[0])
    for name in (cast.pipeline.name, cast.demos.name, "acme.example", cast.demand.name):
        assert name not in text


def test_a_file_that_is_none_says_so(cast: Cast) -> None:
    for content in (b"", b"name;lead", b"PK\x03\x04broken", book(Other=[{"Name": "X"}])):
        with pytest.raises(Invalid) as refused:
            cells_of(content)
        assert refused.value.code == "file_unreadable"
    _, notes = cells_of(book(Teams=[{"Name": "X"}], Cars=[{"Name": "Y"}]))
    assert notes == ["Not read: Cars."]
    with_more = book(Teams=[{"Name": "X", "Colour": "red"}])
    seen = look_at_structure(actor=cast.ada, at=AT, cells=cells_of(with_more)[0], parts=["Teams"])
    assert seen.notes == ["Teams: the column “Colour” was not read."]
    assert problems(cast.ada, ["Teams"], Teams=[{"Called": "X"}]) >= {("Teams.Name", 1)}


def test_dates_numbers_and_formulas_are_read_as_the_spreadsheet_shows_them(cast: Cast) -> None:
    do(
        cast.elena,
        ["Priorities"],
        Priorities=[{"Name": 2027, "From": date(2027, 1, 1), "To": date(2027, 12, 31)}],
    )
    found = Priority.objects.get(name="2027")
    assert (found.starts_on, found.ends_on) == (date(2027, 1, 1), date(2027, 12, 31))
    assert problems(cast.elena, ["Priorities"], Priorities=[{"Name": "=1+1", "From": "x"}]) == {
        ("Priorities.Name", 2),
        ("Priorities.From", 2),
    }
