"""Many initiatives are offered at once and answered at once: all or nothing, named by row."""

from datetime import timedelta

import pytest

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.handing_over import MOST, accept_many, decline_many, offer_many
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.queries import owner_of
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)


def fields(refusal: Refusal) -> list[str]:
    return [problem.field for problem in refusal.problems]


def work(cast: Cast, number: int = 3) -> list[Initiative]:
    return [cast.initiative() for _ in range(number)]


def test_each_is_offered_to_its_successor(cast: Cast) -> None:
    one, two, three = work(cast)
    people = {one.pk: cast.nils, two.pk: cast.nils, three.pk: cast.fay}
    made = offer_many(actor=cast.dana, at=AT, offers=people, note="Until spring.")
    assert {offer.initiative_id: offer.owner for offer in made} == people
    assert {offer.note for offer in made} == {"Until spring."}
    assert Ownership.objects.pending().count() == 3
    assert list(Entry.objects.values_list("event", flat=True)) == ["ownership.offered"] * 3


def test_who_asks_oneself_has_accepted(cast: Cast) -> None:
    one, two, _ = work(cast)
    offer_many(actor=cast.dana, at=AT, offers={one.pk: cast.dana, two.pk: cast.nils})
    assert owner_of(one) == cast.dana
    assert owner_of(two) is None


def test_one_row_that_cannot_be_offered_holds_up_all_and_is_named(cast: Cast) -> None:
    one, two, three = work(cast)
    cast.owned_by(cast.fay, two, accepted=False)
    offers = {one.pk: cast.nils, two.pk: cast.nils, cast.pipeline.pk: cast.olu, three.pk: cast.fay}
    with pytest.raises(Conflict) as refused:
        offer_many(actor=cast.dana, at=AT, offers=offers)
    assert refused.value.code == "offers_refused"
    assert fields(refused.value) == [f"offers.{cast.pipeline.pk}", f"offers.{two.pk}"]
    assert Ownership.objects.pending().count() == 1
    assert not Entry.objects.exists()


def test_nobody_is_asked_who_cannot_answer(cast: Cast) -> None:
    gone = cast.member("Gone")
    Membership.objects.filter(pk=gone.pk).update(ended_at=AT)
    rows = work(cast)
    offers = dict(zip((one.pk for one in rows), (cast.robo, cast.obi, gone), strict=True))
    with pytest.raises(Invalid) as refused:
        offer_many(actor=cast.dana, at=AT, offers=offers | {cast.pipeline.pk: cast.nils})
    assert fields(refused.value) == [f"offers.{one.pk}" for one in rows]
    assert [problem.message for problem in refused.value.problems] == [
        "Robo is a machine; a person answers by name.",
        "Obi is an observer; observers answer for nothing.",
        "Gone has left.",
    ]
    with pytest.raises(NotFound):
        offer_many(actor=cast.dana, at=AT, offers={rows[0].pk: cast.sven})
    assert not Ownership.objects.pending().exists()


def test_what_is_not_there_or_of_others_is_named(cast: Cast) -> None:
    for key in (cast.betas_initiative.pk, 0, 10**12):
        with pytest.raises(Invalid) as refused:
            offer_many(actor=cast.dana, at=AT, offers={key: cast.nils})
        assert fields(refused.value) == [f"offers.{key}"]


def test_only_what_is_ones_own_to_offer_is_offered(cast: Cast) -> None:
    mine, others = cast.initiative(owner=cast.nils), cast.initiative(team=cast.commercial)
    with pytest.raises(Forbidden) as refused:
        offer_many(actor=cast.nils, at=AT, offers={mine.pk: cast.fay, others.pk: cast.fay})
    assert fields(refused.value) == [f"offers.{others.pk}"]
    assert len(offer_many(actor=cast.nils, at=AT, offers={mine.pk: cast.fay})) == 1


def test_nothing_and_too_much_are_refused(cast: Cast) -> None:
    for offers in ({}, dict.fromkeys(range(1, MOST + 2), cast.nils)):
        with pytest.raises(Invalid) as refused:
            offer_many(actor=cast.dana, at=AT, offers=offers)
        assert "offers" in fields(refused.value)


def offered(cast: Cast, number: int = 3) -> list[Ownership]:
    people = {one.pk: cast.nils for one in work(cast, number)}
    return offer_many(actor=cast.dana, at=AT, offers=people)


def test_many_are_accepted_at_once(cast: Cast) -> None:
    offers = offered(cast)
    kept, *taken = offers
    accept_many(actor=cast.nils, at=LATER, ownerships=[one.pk for one in taken])
    assert {owner_of(one.initiative) for one in taken} == {cast.nils}
    assert owner_of(kept.initiative) is None
    assert Entry.objects.filter(event="ownership.accepted").count() == 2


def test_many_are_declined_for_one_reason(cast: Cast) -> None:
    offers = offered(cast)
    with pytest.raises(Invalid) as refused:
        decline_many(actor=cast.nils, at=LATER, ownerships=[one.pk for one in offers], reason=" ")
    assert fields(refused.value) == ["reason"]
    decline_many(actor=cast.nils, at=LATER, ownerships=[one.pk for one in offers], reason="Full.")
    rows = Ownership.objects.filter(ending=Ending.DECLINED)
    assert set(rows.values_list("reason", flat=True)) == {"Full."}
    assert rows.count() == 3


def test_an_answer_that_comes_too_late_for_one_is_no_answer_to_any(cast: Cast) -> None:
    offers = offered(cast)
    accept_many(actor=cast.nils, at=LATER, ownerships=[offers[0].pk])
    with pytest.raises(Conflict) as refused:
        accept_many(actor=cast.nils, at=LATER, ownerships=[one.pk for one in offers])
    assert fields(refused.value) == [f"offers.{offers[0].pk}"]
    assert Ownership.objects.pending().count() == 2
    with pytest.raises(Conflict) as refused:
        accept_many(actor=cast.nils, at=AT + timedelta(days=30), ownerships=[offers[1].pk])
    assert "the time to answer is over" in refused.value.problems[0].message


def test_nobody_answers_what_others_were_asked(cast: Cast) -> None:
    offers = offered(cast)
    for somebody in (cast.fay, cast.dana, cast.sven, cast.obi):
        with pytest.raises(Invalid) as refused:
            accept_many(actor=somebody, at=LATER, ownerships=[offers[0].pk])
        assert fields(refused.value) == [f"offers.{offers[0].pk}"]
    assert Ownership.objects.pending().count() == 3
