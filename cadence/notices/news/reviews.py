"""Reviews that were moved, missed or given to somebody, and their minutes."""

from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.recipients import recipients
from cadence.notices.words import day, moment, moment_of
from cadence.notices.world import World
from cadence.reviews.models import Review

REVIEW, MINUTES = NoticeKind.REVIEW, NoticeKind.MINUTES


def moved(entry: Entry, world: World) -> News | None:
    review = world.reviews.get(entry.subject_id)
    if review is None:
        return None
    zone = world.organization.zone
    before = moment_of(entry.data.get("from"), zone)
    after = moment_of(entry.data.get("to"), zone) or moment(review.starts_at, zone)
    detail = f"It was planned for {before}. Why: {entry.data.get('reason', '')}"
    return _news(world, review, f"{_name(review)} was moved to {after}", detail)


def missed(entry: Entry, world: World) -> News | None:
    review = world.reviews.get(entry.subject_id)
    if review is None:
        return None
    until = moment(review.hold_by, world.organization.zone)
    return _news(
        world, review, f"{_name(review)} was not held", f"Nobody held it in its time, by {until}."
    )


def facilitation(entry: Entry, world: World) -> News | None:
    """Somebody took it over, or it was given to them because who ran it left."""
    review = world.reviews.get(entry.subject_id)
    if review is None:
        return None
    before = entry.data.get("from")
    # Whoever takes it over is the one who did it.
    after = entry.data.get("to") or entry.actor_id
    person = world.name(after, otherwise=review.facilitator.name)
    title = f"{person} runs {_name(review)}"
    detail = f"{world.name(before, otherwise='Nobody')} was to run it."
    yours = Line(REVIEW, (after,), f"You run {_name(review)}", detail)
    others = before if isinstance(before, int) else None
    return _news(world, review, title, detail, yours, Line(REVIEW, (others,)))


def closed(entry: Entry, world: World) -> News | None:
    """Rule 18: the minutes go to those they concern, also to who closed the review."""
    review = world.reviews.get(entry.subject_id)
    if review is None or review.minutes is None:
        return None
    decided = len(entry.data.get("decisions", ()))
    decisions = f"{decided} decision{'s' if decided != 1 else ''}" if decided else "No decision"
    return News(
        title=f"Minutes: {_name(review)}",
        path=world.page("review-minutes", review.pk),
        detail=f"{decisions}. Closed by {world.actor(entry)}.",
        teams=frozenset({review.team_id}),
        lines=(Line(MINUTES, tuple(sorted(recipients(review.minutes))), also_actor=True),),
    )


def series(entry: Entry, world: World) -> News | None:
    """Who is to run the reviews of a series, where that is new."""
    found = world.series.get(entry.subject_id)
    if found is None or "facilitator" not in entry.data:
        return None
    change = entry.data["facilitator"]
    before, after = change if isinstance(change, list) else (None, change)
    title = f"{world.name(after)} runs the reviews of {found.name}"
    return News(
        title=title,
        path=world.page("series-change", found.pk),
        teams=frozenset({found.team_id}),
        lines=(
            Line(REVIEW, (after,), f"You run the reviews of {found.name}"),
            Line(REVIEW, (before,)),
        ),
    )


def series_ended(entry: Entry, world: World) -> News | None:
    found = world.series.get(entry.subject_id)
    if found is None:
        return None
    lead = world.lead(found.team_id)
    people = (found.facilitator_id, lead.pk if lead else None)
    return News(
        title=f"The series {found.name} has ended",
        path=world.page("series"),
        detail=f"Why: {entry.data.get('reason', '')}",
        teams=frozenset({found.team_id}),
        lines=(Line(REVIEW, people),),
    )


def _news(world: World, review: Review, title: str, detail: str, *first: Line) -> News:
    lead = world.lead(review.team_id)
    people = (review.facilitator_id, lead.pk if lead else None)
    return News(
        title=title,
        path=world.page("review", review.pk),
        detail=detail,
        teams=frozenset({review.team_id}),
        lines=(*first, Line(REVIEW, people)),
    )


def _name(review: Review) -> str:
    return f"{review.series.name} of {day(review.occurs_on)}"
