"""Two workers find the mail server down at once, and put off the same mails."""

from datetime import datetime, timedelta

import pytest

from cadence.notices import leases, marks
from cadence.notices.leases import Receiver
from cadence.notices.models import Channel, Delivery
from cadence.notices.outcomes import Effect, Outcome
from tests import needs
from tests.cast import AT, Cast
from tests.notices import rows
from tests.races.racing import Runner, race

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 15
DOWN = Outcome(Effect.DOWN, None, "The mail server was not reached.", 1)


def test_two_workers_put_off_what_waits_without_waiting_for_each_other(cast: Cast) -> None:
    needs.postgresql()
    mails = [rows.to_person(cast.olu) for _ in range(120)]

    def when(number: int) -> datetime:
        return AT + timedelta(hours=2 * number)

    def lease(number: int) -> None:
        waiting = Delivery.objects.waiting()
        waiting.update(due_at=when(number) - timedelta(seconds=1), lease="", leased_until=None)
        for mail in (mails[0], mails[-1]):
            leases.lease_one(mail, when(number))

    def fail(place: int) -> Runner:
        def run(number: int) -> str:
            mail = Delivery.objects.get(pk=mails[place].pk)
            return marks.mark(mail, mail.lease, DOWN, when(number))

        return run

    results = race(ROUNDS, fail(0), fail(-1), before=lease)
    assert results == [["put_off", "put_off"]] * ROUNDS
    due = Receiver(Channel.EMAIL).waiting().filter(due_at__lte=when(ROUNDS - 1))
    assert not due.exists()
