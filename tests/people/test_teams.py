"""The team tree: one named lead each, no circles, one name once."""

import pytest

from accounts.models import Membership, Team
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.people.rules import DEEPEST_TEAM
from cadence.people.teams import change_team, create_team
from tests.cast import AT, Cast


def test_a_team_lies_below_another_and_has_a_lead(cast: Cast) -> None:
    team = create_team(actor=cast.ada, at=AT, name="Events", parent=cast.demand, lead=cast.nils)
    assert (team.parent, team.lead) == (cast.demand, cast.nils)
    entry = Entry.objects.get()
    assert (entry.event, entry.data) == (
        "team.created",
        {"name": "Events", "parent": cast.demand.pk, "lead": cast.nils.pk},
    )


def test_a_team_moves_and_gets_another_lead(cast: Cast) -> None:
    team = change_team(
        actor=cast.ada, at=AT, team=cast.partners, name="Partners", parent=None, lead=cast.fay
    )
    assert (team.parent, team.lead) == (None, cast.fay)
    assert Entry.objects.get().data == {
        "changed": {"parent": [cast.partners.parent_id, None], "lead": [None, cast.fay.pk]}
    }


def test_a_team_does_not_lie_below_itself(cast: Cast) -> None:
    for parent in (cast.commercial, cast.demand, cast.partners):
        with pytest.raises(Conflict) as refused:
            change_team(
                actor=cast.ada,
                at=AT,
                team=cast.commercial,
                name="Commercial",
                parent=parent,
                lead=cast.lars,
            )
        assert (refused.value.code, refused.value.problems[0].field) == ("team_circle", "parent")
    assert Entry.objects.count() == 0


def test_a_tree_has_at_most_twenty_levels(cast: Cast) -> None:
    team = cast.commercial
    for level in range(2, DEEPEST_TEAM + 1):
        team = create_team(actor=cast.ada, at=AT, name=f"Level {level}", parent=team)
    with pytest.raises(Conflict) as refused:
        create_team(actor=cast.ada, at=AT, name="Too deep", parent=team)
    assert refused.value.code == "team_too_deep"
    root = create_team(actor=cast.ada, at=AT, name="New root")
    with pytest.raises(Conflict):
        change_team(
            actor=cast.ada, at=AT, team=cast.commercial, name="C", parent=root, lead=cast.lars
        )


@pytest.mark.parametrize("name", ["Demand", "dEMAND ", "DEMAND"])
def test_a_name_is_given_once_in_an_organization(cast: Cast, name: str) -> None:
    with pytest.raises(Conflict) as refused:
        create_team(actor=cast.ada, at=AT, name=name)
    assert (refused.value.code, refused.value.problems[0].field) == ("team_name_taken", "name")
    # Its own name, written otherwise, is free.
    change_team(
        actor=cast.ada,
        at=AT,
        team=cast.demand,
        name=name,
        parent=cast.demand.parent,
        lead=cast.dana,
    )


def test_letters_of_every_script_are_compared_alike(cast: Cast) -> None:
    create_team(actor=cast.ada, at=AT, name="ÉQUIPE")
    with pytest.raises(Conflict):
        create_team(actor=cast.ada, at=AT, name="équipe")


def test_a_lead_is_a_person_who_is_there(cast: Cast) -> None:
    gone = cast.member("Gone")
    Membership.objects.filter(pk=gone.pk).update(ended_at=AT)
    gone.refresh_from_db()
    before = Team.objects.count()
    for nobody in (cast.robo, cast.obi, gone):
        with pytest.raises(Invalid) as refused:
            create_team(actor=cast.ada, at=AT, name="Events", lead=nobody)
        assert refused.value.problems[0].field == "lead"
    with pytest.raises(NotFound):
        create_team(actor=cast.ada, at=AT, name="Events", lead=cast.sven)
    with pytest.raises(NotFound):
        create_team(actor=cast.ada, at=AT, name="Events", parent=cast.betas_team)
    with pytest.raises(NotFound):
        change_team(actor=cast.ada, at=AT, team=cast.betas_team, name="X", parent=None, lead=None)
    assert (Team.objects.count(), Entry.objects.count()) == (before, 0)


@pytest.mark.parametrize("name", ["elena", "lars", "olu", "obi", "robo"])
def test_teams_are_an_administrators_business(cast: Cast, name: str) -> None:
    with pytest.raises(Forbidden):
        create_team(actor=getattr(cast, name), at=AT, name="Mine")


@pytest.mark.parametrize("name", ["", " ", "x" * 10_000, "a\x00b", "\ud800", "\u2060", 3])
def test_a_name_that_nobody_can_read_is_refused(cast: Cast, name: object) -> None:
    with pytest.raises(Invalid) as refused:
        create_team(actor=cast.ada, at=AT, name=name)
    assert [problem.field for problem in refused.value.problems] == ["name"]


def test_a_lead_who_left_a_moment_ago_is_not_named(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    assert cast.nils.ended_at is None, "as somebody still holds him"
    with pytest.raises(Invalid):
        create_team(actor=cast.ada, at=AT, name="Events", lead=cast.nils)
    with pytest.raises(Invalid):
        change_team(
            actor=cast.ada,
            at=AT,
            team=cast.partners,
            name="Partners",
            parent=cast.demand,
            lead=cast.nils,
        )
