"""Who may be the second person of a decision: above the owner of now, and of when it was taken."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from accounts.tree import Tree
from cadence.decisions.models import Decision
from cadence.decisions.queries import approvable_by, may_approve
from cadence.errors import Forbidden
from cadence.evaluation.approvals import answer_decision
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Interim, Leave
from tests.cast import AT, BEGINNING, Cast

HOUR = timedelta(hours=1)
TAKEN = AT + HOUR


def held(cast: Cast, work: Initiative, by: Membership) -> Decision:
    """Hold course, an hour after AT."""
    breach = cast.breach(cast.metric(initiative=work))
    return cast.decision(breach, kind="hold_course", decided_by=by, recorded_by=by)


def approvers(cast: Cast, decision: Decision) -> set[str]:
    people = [cast.olu, cast.nils, cast.dana, cast.lars, cast.elena]
    found = {one.name for one in people if may_approve(one, decision)}
    assert found == {one.name for one in people if decision in approvable_by(one)}
    return found


def hand_over(cast: Cast, work: Initiative, to: Membership) -> None:
    """After the decision was taken."""
    at = TAKEN + HOUR
    work.ownerships.filter(ended_at=None).update(ended_at=at, ending="handed_over")
    cast.owned_by(to, work, offered_at=at, due_at=at, accepted_at=at)


# An executive who owns


def test_leads_do_not_approve_what_an_executive_owns_and_decides(cast: Cast) -> None:
    eve = cast.member("Eve", Role.EXECUTIVE)
    decision = held(cast, cast.initiative(owner=eve), eve)
    for lead in (cast.dana, cast.lars):
        with pytest.raises(Forbidden):
            answer_decision(actor=lead, at=TAKEN, decision=decision, approved=True)
    assert approvers(cast, decision) == {"Elena"}
    assert may_approve(cast.member("Emil", Role.EXECUTIVE), decision)


def test_above_an_executive_beside_the_path_is_its_end_alone(cast: Cast) -> None:
    eve = cast.member("Eve", Role.EXECUTIVE)
    tree = Tree(cast.acme)
    assert tree.above(eve, cast.demand.pk) == [cast.elena]
    assert tree.above(cast.elena, cast.demand.pk) == []
    assert tree.above(cast.olu, cast.demand.pk) == [cast.dana, cast.lars, cast.elena]
    assert tree.above(None, cast.demand.pk) == [cast.dana, cast.lars, cast.elena]
    cast.demand.lead = eve
    cast.demand.save()
    assert Tree(cast.acme).above(eve, cast.demand.pk) == [cast.lars, cast.elena]


# Who owned it then


def test_an_owner_does_not_approve_after_handing_over(cast: Cast) -> None:
    work = cast.initiative(owner=cast.dana)
    decision = held(cast, work, cast.nils)
    assert approvers(cast, decision) == {"Lars", "Elena"}
    hand_over(cast, work, cast.nils)
    assert approvers(cast, decision) == {"Lars", "Elena"}
    with pytest.raises(Forbidden):
        answer_decision(actor=cast.dana, at=TAKEN + 2 * HOUR, decision=decision, approved=True)


def test_nor_do_leads_below_who_owned_it_then(cast: Cast) -> None:
    work = cast.initiative(owner=cast.lars)
    decision = held(cast, work, cast.lars)
    hand_over(cast, work, cast.nils)
    assert approvers(cast, decision) == {"Elena"}


def test_nor_who_stood_in_for_the_owner(cast: Cast) -> None:
    Leave.objects.create(
        organization=cast.acme,
        member=cast.olu,
        stand_in=cast.dana,
        starts_on=AT.date(),
        ends_on=AT.date(),
        planned_by=cast.olu,
        planned_at=BEGINNING,
        began_at=AT,
        ended_at=TAKEN + HOUR,
    )
    assert approvers(cast, held(cast, cast.pipeline, cast.olu)) == {"Lars", "Elena"}


def test_nor_who_answered_in_the_interim(cast: Cast) -> None:
    work = cast.initiative()
    Interim.objects.create(
        organization=cast.acme,
        initiative=work,
        person=cast.dana,
        named_by=cast.lars,
        named_at=AT,
        until=AT.date(),
        ended_at=TAKEN + HOUR,
        ending="withdrawn",
    )
    decision = held(cast, work, cast.fay)
    hand_over(cast, work, cast.nils)
    assert approvers(cast, decision) == {"Lars", "Elena"}


def test_who_owned_it_before_or_long_ago_approves(cast: Cast) -> None:
    work = cast.initiative()
    cast.owned_by(cast.dana, work, ended_at=AT, ending="handed_over")
    cast.owned_by(cast.nils, work, offered_at=AT, due_at=AT, accepted_at=AT)
    assert approvers(cast, held(cast, work, cast.nils)) == {"Dana", "Lars", "Elena"}


def test_as_many_queries_for_many_decisions_as_for_one(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert approvable_by(cast.lars)
        return len(found)

    held(cast, cast.initiative(owner=cast.dana), cast.nils)
    one = queries()
    for _ in range(5):
        held(cast, cast.initiative(owner=cast.dana), cast.nils)
    assert queries() == one
