"""Digests: once a day what is unread, and on Mondays what the week asks for.

Each is a delivery, written when its moment has come in the person's own zone, and worded when it is
sent. A person's postbox remembers the day, so that a tick that comes late, twice or not at all
changes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, MembershipQuerySet, Organization, Role, Team
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment
from cadence.notices.derive import message_id
from cadence.notices.models import Channel, Delivery, Mode, Notice, NoticeKind, Postbox
from cadence.notices.preferences import Choices, chosen, mode_of, zone_of
from cadence.ownership.models import Leave, Ownership
from cadence.reviews.models import ReviewSeries

DAILY, MONDAY = "daily_digest", "monday_digest"
# What is older was on the page all the time: nobody is sent a month of it on their first day.
FRESH = timedelta(days=7)
DIGEST_AT = time(8)


def write_digests(*, at: datetime, organization: Organization | None = None) -> int:
    """Write every digest whose moment has come, and count them. The demo writes to nobody."""
    rows = Organization.objects.filter(is_demo=False).order_by("pk")
    if organization is not None:
        rows = rows.filter(pk=organization.pk)
    return sum(_daily(one, at) + _monday(one, at) for one in rows)


def moment_on(day: date, digest_at: time, zone: ZoneInfo) -> datetime:
    """When a day's digest is due. Where the clock shows the time twice, the first of the two;
    where it jumps over it, as long after midnight as on other days."""
    return datetime.combine(day, digest_at, tzinfo=zone).astimezone(UTC)


def collected(notices: Iterable[Notice], choices: Choices) -> dict[int, list[Notice]]:
    """Those that their person has once a day, by person."""
    found: dict[int, list[Notice]] = {}
    for notice in notices:
        if mode_of(choices, notice.member_id, notice.kind) == Mode.DAILY:
            found.setdefault(notice.member_id, []).append(notice)
    return found


def _daily(organization: Organization, at: datetime) -> int:
    # A mail of its own that was dropped counts for nothing: the person may have chosen the digest
    # before it went out.
    told = Delivery.objects.filter(
        Q(dropped_at__isnull=True) | Q(event=DAILY), notices=OuterRef("pk")
    )
    rows = Notice.objects.unread().filter(
        ~Exists(told), organization=organization, created_at__gt=at - FRESH
    )
    notices = list(rows.order_by("pk"))
    if not notices:
        return 0
    waiting = collected(notices, chosen({notice.member_id for notice in notices}))
    people = _people(organization).filter(pk__in=waiting)
    postboxes = _postboxes(waiting)
    written = 0
    for member in people:
        postbox = postboxes.get(member.pk)
        today = _local_day(postbox, organization, at)
        done = postbox is not None and postbox.daily_on is not None and postbox.daily_on >= today
        if not done and _has_come(postbox, organization, today, at):
            written += _write(member, at, today, DAILY, waiting[member.pk])
    return written


def _monday(organization: Organization, at: datetime) -> int:
    """For who answers for something or leads, until the end of Tuesday: a week's plan that comes
    on Thursday helps nobody."""
    if at.weekday() not in {6, 0, 1, 2}:
        return 0
    people = list(_people(organization).filter(pk__in=_concerned(organization)))
    choices = chosen([member.pk for member in people])
    postboxes = _postboxes([member.pk for member in people])
    written = 0
    for member in people:
        postbox = postboxes.get(member.pk)
        today = _local_day(postbox, organization, at)
        monday = today - timedelta(days=today.weekday())
        wanted = mode_of(choices, member.pk, NoticeKind.WEEK) != Mode.NEVER
        done = postbox is not None and postbox.monday_on is not None and postbox.monday_on >= monday
        in_time = today.weekday() <= 1 and _has_come(postbox, organization, monday, at)
        if wanted and in_time and not done:
            written += _write(member, at, monday, MONDAY, [])
    return written


@transaction.atomic
def _write(member: Membership, at: datetime, day: date, event: str, notices: list[Notice]) -> int:
    """Whoever first puts the day into the postbox writes; the other tick finds it there."""
    field = "daily_on" if event == DAILY else "monday_on"
    Postbox.objects.get_or_create(
        member=member, defaults={"organization_id": member.organization_id}
    )
    free = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lt": day})
    if not Postbox.objects.filter(free, member=member).update(**{field: day}):
        return 0
    mail = Delivery.objects.create(
        organization_id=member.organization_id,
        channel=Channel.EMAIL,
        message_id=message_id(event.replace("_", "-"), member.pk, day.isoformat()),
        event=event,
        member=member,
        created_at=at,
        due_at=at,
    )
    mail.notices.set(notices)
    return 1


def day_of(digest: Delivery) -> date:
    """The person's own day, or Monday, for which it was written. It stands in its id: asked anew
    when it is sent, another zone may have another day."""
    return date.fromisoformat(digest.message_id.partition("@")[0][-10:])


def _has_come(postbox: Postbox | None, organization: Organization, day: date, at: datetime) -> bool:
    digest_at = postbox.digest_at if postbox else DIGEST_AT
    return at >= moment_on(day, digest_at, zone_of(postbox, organization.zone))


def _local_day(postbox: Postbox | None, organization: Organization, at: datetime) -> date:
    return at.astimezone(zone_of(postbox, organization.zone)).date()


def _people(organization: Organization) -> MembershipQuerySet:
    rows = Membership.objects.current().people()
    return rows.filter(organization=organization, user__is_active=True).order_by("pk")


def _postboxes(members: Iterable[int]) -> dict[int, Postbox]:
    return {row.member_id: row for row in Postbox.objects.filter(member__in=list(members))}


def _concerned(organization: Organization) -> set[int]:
    """Ids of who may have something to do or to look after. What that is, is asked when sending."""
    here = {"organization": organization}
    questions = [
        Ownership.objects.filter(ended_at=None, **here).values_list("owner"),
        Breach.objects.filter(answerable__isnull=False, **here)
        .filter(Q(decision__isnull=True) | Q(recovered_at__isnull=True))
        .values_list("answerable"),
        Commitment.objects.filter(kept_at=None, dropped_at=None, **here).values_list("person"),
        Team.objects.filter(lead__isnull=False, **here).values_list("lead"),
        Leave.objects.under_way().filter(stand_in__isnull=False, **here).values_list("stand_in"),
        ReviewSeries.objects.live().filter(**here).values_list("facilitator"),
        Membership.objects.filter(role=Role.EXECUTIVE, **here).values_list("pk"),
    ]
    return {key for question in questions for (key,) in question.order_by().distinct()}
