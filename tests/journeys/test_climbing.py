"""A breach that nobody decides climbs to the sponsor, by the calendar of the country.

The same story in Germany, where Easter lies in the way and summer time begins, and in the United
States, where it ends and where Veterans Day and Thanksgiving lie in the way. Every date was
counted by hand: five working days, and the day ends at midnight there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership, Organization, Role
from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.evaluation.actions import record_readings
from cadence.evaluation.lifecycle import activate_initiative, resume_initiative
from cadence.evaluation.rows import Row
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.evaluation.tick import tick
from cadence.initiatives.actions import create_initiative, create_priority, pause_initiative
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.metrics.actions import create_metric
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.people.actions import found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.teams import create_team
from cadence.people.tokens import issue_token

PASSWORD = "correct horse battery staple"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Country:
    zone: str
    code: str
    founded: datetime
    week: date
    opened: datetime
    # Until when it is the owner's, the lead's, that of the lead above, the sponsor's; in UTC.
    due: tuple[str, str, str, str]


GERMANY = Country(
    zone="Europe/Berlin",
    code="DE",
    founded=datetime(2026, 3, 2, 9, tzinfo=UTC),
    week=date(2026, 3, 16),
    # Wednesday 25 March, ten o'clock in winter time. Summer time begins on the 29th.
    opened=datetime(2026, 3, 25, 9, tzinfo=UTC),
    due=(
        "2026-04-01T21:59:59Z",  # Thu 26, Fri 27, Mon 30, Tue 31, Wed 1 April
        "2026-04-10T21:59:59Z",  # Thu 2; Good Friday and Easter Monday; Tue 7 to Fri 10
        "2026-04-17T21:59:59Z",  # Mon 13 to Fri 17
        "2026-04-24T21:59:59Z",  # Mon 20 to Fri 24
    ),
)
UNITED_STATES = Country(
    zone="America/New_York",
    code="US",
    founded=datetime(2026, 10, 5, 14, tzinfo=UTC),
    week=date(2026, 10, 19),
    # Thursday 29 October, eleven o'clock in summer time, which ends on 1 November.
    opened=datetime(2026, 10, 29, 15, tzinfo=UTC),
    due=(
        "2026-11-06T04:59:59Z",  # Fri 30, Mon 2, Tue 3, Wed 4, Thu 5 November
        "2026-11-14T04:59:59Z",  # Fri 6, Mon 9, Tue 10; Veterans Day; Thu 12, Fri 13
        "2026-11-21T04:59:59Z",  # Mon 16 to Fri 20
        "2026-12-01T04:59:59Z",  # Mon 23 to Wed 25; Thanksgiving; Fri 27, Mon 30
    ),
)
COUNTRIES = pytest.mark.parametrize("country", [GERMANY, UNITED_STATES], ids=["DE", "US"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass(frozen=True)
class Story:
    organization: Organization
    elena: Membership  # executive, sponsor
    lars: Membership  # leads Commercial
    dana: Membership  # leads Demand, below it
    olu: Membership  # owns the work
    initiative: Initiative
    breach: Breach

    def tick(self, at: datetime) -> int:
        return tick(at=at, organization=self.organization)["escalated"]

    @property
    def people(self) -> tuple[Membership, ...]:
        return self.olu, self.dana, self.lars, self.elena


def told(country: Country) -> Story:
    """Founded, agreed, owned, and below its floor."""
    at = country.founded
    organization, ada = found_organization(
        at=at,
        name=f"Company {country.code}",
        slug=f"company-{country.code.lower()}",
        time_zone=country.zone,
        country=country.code,
        administrator_email="ada@company.example",
        administrator_name="Ada",
        password=PASSWORD,
    )

    def join(name: str, role: str = Role.MEMBER) -> Membership:
        email = f"{name.lower()}@company.example"
        _, secret = invite(actor=ada, at=at, email=email, name=name, role=role)
        return accept_invitation(at=at, secret=secret, password=PASSWORD)

    elena = join("Elena", Role.EXECUTIVE)
    lars, dana, olu = (join(name) for name in ("Lars", "Dana", "Olu"))
    commercial = create_team(actor=ada, at=at, name="Commercial", lead=lars)
    demand = create_team(actor=ada, at=at, name="Demand", parent=commercial, lead=dana)
    ends_on = (at + timedelta(days=300)).date().isoformat()
    priority = create_priority(
        actor=elena, at=at, name="Grow", starts_on=at.date().isoformat(), ends_on=ends_on
    )
    initiative = create_initiative(
        actor=dana, at=at, priority=priority, team=demand, name="Fill the pipeline"
    )
    offer = offer_ownership(actor=dana, at=at, initiative=initiative, owner=olu)
    accept_ownership(actor=olu, at=at, ownership=offer)
    metric = create_metric(
        actor=dana,
        at=at,
        initiative=initiative,
        name="Qualified demos",
        unit="demos",
        kind="leading",
        read_per="week",
        grace_days=20,
    )
    wanted = Wanted(
        floor="45", starts_on=at.date().isoformat(), agreed_response="Two people call every lead."
    )
    set_threshold(actor=dana, at=at, metric=metric, wanted=wanted)
    activate_initiative(actor=dana, at=at, initiative=initiative)
    record_readings(actor=olu, at=country.opened, rows=[Row(metric.pk, country.week, "31")])
    return Story(organization, elena, lars, dana, olu, initiative, Breach.objects.get())


def shown(story: Story, client: Client, path: str, at: datetime) -> Any:
    """What the API says at this moment, to the owner."""
    with time_machine.travel(at, tick=False):
        _, secret = issue_token(actor=story.olu, at=at, membership=story.olu, name="Journey")
        answer = client.get(f"/api/v1/{path}", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200, answer.content
    return answer.json()


@COUNTRIES
def test_a_breach_that_nobody_decides_climbs_to_the_sponsor(
    db: None, client: Client, country: Country
) -> None:
    story = told(country)
    breach, due = story.breach, [moment(text) for text in country.due]
    assert (breach.answerable, breach.due_at) == (story.olu, due[0])

    for level in (1, 2, 3):
        before, person = story.people[level - 1], story.people[level]
        # In the last second it is still theirs; a minute later it has gone, and once.
        assert story.tick(due[level - 1]) == 0
        assert [story.tick(due[level - 1] + MINUTE), story.tick(due[level - 1] + MINUTE)] == [1, 0]
        entry = Entry.objects.filter(event="breach.escalated").latest("sequence")
        said = {key: entry.data[key] for key in ("level", "because", "from", "to")}
        assert said == {"level": level, "because": "overdue", "from": before.pk, "to": person.pk}
        assert (moment(entry.data["was_due_at"]), moment(entry.data["due_at"])) == (
            due[level - 1],
            due[level],
        )
        row = shown(story, client, f"breaches/{breach.pk}", due[level - 1] + MINUTE)
        assert (row["level"], row["answerable"]["name"]) == (level, person.name)
        assert (row["due_at"], row["overdue"]) == (country.due[level], False)

    # Above the sponsor is nobody: it stays there, overdue, and nothing more is written.
    written = Entry.objects.count()
    for days in (0, 1, 30, 120):
        assert story.tick(due[3] + SECOND + timedelta(days=days)) == 0
    assert Entry.objects.filter(event="breach.escalated").count() == 3
    assert Entry.objects.count() >= written
    late = due[3] + timedelta(days=1)
    row = shown(story, client, f"breaches/{breach.pk}", late)
    assert (row["level"], row["answerable"]["name"], row["overdue"]) == (3, "Elena", True)
    assert [
        (step["level"], step["because"], step["from"]["name"], step["to"]["name"])
        for step in row["escalations"]
    ] == [
        (1, "overdue", "Olu", "Dana"),
        (2, "overdue", "Dana", "Lars"),
        (3, "overdue", "Lars", "Elena"),
    ]
    steps = [(step["was_due_at"], step["due_at"]) for step in row["escalations"]]
    assert steps == list(zip(country.due, country.due[1:], strict=False))
    standing = shown(story, client, f"escalations?open=true&to_person={story.elena.pk}", late)
    assert [(one["breach"], one["level"]) for one in standing["results"]] == [(breach.pk, 3)]

    # Then she decides, and it stands with nobody.
    check_on = (late + timedelta(days=21)).date().isoformat()
    draft = Draft(kind="adjust", what="Two more people call.", check_on=check_on)
    record_decision(actor=story.elena, at=late, breaches=[breach], draft=draft)
    row = shown(story, client, f"breaches/{breach.pk}", late)
    assert (row["overdue"], row["decision"]["decided_by"]["name"]) == (False, "Elena")
    assert shown(story, client, "escalations?open=true", late)["results"] == []
    assert verify(story.organization).fault is None


@COUNTRIES
def test_pausing_in_the_middle_stops_it(db: None, country: Country) -> None:
    story = told(country)
    due = [moment(text) for text in country.due]
    assert story.tick(due[0] + MINUTE) == 1
    halfway = due[0] + timedelta(days=1)
    pause_initiative(actor=story.dana, at=halfway, initiative=story.initiative, reason="Frozen.")
    for later in (due[1], due[2], due[3]):
        assert story.tick(later + MINUTE) == 0
    story.breach.refresh_from_db()
    assert (story.breach.level, story.breach.answerable) == (1, story.dana)

    # It goes on on the day after the sponsor's time would have been over, with a whole limit.
    back = due[3] + timedelta(hours=12)
    resume_initiative(actor=story.dana, at=back, initiative=story.initiative)
    story.breach.refresh_from_db()
    # From Saturday 25 April and Tuesday 1 December; the 1st of May is a holiday.
    anew = {"DE": "2026-05-04T21:59:59Z", "US": "2026-12-09T04:59:59Z"}[country.code]
    assert story.breach.due_at == moment(anew)
    assert story.tick(moment(anew)) == 0
    assert story.tick(moment(anew) + MINUTE) >= 1
    story.breach.refresh_from_db()
    assert (story.breach.level, story.breach.answerable) == (2, story.lars)
