"""The feed as two libraries of other people read it: icalendar with its recurrence, and vobject."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import recurring_ical_events
import vobject
from icalendar import Calendar

Instants = list[datetime]


def with_icalendar(body: bytes, start: datetime, end: datetime, uid: str) -> Instants:
    calendar = Calendar.from_ical(body)
    found = recurring_ical_events.of(calendar).between(start, end)
    return sorted(
        moment.astimezone(UTC)
        for one in found
        if str(one["UID"]) == uid and start <= (moment := one["DTSTART"].dt) < end
    )


def with_vobject(body: bytes, start: datetime, end: datetime, uid: str) -> Instants:
    """Its zones come from the VTIMEZONE of the feed; exceptions are put in by hand."""
    calendar = vobject.readOne(body.decode())
    mine = [one for one in calendar.contents.get("vevent", []) if one.uid.value == uid]
    found: set[datetime] = set()
    exceptions = {}
    for event in mine:
        if hasattr(event, "recurrence_id"):
            exceptions[utc(event.recurrence_id.value)] = utc(event.dtstart.value)
            continue
        # One by one and no further than needed: most rules have no end.
        for moment in event.getrruleset(addRDate=True):
            if utc(moment) > end + timedelta(days=40):
                break
            found.add(utc(moment))
    told = {exceptions.get(moment, moment) for moment in found}
    assert not exceptions or set(exceptions) - found <= {
        key for key in exceptions if key > end + timedelta(days=40)
    }, "an exception to nothing"
    return sorted(moment for moment in told if start <= moment < end)


def utc(moment: Any) -> datetime:
    assert moment.tzinfo is not None
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def uids(body: bytes) -> list[str]:
    return [str(one["UID"]) for one in Calendar.from_ical(body).walk("VEVENT")]


def summaries(body: bytes) -> list[str]:
    return [str(one["SUMMARY"]) for one in Calendar.from_ical(body).walk("VEVENT")]


def sorted_utc(moments: Iterable[datetime]) -> Instants:
    return sorted(moment.astimezone(UTC) for moment in moments)
