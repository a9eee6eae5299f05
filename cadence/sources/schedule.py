"""When a source runs: on an hour, a day or a week of the organization's own clock. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR, DAY, WEEK = "hour", "day", "week"

# After this many failures in a row it is paused: by the pauses below after a day and a half.
MOST_FAILURES = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)


def next_run(
    every: str, time_of_day: time, weekday: int | None, zone: ZoneInfo, after: datetime
) -> datetime:
    """The first moment after ``after`` that the rule names, in UTC.

    A time that a day does not have, because the clocks went forward, is as much later; one that a
    day has twice is the first of them. Either way there is one run a day.
    """
    if every == HOUR:
        return _next_hour(time_of_day.minute, zone, after)
    today = after.astimezone(zone).date()
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        if every == WEEK and day.weekday() != weekday:
            continue
        moment: datetime = datetime.combine(day, time_of_day, tzinfo=zone).astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("A week has every weekday.")


def _next_hour(minute: int, zone: ZoneInfo, after: datetime) -> datetime:
    # In UTC an hour is an hour; only the minutes of the zone's offset matter.
    begun = after.astimezone(UTC).replace(second=0, microsecond=0)
    wait = timedelta(minutes=(minute - begun.astimezone(zone).minute) % 60)
    if begun + wait <= after:
        wait += timedelta(hours=1)
    return begun + wait


def after_failure(at: datetime, failures: int) -> datetime:
    """When a source is tried again that has failed so many times in a row, this one included."""
    pauses: int = 2 ** min(failures - 1, 20)
    return at + min(FIRST_PAUSE * pauses, LONGEST_PAUSE)
