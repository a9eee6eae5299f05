"""A review is being closed while work in its scope loses who answers for it. They never pass each
other: a leave begins, an owner leaves, an offer or an interim comes to its end."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.db import connection, models

from accounts.models import Membership
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Interim, Leave, Ownership
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
from tests.races.test_close_against_breach import Meeting

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 100
LOSSES = {
    "a leave begins": "a_leave_meets_open_reviews",
    "an owner leaves": "an_ended_ownership_meets_open_reviews",
    "an offer lapses": "an_ended_ownership_meets_open_reviews",
    "an interim ends": "an_ended_interim_meets_open_reviews",
    "work is resumed": "work_that_goes_on_meets_open_reviews",
}
STATEMENTS = {
    "a leave begins": "UPDATE cadence_leave SET began_at = planned_at WHERE id = %s",
    "an owner leaves": "UPDATE cadence_ownership SET ended_at = offered_at, ending = 'left' "
    "WHERE id = %s",
    "an offer lapses": "UPDATE cadence_ownership SET ended_at = due_at, ending = 'lapsed' "
    "WHERE id = %s",
    "an interim ends": "UPDATE cadence_interim SET ended_at = named_at, ending = 'over' "
    "WHERE id = %s",
    "work is resumed": "UPDATE cadence_initiative SET paused_at = NULL WHERE id = %s",
}


class Losing(Meeting):
    """In each round one piece of work loses the last who stood for it."""

    def __init__(self, cast: Cast, rounds: int, level: str, loss: str) -> None:
        self.loss, self.statement = loss, STATEMENTS[loss]
        super().__init__(cast, rounds, level)

    def own(self, cast: Cast, work: Sequence[Initiative]) -> None:
        self.rows = self._rows(cast, work, self.loss)

    def _rows(self, cast: Cast, work: Sequence[Initiative], loss: str) -> Sequence[models.Model]:
        if loss == "work is resumed":
            for one in work:
                one.paused_at = BEGINNING
            Initiative.objects.bulk_update(work, ["paused_at"])
            return work
        if loss == "an interim ends":
            return Interim.objects.bulk_create(
                Interim(
                    organization=cast.acme,
                    initiative=one,
                    person=cast.nils,
                    named_by=cast.dana,
                    named_at=AT,
                    until=AT.date(),
                )
                for one in work
            )
        owners = [cast.olu] * len(work)
        if loss == "a leave begins":
            owners = [cast.member(f"Owner {number}") for number in range(len(work))]
        held = [
            again(cast.ownership, initiative=one, owner=who)
            for one, who in zip(work, owners, strict=True)
        ]
        if loss == "an offer lapses":
            held = [again(one, accepted_at=None) for one in held]
        kept = Ownership.objects.bulk_create(held)
        return self._leaves(cast, owners) if loss == "a leave begins" else kept

    def _leaves(self, cast: Cast, owners: Sequence[Membership]) -> Sequence[models.Model]:
        return Leave.objects.bulk_create(
            Leave(
                organization=cast.acme,
                member=one,
                starts_on=AT.date(),
                ends_on=AT.date(),
                planned_by=cast.dana,
                planned_at=BEGINNING,
            )
            for one in owners
        )

    def lose(self, number: int) -> tuple[bool, bool]:
        """Whether it was lost, and whether that saw a closed review."""
        seen = []

        def losing() -> None:
            hesitate()
            with at_level(self.level):
                run(self.statement, self.rows[number].pk)
                closed_at = "SELECT closed_at FROM cadence_review WHERE id = %s"
                seen.append(value(closed_at, self.review(number)) is not None)
                hesitate()

        return (not refused(losing), bool(seen and seen[0]))

    def raced(self) -> tuple[int, int, int]:
        """Rounds in which the review closed, in which it was lost, and that slipped."""
        results = race(self.rounds, self.close, self.lose, before=self.prepare)
        closed = sum(result[0] for result in results)
        lost = sum(result[1][0] for result in results)
        slipped = sum(result[0] and result[1] == (True, False) for result in results)
        return closed, lost, slipped


@pytest.mark.parametrize("level", [READ_COMMITTED, REPEATABLE_READ])
@pytest.mark.parametrize("loss", LOSSES)
def test_no_review_closes_while_work_loses_its_last_name(
    loss: str, level: str, cast: Cast, said: Callable[[str], None]
) -> None:
    needs.postgresql()
    closed, lost, slipped = Losing(cast, ROUNDS, level, loss).raced()
    said(f"close while {loss}: {ROUNDS} rounds {level}, {closed} closed, {slipped} slipped")
    assert slipped == 0
    assert closed
    assert lost


@pytest.mark.parametrize("loss", LOSSES)
def test_without_the_touch_some_would_slip(
    loss: str, cast: Cast, said: Callable[[str], None]
) -> None:
    """Else the test above could not fail."""
    needs.postgresql()
    rounds = 100
    with without_touch(LOSSES[loss]):
        *_, slipped = Losing(cast, rounds, READ_COMMITTED, loss).raced()
    said(f"close while {loss}: without the touch {slipped} of {rounds} slipped")
    assert slipped > 0


@pytest.mark.parametrize("loss", LOSSES)
def test_no_review_closes_while_work_loses_its_last_name_in_a_file(
    loss: str, cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("runs on SQLite")
    rounds = 40
    losing = Losing(cast, rounds, READ_COMMITTED, loss)
    with many_connections(tmp_path):
        closed, lost, slipped = losing.raced()
    said(f"close while {loss}: {rounds} rounds SQLite, {closed} closed, {slipped} slipped")
    assert slipped == 0
    assert closed
    assert lost
