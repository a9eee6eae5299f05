"""What is due in a week: for a person, and in the teams of who leads. For the Monday digest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from django.db.models import Q

from accounts.models import Membership, Role
from accounts.tree import Tree
from cadence.breaches.models import Breach, BreachQuerySet
from cadence.breaches.queries import with_its_metric
from cadence.calendar.periods import PeriodKind, containing, last_ended
from cadence.decisions.models import Commitment, Decision, DecisionBreach, Verdict
from cadence.decisions.queries import approvable_by
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.metrics.models import Metric, Reading
from cadence.notices.words import day, in_period, listed, moment, of_breach
from cadence.notices.world import World
from cadence.ownership.models import Ownership
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import answers_for, offered_to
from cadence.permissions import led_teams
from cadence.reviews.missed import made_good
from cadence.reviews.models import Review
from cadence.reviews.queries import silent_owners

# More is said as a number: a mail is not the page.
SHOWN = 12


@dataclass(frozen=True)
class Due:
    """One thing: what, when, and the page where it is done."""

    text: str
    path: str
    when: str = ""


@dataclass
class Part:
    """Things of one sort. ``count`` may be more than are listed."""

    title: str
    path: str
    count: int = 0
    rows: list[Due] = field(default_factory=list)

    def add(self, rows: Iterable[Due]) -> "Part":
        found = list(rows)
        self.count, self.rows = len(found), found[:SHOWN]
        return self

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def due_for(member: Membership, monday: date, at: datetime) -> list[Part]:
    """What this person is to do in the week of that Monday, in the order in which others wait for
    it. The Monday is the person's own: where they live it may have come while the organization
    still has Sunday."""
    world = World(member.organization, [])
    zone = member.organization.zone
    today = max(at.astimezone(zone).date(), monday)
    sunday = monday + timedelta(days=6)
    end = datetime.combine(sunday + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    my_week = f"{world.page('my-week')}#waits"
    waiting = _waiting().filter(answerable=member, due_at__lt=end)
    decisions = [
        Due(of_breach(one), world.page("breach", one.pk), f"by {moment(one.due_at, zone)}")
        for one in with_its_metric(waiting).order_by("due_at", "pk")
    ]
    offers = [
        Due(
            f"Answer whether you own {one.initiative.name}",
            my_week,
            f"by {moment(one.due_at, zone)}",
        )
        for one in offered_to(member, at)
    ]
    approvals = [
        Due(f"D-{one.number}: {one.what}", world.page("decision", one.number))
        for one in approvable_by(member)
    ]
    commitments = Commitment.objects.filter(
        person=member, kept_at=None, dropped_at=None, due_on__lte=sunday
    )
    promised = [
        Due(one.text, my_week, f"{'by' if one.due_on >= today else 'was due'} {day(one.due_on)}")
        for one in commitments.order_by("due_on", "pk")
    ]
    reviews = Review.objects.planned().filter(facilitator=member, starts_at__gte=at)
    runs = [
        Due(f"You run {one.series.name}", world.page("review", one.pk), moment(one.starts_at, zone))
        for one in reviews.filter(starts_at__lt=end).select_related("series").order_by("starts_at")
    ]
    parts = [
        Part("Decisions", my_week).add(decisions),
        Part("Approvals", my_week).add(approvals),
        Part("Offers to answer", my_week).add(offers),
        Part("Verdicts to acknowledge", my_week).add(_verdicts(member, world, at)),
        Part("Readings", world.page("my-week")).add(_readings(member, world, today)),
        Part("Commitments", my_week).add(promised),
        Part("Reviews", world.page("reviews")).add(runs),
    ]
    return [part for part in parts if part.count]


def wrong_in(member: Membership, at: datetime) -> list[Part]:
    """What is orphaned, undecided and overdue in the teams of who leads some."""
    teams = set(led_teams(member))
    world = World(member.organization, [])
    if member.role == Role.EXECUTIVE:
        teams |= set(world.tree.teams)
    if not teams:
        return []
    zone = member.organization.zone
    alone = orphans(
        member.organization, at, team_ids=teams, silent=silent_owners(member.organization, at)
    )
    orphaned = [
        Due(
            f"{one.initiative.name}: {listed([_lower(reason.label) for reason in one.reasons])}",
            f"{world.page('ownership')}#initiative-{one.initiative.pk}",
            f"since {day(one.since.astimezone(zone).date())}",
        )
        for one in alone
    ]
    decisions = world.page("decisions")
    parts = [
        Part("Without an owner who answers", world.page("ownership")).add(orphaned),
        Part("Undecided", decisions).add(_undecided(teams, world, at)),
        Part("Reviews that were not held", world.page("reviews")).add(_missed(teams, world)),
        Part("Verdicts not acknowledged in time", decisions).add(_unseen(teams, world, at)),
        Part("Overdue commitments", decisions).add(_broken(teams, world, at)),
        Part("Offers not answered in time", world.page("ownership")).add(_silent(teams, world, at)),
    ]
    return [part for part in parts if part.count]


def _undecided(teams: Collection[int], world: World, at: datetime) -> list[Due]:
    """All of them, the earliest due first. What has gone up has a later moment now, and is late
    all the same."""
    rows = _waiting().filter(metric__initiative__team__in=teams)
    found = []
    for one in with_its_metric(rows).order_by("due_at", "pk"):
        due = moment(one.due_at, world.organization.zone)
        when = f"by {due}"
        if one.due_at < at:
            when = f"late, was due {due}"
        elif one.level:
            when = f"gone up, by {due}"
        who = one.answerable.name if one.answerable else "nobody"
        found.append(Due(f"{of_breach(one)} ({who} decides)", world.page("breach", one.pk), when))
    return found


def _missed(teams: Collection[int], world: World) -> list[Due]:
    rows = Review.objects.filter(
        ~made_good(), team__in=teams, missed_at__isnull=False, series__ended_at__isnull=True
    )
    return [
        Due(
            f"{one.series.name} ({one.facilitator.name} runs it)",
            world.page("review", one.pk),
            f"of {day(one.occurs_on)}",
        )
        for one in rows.select_related("series", "facilitator").order_by("occurs_on", "pk")
    ]


def _unseen(teams: Collection[int], world: World, at: datetime) -> list[Due]:
    about = DecisionBreach.objects.filter(
        breach__metric__initiative__in=Initiative.objects.active().filter(team__in=teams)
    )
    rows = Verdict.objects.filter(
        _passed(at), decision__in=about.values("decision"), acknowledged_at=None
    )
    return [
        Due(
            f"D-{one.decision.number}: {one.get_result_display()}",
            world.page("decision", one.decision.number),
            f"given {day(one.given_at.astimezone(world.organization.zone).date())}",
        )
        for one in rows.select_related("decision").order_by("given_at", "pk")
    ]


def _silent(teams: Collection[int], world: World, at: datetime) -> list[Due]:
    rows = Ownership.objects.pending().filter(initiative__team__in=teams, due_at__lt=at)
    return [
        Due(
            f"{one.owner.name} was asked to own {one.initiative.name}",
            f"{world.page('ownership')}#initiative-{one.initiative_id}",
            f"was due {moment(one.due_at, world.organization.zone)}",
        )
        for one in rows.select_related("owner", "initiative").order_by("due_at", "pk")
    ]


def _passed(at: datetime) -> Q:
    """Each step up gives a new moment; whatever went up has missed its first."""
    return Q(due_at__lt=at) | Q(level__gt=0)


def _waiting() -> BreachQuerySet:
    rows = Breach.objects.undecided() | Breach.objects.escalated()
    # While an initiative is paused its clocks stand still.
    return rows.filter(
        metric__initiative__ended_at__isnull=True, metric__initiative__paused_at__isnull=True
    )


def _broken(teams: Collection[int], world: World, at: datetime) -> list[Due]:
    rows = Commitment.objects.filter(
        _passed(at), initiative__team__in=teams, kept_at=None, dropped_at=None
    ).exclude(initiative__paused_at__isnull=False, initiative__ended_at__isnull=True)
    return [
        Due(
            f"{one.person.name}: {one.text}",
            world.page("initiative", one.initiative_id),
            f"due {day(one.due_on)}",
        )
        for one in rows.select_related("person").order_by("due_on", "pk")
    ]


def _verdicts(member: Membership, world: World, at: datetime) -> list[Due]:
    owned = Ownership.objects.current().filter(owner=member).values("initiative")
    acting = _answered_by(member, Initiative.objects.going(), world.tree)
    initiative = "decision__breaches__metric__initiative__in"
    mine = (
        Q(decision__decided_by=member)
        | Q(escalated_to=member)
        | Q(**{initiative: owned})
        | Q(**{initiative: acting})
    )
    rows = Verdict.objects.filter(mine, organization=member.organization_id, acknowledged_at=None)
    found: list[tuple[Verdict, Decision]] = [
        (one, one.decision) for one in rows.select_related("decision").distinct().order_by("due_at")
    ]
    return [
        Due(
            f"D-{decision.number}: {one.get_result_display()}. {one.grounds}",
            world.page("decision", decision.number),
            f"by {moment(one.due_at, world.organization.zone)}",
        )
        for one, decision in found
    ]


def _readings(member: Membership, world: World, today: date) -> list[Due]:
    """The last period of each metric that has none, of the work this person answers for."""
    organization = member.organization
    work = _answered_by(member, Initiative.objects.active(), world.tree)
    metrics = Metric.objects.expected().filter(initiative__in=work)
    wanted = {
        one: last_ended(cast(PeriodKind, one.read_per), today, organization.week_start)
        for one in metrics.order_by("name", "pk")
    }
    given = set(
        Reading.objects.filter(
            metric__in=list(wanted), starts_on__in=set(wanted.values())
        ).values_list("metric", "starts_on")
    )
    return [
        Due(f"{one.name}, {in_period(one.read_per, start)}", world.page("my-week"))
        for one, start in wanted.items()
        if (one.pk, start) not in given and _is_owed(one, start, organization.week_start)
    ]


def _is_owed(metric: Metric, start: date, week_start: int) -> bool:
    """Not what was before the work began, nor what is a breach already: that is to be decided."""
    read_per, judged_per = cast(PeriodKind, metric.read_per), cast(PeriodKind, metric.judged_per)
    return containing(read_per, start, judged_per, week_start) > metric.checked_to


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _answered_by(member: Membership, initiatives: InitiativeQuerySet, tree: Tree) -> list[int]:
    """Those of the initiatives for which the person answers: as owner, as stand-in, in the
    interim, or as the acting lead."""
    work = list(initiatives.filter(organization=member.organization_id))
    for initiative in work:
        initiative.organization = tree.organization
    answers = answers_for(work, tree)
    return [
        one.pk
        for one in work
        if (found := answers[one.pk].member) is not None and found.pk == member.pk
    ]
