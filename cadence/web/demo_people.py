"""Who can be tried in a demo installation, and what each of them sees."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import Membership, Role
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ownership
from cadence.reviews.models import Review

# In a session that began with a click: it opens demos and nothing else.
DEMO_ONLY = "demo"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to enter the demo as: their part in it and what they see. ``first`` are those to
    try first, one of each part."""

    member: Membership
    part: str
    sees: str
    first: bool


def may_enter_by_click(member: Membership) -> bool:
    """Only who belongs to demos alone: the account opens all its organizations."""
    return (
        member.organization.is_demo
        and member.is_current
        and member.user is not None
        and member.user.is_active
        and not Membership.objects.filter(user=member.user_id, organization__is_demo=False).exists()
    )


def demo_people(at: datetime) -> list[DemoPerson]:
    """Everybody of the demo, one of each part before the others. The number of queries is fixed."""
    real = Membership.objects.filter(user=OuterRef("user"), organization__is_demo=False)
    members = list(
        Membership.objects.current()
        .people()
        .filter(organization__is_demo=True, user__is_active=True)
        .exclude(Exists(real))
        .select_related("organization", "team")
        .prefetch_related("leads")
        .order_by("organization__name", "name", "pk")
    )
    keys = [member.pk for member in members]
    reviews = Review.objects.planned() | Review.objects.open()
    facing = reviews.filter(facilitator__in=keys).select_related("series").order_by("starts_at")
    due: dict[int, Review] = {}
    for review in facing:
        due.setdefault(review.facilitator_id, review)
    owned: dict[int, list[Initiative]] = {}
    rows = Ownership.objects.current().filter(owner__in=keys).select_related("initiative")
    for row in rows:
        owned.setdefault(row.owner_id, []).append(row.initiative)
    found: list[DemoPerson] = []
    for member in members:
        part, sees = _part(member, owned.get(member.pk, []), due.get(member.pk), at)
        first = all(part != other.part for other in found)
        found.append(DemoPerson(member, part, sees, first))
    order = ("Owner", "Facilitator", "Lead", "Executive", "Administrator", "Observer", "Member")
    return sorted(found, key=lambda one: (not one.first, order.index(one.part)))


def _part(
    member: Membership, owned: list[Initiative], review: Review | None, at: datetime
) -> tuple[str, str]:
    """The one part a person plays in the demo, and what there is to see in it."""
    teams = [team.name for team in member.leads.all()]
    if member.role == Role.EXECUTIVE:
        return "Executive", "Decides what was escalated, reads the monthly review, sets priorities."
    if member.role == Role.ADMINISTRATOR:
        return "Administrator", "Looks after people, teams, tokens and settings; decides nothing."
    if member.role == Role.OBSERVER:
        return "Observer", "Reads everything and changes nothing."
    if review is not None and review.starts_at <= at:
        return "Facilitator", f"Runs {review.series.name}, which is due now."
    if teams:
        return "Lead", f"Leads {_and(teams)}: sees who answers for what, and what is stuck."
    if owned:
        names = [initiative.name for initiative in owned]
        return "Owner", f"Answers for {_and(names)}, and has this week’s readings to enter."
    if review is not None:
        return "Facilitator", f"Runs {review.series.name}."
    return "Member", f"Works in {member.team.name}." if member.team else "Reads along."


def _and(names: list[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
