"""Teams, people, priorities, initiatives and metrics from one workbook."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from accounts.models import Invitation, Membership, Team
from cadence.errors import Conflict, Forbidden, Invalid
from cadence.imports.structure import look_at_structure, set_up_structure
from cadence.imports.structure_book import current, template
from cadence.imports.structure_rows import Cells, cells_of
from cadence.imports.structure_sheets import BY_NAME, SHEETS
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric, Threshold
from cadence.ownership.models import Ownership
from tests.cast import AT, Cast

ALL = list(BY_NAME)


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


def test_a_company_is_set_up_by_two_people_from_one_workbook(addresses: Cast) -> None:
    cast = addresses
    sheets: dict[str, list[dict[str, Any]]] = {
        # The team below stands above its parent.
        "Teams": [
            {"Name": "North", "Below": "Field", "Lead": "dana@acme.example"},
            {"Name": "Field", "Below": "Commercial"},
        ],
        "People": [
            {"Name": "Nora", "E-mail": "Nora@Acme.example", "Team": "North"},
            {"Name": "Olu", "E-mail": "olu@acme.example", "Team": "North"},
        ],
        "Priorities": [{"Name": "Keep them", "Rank": 1, "From": "2027-01-01", "To": "2027-12-31"}],
        "Initiatives": [WORK, {**WORK, "Name": "Visits", "Priority": "Keep them", "Team": "North"}],
        "Metrics": [METRIC, OUTCOME],
    }
    done = do(cast.ada, ["Teams", "People"], **sheets)
    assert done.counts == {"new": 3, "changed": 1, "unchanged": 0, "problem": 0}
    north = Team.objects.get(name="North")
    assert north.parent is not None and north.parent.name == "Field" and north.lead == cast.dana
    ((invitation, secret),) = done.invited
    assert (invitation.email, invitation.team) == ("nora@acme.example", north) and secret
    assert Membership.objects.get(pk=cast.olu.pk).team == north
    assert not Priority.objects.filter(name="Keep them").exists()

    done = do(cast.elena, ["Priorities", "Initiatives", "Metrics"], **sheets)
    assert done.counts == {"new": 5, "changed": 0, "unchanged": 0, "problem": 0}
    assert [one.name for one in cast.acme.priorities.all()] == ["Keep them", cast.growth.name]
    work = Initiative.objects.get(name="Partner webinars")
    assert (work.state, work.budget_at_stake) == ("draft", Decimal("120000.50"))
    offer = Ownership.objects.get(initiative=work)
    assert (offer.owner, offer.accepted_at) == (cast.olu, None)
    webinars, signups = Metric.objects.get(key="webinars"), Metric.objects.get(key="signups")
    assert webinars.leads_to == signups and signups.judged_per == "month"
    floor = Threshold.objects.get(metric=webinars)
    assert (floor.floor, floor.periods_in_a_row) == (2, 2)
    assert floor.agreed_response == "Ask two more partners."
    # Brought once more, it does nothing.
    entries = Entry.objects.count()
    again = do(cast.elena, ["Priorities", "Initiatives", "Metrics"], **sheets)
    assert again.counts == {"new": 0, "changed": 0, "unchanged": 5, "problem": 0}
    assert Entry.objects.count() == entries


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
        assert notes == ["Not read: Explained, Example."]


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


def test_a_look_says_what_each_row_would_do_and_does_nothing(addresses: Cast) -> None:
    cast = addresses
    given = cells(
        Teams=[
            {"Name": "Demand", "Below": "Commercial", "Lead": "olu@acme.example"},
            {"Name": "Partners", "Below": None},
            {"Name": "Field", "Below": "Commercial"},
            {"Name": "South", "Below": "Atlantis"},
        ],
        People=[{"Name": "Nora", "E-mail": "nora@acme.example", "Role": "executive"}],
    )
    entries = Entry.objects.count()
    seen = look_at_structure(actor=cast.ada, at=AT, cells=given, parts=["Teams", "People"])
    assert [(line.name, line.outcome) for line in seen.lines] == [
        ("Demand", "changed"),
        ("Partners", "unchanged"),
        ("Field", "new"),
        ("South", "problem"),
        ("Nora", "new"),
    ]
    (change,) = seen.lines[0].changes
    assert (change.column, change.old, change.new) == ("Lead", "Dana", "Olu")
    (fault,) = seen.faults
    assert (fault.sheet, fault.row, fault.column) == ("Teams", 5, "Below")
    assert "Atlantis" in fault.message
    assert seen.invited == [] and not Invitation.objects.exists()
    assert Entry.objects.count() == entries and not Team.objects.filter(name="Field").exists()


def test_what_changed_since_the_look_is_not_done(addresses: Cast) -> None:
    cast = addresses
    given = cells(Teams=[{"Name": "Field"}])
    seen = look_at_structure(actor=cast.ada, at=AT, cells=given, parts=["Teams"])
    act = {"actor": cast.ada, "at": AT, "cells": given, "parts": ["Teams"]}
    cast.team("Field")
    with pytest.raises(Conflict) as refused:
        set_up_structure(**act, expected=seen.digest)
    assert refused.value.code == "structure_changed"
    seen = look_at_structure(**act)
    assert set_up_structure(**act, expected=seen.digest).counts["unchanged"] == 1


def test_every_problem_is_named_by_its_sheet_row_and_column(addresses: Cast) -> None:
    cast = addresses
    bad = {**METRIC, "Key": "Not a key", "Decimals": 12, "Kind": "leading", "Leads to": None}
    found = problems(
        cast.elena,
        ["Priorities", "Initiatives", "Metrics"],
        Priorities=[
            {"Name": "Late", "From": "2027-12-31", "To": "2027-01-01", "Rank": 0},
            {"Name": "Never", "From": "31.12.2027", "To": None},
        ],
        Initiatives=[
            {**WORK, "Owner": "nobody@acme.example"},
            {**WORK, "Name": "Two", "Priority": "Late"},
            {**WORK, "Name": "Three", "State": "Active"},
            {**WORK, "Name": "Four", "At stake": "a lot"},
            {**WORK, "Name": "Three"},
            {"Name": None, "Team": "Demand"},
        ],
        Metrics=[{**bad, "Initiative": cast.pipeline.name}, {**OUTCOME, "Kind": "Sideways"}],
    )
    assert found == {
        ("Priorities.Rank", 2),
        ("Priorities.From", 3),
        ("Initiatives.Owner", 2),
        ("Initiatives.Priority", 3),
        ("Initiatives.State", 4),
        ("Initiatives.At stake", 5),
        ("Initiatives.Name", 6),
        ("Initiatives.Name", 7),
        ("Metrics.Key", 2),
        ("Metrics.Decimals", 2),
        ("Metrics.Kind", 3),
    }


def test_one_problem_undoes_everything(addresses: Cast) -> None:
    cast = addresses
    teams = [{"Name": f"Team {n}"} for n in range(3)]
    assert problems(cast.ada, ["Teams"], Teams=[*teams, {"Name": "x" * 200}]) == {("Teams.Name", 5)}
    assert not Team.objects.filter(name__startswith="Team ").exists()


def test_teams_in_a_circle_and_names_that_stand_twice_are_refused(addresses: Cast) -> None:
    found = problems(
        addresses.ada,
        ["Teams", "People"],
        Teams=[
            {"Name": "A", "Below": "B"},
            {"Name": "B", "Below": "A"},
            {"Name": "C", "Below": None},
            {"Name": "c", "Below": None},
            {"Name": "Commercial", "Below": "Demand"},
        ],
        People=[
            {"Name": "Nora", "E-mail": "nora@acme.example"},
            {"Name": "Nora B.", "E-mail": "NORA@acme.example"},
            {"Name": "No address", "E-mail": "nora at acme"},
        ],
    )
    assert found == {
        ("Teams.Below", 2),
        ("Teams.Below", 3),
        ("Teams.Name", 5),
        ("Teams.Below", 6),
        ("People.E-mail", 3),
        ("People.E-mail", 4),
    }


def test_who_has_not_joined_leads_and_owns_when_the_workbook_is_brought_again(
    addresses: Cast,
) -> None:
    cast = addresses
    people = [{"Name": "Nora", "E-mail": "nora@acme.example", "Team": "Demand"}]
    teams = [{"Name": "Field", "Lead": "nora@acme.example"}]
    done = do(cast.ada, ["Teams", "People"], Teams=teams, People=people)
    (line,) = [one for one in done.lines if one.sheet == "Teams"]
    assert "has not joined yet" in line.notes[0] and line.outcome == "new"
    work = [{**WORK, "Owner": "nora@acme.example"}]
    done = do(cast.elena, ["Initiatives"], Initiatives=work)
    assert "has not joined yet" in done.lines[0].notes[0]
    assert not Ownership.objects.filter(initiative__name="Partner webinars").exists()
    nora = cast.member("Nora")
    assert nora.user is not None
    nora.user.email = "nora@acme.example"
    nora.user.save()
    Invitation.objects.update(accepted_at=AT)
    done = do(cast.ada, ["Teams"], Teams=teams)
    assert [change.new for change in done.lines[0].changes] == ["Nora"]
    done = do(cast.elena, ["Initiatives"], Initiatives=work)
    assert done.lines[0].notes == ["Nora is asked to answer for it."]
    assert Ownership.objects.get(initiative__name="Partner webinars").owner == nora


def test_an_invitation_that_waits_is_left_and_one_that_differs_is_sent_anew(cast: Cast) -> None:
    people = [{"Name": "Nora", "E-mail": "nora@acme.example"}]
    do(cast.ada, ["People"], People=people)
    assert do(cast.ada, ["People"], People=people).counts["unchanged"] == 1
    done = do(cast.ada, ["People"], People=[{**people[0], "Role": "Executive"}])
    assert len(done.invited) == 1 and done.lines[0].changes[0].new == "Executive"
    assert Invitation.objects.get(revoked_at=None).role == "executive"


def test_an_owner_who_is_the_actor_owns_at_once_and_can_begin_the_work(addresses: Cast) -> None:
    cast = addresses
    mine = [{**WORK, "Owner": "dana@acme.example", "State": "Active"}]
    done = do(cast.dana, ["Initiatives"], Initiatives=mine)
    assert done.lines[0].notes == ["Dana owns it."]
    assert Initiative.objects.get(name="Partner webinars").state == "active"


def test_everybody_sets_up_what_they_may_and_nothing_else(addresses: Cast) -> None:
    cast = addresses
    with pytest.raises(Forbidden):
        do(cast.obi, ["Teams"], Teams=[{"Name": "X"}])
    with pytest.raises(Forbidden):
        do(cast.nils, ["Initiatives"], Initiatives=[WORK])
    with pytest.raises(Forbidden, match="Priorities"):
        do(cast.ada, ["Priorities"], Priorities=[{"Name": "X"}])
    # A lead, of other teams than this one.
    assert problems(cast.dana, ["Initiatives"], Initiatives=[{**WORK, "Team": "Commercial"}]) == {
        ("Initiatives.Name", 2)
    }
    assert do(cast.dana, ["Initiatives"], Initiatives=[WORK]).counts["new"] == 1


def test_a_threshold_that_differs_is_a_new_version_and_no_goalpost_moves(cast: Cast) -> None:
    row = {"Name": cast.demos.name, "Key": cast.demos.key}
    breach = cast.breach(cast.demos)
    assert problems(cast.elena, ["Metrics"], Metrics=[{**row, "Floor": 10}]) == {
        ("Metrics.Floor", 2)
    }
    assert breach.metric == cast.demos
    done = do(cast.elena, ["Metrics"], Metrics=[{**row, "Floor": 50, "Periods in a row": 1}])
    (line,) = done.lines
    assert [(one.column, one.old, one.new) for one in line.changes] == [("Floor", "45", "50")]
    assert [one.floor for one in Threshold.objects.filter(metric=cast.demos)] == [45, 50]


def test_what_readings_mean_does_not_change(cast: Cast) -> None:
    row = {"Name": cast.demos.name, "Key": cast.demos.key, "Read per": "Day"}
    assert problems(cast.elena, ["Metrics"], Metrics=[row]) == {("Metrics.Read per", 2)}


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


def test_a_file_that_is_none_says_so(cast: Cast) -> None:
    for content in (b"", b"name;lead", b"PK\x03\x04broken", book(Other=[{"Name": "X"}])):
        with pytest.raises(Invalid) as refused:
            cells_of(content)
        assert refused.value.code == "file_unreadable"
    with_more = book(Teams=[{"Name": "X", "Colour": "red"}])
    seen = look_at_structure(actor=cast.ada, at=AT, cells=cells_of(with_more)[0], parts=["Teams"])
    assert seen.notes == ["Teams: the column “Colour” was not read."]
    assert problems(cast.ada, ["Teams"], Teams=[{"Called": "X"}]) >= {("Teams.Name", 1)}


def test_too_many_changes_at_once_are_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.imports.structure_steps.MOST_CHANGES", 2)
    with pytest.raises(Invalid) as refused:
        do(cast.ada, ["Teams"], Teams=[{"Name": f"T{n}"} for n in range(3)])
    assert refused.value.code == "too_many_changes" and not Team.objects.filter(name="T0").exists()


def test_beta_sees_nothing_of_acme(cast: Cast) -> None:
    text = str(cells_of(current(cast.beta, AT))[0])
    for name in (cast.pipeline.name, cast.demos.name, "acme.example", cast.demand.name):
        assert name not in text
