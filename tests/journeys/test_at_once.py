"""Ticks and people at the same moment, on both databases: nothing twice, nothing lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision
from cadence.evaluation.actions import Recorded, record_readings
from cadence.evaluation.rows import Row
from cadence.evaluation.tick import tick
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.metrics.models import Correction, Reading
from cadence.reviews.actions import close_review
from cadence.reviews.models import Review
from tests.cast import AT, LAST_WEEK, Cast
from tests.journeys.meeting import at_once, in_a_file
from tests.journeys.weeks import END, happenings, live, set_up, snapshot

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture(autouse=True)
def _where_threads_meet(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with in_a_file(tmp_path / "cadence.sqlite3"):
        yield


def events() -> Counter[str]:
    return Counter(Entry.objects.values_list("event", flat=True))


def test_four_ticks_at_once_come_to_the_same_as_one(cast: Cast) -> None:
    alone = live(cast, [END])
    set_up(cast)
    for at, act in sorted(happenings(cast), key=lambda moment: moment[0]):
        act(at)
    before = events()
    at_once(*[partial(tick, at=END)] * 4)
    # What one left to another that was at it is done; what was done is not done again.
    assert not any(tick(at=END).values())
    assert snapshot() == alone
    written = events() - before
    assert written["review.opened"] == 1
    assert written["verdict.given"] == 2
    assert written["series.planned"] == 1
    assert written["readings.missed"] == 2  # of Acme, and of Beta
    assert verify(cast.acme).fault is None


def test_of_two_who_decide_a_breach_at_once_one_is_first(cast: Cast) -> None:
    for _ in range(ROUNDS):
        breach = cast.breach(cast.metric())
        answers = at_once(*(partial(decide, person, breach) for person in (cast.olu, cast.dana)))
        (first,) = [answer for answer in answers if isinstance(answer, Decision)]
        assert "already_decided" in answers
        assert Breach.objects.get(pk=breach.pk).decision == first
    assert Decision.objects.count() == events()["decision.recorded"] == ROUNDS
    assert verify(cast.acme).fault is None


def decide(person: object, breach: Breach) -> Decision:
    draft = Draft(kind="adjust", what="Two more on calls.", check_on="2026-11-29")
    return record_decision(actor=person, at=AT + timedelta(hours=1), breaches=[breach], draft=draft)


def test_of_three_who_close_a_review_at_once_one_closes_it(cast: Cast) -> None:
    for _ in range(ROUNDS):
        review = cast.open_review()
        close = partial(close_review, at=AT, review=review)
        people = (cast.fay, cast.dana, cast.elena)
        answers = at_once(*(partial(close, actor=person) for person in people))
        assert answers.count("review_already_closed") == 2
        assert Review.objects.get(pk=review.pk).minutes_hash
    assert events()["review.closed"] == ROUNDS
    assert verify(cast.acme).fault is None


def read(cast: Cast, value: int, week: date = LAST_WEEK) -> Callable[[], list[Recorded]]:
    row = Row(cast.demos.pk, week.isoformat(), str(value), "Counted again.")
    return partial(record_readings, actor=cast.olu, at=AT, rows=[row])


def test_four_values_for_one_week_at_once_are_one_reading_and_three_corrections(
    cast: Cast,
) -> None:
    results = at_once(*(read(cast, value) for value in (31, 32, 33, 34)))
    statuses = Counter(one[0].status for one in results if isinstance(one, list))
    assert statuses == {"new": 1, "corrected": 3}
    assert Breach.objects.filter(metric=cast.demos).count() == 1
    reading = Reading.objects.get(metric=cast.demos)
    # Each correction starts from the value before it; the last one is what is on record.
    chain = list(Correction.objects.order_by("pk").values_list("old_value", "new_value"))
    assert [old for old, _ in chain[1:]] == [new for _, new in chain[:-1]]
    assert reading.value == chain[-1][1]
    assert events()["readings.recorded"] == 4
    assert verify(cast.acme).fault is None


def test_four_weeks_at_once_are_four_readings_and_one_breach(cast: Cast) -> None:
    weeks = [LAST_WEEK - timedelta(weeks=back) for back in range(4)]
    at_once(*(read(cast, 31, week) for week in weeks))
    assert Reading.objects.filter(metric=cast.demos).count() == 4
    breach = Breach.objects.get(metric=cast.demos, recovered_at=None, kind="threshold")
    assert breach.first_period in weeks
    assert verify(cast.acme).fault is None
