"""What comes in every week: readings of the machine and of the owners, and check-ins."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.calendar.periods import DAY, MONTH, PeriodKind, parts, shift
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.management.demo.figures import drawn, spread
from cadence.management.demo.plot import Limit, Metric, Work
from cadence.management.demo.timeline import FOUNDED, Timeline
from cadence.management.demo.world import WORKS, World
from cadence.ownership.queries import answers_for, owners_of
from cadence.people.tokens import touch_token
from cadence.reviews.check_ins import check_in

PLANS = {limit.plan for work in WORKS for metric in work.metrics for limit in metric.limits}
_METRICS = {metric.name: metric for work in WORKS for metric in work.metrics}
# Months are told from a year ago on, and the plan reaches so many weeks ahead.
MONTHS, WEEKS_AHEAD = 12, 9


def plan_ahead(world: World, work: Work) -> None:
    """The owner types the plan of the whole time at once."""
    rows = [
        Row(world.metrics[metric.name].pk, world.line.monday(week), value_of(metric, week))
        for metric in work.metrics
        if metric.name in PLANS
        for week in range(FOUNDED, -WEEKS_AHEAD, -1)
    ]
    record_readings(actor=world.lead(work), at=world.soon(600), rows=rows)


def machine_pushes(world: World, first: date, last: date) -> None:
    """The readings of some days, from the machine and its token."""
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    rows = [
        row
        for work, metric in _running(world)
        if metric.machine
        for row in _daily(world, metric, days)
    ]
    machine = world.members["machine"]
    if rows:
        record_readings(actor=machine, at=world.soon(), rows=rows)
        touch_token(token=world.token, at=world.moment)


def owners_enter(world: World, week: int) -> None:
    """Each owner, or whoever acts for one, enters what is due at the beginning of a week."""
    due: dict[int, tuple[Membership, list[Row]]] = {}
    works = dict.fromkeys(work for work, _ in _running(world))
    answering = answers_for([world.initiatives[work.name] for work in works])
    for work, metric in _running(world):
        person = answering[world.initiatives[work.name].pk].member
        assert person is not None
        rows = list(_due(world, metric, week))
        if rows and not metric.machine:
            due.setdefault(person.pk, (person, []))[1].extend(rows)
    for person, rows in due.values():
        record_readings(actor=world.people[person.pk], at=world.soon(170), rows=rows)


def row_of(world: World, name: str, week: int, note: str = "") -> Row:
    metric = _METRICS[name]
    start = world.line.monday(week)
    return Row(world.metrics[name].pk, start, value_of(metric, week), note)


def check_ins(world: World, week: int) -> None:
    """Every second week an owner writes how it goes."""
    running = [work for work in WORKS if _is_running(world, work)]
    owners = owners_of(world.initiatives[work.name].pk for work in running)
    trouble = _trouble(world)
    for place, work in enumerate(running):
        initiative = world.initiatives[work.name]
        owner = owners.get(initiative.pk)
        waits = week == 0 and owner == world.members["priya"]
        if owner is None or waits or (place + week) % 2:
            continue
        level = trouble.get(initiative.pk)
        confidence = "on_track" if level is None else "off_track" if level else "at_risk"
        turn = week // 2
        check_in(
            actor=world.people[owner.pk],
            at=world.soon(150),
            initiative=initiative,
            confidence=confidence,
            helped=work.helped[turn % len(work.helped)],
            in_the_way=work.in_the_way[turn % len(work.in_the_way)] if level is not None else "",
            needed="A decision in the next review." if level else "",
        )


def value_of(metric: Metric, ago: int, week: int | None = None) -> Decimal:
    """What a period of a metric comes to; ``week`` is the week of a day, counted back."""
    limit = limit_in(metric, ago if week is None else week)
    plan = value_of(_METRICS[limit.plan], ago) if limit is not None and limit.plan else None
    return drawn(metric, ago, limit, plan, week)


@lru_cache
def limit_in(metric: Metric, week: int) -> Limit | None:
    """The version of its threshold that holds in a week, as the plot has it."""
    return min(
        (limit for limit in metric.limits if limit.since >= week),
        key=lambda limit: limit.since,
        default=None,
    )


def _running(world: World) -> Iterable[tuple[Work, Metric]]:
    for work in WORKS:
        if _is_running(world, work):
            for metric in work.metrics:
                if metric.name not in PLANS:
                    yield work, metric


def _is_running(world: World, work: Work) -> bool:
    return work.name in world.initiatives and work.name not in world.over


def _due(world: World, metric: Metric, week: int) -> Iterable[Row]:
    """The readings of a metric that its owner enters in a week."""
    line, stored = world.line, world.metrics[metric.name]
    if metric.read == "month":
        for ago in _months_ended(line, week):
            yield Row(stored.pk, line.month(ago), value_of(metric, ago))
    elif metric.read == "week":
        last = week + 1
        missing = {hole.week for hole in metric.holes}
        if last == 1 and (metric.late or (metric.open and line.is_last_week_due)):
            missing.add(1)
        if last not in missing:
            yield Row(stored.pk, line.monday(last), value_of(metric, last))
        for hole in metric.holes:
            if hole.later is not None and hole.week - 1 - hole.later == week:
                yield Row(stored.pk, line.monday(hole.week), value_of(metric, hole.week))


def _months_ended(line: Timeline, week: int) -> list[int]:
    """The months that ended in the week before; in the first week all that there were."""
    today, before = line.monday(week), line.monday(week + 1)
    found = []
    for ago in range(MONTHS, 0, -1):
        following = shift(MONTH, line.month(ago), 1)
        if following <= today and (following > before or week == FOUNDED - 2):
            found.append(ago)
    return found


def _daily(world: World, metric: Metric, days: list[date]) -> Iterable[Row]:
    line, stored = world.line, world.metrics[metric.name]
    if metric.per == "day":
        for day in days:
            week = _week_of(line, day)
            yield Row(stored.pk, day, value_of(metric, (line.today - day).days, week))
        return
    weeks = {_week_of(line, day) for day in days}
    for week in sorted(weeks, reverse=True):
        kind: PeriodKind = "week"
        pieces = parts(kind, line.monday(week), DAY, 0)
        values = spread(metric, value_of(metric, week), week, [day.weekday() for day in pieces])
        for day, value in zip(pieces, values, strict=True):
            if day in days:
                yield Row(stored.pk, day, value)


def _week_of(line: Timeline, day: date) -> int:
    return -((day - line.monday(0)).days // 7)


def _trouble(world: World) -> dict[int, int]:
    """How far up the worst open breach of each initiative stands, where there is one."""
    rows = Breach.objects.open().filter(organization=world.organization)
    found: dict[int, int] = {}
    for key, level in rows.values_list("metric__initiative", "level"):
        found[key] = max(level, found.get(key, 0))
    return found
