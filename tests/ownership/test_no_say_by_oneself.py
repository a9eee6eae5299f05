"""Nobody gets a say over work by naming themselves: a stand-in, an interim owner and an
administrator are named and asked by others."""

from datetime import date, timedelta

import pytest

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, Invalid
from cadence.evaluation.leaving import deactivate_member
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.ownership.handing_over import offer_many
from cadence.ownership.interims import name_interim
from cadence.ownership.leaves import change_leave, plan_leave
from cadence.ownership.models import Interim, Leave
from cadence.ownership.queries import owner_of, standing
from cadence.permissions import Act, may
from tests.cast import AT, Cast

TODAY = AT.date()
LAST = TODAY + timedelta(days=2)


def plan(
    actor: Membership, member: Membership, stand_in: Membership | None, starts_on: date = TODAY
) -> Leave:
    act = {"member": member, "stand_in": stand_in, "starts_on": starts_on, "ends_on": LAST}
    return plan_leave(actor=actor, at=AT, **act)


def may_decide(member: Membership, initiative: Initiative) -> bool:
    return may(member, Act.DECIDE, **standing(initiative))


# Leaves of others


def test_an_administrator_does_not_stand_in_by_their_own_plan(cast: Cast) -> None:
    with pytest.raises(Forbidden) as refused:
        plan(cast.ada, cast.olu, cast.ada)
    assert [problem.field for problem in refused.value.problems] == ["stand_in"]
    # Nor for somebody who owns nothing: they may own something by then.
    with pytest.raises(Forbidden):
        plan(cast.ada, cast.nils, cast.ada)
    assert not may_decide(cast.ada, cast.pipeline)
    assert not Entry.objects.exists()


def test_nor_by_changing_the_leave_of_somebody_else(cast: Cast) -> None:
    leave = plan(cast.olu, cast.olu, cast.nils)
    with pytest.raises(Forbidden):
        change_leave(actor=cast.ada, at=AT, leave=leave, stand_in=cast.ada, ends_on=LAST)
    assert not may_decide(cast.ada, cast.pipeline)


def test_a_stand_in_does_not_make_the_leave_longer(cast: Cast) -> None:
    """The owner may choose an administrator. Until when is not theirs to say."""
    leave = plan(cast.olu, cast.olu, cast.ada)
    assert may_decide(cast.ada, cast.pipeline)
    later = LAST + timedelta(days=30)
    with pytest.raises(Forbidden):
        change_leave(actor=cast.ada, at=AT, leave=leave, stand_in=cast.ada, ends_on=later)
    change_leave(actor=cast.ada, at=AT, leave=leave, stand_in=cast.nils, ends_on=LAST)


def test_a_lead_stands_in_by_their_own_plan_only_within_their_teams(cast: Cast) -> None:
    side = cast.team("Side", lead=cast.fay)
    cast.olu.team = side
    cast.olu.save()
    with pytest.raises(Forbidden):
        plan(cast.fay, cast.olu, cast.fay)
    assert not may_decide(cast.fay, cast.pipeline)
    cast.nils.team = side
    cast.nils.save()
    cast.initiative(team=side, owner=cast.nils)
    assert plan(cast.fay, cast.nils, cast.fay).stand_in == cast.fay
    assert plan(cast.elena, cast.olu, cast.elena).stand_in == cast.elena


# Ownership


def test_a_stand_in_does_not_make_themselves_the_owner(cast: Cast) -> None:
    plan(cast.olu, cast.olu, cast.nils)
    with pytest.raises(Forbidden) as refused:
        offer_ownership(actor=cast.nils, at=AT, initiative=cast.pipeline, owner=cast.nils)
    assert refused.value.message == Act.TAKE_OWNERSHIP.sentence
    with pytest.raises(Forbidden) as many:
        offer_many(actor=cast.nils, at=AT, offers={cast.pipeline.pk: cast.nils})
    (problem,) = many.value.problems
    assert problem.field == f"offers.{cast.pipeline.pk}"
    assert "not yours to take" in problem.message
    assert owner_of(cast.pipeline) == cast.olu


def test_what_a_stand_in_offers_to_others_waits_for_their_answer(cast: Cast) -> None:
    plan(cast.olu, cast.olu, cast.nils)
    offer = offer_ownership(actor=cast.nils, at=AT, initiative=cast.pipeline, owner=cast.fay)
    assert owner_of(cast.pipeline) == cast.olu
    accept_ownership(actor=cast.fay, at=AT, ownership=offer)
    assert owner_of(cast.pipeline) == cast.fay


def test_a_stand_in_owns_what_the_owner_offers_them(cast: Cast) -> None:
    plan(cast.olu, cast.olu, cast.nils)
    offer = offer_ownership(actor=cast.olu, at=AT, initiative=cast.pipeline, owner=cast.nils)
    accept_ownership(actor=cast.nils, at=AT, ownership=offer)
    assert owner_of(cast.pipeline) == cast.nils


def test_a_lead_who_stands_in_is_a_lead_still(cast: Cast) -> None:
    plan(cast.olu, cast.olu, cast.dana)
    offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.dana)
    assert owner_of(cast.pipeline) == cast.dana


def test_an_owner_who_asks_themselves_hears_that_they_own_it(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        offer_ownership(actor=cast.olu, at=AT, initiative=cast.pipeline, owner=cast.olu)
    assert refused.value.code == "already_owner"


def test_an_interim_owner_neither_takes_it_nor_stays_by_their_own_word(cast: Cast) -> None:
    work = cast.initiative()
    interim = name_interim(actor=cast.dana, at=AT, initiative=work, person=cast.nils, until=TODAY)
    with pytest.raises(Forbidden):
        offer_ownership(actor=cast.nils, at=AT, initiative=work, owner=cast.nils)
    # Its last day is over, and the tick has not said so yet.
    tomorrow = AT + timedelta(days=1)
    again = {"initiative": work, "person": cast.nils, "until": LAST}
    with pytest.raises(Forbidden):
        name_interim(actor=cast.nils, at=tomorrow, **again)
    assert list(Interim.objects.all()) == [interim]


def test_a_lead_names_themselves_in_the_interim(cast: Cast) -> None:
    work = cast.initiative()
    with pytest.raises(Forbidden):
        name_interim(actor=cast.ada, at=AT, initiative=work, person=cast.ada, until=LAST)
    made = name_interim(actor=cast.dana, at=AT, initiative=work, person=cast.dana, until=LAST)
    assert made.person == cast.dana


def test_an_administrator_does_not_succeed_whom_they_deactivate(cast: Cast) -> None:
    act = {"actor": cast.ada, "at": AT, "member": cast.olu, "reason": "New job"}
    with pytest.raises(Invalid) as refused:
        deactivate_member(**act, successors={cast.pipeline.pk: cast.ada})
    (problem,) = refused.value.problems
    assert problem.field == f"successors.{cast.pipeline.pk}"
    deactivate_member(**act, successors={cast.pipeline.pk: cast.nils})
