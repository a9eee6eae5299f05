"""The organization, its teams and its people, in bulk."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Organization, Role, Team, User
from cadence.management.generate.plan import Sizes
from cadence.management.generate.recording import Record
from cadence.people.actions import found_organization
from cadence.people.members import add_machine

FIRST = ("Ada", "Ben", "Chiara", "Dmitri", "Elif", "Femi", "Grace", "Hana", "Ivo", "Jun", "Kofi")
LAST = ("Acker", "Brandt", "Costa", "Duval", "Ekberg", "Falk", "Greco", "Haas", "Ito", "Jansen")


@dataclass(frozen=True)
class People:
    """Who there is. ``teams`` are those that have work; ``divisions`` lie above them."""

    organization: Organization
    administrator: Membership
    executive: Membership
    machine: Membership
    divisions: list[Team]
    teams: list[Team]
    owners: list[Membership]
    password: str


def found(sizes: Sizes, *, name: str, slug: str, at: datetime, secret: str | None) -> People:
    """Everybody, and the tree of teams, as of ``at``. Raises Refusal.

    The administrator, the executive and the first owner sign in with the password; the others
    cannot, until they ask for one of their own.
    """
    password = secret or secrets.token_urlsafe(12)
    organization, administrator = found_organization(
        at=at,
        name=name,
        slug=slug,
        time_zone="Europe/Berlin",
        country="DE",
        administrator_email=_address("administrator", slug),
        administrator_name="Alma Administrator",
        password=password,
    )
    record = Record(organization)
    executive, *leads = _people(
        record,
        at,
        [("executive", Role.EXECUTIVE, None)]
        + [(f"lead{n + 1}", Role.MEMBER, None) for n in range(1 + sizes.divisions + sizes.teams)],
        password,
    )
    top, divisions, teams = _teams(record, at, administrator, leads, sizes)
    owners = _people(
        record,
        at,
        [
            (f"owner{n + 1}", Role.MEMBER, teams[n * len(teams) // sizes.owners])
            for n in range(sizes.owners)
        ],
        password,
    )
    record.write(at)
    machine = add_machine(actor=administrator, at=at, name="Data warehouse", team=top)
    return People(
        organization, administrator, executive, machine, divisions, teams, owners, password
    )


def _address(part: str, slug: str) -> str:
    return f"{part}@{slug}.example"


def _people(
    record: Record, at: datetime, parts: Sequence[tuple[str, str, Team | None]], password: str
) -> list[Membership]:
    organization = record.organization
    # One hash for the few who sign in: hashing takes long, and is meant to.
    known = make_password(password)
    users = User.objects.bulk_create(
        [
            User(
                email=_address(part, organization.slug),
                name=_name(number, part),
                password=known if part in {"executive", "lead1", "owner1"} else make_password(None),
            )
            for number, (part, _, _) in enumerate(parts)
        ],
        batch_size=500,
    )
    members = Membership.objects.bulk_create(
        [
            Membership(
                organization=organization,
                user=user,
                name=user.name,
                role=role,
                team=team,
                joined_at=at,
            )
            for user, (_, role, team) in zip(users, parts, strict=True)
        ],
        batch_size=500,
    )
    for member in members:
        data = {"role": member.role, "team": member.team, "invitation": None}
        record.note("member.joined", member, at, member, data)
    return members


def _name(number: int, part: str) -> str:
    """A name for a person; numbered, because there are more people than names."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    return f"{first} {last} ({part})"


def _teams(
    record: Record,
    at: datetime,
    administrator: Membership,
    leads: Sequence[Membership],
    sizes: Sizes,
) -> tuple[Team, list[Team], list[Team]]:
    """The top one, the divisions below it, and below those the teams that have work."""
    waiting = iter(leads)

    def make(names: Sequence[tuple[str, Team | None]]) -> list[Team]:
        teams = Team.objects.bulk_create(
            [
                Team(
                    organization=record.organization,
                    name=name,
                    parent=parent,
                    lead=next(waiting),
                    created_at=at,
                )
                for name, parent in names
            ]
        )
        for team in teams:
            data = {"name": team.name, "parent": team.parent, "lead": team.lead}
            record.note("team.created", administrator, at, team, data)
        return teams

    (top,) = make([("Whole company", None)])
    divisions = make([(f"Division {n + 1}", top) for n in range(sizes.divisions)])
    teams = make(
        [
            (f"Team {n + 1}", divisions[n * sizes.divisions // sizes.teams])
            for n in range(sizes.teams)
        ]
    )
    return top, divisions, teams
