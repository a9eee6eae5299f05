"""An initiative begins when somebody answers for it, rests, goes on, and ends."""

from datetime import timedelta

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.initiatives.actions import pause_initiative
from cadence.initiatives.models import Initiative, State
from cadence.ledger.models import Entry
from cadence.ownership.actions import (
    activate_initiative,
    end_initiative,
    offer_ownership,
    resume_initiative,
)
from cadence.ownership.models import Ending, Ownership
from tests.cast import AT, Cast

LATER = AT + timedelta(days=1)


def state_of(initiative: Initiative) -> State:
    return Initiative.objects.get(pk=initiative.pk).state


def test_an_initiative_is_active_only_once_somebody_answers_for_it(cast: Cast) -> None:
    draft = cast.initiative("Referrals", draft=True)
    cast.owned_by(cast.nils, draft, accepted=False)
    with pytest.raises(Conflict) as refused:
        activate_initiative(actor=cast.dana, at=AT, initiative=draft)
    assert refused.value.code == "initiative_without_owner"
    assert (state_of(draft), Entry.objects.count()) == (State.DRAFT, 0)
    Ownership.objects.filter(initiative=draft).update(accepted_at=AT)
    activate_initiative(actor=cast.dana, at=AT, initiative=draft)
    assert state_of(draft) == State.ACTIVE
    assert Entry.objects.get().data == {"owner": cast.nils.pk}
    with pytest.raises(Conflict) as refused:
        activate_initiative(actor=cast.dana, at=LATER, initiative=draft)
    assert refused.value.code == "initiative_not_draft"


def test_an_initiative_rests_and_goes_on(cast: Cast) -> None:
    pause_initiative(actor=cast.lars, at=AT, initiative=cast.pipeline, reason="The fair is over.")
    assert state_of(cast.pipeline) == State.PAUSED
    with pytest.raises(Conflict) as refused:
        pause_initiative(actor=cast.lars, at=AT, initiative=cast.pipeline, reason="Again.")
    assert refused.value.code == "initiative_not_active"
    resume_initiative(actor=cast.lars, at=LATER, initiative=cast.pipeline)
    assert state_of(cast.pipeline) == State.ACTIVE
    with pytest.raises(Conflict) as refused:
        resume_initiative(actor=cast.lars, at=LATER, initiative=cast.pipeline)
    assert refused.value.code == "initiative_not_paused"
    assert list(Entry.objects.values_list("event", flat=True)) == [
        "initiative.paused",
        "initiative.resumed",
    ]


def test_an_orphan_is_not_paused(cast: Cast) -> None:
    orphan = cast.initiative()
    cast.owned_by(cast.nils, orphan, accepted=False)
    with pytest.raises(Conflict) as refused:
        pause_initiative(actor=cast.dana, at=AT, initiative=orphan, reason="Nobody left to do it.")
    assert refused.value.code == "initiative_without_owner"
    assert (state_of(orphan), Entry.objects.count()) == (State.ACTIVE, 0)


def test_an_orphan_does_not_go_on(cast: Cast) -> None:
    orphan = cast.initiative(owner=cast.nils)
    pause_initiative(actor=cast.dana, at=AT, initiative=orphan, reason="Nobody left to do it.")
    Ownership.objects.filter(initiative=orphan).update(ended_at=AT, ending="left")
    with pytest.raises(Conflict) as refused:
        resume_initiative(actor=cast.dana, at=LATER, initiative=orphan)
    assert refused.value.code == "initiative_without_owner"


@pytest.mark.parametrize("ended_as", ["completed", "stopped"])
def test_an_initiative_that_ends_has_no_owner_and_no_offers(cast: Cast, ended_as: str) -> None:
    offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.nils)
    ended = end_initiative(
        actor=cast.dana, at=LATER, initiative=cast.pipeline, ended_as=ended_as, reason="It is done."
    )
    assert (ended.state, ended.ended_reason) == (ended_as, "It is done.")
    endings = Ownership.objects.filter(initiative=ended).values_list("ending", flat=True)
    assert list(endings) == [Ending.INITIATIVE_ENDED, Ending.WITHDRAWN]
    assert list(Entry.objects.values_list("event", flat=True)) == [
        "ownership.offered",
        f"initiative.{ended_as}",
        "ownership.ended",
        "ownership.withdrawn",
    ]
    for act in (activate_initiative, resume_initiative):
        with pytest.raises(Conflict) as refused:
            act(actor=cast.dana, at=LATER, initiative=cast.pipeline)
        assert refused.value.code == "initiative_ended"
    with pytest.raises(Conflict) as refused:
        offer_ownership(actor=cast.dana, at=LATER, initiative=cast.pipeline, owner=cast.fay)
    assert refused.value.code == "initiative_ended"


def test_an_initiative_does_not_end_while_a_breach_lacks_a_decision(cast: Cast) -> None:
    breach = cast.breach()
    later = cast.breach(cast.revenue)
    with pytest.raises(Conflict) as refused:
        end_initiative(
            actor=cast.dana,
            at=LATER,
            initiative=cast.pipeline,
            ended_as="stopped",
            reason="Enough.",
        )
    assert refused.value.code == "breaches_undecided"
    assert sorted(refused.value.details["breaches"]) == sorted([breach.pk, later.pk])
    assert (state_of(cast.pipeline), Entry.objects.count()) == (State.ACTIVE, 0)
    cast.decision(later)
    # Olu may decide, and a decision to stop ends the initiative with it.
    end_initiative(
        actor=cast.olu,
        at=LATER,
        initiative=cast.pipeline,
        ended_as="stopped",
        reason="Enough.",
        deciding=[breach.pk],
    )
    assert state_of(cast.pipeline) == State.STOPPED


def test_an_owner_alone_does_not_end_an_initiative(cast: Cast) -> None:
    for somebody in (cast.olu, cast.nils, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            end_initiative(
                actor=somebody,
                at=AT,
                initiative=cast.pipeline,
                ended_as="completed",
                reason="Done.",
            )
    with pytest.raises(NotFound):
        end_initiative(
            actor=cast.sven, at=AT, initiative=cast.pipeline, ended_as="completed", reason="Done."
        )


def test_a_draft_is_stopped_and_not_completed(cast: Cast) -> None:
    draft = cast.initiative(draft=True)
    with pytest.raises(Conflict):
        end_initiative(
            actor=cast.dana, at=AT, initiative=draft, ended_as="completed", reason="Done."
        )
    end_initiative(actor=cast.dana, at=AT, initiative=draft, ended_as="stopped", reason="No room.")
    assert state_of(draft) == State.STOPPED


def test_how_and_why_an_initiative_ends_is_said(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        end_initiative(
            actor=cast.dana, at=AT, initiative=cast.pipeline, ended_as="deleted", reason="\u200b"
        )
    assert {problem.field for problem in refused.value.problems} == {"ended_as", "reason"}
