"""A stand-in is the owner for who stands above: neither of the two is the second person."""

from datetime import date

import pytest

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.decisions.queries import may_approve
from cadence.errors import Forbidden
from cadence.evaluation.approvals import answer_decision
from cadence.evaluation.queries import to_approve
from cadence.ownership.interims import name_interim
from cadence.ownership.leaves import plan_leave
from cadence.ownership.models import Ownership
from tests.cast import AT, BEGINNING, Cast


def on_leave(cast: Cast, member: Membership, stand_in: Membership | None) -> None:
    plan_leave(
        actor=cast.ada,
        at=AT,
        member=member,
        stand_in=stand_in,
        starts_on=AT.date(),
        ends_on=date(2026, 12, 4),
    )


def held(cast: Cast, by: Membership) -> Decision:
    """Hold course, taken by somebody who may not approve it anyway."""
    breach: Breach = cast.breach()
    return cast.decision(breach, kind="hold_course", decided_by=by, recorded_by=by)


def approvers(cast: Cast, decision: Decision) -> set[str]:
    people = [cast.olu, cast.nils, cast.dana, cast.lars, cast.elena]
    found = {one.name for one in people if may_approve(one, decision)}
    assert found == {one.name for one in people if decision in to_approve(one)}
    return found


def test_a_lead_who_stands_in_does_not_approve_as_somebody_above(cast: Cast) -> None:
    on_leave(cast, cast.olu, cast.dana)
    decision = held(cast, cast.olu)
    assert approvers(cast, decision) == {"Lars", "Elena"}
    with pytest.raises(Forbidden):
        answer_decision(actor=cast.dana, at=AT, decision=decision, approved=True, reason="")


def test_an_owner_on_leave_who_leads_does_not_approve_for_their_stand_in(cast: Cast) -> None:
    Ownership.objects.filter(pk=cast.ownership.pk).update(ended_at=AT, ending="handed_over")
    cast.owned_by(cast.dana, cast.pipeline, offered_at=BEGINNING)
    on_leave(cast, cast.dana, cast.nils)
    assert approvers(cast, held(cast, cast.nils)) == {"Lars", "Elena"}


def test_an_executive_who_stands_in_does_not_approve(cast: Cast) -> None:
    on_leave(cast, cast.olu, cast.elena)
    # Nobody stands above the sponsor but another executive.
    assert approvers(cast, held(cast, cast.olu)) == set()
    assert may_approve(cast.member("Eve", "executive"), Decision.objects.get())


def test_without_a_stand_in_the_acting_lead_does_not_approve(cast: Cast) -> None:
    on_leave(cast, cast.olu, None)
    assert approvers(cast, held(cast, cast.olu)) == {"Lars", "Elena"}


def test_an_interim_owner_does_not_approve(cast: Cast) -> None:
    on_leave(cast, cast.olu, None)
    name_interim(
        actor=cast.lars,
        at=AT,
        initiative=cast.pipeline,
        person=cast.dana,
        until=date(2026, 12, 1),
    )
    assert approvers(cast, held(cast, cast.olu)) == {"Lars", "Elena"}
