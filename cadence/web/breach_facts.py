"""What a screen about one breach shows, in the review room and on the breach's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from accounts.models import Membership
from accounts.tree import Tree
from cadence.analysis.reading import SignalReading, read_signal
from cadence.behaviour.queries import rebasings_of
from cadence.breaches.models import Breach, Kind
from cadence.calendar.periods import PeriodKind, label, last_ended, shift, span
from cadence.charts import Limits, Svg
from cadence.decisions.models import Decision
from cadence.decisions.queries import earlier_decisions
from cadence.evaluation.histories import History, Moment
from cadence.evaluation.states import breach_state
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.metrics.queries import in_force, judgements_of, thresholds_of
from cadence.ownership.queries import Answerable, answers_for
from cadence.web.metric_charts import chart_of

PERIODS_SHOWN = 13
# As many periods say what is usual: half a year of weeks.
PERIODS_KNOWN = 26
# The chart of the room's middle column: words stay at their size.
WIDTH = 560
_ROLES = {"": "owner", "stand_in": "stands in", "interim": "interim owner", "lead": "acting owner"}


@dataclass(frozen=True)
class Step:
    """A person on the escalation path of a breach, and whether the duty is theirs now."""

    person: Membership
    role: str
    is_answerable: bool


@dataclass(frozen=True)
class BreachFacts:
    """A breach with its figures, its chart and its history."""

    breach: Breach
    answers: Answerable
    latest: Judgement | None
    limit: Decimal | None
    side: str
    threshold: Threshold | None
    run: str
    chart: Svg
    earlier: list[Decision]
    path: list[Step]
    # Whether its values are a signal or routine variation; None for a missing reading.
    signal: SignalReading | None

    @property
    def metric(self) -> Metric:
        return self.breach.metric

    @property
    def is_at_the_top(self) -> bool:
        """Whether the last person of the path has it."""
        return bool(self.path) and self.path[-1].is_answerable

    @property
    def awaiting(self) -> list[Decision]:
        """Decisions about this breach that a second person has not answered yet."""
        since = self.breach.undecided_since
        return [
            one
            for one in self.earlier
            if one.needs_approval and not hasattr(one, "approval") and one.decided_at >= since
        ]

    @property
    def distance(self) -> Decimal | None:
        """From the limit to the latest value; negative below it."""
        if self.latest is None or self.limit is None:
            return None
        distance: Decimal = self.latest.value - self.limit
        return distance


def facts_of(breach: Breach, at: datetime) -> BreachFacts:
    """A constant number of queries. The breach comes with its metric, initiative and team."""
    metric = breach.metric
    versions = thresholds_of([metric.pk]).get(metric.pk, [])
    days = _days(breach, at)
    known = span(cast(PeriodKind, metric.judged_per), days[-1], PERIODS_KNOWN)
    rows = {row.starts_on: row for row in judgements_of([metric.pk], known[0]).get(metric.pk, [])}
    run = _run(breach, list(rows.values()))
    shown = {day: row for day, row in rows.items() if days[0] <= day <= days[-1]}
    anew = [row.starts_on for row in rebasings_of([metric.pk]).get(metric.pk, ())]
    starts = [at for at, day in enumerate(known) if day in anew]
    signal = _signal(breach, [rows.get(day) for day in known], starts)
    latest = shown[max(shown)] if shown else None
    side = breach.side or (latest.result if latest and latest.is_beyond else "")
    earlier = earlier_decisions(breach)
    threshold = in_force(versions, latest.starts_on if latest else days[-1])
    answers = answers_for([metric.initiative])[metric.initiative_id]
    return BreachFacts(
        breach=breach,
        answers=answers,
        latest=latest,
        limit=_limit(latest, side) if latest else None,
        side=side,
        threshold=threshold,
        run=run,
        chart=chart_of(
            History(
                metric=metric,
                moments=[Moment(day, shown.get(day), in_force(versions, day)) for day in days],
                versions=versions,
                decisions=earlier,
                breaches=[breach],
                state=breach_state(breach, at),
            ),
            width=WIDTH,
            limits=_limits(signal, known),
        ),
        earlier=earlier,
        path=_path(breach, answers),
        signal=signal,
    )


def _limits(signal: SignalReading | None, days: Sequence[date]) -> Limits | None:
    if signal is None or signal.limits is None:
        return None
    return Limits(*signal.limits, days[signal.since])


def _signal(
    breach: Breach, rows: Sequence[Judgement | None], starts: Sequence[int]
) -> SignalReading | None:
    """What the values of the episode are, beside half a year of what was usual. ``starts``: where
    limits were computed anew."""
    if breach.kind == Kind.MISSING:
        return None
    over = breach.recovered_period
    episode = [
        at
        for at, row in enumerate(rows)
        if row is not None
        and row.starts_on >= breach.first_period
        and (over is None or row.starts_on < over)
    ]
    version = breach.threshold
    return read_signal(
        [row.value if row else None for row in rows],
        episode,
        starts=starts,
        floor=version.floor if version else None,
        ceiling=version.ceiling if version else None,
    )


def _days(breach: Breach, at: datetime) -> list[date]:
    """The periods of the chart: the latest, or for an old breach those around it."""
    organization = breach.organization
    kind = cast(PeriodKind, breach.metric.judged_per)
    today = at.astimezone(organization.zone).date()
    last = last_ended(kind, today, organization.week_start)
    over = breach.recovered_period or breach.opening_period
    if breach.is_decided and breach.recovered_at is not None:
        last = min(last, shift(kind, over, PERIODS_SHOWN // 3))
    return span(kind, max(last, breach.opening_period), PERIODS_SHOWN)


def _limit(row: Judgement, side: str) -> Decimal | None:
    limit: Decimal | None = row.floor
    if side == "above" or limit is None:
        limit = row.ceiling
    return limit


def _run(breach: Breach, rows: Sequence[Judgement]) -> str:
    """``below for 2 weeks``, ``no reading for week of 9 Nov``."""
    metric = breach.metric
    kind = cast(PeriodKind, metric.judged_per)
    if breach.kind == Kind.MISSING:
        return f"no reading since {label(kind, breach.first_period)}"
    count = 0
    for row in sorted(rows, key=lambda row: row.starts_on):
        if row.starts_on < breach.first_period:
            continue
        if row.result == "inside" or (
            breach.recovered_period and row.starts_on >= breach.recovered_period
        ):
            break
        count += row.is_beyond
    count = max(count, 1)
    return f"{breach.side} for {count} {kind}{'s' if count != 1 else ''}"


def _path(breach: Breach, answers: Answerable) -> list[Step]:
    """Who has or had the duty, nearest first: the owner, then the leads above, to the sponsor."""
    tree = Tree(breach.organization)
    found: list[Step] = []

    def add(person: Membership | None, role: str) -> None:
        if person is not None and all(step.person.pk != person.pk for step in found):
            found.append(Step(person, role, person.pk == breach.answerable_id))

    add(answers.member, _ROLES[answers.because])
    if answers.because == "stand_in":
        add(answers.owner, "owner, on leave")
    for team in tree.upwards(breach.metric.initiative.team_id):
        if team.lead is not None and team.lead.is_current:
            add(team.lead, f"leads {team.name}")
    if tree.sponsor is not None and tree.sponsor.is_current:
        add(tree.sponsor, "executive sponsor")
    add(breach.answerable, "asked to decide")
    return found
