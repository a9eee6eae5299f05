"""Somebody leaves: nothing they answered for is closed, and nobody is left out."""

from datetime import timedelta

import pytest

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from cadence.evaluation.leaving import deactivate_member
from cadence.initiatives.models import Initiative, State
from cadence.ledger.models import Entry
from cadence.ownership.actions import accept_ownership
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import owner_of
from cadence.ownership.rules import Reason
from cadence.people.members import return_member
from cadence.people.queries import find_token
from cadence.people.tokens import issue_token
from tests.cast import AT, Cast

LATER = AT + timedelta(days=1)


def test_what_somebody_owned_is_orphaned_and_nothing_is_closed(cast: Cast) -> None:
    left = deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="Moved to Lisbon.")
    assert left.ended_at == AT
    cast.ownership.refresh_from_db()
    assert (cast.ownership.ending, cast.ownership.ended_at) == (Ending.LEFT, AT)
    assert Initiative.objects.get(pk=cast.pipeline.pk).state == State.ACTIVE
    (orphan,) = orphans(cast.acme, LATER)
    assert (orphan.reasons, orphan.since) == ((Reason.OWNER_LEFT,), AT)
    assert (orphan.acting, orphan.previous) == (cast.dana, cast.ownership)
    assert list(Entry.objects.values_list("event", flat=True)) == ["member.left", "ownership.ended"]


def test_a_successor_is_asked_and_has_to_accept(cast: Cast) -> None:
    deactivate_member(
        actor=cast.ada,
        at=AT,
        member=cast.olu,
        reason="Moved to Lisbon.",
        successors={cast.pipeline.pk: cast.nils},
    )
    assert owner_of(cast.pipeline) is None
    offer = Ownership.objects.pending().get()
    assert (offer.owner, offer.offered_by, offer.offered_at) == (cast.nils, cast.ada, AT)
    accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    assert owner_of(cast.pipeline) == cast.nils


def test_an_offer_to_somebody_who_leaves_is_withdrawn(cast: Cast) -> None:
    draft = cast.initiative(draft=True)
    offer = cast.owned_by(cast.nils, draft, accepted=False)
    deactivate_member(actor=cast.ada, at=LATER, member=cast.nils, reason="Retired.")
    offer.refresh_from_db()
    assert offer.ending == Ending.WITHDRAWN
    assert Entry.objects.filter(event="ownership.withdrawn").exists()


def test_a_team_shows_that_its_lead_left(cast: Cast) -> None:
    deactivate_member(actor=cast.ada, at=AT, member=cast.dana, reason="Retired.")
    assert Team.objects.get(pk=cast.demand.pk).lead is None
    assert Tree(cast.acme).acting_owner(cast.demand.pk) == cast.lars
    entry = Entry.objects.get(event="team.changed")
    assert (entry.subject_id, entry.data) == (
        cast.demand.pk,
        {"changed": {"lead": [cast.dana.pk, None]}},
    )


def test_escalations_end_at_an_executive_who_is_there(cast: Cast) -> None:
    second = cast.member("Second", "executive")
    deactivate_member(actor=cast.ada, at=AT, member=cast.elena, reason="Retired.")
    cast.acme.refresh_from_db()
    assert Tree(cast.acme).sponsor == second


def test_the_tokens_of_somebody_who_left_open_nothing(cast: Cast) -> None:
    token, secret = issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="Sheets")
    assert find_token(secret, AT) == token
    deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="Moved to Lisbon.")
    assert find_token(secret, AT) is None
    return_member(actor=cast.ada, at=LATER, member=cast.olu)
    assert find_token(secret, LATER) is None


def test_somebody_returns_and_owns_nothing(cast: Cast) -> None:
    deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="Moved to Lisbon.")
    back = return_member(actor=cast.ada, at=LATER, member=cast.olu)
    assert back.is_current
    assert owner_of(cast.pipeline) is None
    with pytest.raises(Conflict) as refused:
        return_member(actor=cast.ada, at=LATER, member=cast.olu)
    assert refused.value.code == "member_is_current"


def test_the_last_administrator_does_not_leave(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        deactivate_member(actor=cast.ada, at=AT, member=cast.ada, reason="Goodbye.")
    assert refused.value.code == "last_administrator"
    second = cast.member("Second", "administrator")
    deactivate_member(actor=cast.ada, at=AT, member=cast.ada, reason="Goodbye.")
    assert Membership.objects.get(pk=second.pk).is_current


def test_a_machine_is_switched_off(cast: Cast) -> None:
    left = deactivate_member(actor=cast.ada, at=AT, member=cast.robo, reason="Replaced.")
    assert not left.is_current


def nothing_happened(cast: Cast) -> bool:
    return (
        not Entry.objects.exists()
        and owner_of(cast.pipeline) == cast.olu
        and Membership.objects.get(pk=cast.olu.pk).is_current
        and not Ownership.objects.pending().exists()
    )


def test_a_successor_is_somebody_who_can_answer(cast: Cast) -> None:
    gone = cast.member("Gone")
    Membership.objects.filter(pk=gone.pk).update(ended_at=AT)
    for nobody in (cast.robo, cast.obi, gone, cast.olu):
        with pytest.raises(Invalid) as refused:
            deactivate_member(
                actor=cast.ada,
                at=AT,
                member=cast.olu,
                reason="Moved.",
                successors={cast.pipeline.pk: nobody},
            )
        assert {problem.field for problem in refused.value.problems} == {
            f"successors.{cast.pipeline.pk}"
        }
    for successors in ({cast.pipeline.pk: cast.sven}, {cast.betas_initiative.pk: cast.nils}):
        with pytest.raises(Refusal):
            deactivate_member(
                actor=cast.ada, at=AT, member=cast.olu, reason="Moved.", successors=successors
            )
    assert nothing_happened(cast)


def test_a_refused_leaving_leaves_nothing_half_done(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        deactivate_member(
            actor=cast.ada,
            at=AT,
            member=cast.olu,
            reason="  ",
            successors={cast.pipeline.pk: cast.nils},
        )
    assert refused.value.problems[0].field == "reason"
    assert nothing_happened(cast)


def test_a_pending_offer_is_not_replaced_by_a_successor(cast: Cast) -> None:
    cast.owned_by(cast.fay, cast.pipeline, accepted=False)
    with pytest.raises(Conflict) as refused:
        deactivate_member(
            actor=cast.ada,
            at=AT,
            member=cast.olu,
            reason="Moved.",
            successors={cast.pipeline.pk: cast.nils},
        )
    assert refused.value.code == "offers_refused"
    (problem,) = refused.value.problems
    assert problem.field == f"successors.{cast.pipeline.pk}"
    assert "Fay was asked already" in problem.message
    assert owner_of(cast.pipeline) == cast.olu


def test_only_administrators_see_somebody_off(cast: Cast) -> None:
    for somebody in (cast.elena, cast.lars, cast.olu, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            deactivate_member(actor=somebody, at=AT, member=cast.olu, reason="Moved.")
    with pytest.raises(NotFound):
        deactivate_member(actor=cast.ada, at=AT, member=cast.sven, reason="Moved.")
    assert nothing_happened(cast)
