"""Two who hold what the other one wants would wait for one another: both lock in one order.

PostgreSQL ends such a wait after a second, with an error for one of the two; `race` passes it on.
"""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Membership
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.evaluation.leaving import deactivate_member
from cadence.ownership.actions import lapse_offers, offer_ownership
from cadence.ownership.leaves import follow_leaves
from cadence.ownership.models import Ending, Leave, Ownership
from cadence.reviews.models import Review
from tests import needs
from tests.cast import AT, BEGINNING, Cast
from tests.races.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12
DAY = timedelta(days=1)


def spread(number: int) -> None:
    """The one begins a little later in each round, so that they meet in the middle in some."""
    time.sleep(0.004 * (number % 12))


def later(number: int) -> datetime:
    return AT + (number + 1) * DAY


def test_an_offer_lapses_while_its_work_is_stopped(cast: Cast) -> None:
    """Lapsing meets the open reviews; who stops the work holds one of them and wants the offer."""
    needs.postgresql()
    review = cast.open_review()
    rounds = []
    for number in range(ROUNDS):
        work = cast.initiative(owner=cast.olu)
        # In each round one more is due.
        cast.owned_by(cast.nils, work, accepted=False, due_at=later(number) - DAY / 2)
        rounds.append(cast.breach(cast.metric(initiative=work)))

    def stop(number: int) -> None:
        record_decision(
            actor=Membership.objects.select_related("organization").get(pk=cast.dana.pk),
            at=later(number),
            breaches=[rounds[number]],
            draft=Draft(kind="stop", what="End it.", expected="Nobody waits for it."),
            review=Review.objects.get(pk=review.pk),
        )

    def lapse(number: int) -> None:
        spread(number)
        lapse_offers(at=later(number))

    race(ROUNDS, stop, lapse)
    endings = set(Ownership.objects.filter(owner=cast.nils).values_list("ending", flat=True))
    assert endings <= {Ending.LAPSED, Ending.WITHDRAWN}


def away(cast: Cast, people: list[Membership], day: datetime, **facts: Any) -> None:
    Leave.objects.bulk_create(
        Leave(
            organization=cast.acme,
            member=one,
            starts_on=day.date(),
            ends_on=day.date(),
            planned_by=cast.dana,
            planned_at=BEGINNING,
            **facts,
        )
        for one in people
    )


def test_leaves_begin_while_somebody_takes_work_on(cast: Cast) -> None:
    """Who takes work on is held, then the reviews; a leave meets the reviews, then its person."""
    needs.postgresql()
    cast.open_review()
    rounds = []
    for number in range(ROUNDS):
        people = [cast.member(f"Lead {number}.{one}", "executive") for one in range(6)]
        away(cast, people, later(number))
        rounds.append((people[-1].pk, cast.initiative(owner=cast.olu)))

    def leave(number: int) -> None:
        follow_leaves(at=later(number))

    def take_on(number: int) -> None:
        spread(number)
        key, work = rounds[number]
        lead = Membership.objects.select_related("organization").get(pk=key)
        offer_ownership(actor=lead, at=later(number), initiative=work, owner=lead)

    race(ROUNDS, leave, take_on)
    begun = Leave.objects.filter(began_at__isnull=False)
    assert begun.count() == 6 * ROUNDS


def test_a_stand_in_leaves_while_those_away_take_work_on(cast: Cast) -> None:
    needs.postgresql()
    cast.open_review()
    rounds = []
    for number in range(ROUNDS):
        stand_in = cast.member(f"Stand-in {number}")
        cast.initiative(owner=stand_in)
        people = [cast.member(f"Lead {number}.{one}", "executive") for one in range(6)]
        away(cast, people, AT, stand_in=stand_in, began_at=AT)
        rounds.append((stand_in, people[-1].pk, cast.initiative(owner=cast.olu)))

    def part(number: int) -> None:
        deactivate_member(
            actor=Membership.objects.select_related("organization").get(pk=cast.ada.pk),
            at=AT,
            member=rounds[number][0],
            reason="New job",
        )

    def take_on(number: int) -> None:
        spread(number)
        _, key, work = rounds[number]
        lead = Membership.objects.select_related("organization").get(pk=key)
        offer_ownership(actor=lead, at=AT, initiative=work, owner=lead)

    race(ROUNDS, part, take_on)
    assert not Leave.objects.filter(stand_in__isnull=False).exists()
