"""A review is being closed while a breach opens in its scope. They never pass each other."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import Team
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric, Threshold
from cadence.ownership.models import Ownership
from cadence.reviews.models import Review, ReviewSeries
from tests import needs
from tests.architecture.attack import again
from tests.cast import AT, BEGINNING, Cast
from tests.races.racing import (
    READ_COMMITTED,
    REPEATABLE_READ,
    at_level,
    hesitate,
    many_connections,
    race,
    refused,
    run,
    value,
    without_touch,
)

pytestmark = pytest.mark.django_db(transaction=True)
MEETING = "a_breach_meets_the_reviews_that_are_open"
ROUNDS = 400


class Meeting:
    """Rounds of the race, each with a team, an initiative, a metric and a review of its own."""

    def __init__(self, cast: Cast, rounds: int, level: str) -> None:
        self.rounds, self.level = rounds, level
        self.organization, self.fay = cast.acme.pk, cast.fay.pk
        teams = Team.objects.bulk_create(
            Team(organization=cast.acme, name=f"Team {number}", created_at=BEGINNING)
            for number in range(rounds)
        )
        work = Initiative.objects.bulk_create(again(cast.pipeline, team=team) for team in teams)
        self.own(cast, work)
        self.metrics = Metric.objects.bulk_create(
            again(cast.demos, initiative=one, key=f"metric-{number}")
            for number, one in enumerate(work)
        )
        self.thresholds = Threshold.objects.bulk_create(
            again(cast.floor, metric=metric) for metric in self.metrics
        )
        first = cast.series()
        series = ReviewSeries.objects.bulk_create(again(first, team=team) for team in teams)
        self.reviews = Review.objects.bulk_create(
            Review(
                organization=cast.acme,
                series=one,
                team=one.team,
                occurs_on=AT.date(),
                starts_at=AT,
                hold_by=AT,
                facilitator=cast.fay,
            )
            for one in series
        )

    def own(self, cast: Cast, work: Sequence[Initiative]) -> None:
        """Work that nobody answers for would hold the reviews too."""
        Ownership.objects.bulk_create(again(cast.ownership, initiative=one) for one in work)

    def prepare(self, number: int) -> None:
        """Only the review of this round is open."""
        if number:
            run(
                "UPDATE cadence_review SET missed_at = starts_at "
                "WHERE id = %s AND closed_at IS NULL",
                self.reviews[number - 1].pk,
            )
        run("UPDATE cadence_review SET opened_at = starts_at WHERE id = %s", self.review(number))

    def review(self, number: int) -> int:
        return self.reviews[number].pk

    def close(self, number: int) -> bool:
        """Whether it closed."""

        def closing() -> None:
            hesitate()
            with at_level(self.level):
                run(
                    "UPDATE cadence_review SET closed_at = starts_at, closed_by_id = %s, "
                    "minutes = '{}', minutes_hash = 'x' WHERE id = %s",
                    self.fay,
                    self.review(number),
                )
                hesitate()

        return not refused(closing)

    def open_breach(self, number: int) -> tuple[bool, bool]:
        """Whether the breach opened, and whether it saw a closed review then."""
        seen = []

        def opening() -> None:
            hesitate()
            with at_level(self.level):
                run(
                    "INSERT INTO cadence_breach (organization_id, metric_id, threshold_id, kind, "
                    'side, first_period, opening_period, value, "limit", opened_at, '
                    "undecided_since, due_at, level) SELECT organization_id, metric_id, id, "
                    "'threshold', 'below', starts_on, starts_on, 31, 45, set_at, set_at, set_at, 0 "
                    "FROM cadence_threshold WHERE id = %s",
                    self.thresholds[number].pk,
                )
                closed_at = "SELECT closed_at FROM cadence_review WHERE id = %s"
                seen.append(value(closed_at, self.review(number)) is not None)
                hesitate()

        return (not refused(opening), bool(seen and seen[0]))

    def held(self) -> tuple[int, int, int]:
        """Rounds in which the review closed, in which the breach opened, and that slipped:
        both happened, though the breach saw the review open."""
        results = race(self.rounds, self.close, self.open_breach, before=self.prepare)
        closed = sum(result[0] for result in results)
        opened = sum(result[1][0] for result in results)
        slipped = sum(result[0] and result[1] == (True, False) for result in results)
        return closed, opened, slipped


@pytest.mark.parametrize("level", [READ_COMMITTED, REPEATABLE_READ])
def test_no_review_closes_while_a_breach_opens(
    level: str, cast: Cast, said: Callable[[str], None]
) -> None:
    needs.postgresql()
    closed, opened, slipped = Meeting(cast, ROUNDS, level).held()
    said(
        f"close against breach: {ROUNDS} rounds {level}, {closed} closed, {opened} breaches "
        f"opened, {slipped} slipped"
    )
    assert slipped == 0
    assert closed
    assert opened


def test_without_the_touch_some_would_slip(cast: Cast, said: Callable[[str], None]) -> None:
    """Else the test above could not fail."""
    needs.postgresql()
    rounds = 100
    with without_touch(MEETING):
        *_, slipped = Meeting(cast, rounds, READ_COMMITTED).held()
    said(f"close against breach: without the touch {slipped} of {rounds} slipped")
    assert slipped > 0


def test_no_review_closes_while_a_breach_opens_in_a_file(
    cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite")
    rounds = 100
    meeting = Meeting(cast, rounds, READ_COMMITTED)
    with many_connections(tmp_path):
        closed, opened, slipped = meeting.held()
    said(
        f"close against breach: {rounds} rounds SQLite, {closed} closed, {opened} breaches "
        f"opened, {slipped} slipped"
    )
    assert slipped == 0
    assert closed
    assert opened
