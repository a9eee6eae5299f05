"""Five weeks with a tick a day, with some of them lost, and with a single one at the end."""

from django.db import transaction

from cadence.evaluation.tick import tick
from cadence.ledger.models import Entry
from tests.cast import Cast
from tests.journeys.weeks import END, every_day, happenings, live, set_up, snapshot


def test_one_late_tick_comes_to_the_same_as_many_on_time(cast: Cast) -> None:
    on_time, late = live(cast, every_day()), live(cast, [END])
    # But for how far up a breach went and to whom: one step a look, or nobody on the way would
    # have had the limit that is theirs.
    for found in (on_time, late):
        found["breaches"] = [row[:-2] for row in found["breaches"]]
    assert late == on_time
    # And it was a story worth comparing.
    assert [row[3] for row in on_time["reviews"][:5]] == [
        "missed",
        "open",
        "missed",
        "missed",
        "open",
    ]
    assert {row[1] for row in on_time["verdicts"]} == {"did_not_work"}
    assert {row[1] for row in on_time["breaches"]} == {"threshold", "missing"}
    assert {row[0] for row in on_time["offers"]} >= {"lapsed"}


def test_a_tick_that_runs_twice_adds_nothing(cast: Cast) -> None:
    with transaction.atomic():
        set_up(cast)
        for at, act in sorted(happenings(cast), key=lambda moment: moment[0]):
            tick(at=at)
            act(at)
        tick(at=END)
        before, entries = snapshot(), Entry.objects.count()
        done = tick(at=END)
        assert not any(done.values())
        assert (snapshot(), Entry.objects.count()) == (before, entries)
        transaction.set_rollback(True)


def test_ticks_that_are_lost_on_the_way_change_nothing(cast: Cast) -> None:
    every_fifth = every_day()[::5]
    assert live(cast, every_fifth) == live(cast, every_day())
