"""Over a year with both clock changes, two libraries read the instants that the house plans."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import ClosingDay
from cadence.calendar.recurrence import Rule, occurrences
from cadence.feeds.calendars import calendar_of
from cadence.people.calendar_links import create_calendar_link
from cadence.people.queries import working_calendar
from cadence.reviews.models import Review, ReviewSeries
from cadence.reviews.room import move_review
from cadence.reviews.series import change_series, create_series, end_series, plan_reviews
from tests.cast import Cast
from tests.feeds.reading import Instants, sorted_utc, uids, with_icalendar, with_vobject
from tests.needs import sqlite

START = datetime(2027, 1, 4, 12, tzinfo=UTC)
END = START + timedelta(days=365)


@dataclass
class World:
    cast: Cast
    at: datetime = START

    def set_up(
        self,
        rule: str,
        at_time: str = "09:30",
        *,
        zone: str = "Europe/Berlin",
        country: str = "",
        on_holiday: str = "move",
        starts_on: str = "2027-01-04",
    ) -> ReviewSeries:
        acme = self.cast.acme
        acme.time_zone, acme.country = zone, country
        acme.save()
        for member in (self.cast.dana, self.cast.fay, self.cast.olu):
            member.organization = acme
        self.cast.demand.organization = acme
        return create_series(
            actor=self.cast.dana,
            at=self.at,
            team=self.cast.demand,
            name="Rhythm",
            kind="weekly" if "WEEKLY" in rule else "monthly",
            rule=rule,
            starts_on=starts_on,
            time_of_day=at_time,
            facilitator=self.cast.fay,
            on_holiday=on_holiday,
        )

    def feed(self, at: datetime | None = None) -> bytes:
        link = self.cast.olu.calendar_links.filter(revoked_at=None).first()
        if link is None:
            link, _ = create_calendar_link(actor=self.cast.olu, at=self.at)
        self.cast.olu.organization.refresh_from_db()
        link.membership = self.cast.olu
        return bytes(calendar_of(link, at or self.at).to_ical())

    def planned(self, series: ReviewSeries) -> Instants:
        """What the house itself has written down, and would as time goes on."""
        rows = Review.objects.filter(series=series).select_related("series")
        moments = [row.starts_at for row in rows if row.state != "skipped"]
        series.refresh_from_db()
        if series.ended_at is None:
            moments += [
                one.starts_at
                for one in occurrences(
                    Rule.parse(series.rule),
                    starts_on=series.starts_on,
                    time_of_day=series.time_of_day,
                    zone=series.organization.zone,
                    after=series.planned_to,
                    before=END + timedelta(days=100),
                    calendar=working_calendar(series.organization),
                    on_holiday=series.on_holiday,  # type: ignore[arg-type]
                )
            ]
        return [moment for moment in sorted_utc(moments) if START <= moment < END]

    def agree(self, series: ReviewSeries) -> Instants:
        return self.all_agree()[series.pk]

    def all_agree(self) -> dict[int, Instants]:
        """All series together: reading is most of the time that these tests take."""
        body = self.feed()
        planned = {one.pk: self.planned(one) for one in ReviewSeries.objects.order_by("pk")}
        told = {f"reviewseries-{key}@localhost": when for key, when in planned.items() if when}
        assert with_icalendar(body, START, END) == told
        assert with_vobject(body, START, END) == told
        return planned


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


ZONES = {
    "Europe/Berlin": 2,
    "America/New_York": 2,
    "Asia/Tokyo": 1,
    "America/Santiago": 2,
    "Australia/Lord_Howe": 2,
    "Africa/Casablanca": 2,
    "Asia/Jerusalem": 2,
    "UTC": 1,
}
RULES = [
    "FREQ=WEEKLY;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=MO,WE,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,TU;WKST=SU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU",
    "FREQ=MONTHLY;BYMONTHDAY=28",
]


@pytest.mark.parametrize("zone", ZONES)
def test_every_rule_in_every_zone(world: World, zone: str) -> None:
    if zone != "Europe/Berlin":
        sqlite()
    for rule in RULES:
        world.set_up(rule, zone=zone, on_holiday="keep")
    for planned in world.all_agree().values():
        offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in planned}
        assert len(offsets) >= min(ZONES[zone], 2 if len(planned) > 8 else 1)


@pytest.mark.parametrize(
    ("zone", "at_time"),
    [
        ("Europe/Berlin", "02:30"),
        ("America/New_York", "02:30"),
        ("America/New_York", "01:30"),
        ("Australia/Lord_Howe", "02:10"),
        ("Australia/Lord_Howe", "01:45"),
        ("America/Santiago", "00:15"),
        ("America/Santiago", "23:30"),
    ],
)
def test_a_time_that_the_clock_shows_never_or_twice(world: World, zone: str, at_time: str) -> None:
    if zone != "Europe/Berlin":
        sqlite()
    for rule in ("FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;BYDAY=SA"):
        world.set_up(rule, at_time, zone=zone, on_holiday="keep")
    assert all(len(planned) > 50 for planned in world.all_agree().values())


@pytest.mark.parametrize("on_holiday", ["move", "skip", "keep"])
@pytest.mark.parametrize(("zone", "country"), [("Europe/Berlin", "DE"), ("Asia/Tokyo", "JP")])
def test_holidays(world: World, zone: str, country: str, on_holiday: str) -> None:
    if country != "DE":
        sqlite()
    place = {"zone": zone, "country": country, "on_holiday": on_holiday}
    series = {rule: world.set_up(rule, **place).pk for rule in RULES}
    monday = len(world.all_agree()[series["FREQ=WEEKLY;BYDAY=MO"]])
    # Skipped are Easter and Whit Monday, or the many Mondays on which Japan rests.
    assert monday <= 50 if on_holiday == "skip" else monday > 50


def test_closing_days_that_move_one_past_the_end_of_what_is_looked_up(world: World) -> None:
    series = world.set_up("FREQ=MONTHLY;BYDAY=1MO", country="DE")
    closed = date(2028, 1, 3)
    for number in range(20):
        ClosingDay.objects.create(organization=world.cast.acme, day=closed + timedelta(days=number))
    world.agree(series)


def test_moved_by_hand_across_a_clock_change(world: World) -> None:
    world.at = datetime(2027, 3, 1, 12, tzinfo=UTC)
    series = world.set_up("FREQ=WEEKLY;BYDAY=WE", starts_on="2027-03-03")
    review = Review.objects.get(series=series, occurs_on=date(2027, 3, 24))
    to = datetime(2027, 3, 28, 2, 15, tzinfo=UTC)  # 04:15, after the clocks went forward
    move_review(
        actor=world.cast.fay, at=world.at, review=review, starts_at=to, reason="A fair; all go."
    )
    assert to in world.agree(series)
    assert b"Moved: A fair\\; all go." in world.feed()


def test_a_second_quarter_past_two(world: World) -> None:
    world.at = datetime(2027, 10, 18, 12, tzinfo=UTC)
    series = world.set_up("FREQ=WEEKLY;BYDAY=WE", starts_on="2027-10-20")
    for day, to in ((20, datetime(2027, 10, 22, 8, tzinfo=UTC)), (27, None)):
        review = Review.objects.get(series=series, occurs_on=date(2027, 10, day))
        # In the night of 31 October this comes twice, and this is the second.
        starts_at = to or datetime(2027, 10, 31, 1, 15, tzinfo=UTC)
        move_review(
            actor=world.cast.fay, at=world.at, review=review, starts_at=starts_at, reason="Ill."
        )
        assert starts_at in world.agree(series)


def test_a_series_that_was_changed_keeps_what_was_held(world: World) -> None:
    series = world.set_up("FREQ=WEEKLY;BYDAY=MO,TH", country="DE")
    before = world.agree(series)
    world.at = START + timedelta(days=80)
    plan_reviews(at=world.at)
    change_series(
        actor=world.cast.dana,
        at=world.at,
        series=series,
        name="Rhythm",
        time_of_day="15:00",
        minutes=45,
        on_holiday="skip",
        facilitator=world.cast.fay,
    )
    after = world.agree(series)
    past = [moment for moment in before if moment <= world.at]
    assert after[: len(past)] == past
    assert after[-1].astimezone(ZoneInfo("Europe/Berlin")).time() == time(15)


def test_the_organization_moves_to_another_zone(world: World) -> None:
    series = world.set_up("FREQ=WEEKLY;BYDAY=MO")
    world.cast.acme.time_zone = "America/New_York"
    world.cast.acme.save()
    world.agree(series)


def test_a_series_that_ended(world: World) -> None:
    series = world.set_up("FREQ=WEEKLY;BYDAY=MO", starts_on="2027-02-01")
    world.at = datetime(2027, 2, 10, 12, tzinfo=UTC)
    plan_reviews(at=world.at)
    Review.objects.filter(series=series, starts_at__lte=world.at).update(missed_at=world.at)
    end_series(actor=world.cast.dana, at=world.at, series=series, reason="Enough.")
    assert len(world.agree(series)) == 2
    assert b"UNTIL=20270208T225959Z" in world.feed()


def test_a_series_that_ended_before_it_began_is_not_there(world: World) -> None:
    series = world.set_up("FREQ=WEEKLY;BYDAY=MO", starts_on="2027-02-01")
    end_series(actor=world.cast.dana, at=world.at, series=series, reason="Not needed.")
    assert uids(world.feed()) == []


@pytest.mark.parametrize("weeks", [7, 60])
def test_time_goes_on(world: World, weeks: int) -> None:
    """Planned or computed, the instants of a year are the same; the zone's table moves along."""
    series = world.set_up("FREQ=WEEKLY;BYDAY=MO", country="DE")
    first = world.agree(series)
    world.at = START + timedelta(weeks=weeks)
    plan_reviews(at=world.at)
    assert world.agree(series) == first


def test_what_began_long_ago_begins_with_last_year(
    world: World, counted: Callable[[str, int], None]
) -> None:
    series = world.set_up("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU")
    world.at = START + timedelta(days=300)
    plan_reviews(at=world.at)
    later = world.feed(datetime(2029, 3, 1, tzinfo=UTC))
    start, end = datetime(2028, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
    uid = f"reviewseries-{series.pk}@localhost"
    read = with_icalendar(later, start, end)
    assert read == with_vobject(later, start, end)
    assert len(read[uid]) in {17, 18}
