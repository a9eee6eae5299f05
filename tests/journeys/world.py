"""An organization with a weekly that is due now, as its people set it up through the actions."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Membership, Organization, Role, Team
from cadence.evaluation.lifecycle import activate_initiative
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.initiatives.actions import create_initiative, create_priority
from cadence.initiatives.models import Priority
from cadence.metrics.actions import create_metric
from cadence.metrics.models import Metric
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.people.actions import found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.teams import create_team
from cadence.people.tokens import issue_token
from cadence.reviews.models import Review
from cadence.reviews.series import create_series

AGO = 14
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PASSWORD = "correct horse battery staple"
AGREED = "Two people call every open lead on Tuesday."


@dataclass(frozen=True)
class World:
    organization: Organization
    elena: Membership  # executive
    dana: Membership  # leads Demand
    olu: Membership  # will own the work
    fay: Membership  # facilitates
    team: Team
    priority: Priority
    review: Review

    def told(self) -> dict[str, object]:
        """What a client of the API needs: numbers, and tokens of the people."""
        people = {"dana": self.dana, "olu": self.olu, "fay": self.fay}
        tokens = {
            name: issue_token(actor=one, at=timezone.now(), membership=one, name="Journey")[1]
            for name, one in people.items()
        }
        return {
            "organization": self.organization.pk,
            "tokens": tokens,
            "people": {name: one.pk for name, one in people.items()},
            "team": self.team.pk,
            "priority": self.priority.pk,
            "review": self.review.pk,
        }


def found(slug: str) -> World:
    """People, a team and a review, and no work yet."""
    now = timezone.now()
    at = now - timedelta(days=AGO)
    organization, ada = found_organization(
        at=at,
        name=f"Company {slug}",
        slug=slug,
        time_zone="UTC",
        administrator_email=f"ada@{slug}.example",
        administrator_name="Ada",
        password=PASSWORD,
    )

    def join(name: str, role: str = Role.MEMBER) -> Membership:
        email = f"{name.lower()}@{slug}.example"
        _, secret = invite(actor=ada, at=at, email=email, name=name, role=role)
        return accept_invitation(at=at, secret=secret, password=PASSWORD)

    elena = join("Elena", Role.EXECUTIVE)
    dana, olu, fay = (join(name) for name in ("Dana", "Olu", "Fay"))
    team: Team = create_team(actor=ada, at=at, name="Demand", lead=dana)
    priority = create_priority(
        actor=elena,
        at=at,
        name="Grow",
        starts_on=at.date().isoformat(),
        ends_on=(at + timedelta(days=300)).date().isoformat(),
    )
    # It began in the last minute or two: nobody but a tick opens it.
    due = now - timedelta(minutes=1)
    series = create_series(
        actor=dana,
        at=at,
        team=team,
        name="Weekly",
        kind="weekly",
        rule=f"FREQ=WEEKLY;BYDAY={DAYS[due.weekday()]}",
        starts_on=due.date().isoformat(),
        time_of_day=due.strftime("%H:%M"),
        facilitator=fay,
        # Also on a Sunday, should somebody run the tests on one.
        on_holiday="keep",
    )
    review = Review.objects.filter(series=series).earliest("starts_at")
    return World(organization, elena, dana, olu, fay, team, priority, review)


def with_work(world: World) -> Metric:
    """Olu owns an initiative, and last week's reading is due; below 45 demos it is a breach."""
    at = timezone.now() - timedelta(days=AGO)
    initiative = create_initiative(
        actor=world.dana,
        at=at,
        priority=world.priority,
        team=world.team,
        name="Fill the pipeline",
        budget_at_stake="120000",
    )
    offer = offer_ownership(actor=world.dana, at=at, initiative=initiative, owner=world.olu)
    accept_ownership(actor=world.olu, at=at, ownership=offer)
    metric = create_metric(
        actor=world.dana,
        at=at,
        initiative=initiative,
        name="Qualified demos",
        unit="demos",
        kind="leading",
        read_per="week",
        # On no day of the week is last week's reading late already.
        grace_days=20,
    )
    wanted = Wanted(
        floor="45", starts_on=(at.date() - timedelta(days=60)).isoformat(), agreed_response=AGREED
    )
    set_threshold(actor=world.dana, at=at, metric=metric, wanted=wanted)
    activate_initiative(actor=world.dana, at=at, initiative=initiative)
    return metric
