"""All of it, in order and in one transaction: an organization that is made half is none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from cadence.calendar.periods import WEEK
from cadence.evaluation.actions import record_readings, sweep_missing
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.rows import Row
from cadence.evaluation.verdicts import give_verdicts
from cadence.management.generate.breaching import Past
from cadence.management.generate.founding import People, found
from cadence.management.generate.history import tell
from cadence.management.generate.plan import Sizes, metrics
from cadence.management.generate.rhythm import begin_series, first_week, hold_weeks
from cadence.management.generate.values import Timeline
from cadence.management.generate.work import MORNING, begin
from cadence.notices.derive import take_as_told
from cadence.reviews.actions import open_due

ZONE = ZoneInfo("Europe/Berlin")
Say = Callable[[str, int, int], None]
"""What is being made, how much of it is there, and how much there is to be."""


@dataclass(frozen=True)
class Made:
    """What there is. ``digest`` is the same for the same sizes, seed and week."""

    people: People
    readings: int
    judgements: int
    breaches: int
    digest: str


@transaction.atomic
def make(sizes: Sizes, *, name: str, slug: str, at: datetime, secret: str | None, say: Say) -> Made:
    """Make an organization whose readings go to ``at``. Raises PlanError, Refusal."""
    sizes.check()
    timeline = Timeline(at, ZONE)
    plans = metrics(sizes)
    first = min(timeline.span(plan).starts[0] for plan in plans) - timedelta(days=60)
    founded_at = datetime.combine(first, MORNING, ZONE)
    say("People and teams", 0, 1)
    people = found(sizes, name=name, slug=slug, at=founded_at, secret=secret)
    say("People and teams", 1, 1)
    say("Initiatives, metrics and thresholds", 0, 1)
    work, record = begin(sizes, people, plans, timeline, founded_at + timedelta(days=7))
    say("Initiatives, metrics and thresholds", 1, 1)
    told = tell(
        people,
        work,
        plans,
        sizes.seed,
        timeline,
        record,
        lambda done, whole: say("Readings and judgements", done, whole),
    )
    say("Breaches, decisions and the ledger", 0, 1)
    past = Past(people.organization, work, timeline, record)
    since = datetime.combine(first_week(timeline), time(0), ZONE)
    past.decide(past.open([case for case in told.cases if past.opened_at(case) < since]))
    record.write(since)
    say("Breaches, decisions and the ledger", 1, 1)
    say("The last weeks", 0, 1)
    begin_series(people, timeline)
    rest = [case for case in told.cases if past.opened_at(case) >= since]
    hold_weeks(people, past, rest, timeline)
    _end(people, told.red, timeline)
    say("The last weeks", 1, 1)
    return Made(
        people,
        told.readings + len(told.red),
        told.judgements + len(told.red),
        people.organization.breaches.count(),
        told.digest.hexdigest(),
    )


def _end(people: People, red: list[Row], timeline: Timeline) -> None:
    """This week as it would have come: the last readings, then a look at what is due."""
    organization = people.organization
    if red:
        read_at = timeline.read_at(WEEK, timeline.last_week)
        record_readings(actor=people.machine, at=read_at, rows=red)
    sweep_missing(at=timeline.at, organization=organization)
    give_verdicts(at=timeline.at, organization=organization)
    escalate_overdue(at=timeline.at, organization=organization)
    open_due(at=timeline.at, organization=organization)
    # Nobody is mailed years of news.
    take_as_told(organization)
