"""Two people at once: one is first, the other is told, and nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from cadence.errors import Conflict
from cadence.initiatives.actions import change_priority, create_initiative
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.ownership.actions import (
    accept_ownership,
    decline_ownership,
    end_initiative,
    lapse_offers,
    offer_ownership,
)
from cadence.ownership.models import Ownership
from cadence.people.members import change_member
from tests import needs
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _two_connections(transactional_db: None) -> None:
    # SQLite writes one after the other: there is nothing to race.
    needs.postgresql()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of them returned or was refused with. Any other exception is raised."""
    ready = Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        try:
            ready.wait()
            return one()
        except Conflict as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


def codes(results: list[object]) -> list[str]:
    return [one.code for one in results if isinstance(one, Conflict)]


def test_an_offer_that_is_accepted_twice_at_once_is_accepted_once(cast: Cast) -> None:
    for round_ in range(ROUNDS):
        draft = cast.initiative(draft=True)
        offer = cast.owned_by(cast.nils, draft, accepted=False)

        def accept(offer: Ownership = offer) -> object:
            return accept_ownership(actor=cast.nils, at=LATER, ownership=offer)

        assert codes(at_once(accept, accept)) == ["offer_answered"]
        assert Entry.objects.count() == round_ + 1


def test_yes_and_no_at_once_are_one_answer(cast: Cast) -> None:
    for round_ in range(ROUNDS):
        offer = cast.owned_by(cast.nils, cast.initiative(draft=True), accepted=False)

        def accept(offer: Ownership = offer) -> object:
            return accept_ownership(actor=cast.nils, at=LATER, ownership=offer)

        def decline(offer: Ownership = offer) -> object:
            return decline_ownership(actor=cast.nils, at=LATER, ownership=offer, reason="No time.")

        assert codes(at_once(accept, decline)) == ["offer_answered"]
        assert Entry.objects.count() == round_ + 1


def test_two_leads_who_ask_at_once_ask_one_person(cast: Cast) -> None:
    for _ in range(ROUNDS):
        draft = cast.initiative(draft=True)

        def ask_nils(draft: Initiative = draft) -> object:
            return offer_ownership(actor=cast.dana, at=AT, initiative=draft, owner=cast.nils)

        def ask_fay(draft: Initiative = draft) -> object:
            return offer_ownership(actor=cast.lars, at=AT, initiative=draft, owner=cast.fay)

        assert codes(at_once(ask_nils, ask_fay)) == ["offer_pending"]
        assert draft.ownerships.count() == 1


def test_an_initiative_that_ends_while_somebody_accepts_has_no_owner(cast: Cast) -> None:
    for _ in range(ROUNDS):
        initiative = cast.initiative()
        offer = cast.owned_by(cast.nils, initiative, accepted=False)

        def accept(offer: Ownership = offer) -> object:
            return accept_ownership(actor=cast.nils, at=LATER, ownership=offer)

        def end(initiative: Initiative = initiative) -> object:
            return end_initiative(
                actor=cast.dana, at=LATER, initiative=initiative, ended_as="stopped", reason="Over."
            )

        assert codes(at_once(accept, end)) in ([], ["offer_withdrawn"])
        assert not Ownership.objects.filter(initiative=initiative, ended_at=None).exists()


def test_a_tick_that_runs_twice_at_once_lapses_an_offer_once(cast: Cast) -> None:
    late = AT + timedelta(days=10)
    for round_ in range(ROUNDS):
        cast.owned_by(cast.nils, cast.initiative(draft=True), accepted=False)
        results: list[Any] = at_once(lambda: lapse_offers(at=late), lambda: lapse_offers(at=late))
        assert sum(results) == 1
        assert Entry.objects.count() == round_ + 1


def test_people_who_work_on_the_same_things_do_not_block_each_other(cast: Cast) -> None:
    """Each of these writes rows that name what another one has locked, and all want the ledger."""
    for number in range(2 * ROUNDS):
        offer = cast.owned_by(cast.fay, cast.initiative(draft=True), accepted=False)
        create = partial(
            create_initiative,
            actor=cast.lars,
            at=AT,
            priority=cast.growth,
            team=cast.demand,
            name="Another",
        )
        done = at_once(
            create,
            create,
            partial(accept_ownership, actor=cast.fay, at=LATER, ownership=offer),
            partial(
                change_priority,
                actor=cast.elena,
                at=AT,
                priority=cast.growth,
                name=f"Growth {number}",
                description="",
                starts_on="2026-01-01",
                ends_on="2027-01-01",
            ),
            partial(
                change_member,
                actor=cast.ada,
                at=AT,
                member=cast.lars,
                name=f"Lars {number}",
                role="member",
                team=None,
            ),
        )
        assert codes(done) == []
    assert Entry.objects.count() == 5 * 2 * ROUNDS
    assert verify(cast.acme).fault is None
