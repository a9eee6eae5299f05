"""Two people hand over, answer or leave at once: one of them is told, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import Membership
from cadence.errors import Conflict, Refusal
from cadence.evaluation.leaving import deactivate_member
from cadence.initiatives.models import Initiative
from cadence.ledger.queries import verify
from cadence.ownership.actions import accept_ownership, withdraw_offer
from cadence.ownership.handing_over import accept_many, decline_many, offer_many
from cadence.ownership.models import Ownership
from tests.cast import AT, Cast
from tests.races.racing import afterwards, many_connections, race

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], Any]


def rounds() -> int:
    return 25 if connection.vendor == "postgresql" else 10


def refusal_of(act: Act) -> str:
    """The code of what was refused, empty where it was done."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return ""


def compete(folder: Path, pairs: list[tuple[Act, Act]], question: Act) -> tuple[list[Any], Any]:
    with many_connections(folder):
        results = race(
            len(pairs),
            lambda number: refusal_of(pairs[number][0]),
            lambda number: refusal_of(pairs[number][1]),
        )
        return results, afterwards(question)


def actor(member: Membership) -> Membership:
    """As every request does: what an actor object remembers is not shared between threads."""
    return Membership.objects.select_related("organization").get(pk=member.pk)


def test_two_leads_ask_two_people_for_the_same_work(cast: Cast, tmp_path: Path) -> None:
    """They share one initiative; whoever comes second has asked nobody."""

    def asking(lead: Membership, work: list[Initiative], person: Membership) -> Act:
        people = {one.pk: person for one in work}
        return lambda: offer_many(actor=actor(lead), at=AT, offers=people)

    pairs = []
    for _ in range(rounds()):
        one, shared, two = (cast.initiative() for _ in range(3))
        pairs.append(
            (
                asking(cast.dana, [one, shared], cast.nils),
                asking(cast.lars, [shared, two], cast.fay),
            )
        )
    results, (offers, fault) = compete(
        tmp_path, pairs, lambda: (Ownership.objects.pending().count(), verify(cast.acme).fault)
    )
    assert all(sorted(result) == ["", "offers_refused"] for result in results)
    assert (offers, fault) == (2 * len(pairs), None)


def test_an_offer_is_accepted_and_declined_at_once(cast: Cast, tmp_path: Path) -> None:
    def offers(number: int) -> list[int]:
        return [
            cast.owned_by(cast.nils, cast.initiative(), accepted=False).pk for _ in range(number)
        ]

    pairs = []
    for _ in range(rounds()):
        keys = offers(3)
        pairs.append(
            (
                lambda keys=keys: accept_many(actor=actor(cast.nils), at=AT, ownerships=keys),
                lambda keys=keys: decline_many(
                    actor=actor(cast.nils), at=AT, ownerships=keys[1:], reason="Full."
                ),
            )
        )
    results, _ = compete(tmp_path, pairs, Ownership.objects.count)
    assert all(sorted(result) == ["", "offers_refused"] for result in results)


def test_an_offer_is_accepted_and_withdrawn_at_once(cast: Cast, tmp_path: Path) -> None:
    pairs = []
    for _ in range(rounds()):
        offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
        pairs.append(
            (
                lambda offer=offer: accept_ownership(
                    actor=actor(cast.nils), at=AT, ownership=Ownership.objects.get(pk=offer.pk)
                ),
                lambda offer=offer: withdraw_offer(
                    actor=actor(cast.dana), at=AT, ownership=Ownership.objects.get(pk=offer.pk)
                ),
            )
        )
    results, _ = compete(tmp_path, pairs, Ownership.objects.count)
    for result in results:
        assert sorted(result) in (["", "offer_answered"], ["", "offer_withdrawn"])


def test_somebody_leaves_while_they_accept(cast: Cast, tmp_path: Path) -> None:
    """Either they own it and it is orphaned, or the offer was withdrawn before."""
    pairs, leavers = [], []
    for number in range(rounds()):
        person = cast.member(f"Leaver {number}", team=cast.demand)
        leavers.append(person.pk)
        keys = [cast.owned_by(person, cast.initiative(), accepted=False).pk for _ in range(2)]
        pairs.append(
            (
                lambda person=person: deactivate_member(
                    actor=actor(cast.ada), at=AT, member=person, reason="New job"
                ),
                lambda person=person, keys=keys: accept_many(
                    actor=actor(person), at=AT, ownerships=keys
                ),
            )
        )
    results, left = compete(
        tmp_path,
        pairs,
        lambda: (
            Ownership.objects.filter(owner__in=leavers, ended_at=None).count(),
            Membership.objects.current().filter(pk__in=leavers).count(),
            verify(cast.acme).fault,
        ),
    )
    assert left == (0, 0, None)
    assert {result[0] for result in results} == {""}


def test_two_administrators_see_the_same_person_off(cast: Cast, tmp_path: Path) -> None:
    second = cast.member("Second", "administrator")
    pairs = []
    for number in range(rounds()):
        person = cast.member(f"Leaver {number}")
        cast.initiative(owner=person)
        cast.planned_review(cast.series(facilitator=person))

        def leaving(who: Membership, person: Membership = person) -> Act:
            return lambda: deactivate_member(
                actor=actor(who), at=AT, member=person, reason="New job"
            )

        pairs.append((leaving(cast.ada), leaving(second)))
    results, fault = compete(tmp_path, pairs, lambda: verify(cast.acme).fault)
    assert all(sorted(result) == ["", "member_left"] for result in results)
    assert fault is None


def test_the_word_for_what_was_too_late(cast: Cast) -> None:
    one = cast.initiative()
    offer_many(actor=cast.dana, at=AT, offers={one.pk: cast.nils})
    with pytest.raises(Conflict) as refused:
        offer_many(actor=cast.lars, at=AT, offers={one.pk: cast.fay})
    assert refused.value.problems[0].message == "Nils was asked already and has not answered."
