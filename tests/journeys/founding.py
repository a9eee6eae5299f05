"""``python -m tests.journeys.founding SLUG``: an organisation with a weekly that is due now.

What an administrator and a lead would have done a week ago, through the actions. Prints what a
client of the API needs: tokens of its people, and the numbers of the team, the priority and the
review.
"""

# ruff: noqa: E402 - models come after the set-up

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone

from accounts.models import Membership, Role, Team
from cadence.initiatives.actions import create_priority
from cadence.people.actions import found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.teams import create_team
from cadence.people.tokens import issue_token
from cadence.reviews.models import Review
from cadence.reviews.series import create_series

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PASSWORD = "correct horse battery staple"


def found(slug: str) -> dict[str, object]:
    now = timezone.now()
    at = now - timedelta(days=7)
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
    people = {"dana": dana, "olu": olu, "fay": fay}
    tokens = {
        name: issue_token(actor=person, at=at, membership=person, name="Journey")[1]
        for name, person in people.items()
    }
    return {
        "organization": organization.pk,
        "tokens": tokens,
        "people": {name: person.pk for name, person in people.items()},
        "team": team.pk,
        "priority": priority.pk,
        "review": review.pk,
    }


if __name__ == "__main__":
    print(json.dumps(found(sys.argv[1])))
