"""The company as it is founded: people, teams, priorities, initiatives, metrics, rhythm."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property

from accounts.models import ApiToken, Membership, Organization, Role, Scope, Team
from cadence.calendar.periods import MONTH, shift
from cadence.decisions.models import Commitment
from cadence.evaluation.lifecycle import activate_initiative
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.initiatives.actions import create_initiative, create_priority
from cadence.initiatives.models import Initiative, Priority
from cadence.management.demo import customers, delivery, growth, people, sales
from cadence.management.demo.plot import Limit, Metric, Work
from cadence.management.demo.timeline import FOUNDED, Timeline
from cadence.metrics.actions import create_metric
from cadence.metrics.models import Metric as Stored
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.people.actions import change_settings, found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.members import add_machine
from cadence.people.teams import change_team, create_team
from cadence.people.tokens import issue_token
from cadence.reviews.models import ReviewSeries
from cadence.reviews.series import create_series

WORKS = (*growth.WORKS, *sales.WORKS, *customers.WORKS, *delivery.WORKS)
# A reading is awaited this many working days: longer than a week, so that what is due today is
# not yet missed, on whatever day the demo is built.
GRACE_DAYS = 6
# More initiatives than these are too many for one person.
LOAD_LIMIT = 2


class World:
    """Everything there is, by the names of the plot, and the clock, which never goes back."""

    def __init__(self, line: Timeline, slug: str) -> None:
        self.line, self.slug = line, slug
        self.moment = line.at(FOUNDED, 0, 9)
        self.members: dict[str, Membership] = {}
        self.teams: dict[str, Team] = {}
        self.priorities: dict[int, Priority] = {}
        self.initiatives: dict[str, Initiative] = {}
        self.metrics: dict[str, Stored] = {}
        self.series: dict[str, ReviewSeries] = {}
        # Names of initiatives that are paused or have ended.
        self.over: set[str] = set()
        # How many answers of the plot each breach has had, by its id.
        self.said: dict[int, int] = {}
        # Commitments that are neither kept nor dropped, by their text.
        self.promised: dict[str, Commitment] = {}
        self.organization: Organization
        self.token: ApiToken

    def go(self, moment: datetime) -> datetime:
        """It is this moment now, or a second after the last act when that was later."""
        self.moment = max(moment, self.moment + timedelta(seconds=1))
        return self.moment

    def soon(self, seconds: int = 20) -> datetime:
        """A little later."""
        return self.go(self.moment + timedelta(seconds=seconds))

    def lead(self, work: Work) -> Membership:
        """Who leads the team of an initiative."""
        return self.members[next(lead for name, _, lead in people.TEAMS if name == work.team)]

    @cached_property
    def people(self) -> dict[int, Membership]:
        """The members by id. What an actor may do is remembered on these very objects."""
        return {member.pk: member for member in self.members.values()}

    @cached_property
    def by_metric(self) -> dict[int, tuple[Work, Metric]]:
        """What the plot says of a metric, by its id."""
        return {
            self.metrics[metric.name].pk: (work, metric)
            for work in WORKS
            for metric in work.metrics
            if metric.name in self.metrics
        }


def found(world: World) -> None:
    """A week of founding: from the organization to the first offers that are accepted."""
    _people(world)
    _leads(world)
    _settings(world)
    line, ingrid = world.line, world.members["ingrid"]
    world.go(line.at(FOUNDED, 1, 10))
    first = shift(MONTH, line.monday(FOUNDED).replace(day=1), 0)
    for rank, (name, description) in enumerate(people.PRIORITIES, start=1):
        world.priorities[rank] = create_priority(
            actor=ingrid,
            at=world.soon(240),
            name=name,
            description=description,
            starts_on=first,
            ends_on=shift(MONTH, first, 12) - timedelta(days=1),
        )
    world.go(line.at(FOUNDED, 2, 9))
    for work in WORKS:
        if work.draft_since is None:
            begin(world, work)
    world.go(line.at(FOUNDED, 3, 10))
    for work in WORKS:
        if work.draft_since is None:
            actor = world.lead(work)
            initiative = world.initiatives[work.name]
            activate_initiative(actor=actor, at=world.soon(), initiative=initiative)
    world.go(line.at(FOUNDED, 4, 11))
    _rhythm(world)


def begin(world: World, work: Work) -> None:
    """A draft with its metrics and thresholds, and its first owner where it has one."""
    lead = world.lead(work)
    initiative = create_initiative(
        actor=lead,
        at=world.soon(90),
        priority=world.priorities[work.priority],
        team=world.teams[work.team],
        name=work.name,
        description=work.about,
        budget_at_stake=work.budget,
    )
    world.initiatives[work.name] = initiative
    for metric in work.metrics:
        world.metrics[metric.name] = create_metric(
            actor=lead,
            at=world.soon(),
            initiative=initiative,
            name=metric.name,
            kind=metric.kind,
            unit=metric.unit,
            decimals=metric.decimals,
            read_per=metric.read,
            judged_per=metric.per,
            aggregation=metric.how,
            leads_to=world.metrics[metric.leads_to] if metric.leads_to else None,
            grace_days=world.line.short_grace if metric.short_grace else None,
        )
        for limit in metric.limits[:1]:
            put_limit(world, work, metric, limit, _long_ago(world))
    for derived in work.derived:
        create_metric(
            actor=lead,
            at=world.soon(),
            initiative=initiative,
            name=derived.name,
            kind=derived.kind,
            unit=derived.unit,
            decimals=derived.decimals,
            formula=derived.formula,
            operands=[world.metrics[name] for name in derived.of],
        )
    for owner, _ in work.owners[:1]:
        hand_over(world, work, owner, note="")


def put_limit(
    world: World, work: Work, metric: Metric, limit: Limit, starts_on: date | None = None
) -> None:
    wanted = Wanted(
        floor=limit.floor,
        ceiling=limit.ceiling,
        floor_metric=world.metrics[limit.plan] if limit.plan else None,
        periods_in_a_row=limit.row,
        agreed_response=limit.response,
        reason=limit.reason,
        starts_on=starts_on,
    )
    actor, stored = world.lead(work), world.metrics[metric.name]
    set_threshold(actor=actor, at=world.soon(), metric=stored, wanted=wanted)


def hand_over(world: World, work: Work, owner: str, note: str) -> None:
    """An offer by the lead of the team, accepted the same hour."""
    lead, person = world.lead(work), world.members[owner]
    offer = offer_ownership(
        actor=lead,
        at=world.soon(60),
        initiative=world.initiatives[work.name],
        owner=person,
        note=note,
    )
    if person != lead:
        accept_ownership(actor=person, at=world.soon(900), ownership=offer)


def _long_ago(world: World) -> date:
    """Months are drawn for a year; the first version of a threshold holds for all of them."""
    return world.line.month(13)


def _people(world: World) -> None:
    organization, administrator = found_organization(
        at=world.moment,
        name=people.NAME,
        slug=world.slug,
        time_zone=people.TIME_ZONE,
        country=people.COUNTRY,
        currency=people.CURRENCY,
        administrator_email=_address(world, people.ADMINISTRATOR.name),
        administrator_name=people.ADMINISTRATOR.name,
        password=people.PASSWORD,
        is_demo=True,
    )
    world.organization = organization
    world.members["ben"] = administrator
    for name, parent, _ in people.TEAMS:
        world.teams[name] = create_team(
            actor=administrator,
            at=world.soon(),
            name=name,
            parent=world.teams[parent] if parent else None,
        )
    for person in people.PEOPLE:
        _, secret = invite(
            actor=administrator,
            at=world.soon(60),
            email=_address(world, person.name),
            name=person.name,
            role=person.role,
            team=world.teams[person.team],
        )
        world.members[person.key] = accept_invitation(
            at=world.soon(240), secret=secret, password=people.PASSWORD
        )
    machine = add_machine(actor=administrator, at=world.soon(), name=people.MACHINE)
    world.members["machine"] = machine
    world.token, _ = issue_token(
        actor=administrator,
        at=world.soon(),
        membership=machine,
        name="Nightly export",
        scopes=[Scope.READINGS],
        days=365,
    )


def _address(world: World, name: str) -> str:
    plain = name.lower().translate(str.maketrans("áéíóú ", "aeiou."))
    return f"{plain}@{world.slug}.example"


def _leads(world: World) -> None:
    world.go(world.line.at(FOUNDED, 0, 14))
    for name, parent, lead in people.TEAMS:
        change_team(
            actor=world.members["ben"],
            at=world.soon(),
            team=world.teams[name],
            name=name,
            parent=world.teams[parent] if parent else None,
            lead=world.members[lead],
        )


def _settings(world: World) -> None:
    organization = world.organization
    change_settings(
        actor=world.members["ben"],
        at=world.soon(),
        name=organization.name,
        time_zone=organization.time_zone,
        week_start=organization.week_start,
        country=organization.country,
        subdivision=organization.subdivision,
        currency=organization.currency,
        decision_days=organization.decision_days,
        offer_days=organization.offer_days,
        grace_days=GRACE_DAYS,
        sponsor=world.members["ingrid"],
        load_limit=LOAD_LIMIT,
    )
    # Everybody once more, with the settings and the tree as they are now.
    rows = Membership.objects.filter(organization=organization)
    now = {row.pk: row for row in rows.select_related("organization", "user", "team")}
    world.members = {key: now[member.pk] for key, member in world.members.items()}
    world.organization = world.members["ben"].organization


def _rhythm(world: World) -> None:
    line = world.line
    begun = line.review_at.time()
    starts_on = line.monday(FOUNDED - 1)
    for key, team, name, kind, rule, clock, minutes, lead, facilitator in (
        ("growth", "Growth", "Growth weekly", "weekly", line.weekly_rule, f"{begun:%H:%M}", 45,
         "dana", "noor"),
        ("delivery", "Product and delivery", "Product and delivery weekly", "weekly",
         line.other_weekly_rule, "11:00", 30, "rafael", "sara"),
        ("company", "Larkmoor", "Monthly performance review", "monthly", line.monthly_rule,
         "14:00", 90, "ingrid", "helen"),
    ):  # fmt: skip
        world.series[key] = create_series(
            actor=world.members[lead],
            at=world.soon(120),
            team=world.teams[team],
            name=name,
            kind=kind,
            rule=rule,
            starts_on=starts_on,
            time_of_day=clock,
            minutes=minutes,
            facilitator=world.members[facilitator],
        )


def everybody(world: World) -> Iterator[Membership]:
    """The people who are there and take part."""
    for member in world.members.values():
        if member.is_person and member.role != Role.OBSERVER:
            yield member
