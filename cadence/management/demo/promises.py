"""What people said they would do, and whether they did."""

from dataclasses import dataclass
from datetime import date, timedelta

from cadence.decisions.actions import commit, drop_commitment, keep_commitment
from cadence.decisions.models import Commitment
from cadence.management.demo.world import World
from cadence.reviews.models import Review


@dataclass(frozen=True)
class Promise:
    """Made in the review of a series in a week; kept or dropped so many days later, or open."""

    series: str
    week: int
    initiative: str
    person: str
    text: str
    due: int
    kept: int | None = None
    dropped: int | None = None
    why: str = ""


PROMISES = (
    Promise("growth", 24, "Health checks", "salma", "Call the nine silent accounts", 7, 6),
    Promise("growth", 21, "Mid-market sales desk", "noor", "A page about data protection", 10, 9),
    Promise("growth", 19, "Partner webinars", "lucia", "Brief three partners", 7, 7),
    Promise("delivery", 18, "Release train", "jakub", "Cut the nightly tests in half", 14, 12),
    Promise("delivery", 17, "Self-serve onboarding", "mei", "Rewrite the tour", 12, 12),
    Promise("growth", 16, "Health checks", "salma", "Free the Wednesdays", 7, 3),
    Promise(
        "growth", 15, "Pricing and trials", "priya", "Ask ten visitors why they left", 10,
        dropped=11, why="Nobody wanted to talk; the recordings said enough.",
    ),
    Promise("delivery", 13, "Always available", "sara", "A rota for the nights", 14, 17),
    Promise("growth", 12, "Win-back sequence", "jonas", "Clean the list of numbers", 10, 8),
    Promise("growth", 11, "Partner webinars", "priya", "Lists for the two who call", 5, 5),
    Promise("growth", 10, "Support replies", "salma", "Thursday mornings with engineers", 9, 8),
    Promise(
        "delivery", 9, "Release train", "rafael", "Ask the vendor for the deposit", 14,
        dropped=13, why="The contract gives nothing back.",
    ),
    Promise("growth", 8, "Mid-market sales desk", "dana", "A second trainer", 14, 13),
    Promise("growth", 7, "Partner webinars", "priya", "A new invitation, with two partners", 4, 4),
    Promise("delivery", 5, "Always available", "jakub", "Take the map apart", 8, 7),
    Promise("growth", 4, "Health checks", "salma", "The list on Monday, with names", 6, 6),
    Promise("growth", 4, "Partner webinars", "priya", "A rota for the partner inbox", 5, 8),
    Promise("growth", 3, "Pricing and trials", "priya", "Redirect the old links", 12),
    Promise("delivery", 2, "Self-serve onboarding", "mei", "Try the import with ten files", 12),
    Promise("growth", 1, "Partner webinars", "tomas", "Find a partner for the next webinar", 13),
    Promise("growth", 1, "Health checks", "salma", "Book the next call in the call", 20),
    Promise("delivery", 1, "Release train", "sara", "The price of a larger test system", 16),
)  # fmt: skip


def make(world: World, review: Review) -> None:
    """What was promised in this review."""
    day = review.starts_at.astimezone(world.line.zone).date()
    for promise in PROMISES:
        if world.series[promise.series].pk == review.series_id and _in_week(world, promise, day):
            world.promised[promise.text] = commit(
                actor=world.people[review.facilitator_id],
                at=world.soon(60),
                initiative=world.initiatives[promise.initiative],
                text=promise.text,
                person=world.members[promise.person],
                due_on=day + timedelta(days=promise.due),
                review=review,
            )


def settle(world: World, today: date) -> None:
    """What is kept or dropped by this day and was not yet."""
    for promise in PROMISES:
        commitment = world.promised.get(promise.text)
        if commitment is None:
            continue
        days = (today - commitment.created_at.astimezone(world.line.zone).date()).days
        after = promise.dropped if promise.kept is None else promise.kept
        if after is not None and days >= after:
            _settle(world, promise, commitment)


def _settle(world: World, promise: Promise, commitment: Commitment) -> None:
    person = world.members[promise.person]
    del world.promised[promise.text]
    if promise.kept is not None:
        keep_commitment(actor=person, at=world.soon(60), commitment=commitment)
    else:
        drop_commitment(actor=person, at=world.soon(60), commitment=commitment, reason=promise.why)


def _in_week(world: World, promise: Promise, day: date) -> bool:
    monday = world.line.monday(promise.week)
    return monday <= day < monday + timedelta(days=7)
