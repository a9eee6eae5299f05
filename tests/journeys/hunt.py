"""People and ticks who do anything at any moment, and what a ledger must never show after it."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Thread
from typing import Any

from django.db import IntegrityError, connections

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.calendar.periods import period_start, shift
from cadence.decisions.actions import acknowledge_verdict, commit, record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision
from cadence.decisions.queries import awaiting_approval
from cadence.errors import Refusal
from cadence.evaluation.actions import record_readings
from cadence.evaluation.approvals import answer_decision
from cadence.evaluation.rows import Row
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.evaluation.tick import tick
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from cadence.ownership.actions import accept_ownership, offer_ownership, withdraw_offer
from cadence.ownership.models import Ownership
from cadence.refusals import from_database
from cadence.reviews.actions import close_review, open_review
from cadence.reviews.models import Review
from cadence.reviews.room import add_note, note_attendance, take_facilitation
from tests.cast import AT, Cast

Act = Callable[["Somebody"], object]


class NothingToDo(Exception):
    """There is nothing of the kind at this moment."""


@dataclass
class Hunt:
    """Acts at random, in several threads, for some seconds. Every act is an hour and a half later
    than the one before, so that a few seconds are some weeks."""

    cast: Cast
    seconds: float
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[Exception] = field(default_factory=list)

    def run(self, threads: int) -> None:
        self.moments = count()
        self.ends_at = time.monotonic() + self.seconds
        working = [Thread(target=self.work, args=(seed,)) for seed in range(threads)]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()

    def now(self) -> datetime:
        return AT + timedelta(minutes=90 * next(self.moments))

    def work(self, seed: int) -> None:
        somebody = Somebody(self, random.Random(seed))
        names, weights = zip(*((act, weight) for act, weight in ACTS.items()), strict=True)
        try:
            while time.monotonic() < self.ends_at and not self.faults:
                (act,) = somebody.dice.choices(names, weights)
                try:
                    act(somebody)
                    self.done[act.__name__] += 1
                except NothingToDo:
                    continue
                except Refusal as refusal:
                    self.refused[refusal.code] += 1
                except IntegrityError as error:
                    self.refused[f"{from_database(error).code}, by the database"] += 1
        except Exception as error:
            self.faults.append(error)
        finally:
            connections["default"].close()


@dataclass
class Somebody:
    hunt: Hunt
    dice: random.Random

    @property
    def cast(self) -> Cast:
        return self.hunt.cast

    @property
    def at(self) -> datetime:
        return self.hunt.now()

    def person(self) -> Membership:
        cast = self.cast
        return self.dice.choice([cast.dana, cast.lars, cast.elena] * 3 + [cast.olu, cast.fay])

    def one_of(self, rows: Iterable[Any]) -> Any:
        found = list(rows)
        if not found:
            raise NothingToDo
        return self.dice.choice(found)

    def review(self) -> Review:
        """One that is open, or planned for soon."""
        rows = Review.objects.filter(closed_at=None, missed_at=None)
        return self.one_of(rows.order_by("starts_at")[:6])


def read(somebody: Somebody) -> None:
    """Up to three metrics in any order, of a recent week, around their floor of 45."""
    at, dice = somebody.at, somebody.dice
    week = shift("week", period_start("week", at.date(), 0), -dice.randrange(4)).isoformat()
    metrics = list(Metric.objects.filter(organization=somebody.cast.acme, read_per="week"))
    chosen = dice.sample(metrics, dice.randint(1, 3))
    rows = [Row(one.pk, week, str(dice.choice([30, 50, 60, 60])), "Counted.") for one in chosen]
    record_readings(actor=somebody.cast.dana, at=at, rows=rows)


def decide(somebody: Somebody) -> None:
    at, dice = somebody.at, somebody.dice
    undecided = list(Breach.objects.undecided().filter(organization=somebody.cast.acme)[:10])
    if not undecided:
        raise NothingToDo
    breaches = dice.sample(undecided, min(len(undecided), dice.randint(1, 4)))
    kind = dice.choice(["adjust", "adjust", "agreed", "hold_course", "escalate"])
    draft = Draft(
        kind=kind,
        what="Two more on calls.",
        check_on=(at + timedelta(days=dice.randint(6, 14))).date().isoformat(),
        escalated_to=somebody.cast.lars if kind == "escalate" else None,
    )
    review = somebody.one_of([None, *Review.objects.open()[:3]])
    record_decision(actor=somebody.person(), at=at, breaches=breaches, draft=draft, review=review)


def approve(somebody: Somebody) -> None:
    decision = somebody.one_of(awaiting_approval(somebody.cast.acme.pk))
    approved = somebody.dice.random() < 0.7
    answer_decision(
        actor=somebody.person(), at=somebody.at, decision=decision, approved=approved, reason="So."
    )


def acknowledge(somebody: Somebody) -> None:
    rows = Decision.objects.filter(verdict__acknowledged_at=None, verdict__isnull=False)
    acknowledge_verdict(actor=somebody.person(), at=somebody.at, decision=somebody.one_of(rows[:5]))


def open_one(somebody: Somebody) -> None:
    open_review(actor=somebody.person(), at=somebody.at, review=somebody.review())


def close(somebody: Somebody) -> None:
    review = somebody.one_of(Review.objects.open()[:8])
    close_review(actor=somebody.person(), at=somebody.at, review=review)


def take_part(somebody: Somebody) -> None:
    review, person = somebody.review(), somebody.person()
    note_attendance(actor=person, at=somebody.at, review=review, present={person.pk: True})
    take_facilitation(actor=person, at=somebody.at, review=review)
    add_note(actor=person, at=somebody.at, review=review, text="Said and heard.")


def hand_over(somebody: Somebody) -> None:
    initiative = somebody.one_of(Initiative.objects.filter(organization=somebody.cast.acme))
    owner = somebody.person()
    offer_ownership(actor=somebody.cast.dana, at=somebody.at, initiative=initiative, owner=owner)


def answer(somebody: Somebody) -> None:
    offer = somebody.one_of(Ownership.objects.pending().select_related("owner", "initiative")[:5])
    if somebody.dice.random() < 0.7:
        accept_ownership(actor=offer.owner, at=somebody.at, ownership=offer)
    else:
        withdraw_offer(actor=somebody.cast.dana, at=somebody.at, ownership=offer)


def promise(somebody: Somebody) -> None:
    at, initiative = somebody.at, somebody.cast.pipeline
    due_on = (at + timedelta(days=5)).date().isoformat()
    commit(
        actor=somebody.cast.dana,
        at=at,
        initiative=initiative,
        text="Call the three largest.",
        person=somebody.person(),
        due_on=due_on,
        review=somebody.one_of([None, *Review.objects.open()[:3]]),
    )


def tighten(somebody: Somebody) -> None:
    metric = somebody.one_of(Metric.objects.filter(organization=somebody.cast.acme))
    wanted = Wanted(floor=str(somebody.dice.randint(45, 55)), agreed_response="Call everybody.")
    set_threshold(actor=somebody.cast.dana, at=somebody.at, metric=metric, wanted=wanted)


def look(somebody: Somebody) -> None:
    tick(at=somebody.at, organization=somebody.cast.acme)


ACTS: dict[Act, int] = {
    read: 8,
    decide: 8,
    close: 5,
    approve: 4,
    acknowledge: 4,
    look: 3,
    open_one: 2,
    take_part: 2,
    hand_over: 2,
    answer: 2,
    promise: 1,
    tighten: 1,
}


def closed_over_something_undecided(cast: Cast) -> list[str]:
    """Every review that closed while a breach in its scope was undecided, as the ledger has it:
    its order is that of the commits."""
    undecided: set[int] = set()
    about: dict[int, list[int]] = {}
    found = []
    for entry in Entry.objects.filter(organization=cast.acme).order_by("sequence"):
        data = entry.data
        undecided |= {*data.get("opened", ()), *data.get("undecided_again", ())}
        if entry.event == "decision.recorded":
            about[entry.subject_id] = data["breaches"]
            if not data["needs_approval"]:
                undecided -= set(data["breaches"])
        elif entry.event == "decision.approved":
            undecided -= set(about[entry.subject_id])
        elif entry.event == "review.closed":
            scope = Tree(cast.acme).below(Review.objects.get(pk=entry.subject_id).team_id)
            within = Breach.objects.filter(
                pk__in=undecided, metric__initiative__team__in=scope
            ).values_list("pk", flat=True)
            found += [f"review {entry.subject_id} over breach {key}" for key in within]
    return found
