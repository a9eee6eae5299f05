"""The last weeks, review by review, through the actions that everybody uses."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from accounts.models import Team
from accounts.tree import Tree
from cadence.management.generate.breaching import DECIDED, Past
from cadence.management.generate.founding import People
from cadence.management.generate.history import Case
from cadence.management.generate.values import Timeline
from cadence.reviews.actions import close_review, open_due
from cadence.reviews.models import OnHoliday, Review
from cadence.reviews.room import note_attendance
from cadence.reviews.series import create_series

WEEKS = 3
BEGINS, OPENED, ENDS = time(9, 30), time(9, 31), time(10, 30)
# How many teams of the first division meet each week, besides the division itself.
MEETING = 3


def first_week(timeline: Timeline) -> date:
    """The Monday of the first week that is told review by review. The last one runs now."""
    return timeline.last_week + timedelta(days=7 - 7 * WEEKS)


def begin_series(people: People, timeline: Timeline) -> None:
    """A weekly review for some teams since that week, a monthly one for all from now on."""
    monday = first_week(timeline)
    at = _moment(monday, time(8), timeline)
    tops = {team.parent for team in people.divisions}
    first = people.divisions[0]
    meeting = [team for team in people.teams if team.parent == first][:MEETING]
    for team in [*meeting, first, *tops]:
        assert team is not None and team.lead is not None
        is_top = team in tops
        create_series(
            actor=team.lead,
            at=at,
            team=team,
            name=f"{team.name}: {'month' if is_top else 'week'}",
            kind="monthly" if is_top else "weekly",
            rule="FREQ=MONTHLY;BYDAY=1TH" if is_top else "FREQ=WEEKLY;BYDAY=WE",
            # The monthly one begins in the month after this one.
            starts_on=(timeline.at + timedelta(days=32)).date().replace(day=1)
            if is_top
            else monday,
            time_of_day=BEGINS,
            facilitator=team.lead,
            on_holiday=OnHoliday.KEEP,
        )


def hold_weeks(people: People, past: Past, cases: Sequence[Case], timeline: Timeline) -> None:
    """Week by week: what opened is decided in the reviews of Wednesday, and they close."""
    waiting = sorted(cases, key=past.opened_at)
    for number in range(WEEKS):
        monday = first_week(timeline) + timedelta(days=7 * number)
        wednesday = monday + timedelta(days=2)
        until = _moment(monday + timedelta(days=7), time(0), timeline)
        now = [case for case in waiting if past.opened_at(case) < until]
        waiting = waiting[len(now) :]
        opened = past.open(now)
        at_review = [one for one in opened if past.decided_at(one[0]).date() == wednesday]
        past.decide([one for one in opened if one not in at_review])
        past.record.write(_moment(wednesday, BEGINS, timeline))
        open_due(at=_moment(wednesday, OPENED, timeline), organization=people.organization)
        reviews = list(Review.objects.open().filter(organization=people.organization))
        past.decide(at_review, _by_team(people, reviews))
        past.record.write(_moment(wednesday, DECIDED, timeline))
        _close(people, reviews, _moment(wednesday, ENDS, timeline))
    past.decide(past.open(waiting))
    past.record.write(timeline.at)


def _moment(day: date, when: time, timeline: Timeline) -> datetime:
    return datetime.combine(day, when, timeline.zone)


def _by_team(people: People, reviews: Sequence[Review]) -> dict[int, Review]:
    """The review in whose scope a team lies, its own before that of the division."""
    tree = Tree(people.organization)
    widest = sorted(reviews, key=lambda review: -len(tree.below(review.team_id)))
    return {team: review for review in widest for team in tree.below(review.team_id)}


def _close(people: People, reviews: Sequence[Review], at: datetime) -> None:
    for review in sorted(reviews, key=lambda review: review.pk):
        team: Team = review.team
        assert team.lead is not None
        note_attendance(actor=team.lead, at=at, review=review, present={team.lead.pk: True})
        close_review(actor=team.lead, at=at, review=review)
