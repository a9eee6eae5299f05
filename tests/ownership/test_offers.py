"""Offers of ownership and their answers."""

from datetime import timedelta

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.actions import (
    accept_ownership,
    decline_ownership,
    lapse_offers,
    offer_ownership,
    withdraw_offer,
)
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.queries import offered_to, owner_of, record_of
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)
# Three working days after a Monday; Berlin is an hour ahead of UTC in November.
DUE = "2026-11-19T22:59:59+00:00"


@pytest.fixture
def draft(cast: Cast) -> Initiative:
    return cast.initiative("Referrals", draft=True)


def events() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("event", flat=True))


def everything() -> tuple[int, int]:
    return Ownership.objects.count(), Entry.objects.count()


def test_an_offer_waits_three_working_days_for_its_answer(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(
        actor=cast.dana, at=AT, initiative=draft, owner=cast.nils, note="You know the partners."
    )
    assert (offer.owner, offer.offered_by, offer.accepted_at) == (cast.nils, cast.dana, None)
    assert offer.due_at.isoformat() == DUE
    assert owner_of(draft) is None
    assert list(offered_to(cast.nils, AT)) == [offer]
    entry = Entry.objects.get()
    assert (entry.event, entry.actor, entry.data["owner"]) == (
        "ownership.offered",
        cast.dana,
        cast.nils.pk,
    )


def test_accepting_makes_an_owner(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    assert owner_of(draft) == cast.nils
    assert events() == ["ownership.offered", "ownership.accepted"]


def test_the_owner_stays_until_the_next_one_accepts(cast: Cast) -> None:
    offer = offer_ownership(actor=cast.olu, at=AT, initiative=cast.pipeline, owner=cast.nils)
    assert owner_of(cast.pipeline) == cast.olu
    accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    assert owner_of(cast.pipeline) == cast.nils
    first, second = record_of(cast.pipeline)
    assert (first.ending, first.ended_at) == (Ending.HANDED_OVER, LATER)
    assert (second.accepted_at, second.ended_at) == (LATER, None)
    assert Entry.objects.get(event="ownership.accepted").data["previous_owner"] == cast.olu.pk


def test_who_asks_oneself_has_accepted(cast: Cast, draft: Initiative) -> None:
    offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.dana)
    assert owner_of(draft) == cast.dana
    assert events() == ["ownership.offered", "ownership.accepted"]


def test_declining_needs_a_reason_and_leaves_the_initiative_without_owner(
    cast: Cast, draft: Initiative
) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    with pytest.raises(Invalid) as refused:
        decline_ownership(actor=cast.nils, at=LATER, ownership=offer, reason=" ")
    assert refused.value.problems[0].field == "reason"
    declined = decline_ownership(
        actor=cast.nils, at=LATER, ownership=offer, reason="I am on parental leave from December."
    )
    assert (declined.ending, declined.ended_at) == (Ending.DECLINED, LATER)
    assert owner_of(draft) is None
    assert events() == ["ownership.offered", "ownership.declined"]


@pytest.mark.parametrize("second", ["accept", "decline", "withdraw"])
def test_an_offer_is_answered_once(cast: Cast, draft: Initiative, second: str) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    before = everything()
    with pytest.raises(Conflict) as refused:
        if second == "accept":
            accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
        elif second == "decline":
            decline_ownership(actor=cast.nils, at=LATER, ownership=offer, reason="Too much.")
        else:
            withdraw_offer(actor=cast.dana, at=LATER, ownership=offer)
    assert refused.value.code == "offer_answered"
    assert everything() == before


def test_only_the_person_asked_answers(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    for somebody in (cast.dana, cast.elena, cast.ada, cast.olu):
        with pytest.raises(Forbidden):
            accept_ownership(actor=somebody, at=LATER, ownership=offer)
        with pytest.raises(Forbidden):
            decline_ownership(actor=somebody, at=LATER, ownership=offer, reason="No.")
    with pytest.raises(NotFound):
        accept_ownership(actor=cast.sven, at=LATER, ownership=offer)
    assert owner_of(draft) is None


def test_an_initiative_is_offered_to_one_person_at_a_time(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    with pytest.raises(Conflict) as refused:
        offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.fay)
    assert refused.value.code == "offer_pending"
    withdraw_offer(actor=cast.lars, at=LATER, ownership=offer)
    offer_ownership(actor=cast.dana, at=LATER, initiative=draft, owner=cast.fay)
    with pytest.raises(Conflict) as refused:
        accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    assert refused.value.code == "offer_withdrawn"


def test_who_owns_it_already_is_not_asked(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        offer_ownership(actor=cast.dana, at=AT, initiative=cast.pipeline, owner=cast.olu)
    assert refused.value.code == "already_owner"


@pytest.mark.parametrize("name", ["nils", "fay", "obi", "ada", "robo"])
def test_who_is_neither_owner_nor_above_offers_nothing(cast: Cast, name: str) -> None:
    with pytest.raises(Forbidden):
        offer_ownership(actor=getattr(cast, name), at=AT, initiative=cast.pipeline, owner=cast.nils)
    assert Entry.objects.count() == 0


def test_an_owner_is_a_person_of_the_organization_who_is_there(
    cast: Cast, draft: Initiative
) -> None:
    gone = cast.member("Gone")
    gone.ended_at = AT
    gone.save()
    before = everything()
    for nobody in (cast.robo, cast.obi, gone):
        with pytest.raises(Invalid) as refused:
            offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=nobody)
        assert refused.value.problems[0].field == "owner"
        assert nobody.name in refused.value.message
    with pytest.raises(NotFound):
        offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.sven)
    with pytest.raises(NotFound):
        offer_ownership(actor=cast.sven, at=AT, initiative=draft, owner=cast.sven)
    assert everything() == before


def test_whoever_left_offers_and_accepts_nothing(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    cast.nils.ended_at = cast.dana.ended_at = LATER
    with pytest.raises(Forbidden):
        accept_ownership(actor=cast.nils, at=LATER, ownership=offer)
    with pytest.raises(Forbidden):
        withdraw_offer(actor=cast.dana, at=LATER, ownership=offer)


def test_an_offer_lapses_when_its_time_is_up(cast: Cast, draft: Initiative) -> None:
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)
    assert lapse_offers(at=offer.due_at) == 0
    late = offer.due_at + timedelta(days=5)
    with pytest.raises(Conflict) as refused:
        accept_ownership(actor=cast.nils, at=late, ownership=offer)
    assert refused.value.code == "offer_lapsed"
    assert (lapse_offers(at=late), lapse_offers(at=late)) == (1, 0)
    offer.refresh_from_db()
    # However late the tick came, the offer ended when its time was up.
    assert (offer.ending, offer.ended_at) == (Ending.LAPSED, offer.due_at)
    entry = Entry.objects.get(event="ownership.lapsed")
    assert (entry.actor, entry.at) == (None, late)
    with pytest.raises(Conflict) as refused:
        accept_ownership(actor=cast.nils, at=AT, ownership=offer)
    assert refused.value.code == "offer_lapsed"


def test_offers_of_every_organization_lapse_and_each_ledger_says_so(
    cast: Cast, draft: Initiative
) -> None:
    cast.owned_by(cast.nils, draft, accepted=False)
    betas = Initiative.objects.create(
        organization=cast.beta,
        priority=cast.betas_priority,
        team=cast.betas_team,
        name="Referrals",
        created_at=AT,
    )
    cast.owned_by(cast.sven, betas, accepted=False)
    assert lapse_offers(at=AT + timedelta(days=10)) == 2
    assert set(Entry.objects.values_list("organization", flat=True)) == {
        cast.acme.pk,
        cast.beta.pk,
    }


@pytest.mark.parametrize(
    "note", ["x" * 10_000, "nul \x00", "half \ud800", 7], ids=["long", "nul", "surrogate", "number"]
)
def test_a_note_that_cannot_be_stored_is_refused_by_name(
    cast: Cast, draft: Initiative, note: object
) -> None:
    before = everything()
    with pytest.raises(Refusal) as refused:
        offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils, note=note)
    assert [problem.field for problem in refused.value.problems] == ["note"]
    assert everything() == before
