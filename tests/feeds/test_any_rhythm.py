"""Whatever the rule, the zone, the holidays and the hour: both libraries read what is planned."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from accounts.models import Membership, Organization, Team
from cadence.calendar.recurrence import CODES, Rule, occurrences
from cadence.calendar.workdays import WorkingCalendar
from cadence.feeds.changes import Changes
from cadence.feeds.events import Site
from cadence.feeds.meetings import events_of, plan_of, window_of
from cadence.feeds.zones import timezone_of
from cadence.reviews.models import ReviewSeries
from tests.feeds.reading import sorted_utc, with_icalendar, with_vobject
from tests.needs import sqlite

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Europe/Dublin",
]
day_codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=4, unique=True)
weekly = st.builds(
    "FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format,
    st.integers(1, 8),
    day_codes.map(",".join),
    st.sampled_from(CODES),
)
monthly = st.builds(
    "FREQ=MONTHLY;INTERVAL={};{}".format,
    st.integers(1, 12),
    st.one_of(
        st.builds("BYMONTHDAY={}".format, st.sampled_from([-1, *range(1, 29)])),
        st.builds("BYDAY={}{}".format, st.sampled_from([-1, 1, 2, 3, 4]), st.sampled_from(CODES)),
    ),
)
hours = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda one: one.replace(second=0, microsecond=0)
)
UNCHANGED = Changes({})
AT = datetime(2027, 1, 4, 12, tzinfo=UTC)


@settings(max_examples=40, deadline=None)
@given(
    rule=weekly | monthly,
    zone=st.sampled_from(ZONES),
    country=st.sampled_from(["", "DE", "US", "JP", "IL"]),
    on_holiday=st.sampled_from(["keep", "skip", "move"]),
    at_time=hours | st.sampled_from([time(2, 30), time(1, 30), time(0), time(2)]),
    starts_on=st.dates(date(2026, 11, 1), date(2027, 6, 1)),
    closed=st.sets(st.dates(date(2027, 1, 1), date(2027, 12, 31)), max_size=30),
)
def test_any_rhythm_is_read_as_it_is_planned(
    rule: str,
    zone: str,
    country: str,
    on_holiday: Any,
    at_time: time,
    starts_on: date,
    closed: set[date],
) -> None:
    # No database is asked.
    sqlite()
    organization = Organization(pk=1, slug="acme", time_zone=zone, country=country)
    series = ReviewSeries(
        pk=7,
        organization=organization,
        team=Team(pk=1, name="Demand"),
        facilitator=Membership(pk=1, name="Fay"),
        name="Rhythm",
        kind="weekly" if "WEEKLY" in rule else "monthly",
        rule=str(Rule.parse(rule)),
        starts_on=starts_on,
        time_of_day=at_time,
        on_holiday=on_holiday,
        planned_to=AT,
        created_at=AT,
    )
    days = WorkingCalendar(country, "", frozenset(closed))
    window = window_of(AT)
    calendar = Calendar()
    calendar.add_component(timezone_of(zone, window.first.year - 1))
    for event in events_of(
        series, plan_of(series, {}, days, window), window, UNCHANGED, Site("acme")
    ):
        calendar.add_component(event)
    planned = occurrences(
        Rule.parse(rule),
        starts_on=starts_on,
        time_of_day=at_time,
        zone=ZoneInfo(zone),
        after=AT,
        before=AT + timedelta(days=800),
        calendar=days,
        on_holiday=on_holiday,
    )
    end = AT + timedelta(days=365)
    expected = [one for one in sorted_utc(x.starts_at for x in planned) if one < end]
    read = {"reviewseries-7@localhost": expected} if expected else {}
    assert with_icalendar(calendar.to_ical(), AT, end) == read
    assert with_vobject(calendar.to_ical(), AT, end) == read
