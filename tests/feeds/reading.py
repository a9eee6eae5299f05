"""The feed as two libraries of other people read it: icalendar with its recurrence, and vobject."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import recurring_ical_events
import vobject
from icalendar import Calendar

Instants = list[datetime]


def with_icalendar(body: bytes, start: datetime, end: datetime) -> dict[str, Instants]:
    """When everything with a time of day begins, by its UID."""
    told = defaultdict(list)
    for one in recurring_ical_events.of(Calendar.from_ical(body)).between(start, end):
        moment = one["DTSTART"].dt
        if isinstance(moment, datetime) and start <= moment < end:
            told[str(one["UID"])].append(moment.astimezone(UTC))
    return {uid: sorted(moments) for uid, moments in told.items()}


def with_vobject(body: bytes, start: datetime, end: datetime) -> dict[str, Instants]:
    """Its zones come from the VTIMEZONE of the feed; exceptions are put in by hand."""
    calendar = vobject.readOne(body.decode())
    by_uid = defaultdict(list)
    for one in calendar.contents.get("vevent", []):
        if isinstance(one.dtstart.value, datetime):
            by_uid[str(one.uid.value)].append(one)
    told = {uid: _of_one(events, end) for uid, events in by_uid.items()}
    return {
        uid: here
        for uid, moments in told.items()
        if (here := sorted(moment for moment in moments if start <= moment < end))
    }


def _of_one(events: Iterable[Any], end: datetime) -> set[datetime]:
    found: set[datetime] = set()
    exceptions = {}
    # A month on, for what is moved from there.
    beyond = end + timedelta(days=40)
    for event in events:
        if hasattr(event, "recurrence_id"):
            exceptions[utc(event.recurrence_id.value)] = utc(event.dtstart.value)
            continue
        # One by one and no further than needed: most rules have no end.
        for moment in event.getrruleset(addRDate=True):
            if utc(moment) > beyond:
                break
            found.add(utc(moment))
    assert {key for key in exceptions if key <= beyond} <= found, "an exception to nothing"
    return {exceptions.get(moment, moment) for moment in found}


def utc(moment: Any) -> datetime:
    assert moment.tzinfo is not None
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def uids(body: bytes) -> list[str]:
    return [str(one["UID"]) for one in Calendar.from_ical(body).walk("VEVENT")]


def summaries(body: bytes) -> list[str]:
    return [str(one["SUMMARY"]) for one in Calendar.from_ical(body).walk("VEVENT")]


def sorted_utc(moments: Iterable[datetime]) -> Instants:
    return sorted(moment.astimezone(UTC) for moment in moments)
