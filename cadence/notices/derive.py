"""From the ledger to people: every entry after the cursor becomes notices and deliveries, once.

The ledger is the outbox. An entry is written in the transaction of what it tells, and the lock on
its head leaves no gap between numbers: what lies behind the cursor was told, what lies before it
was not. Both are written in one transaction, so that a crash repeats a batch whole or not at all.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Membership, Organization
from cadence.ledger.models import Entry, Head
from cadence.notices.models import Channel, Cursor, Delivery, Mode, Notice
from cadence.notices.news.line import Line
from cadence.notices.outbox import rows_for
from cadence.notices.preferences import chosen, mode_of
from cadence.notices.routing import ROUTES, Told
from cadence.notices.words import DETAIL, TITLE, fit
from cadence.notices.world import World

BATCH = 200


def derive_notices(*, at: datetime, organization: Organization | None = None) -> int:
    """Tell what has happened since the last time, and count the notices.

    It may run late, twice, or twice at once.
    """
    there = Cursor.objects.filter(organization=OuterRef("pk"), sequence__gte=OuterRef("sequence"))
    behind = Head.objects.filter(~Exists(there), sequence__gt=0)
    if organization is not None:
        behind = behind.filter(organization=organization)
    told = 0
    for key in behind.order_by("pk").values_list("pk", flat=True):
        while (count := _next_batch(key, at)) is not None:
            told += count
    return told


@transaction.atomic
def take_as_told(organization: Organization) -> None:
    """Nobody is told what its ledger says until now: it is history, brought in at once."""
    cursor = _locked_cursor(organization.pk)
    cursor.sequence = Head.objects.get(organization=organization).sequence
    cursor.save(update_fields=["sequence"])


@transaction.atomic
def _next_batch(organization_id: int, at: datetime) -> int | None:
    """None when nothing is left."""
    cursor = _locked_cursor(organization_id)
    rows = Entry.objects.filter(organization=organization_id, sequence__gt=cursor.sequence)
    entries = list(rows.select_related("actor").order_by("sequence")[:BATCH])
    if not entries:
        return None
    organization = Organization.objects.get(pk=organization_id)
    for entry in entries:
        entry.organization = organization
    told = read(organization, entries)
    notices = _notices(at, organization, told)
    Notice.objects.bulk_create(notices)
    _write_deliveries(at, organization, notices, told)
    cursor.sequence = entries[-1].sequence
    cursor.save(update_fields=["sequence"])
    return len(notices)


def _locked_cursor(organization_id: int) -> Cursor:
    """A new organization has none yet and is told from its first entry on."""
    Cursor.objects.get_or_create(pk=organization_id)
    return Cursor.objects.select_for_update(no_key=True).get(pk=organization_id)


def read(organization: Organization, entries: Sequence[Entry]) -> list[Told]:
    """What these entries say. The number of queries does not grow with them."""
    world = World(organization, entries)
    told = []
    for entry in entries:
        # A worker of an older version may meet an event that it does not know.
        route = ROUTES.get(entry.event)
        news = route.tell(entry, world) if route else None
        if route is not None and news is not None:
            told.append(Told(entry, route, news))
    return told


def _notices(at: datetime, organization: Organization, told: Iterable[Told]) -> list[Notice]:
    """One for each entry and person, from the first line that names them."""
    lines: dict[tuple[int, int], tuple[Told, Line]] = {}
    for one in told:
        for line in one.news.lines:
            for person in line.people:
                if person is not None and (line.also_actor or person != one.entry.actor_id):
                    lines.setdefault((one.entry.pk, person), (one, line))
    here = _reachable(organization, {person for _, person in lines})
    return [
        Notice(
            organization=organization,
            member_id=person,
            entry=one.entry,
            kind=line.kind,
            title=fit(line.title or one.news.title, TITLE),
            detail=fit(line.detail or one.news.detail, DETAIL),
            path=line.path or one.news.path,
            created_at=at,
        )
        for (_, person), (one, line) in lines.items()
        if person in here
    ]


def _reachable(organization: Organization, people: set[int]) -> set[int]:
    """Who of these is a person and still here. In another organization nobody is told."""
    rows = Membership.objects.current().people()
    rows = rows.filter(organization=organization, pk__in=people, user__is_active=True)
    return set(rows.values_list("pk", flat=True)) if people else set()


def _write_deliveries(
    at: datetime, organization: Organization, notices: Sequence[Notice], told: Sequence[Told]
) -> None:
    # The people of the demo do not exist, and its channels belong to nobody.
    if organization.is_demo:
        return
    choices = chosen({notice.member_id for notice in notices}) if notices else {}
    at_once = [
        notice
        for notice in notices
        if mode_of(choices, notice.member_id, notice.kind) == Mode.AT_ONCE
    ]
    mails = [
        Delivery(
            organization=organization,
            channel=Channel.EMAIL,
            message_id=message_id("notice", notice.pk),
            event=notice.entry.event,
            entry=notice.entry,
            member_id=notice.member_id,
            created_at=at,
            due_at=at,
        )
        for notice in at_once
    ]
    outside = rows_for(at, organization, [one for one in told if one.route.outside])
    Delivery.objects.bulk_create([*mails, *outside])
    through = Delivery.notices.through
    through.objects.bulk_create(
        through(delivery=mail, notice=notice) for mail, notice in zip(mails, at_once, strict=True)
    )


def message_id(*parts: object) -> str:
    """What a mail is known by: whoever gets it twice can see that it is the same."""
    host = urlsplit(settings.PUBLIC_URL).hostname
    return f"{'-'.join(str(part) for part in parts)}@{host}"
