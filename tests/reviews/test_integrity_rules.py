"""What became of each time that a series came round, told from plain values."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cadence.calendar.recurrence import Rule, dates_between
from cadence.reviews.integrity_rules import Meeting, Outcome, Span, outcome_of, tally

START = datetime(2026, 11, 16, 10, tzinfo=UTC)
NEXT = START + timedelta(weeks=1)


def became(**facts: Any) -> Outcome | None:
    return outcome_of(
        **{
            "starts_at": START,
            "minutes": 30,
            "hold_by": NEXT,
            "moved": False,
            "closed_at": START + timedelta(minutes=40),
            "missed": False,
            "opened": True,
            "at": START + timedelta(weeks=2),
            "zone": ZoneInfo("Europe/Berlin"),
            **facts,
        }
    )


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, Outcome.ON_TIME),
        # Closed the day before: opened early, and not late.
        ({"closed_at": START - timedelta(hours=20)}, Outcome.ON_TIME),
        # The day is that of the organization: 22:59 UTC is still Monday in Berlin, 23:00 is not.
        ({"closed_at": START.replace(hour=22, minute=59)}, Outcome.ON_TIME),
        ({"closed_at": START.replace(hour=23, minute=0)}, Outcome.LATE),
        ({"closed_at": NEXT + timedelta(days=3)}, Outcome.LATE),
        ({"moved": True}, Outcome.MOVED),
        ({"moved": True, "closed_at": NEXT + timedelta(days=3)}, Outcome.MOVED),
        ({"closed_at": None, "missed": True}, Outcome.MISSED),
        ({"closed_at": None, "missed": True, "moved": True}, Outcome.MISSED),
        ({"closed_at": None}, Outcome.LATE),
        ({"closed_at": None, "moved": True}, Outcome.LATE),
        ({"closed_at": None, "opened": False}, Outcome.MISSED),
        ({"closed_at": None, "at": NEXT - timedelta(seconds=1)}, None),
        ({"closed_at": None, "at": START - timedelta(days=1), "opened": False}, None),
    ],
)
def test_a_review_became_one_thing(facts: dict[str, Any], outcome: Outcome | None) -> None:
    assert became(**facts) is outcome


def test_a_review_across_midnight_is_on_time_when_it_ends_on_the_day_it_was_to_end() -> None:
    late_evening = datetime(2026, 11, 16, 22, 45, tzinfo=UTC)  # 23:45 in Berlin
    closed_at = late_evening + timedelta(minutes=25)
    assert became(starts_at=late_evening, closed_at=closed_at) is Outcome.ON_TIME
    assert became(starts_at=late_evening, closed_at=closed_at, minutes=10) is Outcome.LATE


def test_the_counts_are_exact() -> None:
    day = date(2026, 11, 16)
    found = tally(
        [
            Meeting(day, Outcome.ON_TIME, 1, "", True, 3, 2, 2, 1, 1),
            Meeting(day, Outcome.LATE, 2, "", True, 1, 1, 0, 0, 0),
            Meeting(day, Outcome.MOVED, 3, "Away", True, 0, 0, 0, 0, 0),
            Meeting(day, Outcome.LATE, 4),
            Meeting(day, Outcome.MISSED, 5),
            Meeting(day, Outcome.SKIPPED),
        ]
    )
    assert (found.come, found.on_time, found.late, found.moved, found.missed) == (5, 1, 2, 1, 1)
    assert (found.skipped, found.closed, found.with_every_decision) == (1, 3, 2)
    assert (found.breaches, found.decided_in_it) == (3, 1)
    assert (found.changed_nothing, found.nothing_on_agenda) == (2, 1)


def test_what_is_missed_most_stands_first_and_what_has_not_come_last() -> None:
    day = date(2026, 11, 16)
    held, missed, late = (
        [Meeting(day, outcome)] for outcome in (Outcome.ON_TIME, Outcome.MISSED, Outcome.LATE)
    )
    rows = [tally(one) for one in ([], held, late, missed * 2 + held, missed + held)]
    assert [rows.index(one) for one in sorted(rows, key=lambda one: one.worst_first)] == [
        3,
        4,
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("span", "today", "since"),
    [
        (Span.TWELVE_WEEKS, date(2026, 11, 16), date(2026, 8, 24)),
        (Span.SIX_MONTHS, date(2026, 8, 31), date(2026, 2, 28)),
        (Span.SIX_MONTHS, date(2026, 6, 15), date(2025, 12, 15)),
        (Span.YEAR, date(2028, 2, 29), date(2027, 2, 28)),
    ],
)
def test_a_span_begins_on_a_day_that_there_is(span: Span, today: date, since: date) -> None:
    assert span.since(today) == since


def test_the_dates_of_a_rule_are_counted_from_its_first_week() -> None:
    rule = Rule.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH")
    found = dates_between(rule, date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 19))
    assert found == [date(2026, 11, 5), date(2026, 11, 16), date(2026, 11, 19)]
    assert dates_between(rule, date(2026, 12, 1), date(2026, 11, 5), date(2026, 11, 19)) == []
