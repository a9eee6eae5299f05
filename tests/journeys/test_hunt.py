"""Eight at once, for some seconds, doing anything: nobody waits for ever and nothing slips by."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from cadence.breaches.models import Breach
from cadence.decisions.models import Decision, Verdict
from cadence.ledger.queries import verify
from cadence.reviews.models import Review
from cadence.reviews.queries import verify_minutes
from tests.cast import AT, Cast
from tests.journeys.hunt import Hunt, closed_over_something_undecided
from tests.journeys.meeting import in_a_file

THREADS = 8


@pytest.mark.django_db(transaction=True)
def test_whatever_people_and_ticks_do_at_once_the_rules_hold(
    cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    # Two teams, two initiatives, five metrics, three series: enough to be in each other's way.
    calls = cast.initiative("Call more", team=cast.partners, owner=cast.nils)
    for number in range(4):
        cast.threshold(cast.metric(initiative=calls if number % 2 else cast.pipeline))
    for team in (cast.partners, cast.demand, cast.commercial):
        cast.series(team, planned_to=AT - timedelta(weeks=1))
    with in_a_file(tmp_path / "cadence.sqlite3"):
        hunt = Hunt(cast, seconds=10 if connection.vendor == "postgresql" else 5)
        hunt.run(THREADS)
        assert not hunt.faults, hunt.faults
        assert closed_over_something_undecided(cast) == []
        assert verify(cast.acme).fault is None
        closed = list(Review.objects.closed())
        assert all(verify_minutes(review) for review in closed)
        said(
            f"{hunt.done.total():,} acts at once, {hunt.refused.total():,} refused: "
            f"{Breach.objects.count()} breaches, {Decision.objects.count()} decisions, "
            f"{Verdict.objects.count()} verdicts, {len(closed)} reviews closed, no deadlock."
        )
        assert hunt.done["read"] and hunt.done["decide"] and hunt.done["look"]
