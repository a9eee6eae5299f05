"""Two people at once, about leaves and who answers in the interim."""

from datetime import date, timedelta
from typing import Any

import pytest

from cadence.errors import Invalid
from cadence.ledger.models import Entry
from cadence.ownership.actions import accept_ownership
from cadence.ownership.interims import end_interims, name_interim
from cadence.ownership.leaves import end_leave, follow_leaves, plan_leave
from cadence.ownership.models import Interim, Leave
from tests import needs
from tests.cast import AT, Cast
from tests.ownership.test_at_once import LATER, ROUNDS, at_once, codes

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _two_connections(transactional_db: None) -> None:
    # SQLite writes one after the other: there is nothing to race.
    needs.postgresql()


def test_overlapping_leaves_planned_at_once_are_one_leave(cast: Cast) -> None:
    for number in range(ROUNDS):
        first = date(2027, 1, 4) + 14 * number * DAY

        def plan(actor: Any, starts_on: date) -> object:
            return plan_leave(
                actor=actor,
                at=AT,
                member=cast.olu,
                stand_in=cast.nils,
                starts_on=starts_on,
                ends_on=starts_on + 3 * DAY,
            )

        results = at_once(
            lambda first=first: plan(cast.olu, first),
            lambda first=first: plan(cast.ada, first + DAY),
        )
        assert codes(results) == ["leave_overlaps"]
        assert Leave.objects.count() == number + 1


def test_two_who_would_stand_in_for_each_other_are_told(cast: Cast) -> None:
    """Both lock both people, in the same order; the second one hears that the first is away."""
    for number in range(ROUNDS):
        day = date(2027, 1, 4) + number * DAY

        def plan(member: Any, stand_in: Any, day: date = day) -> object:
            try:
                return plan_leave(
                    actor=cast.ada,
                    at=AT,
                    member=member,
                    stand_in=stand_in,
                    starts_on=day,
                    ends_on=day,
                )
            except Invalid as refusal:
                return refusal

        results = at_once(lambda: plan(cast.olu, cast.nils), lambda: plan(cast.nils, cast.olu))
        assert sum(isinstance(one, Invalid) for one in results) == 1


def test_accepting_and_naming_an_interim_owner_at_once(cast: Cast) -> None:
    """Whoever comes second finds an owner, or ends the interim: never both go on."""
    for _ in range(ROUNDS):
        initiative = cast.initiative()
        offer = cast.owned_by(cast.nils, initiative, accepted=False)

        def accept(offer: Any = offer) -> object:
            return accept_ownership(actor=cast.nils, at=LATER, ownership=offer)

        def name(initiative: Any = initiative) -> object:
            return name_interim(
                actor=cast.dana,
                at=LATER,
                initiative=initiative,
                person=cast.fay,
                until=date(2026, 12, 1),
            )

        assert codes(at_once(accept, name)) in ([], ["initiative_not_orphaned"])
        assert not Interim.objects.current().filter(initiative=initiative).exists()


def test_two_interim_owners_named_at_once_are_one(cast: Cast) -> None:
    for _ in range(ROUNDS):
        initiative = cast.initiative()

        def name(actor: Any, person: Any, initiative: Any = initiative) -> object:
            return name_interim(
                actor=actor, at=AT, initiative=initiative, person=person, until=date(2026, 12, 1)
            )

        results = at_once(lambda: name(cast.dana, cast.fay), lambda: name(cast.lars, cast.nils))
        assert codes(results) == ["interim_named"]


def test_ticks_at_once_begin_and_end_once(cast: Cast) -> None:
    late = AT + 30 * DAY
    for number in range(ROUNDS):
        leave = plan_leave(
            actor=cast.olu,
            at=AT,
            member=cast.olu,
            stand_in=cast.nils,
            starts_on=AT.date() + 2 * DAY,
            ends_on=AT.date() + 4 * DAY,
        )
        name_interim(
            actor=cast.dana,
            at=AT,
            initiative=cast.initiative(),
            person=cast.fay,
            until=AT.date() + DAY,
        )
        results: list[Any] = at_once(
            lambda: follow_leaves(at=late),
            lambda: end_interims(at=late),
            lambda: follow_leaves(at=late),
            lambda: end_interims(at=late),
        )
        assert sum(results) == 3
        leave.refresh_from_db()
        assert leave.ended_at is not None
        assert Entry.objects.count() == 5 * (number + 1)


def test_coming_back_while_the_tick_looks_ends_it_once(cast: Cast) -> None:
    for _ in range(ROUNDS):
        leave = plan_leave(
            actor=cast.olu,
            at=AT,
            member=cast.olu,
            stand_in=None,
            starts_on=AT.date(),
            ends_on=AT.date(),
        )
        interim = name_interim(
            actor=cast.dana,
            at=AT,
            initiative=cast.pipeline,
            person=cast.fay,
            until=date(2026, 12, 1),
        )
        results = at_once(
            lambda leave=leave: end_leave(actor=cast.olu, at=AT + 2 * DAY, leave=leave),
            lambda: follow_leaves(at=AT + 2 * DAY),
        )
        assert codes(results) in ([], ["leave_over"])
        interim.refresh_from_db()
        assert interim.ending == "returned"
        assert Entry.objects.filter(event="leave.ended", subject_id=leave.pk).count() == 1
