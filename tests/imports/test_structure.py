"""Teams, people, priorities, initiatives and metrics from one workbook."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Invitation, Membership, Team
from cadence.errors import Forbidden
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric, Threshold
from cadence.ownership.models import Ownership
from tests.cast import AT, Cast
from tests.imports.setting_up import METRIC, OUTCOME, WORK, do, problems
from tests.imports.setting_up import addresses as addresses


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
