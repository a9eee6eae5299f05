"""A review series as events: its rule, and an exception wherever the plan departs from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Event, vRecur

from cadence.calendar.recurrence import Rule
from cadence.calendar.workdays import WorkingCalendar, end_of_day
from cadence.feeds.changes import CLOSING_DAYS, SETTINGS, Changes, Key, key_of
from cadence.feeds.events import Site, event
from cadence.reviews.models import Review, ReviewSeries
from cadence.reviews.planning import horizon_of, occurrences_of
from cadence.reviews.series import WEEKS_AHEAD as PLANNED_AHEAD

# Holidays are looked up this far ahead; beyond it the feed has the rule alone.
WEEKS_AHEAD = 53
# What a holiday moves past the end of that time is still where it belongs.
SPARE = timedelta(days=366)


@dataclass(frozen=True)
class Place:
    """One time that the rule comes round: when by the rule, and when in truth, if at all."""

    key: date
    by_rule: datetime
    starts_at: datetime | None
    review: Review | None


@dataclass(frozen=True)
class Window:
    """The time for which exceptions are told. Nothing is told of before."""

    first: datetime
    last: datetime

    @property
    def since(self) -> datetime:
        """When it began a year later than before, and series with it: nobody acted."""
        return self.first.replace(year=self.first.year + 1)


def window_of(at: datetime) -> Window:
    """From the first day of last year, so that the feed does not change with every day."""
    return Window(datetime(at.year - 1, 1, 1, tzinfo=UTC), horizon_of(at, WEEKS_AHEAD))


def plan_of(
    series: ReviewSeries,
    reviews: Mapping[date, Review],
    calendar: WorkingCalendar,
    window: Window,
) -> list[Place]:
    """Everything the rule gives in the window, with what becomes of it.

    What is planned already is what its row says, by hand or by the rules of then; what is not is
    what planning will make of it.
    """
    ahead: dict[date, datetime] = {}
    if series.ended_at is None:
        after = max(series.planned_to, window.first)
        coming = occurrences_of(series, calendar, after, window.last + SPARE)
        ahead = {one.key: one.starts_at for one in coming}
    places = []
    for one in occurrences_of(series, calendar, window.first, window.last, "keep"):
        review = reviews.get(one.key)
        if review is None:
            starts_at = ahead.get(one.key)
        else:
            starts_at = None if review.state == "skipped" else review.starts_at
        places.append(Place(one.key, one.starts_at, starts_at, review))
    return places


def events_of(
    series: ReviewSeries, places: Sequence[Place], window: Window, changes: Changes, site: Site
) -> Iterator[Event]:
    """The series as one event with its rule, then one for each occurrence that departs from it.

    Every rule of ours is an RRULE, with the meaning it has there: so there is no RDATE. Nothing at
    all where no occurrence is left.
    """
    held = [one for one in places if one.starts_at is not None]
    if not held:
        return
    # A rule counts its interval from DTSTART, so it has to be an occurrence.
    first, last = held[0], held[-1]
    told = [one for one in places if first.key <= one.key]
    changed_at = max(
        changes.last(series.created_at, keys_of(series)),
        window.since,
        *(_known_since(one) for one in told if _departs(one)),
    )
    whole = _event(series, changed_at, site)
    whole.add("url", site.link("web:series-review", series.pk))
    whole.add("dtstart", _by_rule(series, first.key))
    rule = vRecur.from_ical(series.rule)
    if series.ended_at is not None:
        # The end of that day, not the moment: no clock change can take the last one away.
        rule["UNTIL"] = end_of_day(last.key, series.organization.zone)
        told = [one for one in told if one.key <= last.key]
    whole.add("rrule", rule)
    skipped = [_by_rule(series, one.key) for one in told if one.starts_at is None]
    if skipped:
        whole.add("exdate", skipped)
    whole.add("description", _words(series, series.facilitator.name))
    yield whole
    for one in told:
        if one.starts_at is not None and (_departs(one) or _is_another(series, one)):
            yield _exception(series, one, changed_at, changes, site)


def keys_of(series: ReviewSeries) -> tuple[Key, ...]:
    """What an event of the series depends on."""
    # A change of zone or of holidays is one of every series.
    own = (key_of(series), key_of(series.team), key_of(series.facilitator))
    return *own, SETTINGS, CLOSING_DAYS


def _event(series: ReviewSeries, changed_at: datetime, site: Site) -> Event:
    found = event(
        site.uid(series),
        series.name,
        created_at=series.created_at,
        changed_at=changed_at,
        category="Review",
    )
    found.add("status", "CONFIRMED")
    found.add("duration", timedelta(minutes=series.minutes))
    return found


def _exception(
    series: ReviewSeries, one: Place, changed_at: datetime, changes: Changes, site: Site
) -> Event:
    assert one.starts_at is not None
    review = one.review
    if review is not None:
        # Since it was planned it has a page and somebody who facilitates it.
        planned_at = min(one.by_rule, one.starts_at) - timedelta(weeks=PLANNED_AHEAD, days=1)
        own = (key_of(review), key_of(review.facilitator))
        changed_at = max(planned_at, changes.last(changed_at, own))
    found = _event(series, changed_at, site)
    found.add("recurrence-id", _by_rule(series, one.key))
    found.add("dtstart", _plain(series, one.starts_at))
    facilitator = series.facilitator.name
    if review is not None:
        facilitator = review.facilitator.name
    page = ("web:review", review.pk) if review else ("web:series-review", series.pk)
    found.add("url", site.link(*page))
    words = _words(series, facilitator)
    if review is not None and review.moved_at is not None:
        words = f"Moved: {review.moved_reason}\n\n{words}"
    found.add("description", words)
    return found


def keys_of_single(review: Review) -> tuple[Key, ...]:
    return key_of(review), key_of(review.facilitator), *keys_of(review.series)


def single(review: Review, changes: Changes, site: Site) -> Event:
    """A review of a series that does not concern the person, who took over to facilitate it."""
    series = review.series
    found = event(
        site.uid(review),
        series.name,
        created_at=series.created_at,
        changed_at=changes.last(series.created_at, keys_of_single(review)),
        category="Review",
    )
    found.add("status", "CONFIRMED")
    found.add("dtstart", _plain(series, review.starts_at))
    found.add("duration", timedelta(minutes=series.minutes))
    found.add("url", site.link("web:review", review.pk))
    found.add("description", _words(series, review.facilitator.name))
    return found


def _departs(one: Place) -> bool:
    """Whether this one is not simply where the rule puts it."""
    return one.starts_at != one.by_rule


def _known_since(one: Place) -> datetime:
    """When an exception came into the window: that changes the event, though nobody acted."""
    return one.by_rule - timedelta(weeks=WEEKS_AHEAD, days=1)


def _is_another(series: ReviewSeries, one: Place) -> bool:
    """Whether it has to be told apart although it starts when the rule says.

    Where its facilitator is another one; and where the clock shows its time never, or twice: then
    it is told in UTC, and no client has to know what to make of it.
    """
    review = one.review
    taken_over = (
        review is not None
        and review.closed_at is None
        and review.missed_at is None
        and review.facilitator_id != series.facilitator_id
    )
    return taken_over or not _is_plain(_by_rule(series, one.key))


def _by_rule(series: ReviewSeries, key: date) -> datetime:
    return datetime.combine(key, series.time_of_day, series.organization.zone)


def _is_plain(local: datetime) -> bool:
    """Whether the clock shows this time once on its day."""
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def _plain(series: ReviewSeries, moment: datetime) -> datetime:
    local = moment.astimezone(series.organization.zone)
    return local.replace(fold=0) if _is_plain(local) else moment.astimezone(UTC)


def _words(series: ReviewSeries, facilitator: str) -> str:
    return (
        f"{series.get_kind_display()} of {series.team.name} and the teams below it: "
        f"{Rule.parse(series.rule).describe()}.\nFacilitated by {facilitator}."
    )
