"""A time zone as iCalendar writes it down: the moments at which its clocks change."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from cadence.calendar.recurrence import CODES

# Told this far ahead. Clients that know the zone by its name look no further than that.
YEARS = 12
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Observance:
    """What holds from a change of the clocks on."""

    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool


@lru_cache(maxsize=256)
def timezone_of(key: str, first_year: int) -> Timezone:
    """The VTIMEZONE of a zone from the first day of a year on. Nobody may change it: it is kept.

    Not the library's own: it begins summer time at the hour that does not exist. A change that
    comes on the same weekday every year is a rule, which also holds after the last year. Others
    (Ramadan, the Friday before a Sunday) are told one by one: of several dates in one RDATE some
    clients read the first.
    """
    zone = ZoneInfo(key)
    start = datetime(first_year, 1, 1, tzinfo=UTC)
    found: dict[Observance, list[datetime]] = {}
    for moment in _changes(zone, start, datetime(first_year + YEARS, 1, 1, tzinfo=UTC)):
        observance = _observance(zone, moment)
        # The clock that showed when it was changed.
        shown = (moment + observance.before).replace(tzinfo=None)
        found.setdefault(observance, []).append(shown)
    timezone = Timezone()
    timezone.add("tzid", key)
    timezone.add_component(_told(_first(zone, start), datetime(first_year, 1, 1)))  # noqa: DTZ001
    for observance, moments in found.items():
        rule = _yearly(moments, first_year)
        for moment in moments[:1] if rule else moments:
            timezone.add_component(_told(observance, moment, rule))
    return timezone


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The moments in UTC at which the offset or the name becomes another."""
    found = []
    while start < end:
        if _state(zone, start) != _state(zone, start + DAY):
            same, other = start, start + DAY
            while other - same > timedelta(seconds=1):
                middle = same + (other - same) // 2
                middle = middle.replace(microsecond=0)
                if _state(zone, middle) == _state(zone, same):
                    same = middle
                else:
                    other = middle
            found.append(other)
        start += DAY
    return found


def _state(zone: ZoneInfo, moment: datetime) -> tuple[timedelta, str, bool]:
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    assert offset is not None
    return offset, local.tzname() or "", bool(local.dst())


def _observance(zone: ZoneInfo, moment: datetime) -> Observance:
    before, _, _ = _state(zone, moment - timedelta(seconds=1))
    return Observance(before, *_state(zone, moment))


def _first(zone: ZoneInfo, start: datetime) -> Observance:
    offset, name, is_daylight = _state(zone, start)
    return Observance(offset, offset, name, is_daylight)


def _told(
    observance: Observance, moment: datetime, rule: str = ""
) -> TimezoneStandard | TimezoneDaylight:
    part = TimezoneDaylight() if observance.is_daylight else TimezoneStandard()
    part.add("dtstart", moment)
    part.add("tzoffsetfrom", observance.before)
    part.add("tzoffsetto", observance.after)
    part.add("tzname", observance.name)
    if rule:
        part.add("rrule", vRecur.from_ical(rule))
    return part


def _yearly(moments: Sequence[datetime], first_year: int) -> str:
    """The rule by which these come every year; empty where there is none."""
    if [one.year for one in moments] != list(range(first_year, first_year + YEARS)):
        return ""
    months, days = {one.month for one in moments}, {one.weekday() for one in moments}
    if len(months) > 1 or len(days) > 1 or len({one.time() for one in moments}) > 1:
        return ""
    if all(one.day + 7 > monthrange(one.year, one.month)[1] for one in moments):
        number = -1
    elif len(numbers := {(one.day - 1) // 7 + 1 for one in moments}) == 1:
        number = numbers.pop()
    else:
        return ""
    return f"FREQ=YEARLY;BYMONTH={months.pop()};BYDAY={number}{CODES[days.pop()]}"
