"""Who is next, and until when: without a database."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cadence.calendar.workdays import WorkingCalendar
from cadence.escalations.rules import in_place_of, next_due, next_up

# Ids: the owner, the lead, the lead above, the sponsor, and an executive beside the path.
OLU, DANA, LARS, ELENA, VERA = 1, 2, 3, 4, 5
PATH = [DANA, LARS, ELENA]
BERLIN, NEW_YORK, BUDAPEST = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Europe/Budapest")
)
GERMANY, USA, HUNGARY = (WorkingCalendar(code) for code in ("DE", "US", "HU"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("had", "following"),
    [
        ([OLU], DANA),
        ([OLU, DANA], LARS),
        ([OLU, DANA, LARS], ELENA),
        ([OLU, DANA, LARS, ELENA], None),
        # The lead owns it: nobody is asked to stand above themselves.
        ([DANA], LARS),
        # Escalated to Lars past Dana.
        ([OLU, LARS], ELENA),
        ([], DANA),
    ],
)
def test_it_goes_to_the_next_above_all_who_had_it(had: list[int], following: int | None) -> None:
    assert next_up(PATH, had) == following


def test_somebody_who_ceased_to_lead_does_not_send_it_down_again() -> None:
    # Nobody knows the place of Lars any more, but Dana had it before him.
    assert next_up([DANA, VERA, ELENA], [OLU, DANA, LARS]) == VERA


def test_above_an_executive_beside_the_path_is_only_its_end() -> None:
    assert next_up(PATH, [OLU, VERA], beside=True) == ELENA
    assert next_up(PATH, [OLU, ELENA, VERA], beside=True) is None
    assert next_up([], [VERA], beside=True) is None


def test_somebody_who_appears_above_later_is_next() -> None:
    assert next_up([DANA], [OLU, DANA]) is None
    assert next_up([DANA, ELENA], [OLU, DANA]) == ELENA


def test_in_place_of_who_left_comes_the_next_and_at_the_end_the_last() -> None:
    assert in_place_of([DANA, ELENA], [OLU, DANA, LARS]) == ELENA
    assert in_place_of([DANA, LARS], [OLU, DANA, LARS, ELENA]) == LARS
    assert in_place_of([], [OLU]) is None


@pytest.mark.parametrize(
    ("calendar", "zone", "was_due_at", "due_at"),
    [
        # Good Friday and Easter Monday lie between: the fifth working day is Friday the 10th.
        (GERMANY, BERLIN, "2026-04-01T21:59:59", "2026-04-10T21:59:59"),
        # Summer time begins on Sunday the 29th: the day ends an hour earlier in UTC.
        (GERMANY, BERLIN, "2026-03-25T22:59:59", "2026-04-01T21:59:59"),
        # Thanksgiving.
        (USA, NEW_YORK, "2026-11-21T04:59:59", "2026-12-01T04:59:59"),
        # Summer time ended on the 1st, Veterans Day is the 11th.
        (USA, NEW_YORK, "2026-10-30T03:59:59", "2026-11-06T04:59:59"),
        (USA, NEW_YORK, "2026-11-06T04:59:59", "2026-11-14T04:59:59"),
        # The holiday of Friday the 23rd moves it over the end of summer time.
        (HUNGARY, BUDAPEST, "2026-10-16T21:59:59", "2026-10-26T22:59:59"),
        (GERMANY, BERLIN, "2026-10-16T21:59:59", "2026-10-23T21:59:59"),
    ],
)
def test_a_limit_follows_the_moment_that_passed(
    calendar: WorkingCalendar, zone: ZoneInfo, was_due_at: str, due_at: str
) -> None:
    was = utc(was_due_at)
    assert next_due(calendar, zone, 5, was, was.replace(microsecond=1)) == utc(due_at)
    # However late within the limit somebody looks.
    assert next_due(calendar, zone, 5, was, utc(due_at).replace(second=58)) == utc(due_at)


def test_a_closing_day_is_no_working_day() -> None:
    closed = WorkingCalendar("DE", closing_days=frozenset([date(2026, 10, 23)]))
    was = utc("2026-10-16T21:59:59")
    assert next_due(closed, BERLIN, 5, was, was) == utc("2026-10-26T22:59:59")


def test_nobody_loses_the_limit_by_the_system_having_been_down() -> None:
    was, back = utc("2026-04-01T21:59:59"), utc("2026-04-13T08:00:00")
    assert next_due(GERMANY, BERLIN, 5, was, back) == utc("2026-04-20T21:59:59")


def test_what_moves_before_its_moment_counts_from_now() -> None:
    assert next_due(
        GERMANY, BERLIN, 5, utc("2026-04-30T21:59:59"), utc("2026-04-13T08:00:00")
    ) == utc("2026-04-20T21:59:59")
