"""What happened besides: hand-overs, tighter thresholds, corrections, pauses, ends, a leaving."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from cadence.breaches.models import Breach
from cadence.evaluation.actions import record_readings
from cadence.evaluation.leaving import deactivate_member
from cadence.evaluation.rows import Row
from cadence.initiatives.actions import pause_initiative
from cadence.initiatives.models import State
from cadence.management.demo import promises
from cadence.management.demo.plot import Limit, Metric, Work
from cadence.management.demo.rooms import answer_for, decide
from cadence.management.demo.sales import SPANISH_LAUNCH
from cadence.management.demo.weeks import row_of
from cadence.management.demo.world import WORKS, World, begin, hand_over, put_limit
from cadence.ownership.actions import (
    decline_ownership,
    end_initiative,
    offer_ownership,
)
from cadence.ownership.leaves import plan_leave
from cadence.ownership.models import Ownership

Event = tuple[datetime, Callable[[], None]]
# Metric, week of the reading, week of the correction, what is added to it, and why.
CORRECTIONS = (
    ("Qualified demos booked", 14, 13, 2, "Two demos of Friday were booked under another name."),
    ("Proposals sent", 11, 10, 1, "One was sent from the phone and not counted."),
    ("Activated accounts", 6, 5, 3, "Three accounts had two owners and were counted once."),
)


def events(world: World, week: int) -> list[Event]:
    """Everything that happens in a week besides figures and reviews, in no order."""
    at, found = world.line.at, list[Event]()
    for work in WORKS:
        for owner, since in work.owners[1:]:
            if since == week:
                found.append((at(week, 2, 10), partial(_hand_over, world, work, owner)))
        for metric in work.metrics:
            for limit in metric.limits[1:]:
                if limit.since == week and not limit.moved:
                    found.append((at(week, 1, 15), partial(_tighten, world, work, metric, limit)))
    for name, of, made, more, why in CORRECTIONS:
        if made == week:
            found.append((at(week, 1, 11), partial(_correct, world, name, of, more, why)))
    found += _outside_reviews(world, week)
    happens = _HAPPENS.get(week)
    if happens is not None:
        weekday, hour, act = happens
        found.append((at(week, weekday, hour), partial(act, world)))
    for weekday in (0, 3):
        found.append((at(week, weekday, 16, 40), partial(_evening, world, week, weekday)))
    return found


def _evening(world: World, week: int, weekday: int) -> None:
    promises.settle(world, world.line.at(week, weekday, 17).date())


def _hand_over(world: World, work: Work, owner: str) -> None:
    hand_over(world, work, owner, note="You have done half of it already.")


def _tighten(world: World, work: Work, metric: Metric, limit: Limit) -> None:
    put_limit(world, work, metric, limit)


def _correct(world: World, name: str, week: int, more: int, why: str) -> None:
    row = row_of(world, name, week)
    work, _ = world.by_metric[world.metrics[name].pk]
    owner = world.members[work.owners[-1][0]]
    value = int(str(row.value)) + more
    right = Row(row.metric, row.period, value, why)
    record_readings(actor=owner, at=world.soon(), rows=[right])


def _outside_reviews(world: World, week: int) -> list[Event]:
    """Decisions that did not wait for a meeting."""
    return [
        (world.line.at(*answer.when), partial(_decide, world, metric.name))
        for work in WORKS
        for metric in work.metrics
        for dip in metric.dips
        for answer in dip.answers
        if answer.when is not None and answer.when[0] == week
    ]


def _decide(world: World, name: str) -> None:
    breaches = Breach.objects.undecided().filter(metric=world.metrics[name])
    for breach in breaches.select_related("metric__initiative"):
        answer = answer_for(world, breach)
        if answer is not None:
            decide(world, breach, answer)


def _complete(world: World) -> None:
    end_initiative(
        actor=world.members["lucia"],
        at=world.soon(),
        initiative=world.initiatives["Autumn roadshow"],
        ended_as=State.COMPLETED,
        reason="Six towns, 640 people, 41 trials. The trade schools stay; the van goes back.",
    )
    world.over.add("Autumn roadshow")


def _pause(world: World) -> None:
    pause_initiative(
        actor=world.members["helen"],
        at=world.soon(),
        initiative=world.initiatives["Hiring engineers"],
        reason="Until the budget of next year is agreed.",
    )
    world.over.add("Hiring engineers")


def _draft(world: World) -> None:
    begin(world, SPANISH_LAUNCH)


def _plan_leave(world: World) -> None:
    """Mei is away now; Jakub answers for her work until she is back."""
    line = world.line
    plan_leave(
        actor=world.members["mei"],
        at=world.soon(),
        member=world.members["mei"],
        stand_in=world.members["jakub"],
        starts_on=line.monday(1),
        ends_on=line.monday(-1) + timedelta(days=4),
        note="With the children at the sea. The handbook of the onboarding lies on my desk.",
    )


def _leave(world: World) -> None:
    """Nobody is named for the portal; Sara is asked about the win-back calls."""
    calls = world.initiatives["Win-back sequence"]
    deactivate_member(
        actor=world.members["ben"],
        at=world.soon(),
        member=world.members["jonas"],
        reason="Moved to another company.",
        successors={calls.pk: world.members["sara"]},
    )
    world.members["jonas"].refresh_from_db(fields=["ended_at"])


def _decline(world: World) -> None:
    offer = Ownership.objects.pending().get(owner=world.members["sara"])
    decline_ownership(
        actor=world.members["sara"],
        at=world.soon(),
        ownership=offer,
        reason="I am on call every second week; the calls need somebody every morning.",
    )


def _offer_that_lapses(world: World) -> None:
    """Nobody answered this one in three working days; Rafael asked Jakub a month later."""
    offer_ownership(
        actor=world.members["rafael"],
        at=world.soon(),
        initiative=world.initiatives["Release train"],
        owner=world.members["sara"],
        note="Would you take the train?",
    )


_HAPPENS: dict[int, tuple[int, int, Callable[[World], None]]] = {
    24: (1, 9, _offer_that_lapses),
    9: (4, 12, _complete),
    7: (2, 9, _pause),
    4: (1, 11, _plan_leave),
    3: (3, 14, _draft),
    2: (4, 15, _leave),
    1: (1, 10, _decline),
}
