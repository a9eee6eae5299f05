"""When a source runs, on the clocks of people, which are put forward and back."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cadence.sources.schedule import MOST_FAILURES, after_failure, next_run

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def three_runs(every: str, hour: time, weekday: int | None, start: str) -> list[str]:
    found, moment = [], at(start)
    for _ in range(3):
        moment = next_run(every, hour, weekday, BERLIN, moment)
        found.append(moment.astimezone(BERLIN).strftime("%a %d %H:%M %Z"))
    return found


def test_every_day_at_six_is_six_of_the_organizations_clock() -> None:
    assert three_runs("day", time(6), None, "2026-11-16T10:00") == [
        "Tue 17 06:00 CET",
        "Wed 18 06:00 CET",
        "Thu 19 06:00 CET",
    ]


def test_a_time_that_a_day_lacks_is_an_hour_later_once() -> None:
    # 29 March 2026: from 02:00 to 03:00.
    assert three_runs("day", time(2, 30), None, "2026-03-28T00:00") == [
        "Sat 28 02:30 CET",
        "Sun 29 03:30 CEST",
        "Mon 30 02:30 CEST",
    ]


def test_a_time_that_a_day_has_twice_runs_once() -> None:
    # 25 October 2026: from 03:00 back to 02:00.
    assert three_runs("day", time(2, 30), None, "2026-10-24T00:00") == [
        "Sat 24 02:30 CEST",
        "Sun 25 02:30 CEST",
        "Mon 26 02:30 CET",
    ]


@pytest.mark.parametrize("start", ["2026-03-28T22:00", "2026-10-24T22:00"])
def test_every_hour_is_an_hour_later_whatever_the_clocks_do(start: str) -> None:
    moment = at(start)
    for _ in range(30):
        following = next_run("hour", time(0, 15), None, BERLIN, moment)
        assert moment < following <= moment + timedelta(hours=1)
        assert following.minute == 15
        moment = following


def test_the_minutes_of_an_hour_are_those_of_the_zone() -> None:
    # Half past five ahead: a full hour there is half past in UTC.
    found = next_run("hour", time(0), None, KOLKATA, at("2026-11-16T10:00"))
    assert found == at("2026-11-16T10:30")


def test_every_week_keeps_its_weekday_over_a_change_of_clocks() -> None:
    assert three_runs("week", time(2, 30), 6, "2026-03-21T00:00") == [
        "Sun 22 02:30 CET",
        "Sun 29 03:30 CEST",
        "Sun 05 02:30 CEST",
    ]


@pytest.mark.parametrize("every", ["hour", "day", "week"])
def test_the_next_run_is_never_now(every: str) -> None:
    weekday = 0 if every == "week" else None
    first = next_run(every, time(6), weekday, BERLIN, at("2026-11-16T10:00"))
    assert next_run(every, time(6), weekday, BERLIN, first) > first


def test_a_source_that_fails_is_tried_ever_more_seldom_for_a_day_and_a_half() -> None:
    moments = [at("2026-11-16T06:00")]
    for failures in range(1, MOST_FAILURES):
        moments.append(after_failure(moments[-1], failures))
    pauses = [second - first for first, second in pairwise(moments)]
    assert pauses[0] == timedelta(minutes=5)
    assert pauses == sorted(pauses)
    assert timedelta(days=1) < moments[-1] - moments[0] < timedelta(days=2)
