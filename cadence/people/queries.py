from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from accounts.memo import remembered
from accounts.models import ApiToken, Invitation, Membership, Organization, Role
from accounts.tokens import digest_of
from cadence.calendar.workdays import WorkingCalendar
from cadence.errors import NotFound


def locked_organization(key: int) -> Organization:
    """The organization, locked: changes to its people and teams follow one another.

    Not the full lock: rows that name the organization go on being written, above all ledger
    entries, whose transaction holds the head of the ledger that we shall want.
    """
    return Organization.objects.select_for_update(no_key=True).get(pk=key)


def locked_member(actor: Membership, member: Membership) -> Membership:
    """The member as they are now, locked. Raises NotFound across organizations."""
    rows = Membership.objects.select_for_update(no_key=True)
    found = rows.filter(pk=member.pk, organization=actor.organization_id).first()
    if found is None:
        raise NotFound("There is no such member.")
    return found


def lock_members(keys: Collection[int]) -> None:
    """Several at once, in the order of their ids, before anything that they own is locked."""
    rows = Membership.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(rows.order_by("pk").values_list("pk", flat=True))


def working_calendar(organization: Organization) -> WorkingCalendar:
    """The days on which the organization works: one query, for its closing days."""
    days = organization.closing_days.values_list("day", flat=True)
    closed = remembered(("closing days", organization.pk), lambda: frozenset(days))
    return WorkingCalendar(organization.country, organization.subdivision, closed)


def find_invitation(secret: str) -> Invitation | None:
    """The invitation behind a link, open or over; None for any other."""
    rows = Invitation.objects.select_related("organization", "team", "invited_by")
    return rows.filter(digest=digest_of(secret)).first()


def find_token(secret: str, at: datetime) -> ApiToken | None:
    """The token behind a secret, with its member, organization and user.

    None when it was revoked, has expired, or belongs to somebody who left or may not sign in.
    """
    rows = ApiToken.objects.select_related("membership__organization", "membership__user")
    token = rows.filter(digest=digest_of(secret)).first()
    if token is None or not token.is_live(at) or not token.membership.is_current:
        return None
    user = token.membership.user
    return token if user is None or user.is_active else None


def open_invitations(organization: Organization, at: datetime) -> QuerySet[Invitation]:
    """Those that can still be accepted, the latest first."""
    rows = organization.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)
    return rows.select_related("team", "invited_by")


def administrators(organization: Organization) -> QuerySet[Membership]:
    """Who can administer today: current, and able to sign in."""
    return organization.memberships.current().filter(role=Role.ADMINISTRATOR, user__is_active=True)
