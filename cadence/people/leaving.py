"""The end of a membership in two steps, for the verbs that end one: change first, tell the ledger
last. What the person owned is ended before (`ownership.leaving`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership, Organization, Role, Team
from accounts.sessions import end_sessions
from cadence.errors import Conflict, Problem
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.people.checks import answering_person
from cadence.people.queries import administrators


@dataclass(frozen=True)
class Parted:
    """Whose membership has ended, why, and who leads now each team that they led."""

    member: Membership
    reason: str
    led: Mapping[Team, Membership | None]


def check_can_part(organization: Organization, member: Membership) -> None:
    """Conflicts: ``member_left``, ``last_administrator``."""
    if not member.is_current:
        raise Conflict(f"{member.name} has left already.", code="member_left")
    check_not_last_administrator(organization, member)


def check_leads(inputs: Inputs, member: Membership, leads: Mapping[int, Membership | None]) -> None:
    """Refuse, beside its team, whoever cannot lead, and a team that the member does not lead."""
    led = set(member.leads.values_list("pk", flat=True))
    for key, lead in sorted(leads.items()):
        field = f"leads.{key}"
        if key not in led:
            inputs.refuse(field, f"{member.name} does not lead this team.")
        elif lead == member:
            inputs.refuse(field, f"{member.name} leaves and leads nothing.")
        else:
            answering_person(inputs, field, lead)


def part(
    at: datetime,
    organization: Organization,
    member: Membership,
    reason: str,
    leads: Mapping[int, Membership | None],
) -> Parted:
    """End the membership. Organization and member are locked, and everything was checked.

    Tokens and calendar links are revoked. Who belongs to nothing else is signed out everywhere;
    else the pages of this organization ask for a membership at every request, and there is none.
    """
    if member.ownerships.filter(ended_at=None).exists():
        raise Conflict(
            f"{member.name} owns initiatives, or was offered one.", code="member_answers_for_work"
        )
    member.ended_at = at
    member.save(update_fields=["ended_at"])
    member.api_tokens.filter(revoked_at=None).update(revoked_at=at)
    member.calendar_links.filter(revoked_at=None).update(revoked_at=at)
    led = {}
    for team in member.leads.select_for_update(no_key=True).order_by("pk"):
        led[team] = team.lead = leads.get(team.pk)
        team.save(update_fields=["lead"])
    clear_sponsor(organization, member)
    user = member.user
    if user is not None and not user.memberships.current().exists():
        end_sessions(user, at)
    return Parted(member, reason, led)


def tell_parted(actor: Membership | None, at: datetime, parted: Parted) -> None:
    """The entries of the ledger about it."""
    member = parted.member
    data = {"reason": parted.reason, "led": [team.pk for team in parted.led]}
    append(
        organization=member.organization_id,
        event="member.left",
        actor=actor,
        at=at,
        subject=member,
        data=data,
    )
    for team, lead in parted.led.items():
        append(
            organization=member.organization_id,
            event="team.changed",
            actor=actor,
            at=at,
            subject=team,
            data={"changed": {"lead": [member.pk, lead.pk if lead else None]}},
        )


def check_not_last_administrator(organization: Organization, member: Membership) -> None:
    if member.role != Role.ADMINISTRATOR:
        return
    if not administrators(organization).exclude(pk=member.pk).exists():
        raise Conflict(
            f"{member.name} is the last administrator: make somebody else one first.",
            code="last_administrator",
            problems=[Problem("role", "An organization has an administrator.")],
        )


def clear_sponsor(organization: Organization, member: Membership) -> None:
    """Escalations end at an executive who is there: the first one, when nobody is named."""
    if organization.sponsor_id == member.pk:
        organization.sponsor = None
        organization.save(update_fields=["sponsor"])
