"""What a feed says of a thing changes with a higher SEQUENCE, or programs may keep the old day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from icalendar import Calendar, Event

from accounts.models import CalendarLink, Membership, Team
from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Commitment, Verdict
from cadence.evaluation.duties import follow_owners
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.lifecycle import resume_initiative
from cadence.evaluation.verdicts import give_verdicts
from cadence.feeds.calendars import calendar_of
from cadence.initiatives.actions import pause_initiative
from cadence.metrics.actions import change_metric
from cadence.ownership.models import Ownership
from cadence.people.actions import add_closing_day, remove_closing_day
from cadence.people.calendar_links import create_calendar_link
from cadence.reviews.models import Review, ReviewSeries
from cadence.reviews.room import move_review, take_facilitation
from cadence.reviews.series import create_series, plan_reviews
from tests.cast import AT, Cast
from tests.feeds.reading import uids

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def body_of(member: Membership, at: datetime, team: Team | None = None) -> bytes:
    known = CalendarLink.objects.filter(membership=member, team=team, revoked_at=None)
    link = known.first() or create_calendar_link(actor=member, at=AT, team=team)[0]
    # As a request finds it, with nothing remembered.
    link = CalendarLink.objects.select_related("membership__organization", "team").get(pk=link.pk)
    return bytes(calendar_of(link, at).to_ical())


def told(uid: str, member: Membership, at: datetime, team: Team | None = None) -> list[Event]:
    events = Calendar.from_ical(body_of(member, at, team)).walk("VEVENT")
    return [one for one in events if str(one["UID"]) == f"{uid}@localhost"]


def shown(event: Event) -> dict[str, object]:
    """What a person sees of it."""
    names = ("SUMMARY", "DESCRIPTION", "DTSTART", "URL", "RRULE", "EXDATE", "DURATION")
    return {name: getattr(event[name], "dt", event[name]) for name in names if name in event}


def newer(before: Event, after: Event) -> bool:
    """Whether it is another one, and says so in each of the ways that programs look at."""
    assert shown(before) != shown(after)
    assert before["CREATED"].dt == after["CREATED"].dt
    ways = [(before[name].dt, after[name].dt) for name in ("DTSTAMP", "LAST-MODIFIED")] + [
        (before["SEQUENCE"], after["SEQUENCE"])
    ]
    return all(then < now for then, now in ways)


def escalate(cast: Cast, at: datetime) -> None:
    record_decision(
        actor=cast.olu,
        at=at,
        breaches=list(Breach.objects.all()),
        draft=Draft(
            kind="escalate",
            what="It is above me.",
            escalated_to=cast.dana,
            check_on=(at + 2 * DAY).date(),
        ),
    )


def pause_and_resume(cast: Cast, at: datetime) -> None:
    pause_initiative(actor=cast.dana, at=at, initiative=cast.pipeline, reason="A fair.")
    later = at + 20 * DAY
    resume_initiative(actor=cast.dana, at=later, initiative=cast.pipeline)


def duty_moves(cast: Cast, at: datetime) -> None:
    Ownership.objects.update(ended_at=at, ending="handed_over")
    cast.owned_by(cast.nils, cast.pipeline)
    follow_owners(at=at, organization=cast.acme)


def goes_up(cast: Cast, at: datetime) -> None:
    Breach.objects.update(due_at=at - HOUR)
    escalate_overdue(at=at, organization=cast.acme)


@pytest.mark.parametrize("change", [escalate, pause_and_resume, duty_moves, goes_up])
def test_a_breach_that_moves_says_so(cast: Cast, change: Callable[[Cast, datetime], None]) -> None:
    breach = cast.breach()
    uid = f"breach-{breach.pk}"
    (before,) = told(uid, cast.lars, AT, cast.demand)
    change(cast, AT + HOUR)
    (after,) = told(uid, cast.lars, AT + 21 * DAY, cast.demand)
    assert newer(before, after)


def test_a_breach_that_is_undecided_again_never_goes_back(cast: Cast) -> None:
    """The duty begins anew, the thing does not: programs compare with what they had."""
    breach = cast.breach(undecided_since=AT - 3 * DAY, opened_at=AT - 3 * DAY)
    uid, seen = f"breach-{breach.pk}", []
    seen += told(uid, cast.lars, AT, cast.demand)
    escalate(cast, AT + HOUR)
    seen += told(uid, cast.lars, AT + HOUR, cast.demand)
    again = AT + 30 * DAY
    give_verdicts(at=again, organization=cast.acme)
    assert Breach.objects.get().undecided_since == again
    escalate_overdue(at=again + HOUR, organization=cast.acme)
    seen += told(uid, cast.lars, again + HOUR, cast.demand)
    assert len(seen) == 3
    assert all(newer(then, now) for then, now in pairwise(seen))


def test_the_clocks_of_commitments_and_verdicts_start_anew(cast: Cast) -> None:
    breach = cast.breach(due_at=AT + DAY)
    verdict = cast.verdict(cast.decision(breach), due_at=AT + DAY, escalated_to=cast.dana, level=1)
    promise = Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call them",
        person=cast.olu,
        due_on=AT.date(),
        due_at=AT + DAY,
        level=1,
        escalated_to=cast.dana,
        created_by=cast.fay,
        created_at=AT - 9 * DAY,
    )
    things = (f"verdict-{verdict.pk}", f"commitment-{promise.pk}")
    before = [told(uid, cast.dana, AT) for uid in things]
    Verdict.objects.filter(pk=verdict.pk).update(due_at=AT + DAY)
    pause_and_resume(cast, AT + 40 * DAY)
    after = [told(uid, cast.dana, AT + 61 * DAY) for uid in things]
    for (then,), (now,) in zip(before, after, strict=True):
        assert newer(then, now)


def weekly(cast: Cast, **facts: object) -> ReviewSeries:
    return create_series(
        **{
            "actor": cast.dana,
            "at": AT,
            "team": cast.demand,
            "name": "Weekly",
            "kind": "weekly",
            "rule": "FREQ=WEEKLY;BYDAY=TH",
            "starts_on": "2026-11-16",
            "time_of_day": "09:00",
            "facilitator": cast.fay,
            **facts,
        }
    )


def exception(series: ReviewSeries, day: date, member: Membership, at: datetime) -> Event:
    events = told(f"reviewseries-{series.pk}", member, at)
    named = [one for one in events if "RECURRENCE-ID" in one]
    (found,) = [one for one in named if one["RECURRENCE-ID"].dt.date() == day]
    return found


def test_a_review_that_others_take_over_in_turn(cast: Cast) -> None:
    series = weekly(cast)
    review = Review.objects.get(series=series, occurs_on=date(2026, 11, 26))
    seen = []
    for number, person in enumerate((cast.nils, cast.dana)):
        at = AT + (number + 1) * HOUR
        take_facilitation(actor=person, at=at, review=review)
        seen.append(exception(series, review.occurs_on, cast.olu, at))
    assert newer(*seen)


def test_one_that_was_taken_over_from_another_calendar(cast: Cast) -> None:
    series = weekly(cast, team=cast.partners)
    review = Review.objects.filter(series=series).earliest("starts_at")
    take_facilitation(actor=cast.lars, at=AT + HOUR, review=review)
    (before,) = told(f"review-{review.pk}", cast.lars, AT + HOUR)
    assert before["SEQUENCE"] == 3600
    to = review.starts_at + 2 * HOUR
    move_review(actor=cast.lars, at=AT + 2 * HOUR, review=review, starts_at=to, reason="Ill.")
    (after,) = told(f"review-{review.pk}", cast.lars, AT + 2 * HOUR)
    assert newer(before, after)


def test_an_exception_that_is_planned_has_a_page_of_its_own(cast: Cast) -> None:
    day = date(2027, 3, 4)
    series = weekly(cast)
    add_closing_day(actor=cast.ada, at=AT + HOUR, day=day, name="Fair")
    before = exception(series, day, cast.olu, AT + DAY)
    at = AT + 80 * DAY
    plan_reviews(at=at)
    assert newer(before, exception(series, day, cast.olu, at))


def test_a_series_goes_forward_whatever_comes_and_goes(cast: Cast) -> None:
    """Closing days are added and removed, years begin, exceptions leave what is told."""
    series = weekly(cast)
    seen = []

    def look(at: datetime) -> None:
        seen.append(told(f"reviewseries-{series.pk}", cast.olu, at)[0]["SEQUENCE"])

    look(AT)
    closed = add_closing_day(actor=cast.ada, at=AT + HOUR, day=date(2026, 12, 3), name="Fair")
    look(AT + HOUR)
    remove_closing_day(actor=cast.ada, at=AT + 2 * HOUR, closing_day=closed)
    look(AT + 2 * HOUR)
    for year in (2027, 2028, 2029):
        look(datetime(year, 2, 1, tzinfo=UTC))
    # The first year begins nothing anew: the series is not older than what is told.
    assert seen == sorted(seen)
    assert len({*seen[:3], *seen[-2:]}) == 5


def test_a_name_is_part_of_what_is_shown(cast: Cast) -> None:
    breach = cast.breach()
    (before,) = told(f"breach-{breach.pk}", cast.olu, AT)
    change_metric(
        actor=cast.dana,
        at=AT + HOUR,
        metric=cast.demos,
        name="Demos held",
        unit=cast.demos.unit,
        decimals=cast.demos.decimals,
        kind=cast.demos.kind,
        leads_to=cast.demos.leads_to,
        grace_days=cast.demos.grace_days,
    )
    (after,) = told(f"breach-{breach.pk}", cast.olu, AT + HOUR)
    assert newer(before, after)


def test_what_changes_elsewhere_changes_nothing(cast: Cast) -> None:
    cast.breach(cast.metric(initiative=cast.initiative(owner=cast.nils)), answerable=cast.nils)
    weekly(cast)
    before = body_of(cast.nils, AT + HOUR)
    pause_and_resume(cast, AT + HOUR)
    plan_reviews(at=AT + 22 * DAY)
    assert body_of(cast.nils, AT + 22 * DAY) == before
    assert uids(before) != []
