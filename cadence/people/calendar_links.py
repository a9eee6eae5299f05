"""Secret links by which a calendar reads: one's own, or a team's. Part of the actions of people."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import CalendarLink, Membership, Team
from accounts.tokens import digest_of, new_secret
from cadence.errors import Conflict, Forbidden, NotFound
from cadence.ledger.actions import append
from cadence.people.checks import check_within
from cadence.people.queries import locked_member


@transaction.atomic
def create_calendar_link(
    *, actor: Membership, at: datetime, team: Team | None = None
) -> tuple[CalendarLink, str]:
    """A link of the actor's and its secret, which is nowhere else and cannot be shown again.

    With a team it is the calendar of that team, and still the actor's own link: it ends when they
    leave. Conflict: ``calendar_link_exists``.
    """
    check_within(actor, team)
    _check_may(locked_member(actor, actor))
    if live_links(actor).filter(team=team).exists():
        raise Conflict(
            "You have a link to this calendar already: renew it for another secret.",
            code="calendar_link_exists",
        )
    return _create("calendar_link.created", actor, at, team)


@transaction.atomic
def renew_calendar_link(
    *, actor: Membership, at: datetime, link: CalendarLink
) -> tuple[CalendarLink, str]:
    """Another secret for the same calendar; the old one opens nothing from now on.

    Conflict: ``calendar_link_revoked``.
    """
    _check_may(locked_member(actor, actor))
    link = _ended(actor, at, link)
    return _create("calendar_link.renewed", actor, at, link.team)


@transaction.atomic
def revoke_calendar_link(*, actor: Membership, at: datetime, link: CalendarLink) -> CalendarLink:
    """From now on the link opens nothing. Conflict: ``calendar_link_revoked``."""
    locked_member(actor, actor)
    link = _ended(actor, at, link)
    _append("calendar_link.revoked", actor, at, link)
    return link


def live_links(member: Membership) -> QuerySet[CalendarLink]:
    """The member's links that open something; their own calendar first, then those of teams."""
    rows = member.calendar_links.filter(revoked_at=None).select_related("team")
    return rows.order_by("team__name", "pk")


def find_calendar_link(secret: str, at: datetime) -> CalendarLink | None:
    """The link behind a secret, with its member, organization and team.

    None when it was revoked, or belongs to somebody who left or may not sign in.
    """
    rows = CalendarLink.objects.select_related(
        "membership__organization", "membership__user", "team"
    )
    # By its hash: how long the search takes says nothing about the secret.
    link = rows.filter(digest=digest_of(secret), revoked_at=None).first()
    if link is None or not link.membership.is_current:
        return None
    user = link.membership.user
    return link if user is not None and user.is_active else None


def touch_calendar_link(*, link: CalendarLink, at: datetime) -> None:
    """Note that it was used. At most once an hour: some clients ask every minute."""
    recently = at - timedelta(hours=1)
    # Also an update of no row waits for whoever writes.
    if link.last_used_at is not None and link.last_used_at > recently:
        return
    unused = Q(last_used_at=None) | Q(last_used_at__lte=recently)
    CalendarLink.objects.filter(unused, pk=link.pk).update(last_used_at=at)


def _check_may(actor: Membership) -> None:
    # Not for administrators either: a link in somebody's name would read as them.
    if not actor.is_person or not actor.is_current:
        raise Forbidden("People have calendars; machines read by the API.")


def _ended(actor: Membership, at: datetime, link: CalendarLink) -> CalendarLink:
    """The link, locked and revoked. NotFound where it is somebody else's."""
    rows = CalendarLink.objects.select_for_update(of=("self",), no_key=True).select_related("team")
    found = rows.filter(pk=link.pk, membership=actor).first()
    if found is None:
        raise NotFound("There is no such calendar link.")
    if found.revoked_at is not None:
        raise Conflict("This link was revoked already.", code="calendar_link_revoked")
    found.revoked_at = at
    found.save(update_fields=["revoked_at"])
    return found


def _create(
    event: str, actor: Membership, at: datetime, team: Team | None
) -> tuple[CalendarLink, str]:
    secret, _, digest = new_secret()
    link = CalendarLink.objects.create(
        organization_id=actor.organization_id,
        membership=actor,
        team=team,
        digest=digest,
        created_at=at,
    )
    _append(event, actor, at, link)
    return link, secret


def _append(event: str, actor: Membership, at: datetime, link: CalendarLink) -> None:
    append(
        organization=link.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=link,
        data={"member": link.membership_id, "team": link.team_id},
    )
