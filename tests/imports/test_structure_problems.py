"""A workbook that cannot be set up says where and why, and nothing of it is done."""

import pytest

from accounts.models import Invitation, Team
from cadence.errors import Conflict, Invalid
from cadence.imports.structure import look_at_structure, set_up_structure
from cadence.ledger.models import Entry
from tests.cast import AT, Cast
from tests.imports.setting_up import METRIC, OUTCOME, WORK, cells, do, problems
from tests.imports.setting_up import addresses as addresses


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


def test_a_limit_is_a_number_or_a_metric(cast: Cast) -> None:
    row = {"Name": cast.demos.name, "Key": cast.demos.key, "Floor": "many"}
    seen = look_at_structure(actor=cast.elena, at=AT, cells=cells(Metrics=[row]), parts=["Metrics"])
    (fault,) = seen.faults
    assert (fault.row, fault.column) == (2, "Floor")
    assert fault.message == "“many” is neither a number nor a metric."


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


def test_too_many_changes_at_once_are_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadence.imports.structure_steps.MOST_CHANGES", 2)
    with pytest.raises(Invalid) as refused:
        do(cast.ada, ["Teams"], Teams=[{"Name": f"T{n}"} for n in range(3)])
    assert refused.value.code == "too_many_changes" and not Team.objects.filter(name="T0").exists()


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
