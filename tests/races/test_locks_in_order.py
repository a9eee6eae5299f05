"""Two who hold what the other one wants would wait for one another: both lock in one order.

PostgreSQL ends such a wait after a second, with an error for one of the two; `race` passes it on.
"""

import time
from datetime import datetime, timedelta

import pytest

from accounts.models import Membership
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.ownership.actions import lapse_offers
from cadence.ownership.models import Ending, Ownership
from cadence.reviews.models import Review
from tests import needs
from tests.cast import AT, Cast
from tests.races.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 24
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
