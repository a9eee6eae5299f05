"""Two ticks look at once at what is overdue. It moves one step, with one entry."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.escalations.models import Escalation
from cadence.evaluation.escalating import escalate_overdue
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.reviews.missed import mark_missed
from cadence.reviews.models import Review
from tests.cast import AT, Cast
from tests.races.racing import afterwards, many_connections, race

pytestmark = pytest.mark.django_db(transaction=True)


def rounds() -> int:
    """A file is synced to disk in every round, so SQLite gets fewer."""
    return 25 if connection.vendor == "postgresql" else 10


def test_two_ticks_move_a_thing_one_step(cast: Cast, tmp_path: Path) -> None:
    for _ in range(rounds()):
        cast.breach(cast.metric(), due_at=AT + timedelta(weeks=8))
    cast.open_review()
    keys = list(Breach.objects.order_by("pk").values_list("pk", flat=True))
    acme = Organization.objects.get(pk=cast.acme.pk)

    def due(number: int) -> None:
        Breach.objects.filter(pk=keys[number]).update(due_at=AT - timedelta(days=1))

    def tick(number: int) -> int:
        return escalate_overdue(at=AT, organization=acme)

    with many_connections(tmp_path):
        moved = race(len(keys), tick, tick, tick, before=due)
        assert [sum(round) for round in moved] == [1] * len(keys)

        def found() -> tuple[int, int, set[int], object]:
            levels = set(Breach.objects.values_list("level", flat=True))
            entries = Entry.objects.filter(event="breach.escalated").count()
            return Escalation.objects.count(), entries, levels, verify(acme).fault

        assert afterwards(found) == (len(keys), len(keys), {1}, None)


def test_two_ticks_miss_a_review_once_and_move_its_breach_once(cast: Cast, tmp_path: Path) -> None:
    reviews = []
    for number in range(rounds()):
        review = cast.open_review(hold_by=AT + timedelta(weeks=1, hours=number))
        cast.on_agenda(review, cast.breach(cast.metric(), due_at=AT + timedelta(weeks=90)))
        reviews.append(review.hold_by)
    acme = Organization.objects.get(pk=cast.acme.pk)

    def tick(number: int) -> int:
        return mark_missed(at=reviews[number], organization=acme)

    with many_connections(tmp_path):
        race(len(reviews), tick, tick)

        def found() -> tuple[int, int, int]:
            steps = Escalation.objects.filter(because="missed")
            return (
                Review.objects.filter(missed_at__isnull=False).count(),
                steps.filter(review__isnull=False).count(),
                steps.filter(breach__isnull=False).count(),
            )

        assert afterwards(found) == (len(reviews),) * 3


def test_nothing_climbs_in_work_that_is_paused_meanwhile(cast: Cast, tmp_path: Path) -> None:
    work = [cast.initiative(owner=cast.olu) for _ in range(rounds())]
    for one in work:
        cast.breach(cast.metric(initiative=one), due_at=AT - timedelta(days=1))
    Initiative.objects.filter(pk__in=[one.pk for one in work]).update(paused_at=AT)
    acme = Organization.objects.get(pk=cast.acme.pk)
    keys = [one.pk for one in work]

    def goes_on(number: int) -> None:
        Initiative.objects.filter(pk=keys[number]).update(paused_at=None)

    def pause(number: int) -> int:
        return Initiative.objects.filter(pk=keys[number]).update(paused_at=AT)

    def tick(number: int) -> int:
        return escalate_overdue(at=AT, organization=acme)

    with many_connections(tmp_path):
        moved = race(len(keys), tick, pause, before=goes_on)
        # Each was moved before it was paused, or not at all; in no round twice.
        assert {one for one, _ in moved} <= {0, 1}
        total = sum(one for one, _ in moved)
        assert afterwards(Escalation.objects.count) == total
