"""Initiatives: created and changed by those who lead, found again by everybody."""

from decimal import Decimal
from typing import Any

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.initiatives.actions import change_initiative, create_initiative, pause_initiative
from cadence.initiatives.models import Initiative, State
from cadence.initiatives.queries import matching
from cadence.ledger.models import Entry
from tests.cast import AT, Cast


def as_it_is(initiative: Initiative, **facts: Any) -> dict[str, Any]:
    """What `change_initiative` takes to change nothing but these facts."""
    names = ("priority", "team", "name", "description", "budget_at_stake")
    return {name: getattr(initiative, name) for name in names} | facts


def test_a_new_initiative_is_a_draft(cast: Cast) -> None:
    initiative = create_initiative(
        actor=cast.dana,
        at=AT,
        priority=cast.growth,
        team=cast.demand,
        name="Referrals",
        description="Customers\nbring customers.",
        budget_at_stake="1200.50",
    )
    initiative.refresh_from_db()
    assert initiative.state == State.DRAFT
    assert initiative.budget_at_stake == Decimal("1200.50")
    entry = Entry.objects.get()
    assert (entry.event, entry.subject_id) == ("initiative.created", initiative.pk)
    assert entry.data["team"] == cast.demand.pk


@pytest.mark.parametrize("name", ["olu", "nils", "ada", "obi", "robo"])
def test_who_does_not_lead_creates_and_changes_nothing(cast: Cast, name: str) -> None:
    somebody = getattr(cast, name)
    with pytest.raises(Forbidden):
        create_initiative(
            actor=somebody, at=AT, priority=cast.growth, team=cast.demand, name="Mine"
        )
    with pytest.raises(Forbidden):
        change_initiative(
            actor=somebody, at=AT, initiative=cast.pipeline, **as_it_is(cast.pipeline, name="Mine")
        )
    with pytest.raises(Forbidden):
        pause_initiative(actor=somebody, at=AT, initiative=cast.pipeline, reason="A rest.")
    assert Entry.objects.count() == 0


def test_a_lead_creates_below_and_not_beside(cast: Cast) -> None:
    create_initiative(
        actor=cast.lars, at=AT, priority=cast.growth, team=cast.demand, name="Below Lars"
    )
    with pytest.raises(Forbidden):
        create_initiative(
            actor=cast.dana, at=AT, priority=cast.growth, team=cast.commercial, name="Above Dana"
        )


def test_to_move_an_initiative_takes_the_right_in_both_teams(cast: Cast) -> None:
    elsewhere = cast.team("Elsewhere")
    with pytest.raises(Forbidden):
        change_initiative(
            actor=cast.lars,
            at=AT,
            initiative=cast.pipeline,
            **as_it_is(cast.pipeline, team=elsewhere),
        )
    moved = change_initiative(
        actor=cast.elena, at=AT, initiative=cast.pipeline, **as_it_is(cast.pipeline, team=elsewhere)
    )
    assert moved.team == elsewhere
    assert Entry.objects.get().data == {"changed": {"team": [cast.demand.pk, elsewhere.pk]}}


def test_nothing_of_another_organization_is_named(cast: Cast) -> None:
    facts = {"actor": cast.elena, "at": AT, "name": "Across"}
    for priority, team in (
        (cast.betas_priority, cast.demand),
        (cast.growth, cast.betas_team),
    ):
        with pytest.raises(NotFound):
            create_initiative(**facts, priority=priority, team=team)
    with pytest.raises(NotFound):
        change_initiative(
            actor=cast.elena,
            at=AT,
            initiative=cast.betas_initiative,
            **as_it_is(cast.pipeline, name="Across"),
        )
    assert Entry.objects.count() == 0


def test_what_has_ended_stays_as_it_is(cast: Cast) -> None:
    ended = cast.initiative()
    Initiative.objects.filter(pk=ended.pk).update(ended_at=AT, ended_as="stopped")
    with pytest.raises(Conflict) as refused:
        change_initiative(
            actor=cast.dana, at=AT, initiative=ended, **as_it_is(ended, name="Not yet")
        )
    assert refused.value.code == "initiative_ended"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " \t "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\udfff"}, "name"),
        ({"name": "\u200d"}, "name"),
        ({"name": 5}, "name"),
        ({"description": "a\x00b"}, "description"),
        ({"budget_at_stake": "NaN"}, "budget_at_stake"),
        ({"budget_at_stake": "Infinity"}, "budget_at_stake"),
        ({"budget_at_stake": "-1"}, "budget_at_stake"),
        ({"budget_at_stake": "0.001"}, "budget_at_stake"),
        ({"budget_at_stake": "1" * 40}, "budget_at_stake"),
        ({"budget_at_stake": "10000000000000"}, "budget_at_stake"),
        ({"budget_at_stake": 1.5}, "budget_at_stake"),
        ({"budget_at_stake": "much"}, "budget_at_stake"),
    ],
)
def test_an_initiative_that_makes_no_sense_is_refused_by_name(
    cast: Cast, facts: dict[str, object], field: str
) -> None:
    before = Initiative.objects.count()
    good = {"priority": cast.growth, "team": cast.demand, "name": "Good"}
    with pytest.raises(Invalid) as refused:
        create_initiative(**{"actor": cast.dana, "at": AT, **good, **facts})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (Initiative.objects.count(), Entry.objects.count()) == (before, 0)


def test_every_fault_is_named_at_once(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        create_initiative(
            actor=cast.dana,
            at=AT,
            priority=cast.growth,
            team=cast.demand,
            name="",
            budget_at_stake="a lot",
        )
    assert {problem.field for problem in refused.value.problems} == {"name", "budget_at_stake"}


def test_initiatives_are_found_by_all_that_is_asked(cast: Cast) -> None:
    everything = Initiative.objects.visible_to(cast.nils)
    draft = cast.initiative("Referrals", draft=True, team=cast.partners)
    cast.owned_by(cast.olu, draft, accepted=False)

    def found(**wanted: Any) -> set[Initiative]:
        return set(matching(everything, **wanted))

    assert found() == {cast.pipeline, draft}
    assert found(state=State.DRAFT) == {draft}
    assert found(state=State.ACTIVE) == {cast.pipeline}
    assert found(priority=cast.growth, teams=[cast.partners.pk]) == {draft}
    # An offer is no ownership.
    assert found(owner=cast.olu) == {cast.pipeline}
    assert found(search="  refERR ") == {draft}
    assert found(search="nothing like it") == set()
    for unstorable in ("nul \x00", "half \ud800", "x" * 10_000):
        assert found(search=unstorable) == set()
