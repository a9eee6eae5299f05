"""One step up: the thing goes to whoever is next, a row says so for ever, the ledger too.

The verbs that find what is to move stand above: `evaluation.escalating` for what is overdue,
`reviews.missed` for what nobody held, and decisions and verdicts, which move a breach themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Model

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.calendar.workdays import WorkingCalendar
from cadence.escalations.models import SUBJECTS, Because, Escalation
from cadence.escalations.queries import next_above
from cadence.escalations.rules import in_place_of, next_due
from cadence.ledger.actions import append
from cadence.people.queries import working_calendar

_KINDS = {subject: kind for kind, subject in SUBJECTS.items()}
# What a thing calls the person who has it, and the moment until which they have it.
_HOLDER = {"breach": "answerable"}
_DUE = {"ownership": "successor_due_at"}


def subject_of(thing: Model) -> str:
    """``breach``, ``verdict``, ``commitment``, ``ownership`` or ``review``."""
    return thing._meta.model_name or ""


def holder_of(thing: Model) -> Membership | None:
    """To whom it went; null where it has not gone up, and a breach is its owner's."""
    found: Membership | None = getattr(thing, _HOLDER.get(subject_of(thing), "escalated_to"))
    return found


def due_of(thing: Model) -> datetime:
    found: datetime = getattr(thing, _DUE.get(subject_of(thing), "due_at"))
    return found


@dataclass
class Ladder:
    """What a step needs to know of an organization at a moment, read at most once."""

    organization: Organization
    at: datetime

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.organization)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return working_calendar(self.organization)

    def limit(self, days: int | None = None) -> datetime:
        """A whole limit from now: the decision days, unless others are meant."""
        days = self.organization.decision_days if days is None else days
        return self.calendar.deadline(self.at, days, self.organization.zone)

    def due_after(self, was_due_at: datetime, days: int | None = None) -> datetime:
        """A limit after the moment that passed."""
        days = self.organization.decision_days if days is None else days
        return next_due(self.calendar, self.organization.zone, days, was_due_at, self.at)

    def next_above(
        self, team_id: int, holder: Membership | None, had: Iterable[int] = ()
    ) -> Membership | None:
        return next_above(self.tree, team_id, holder, had)

    def in_place_of(self, team_id: int, had: Iterable[int]) -> Membership | None:
        people = {person.pk: person for person in self.tree.path(team_id)}
        key = in_place_of(list(people), set(had))
        return people[key] if key is not None else None

    def move_up(
        self,
        thing: Model,
        to_person: Membership,
        *,
        because: str = Because.OVERDUE,
        from_person: Membership | None,
        days: int | None = None,
    ) -> Escalation:
        """Hand the thing one step up, with a limit after the one that passed. Nothing is saved."""
        was_due_at = due_of(thing)
        due_at = self.due_after(was_due_at, days)
        return self._hand(thing, to_person, because, from_person, was_due_at, due_at, steps=1)

    def pass_on(
        self,
        thing: Model,
        to_person: Membership,
        *,
        from_person: Membership | None,
        days: int | None = None,
        steps: int = 0,
    ) -> Escalation:
        """Hand the thing on from somebody who left or has no say any more, with a whole limit and
        never less than there was. Nothing is saved."""
        was_due_at = due_of(thing)
        due_at = max(was_due_at, self.limit(days))
        return self._hand(thing, to_person, Because.LEFT, from_person, was_due_at, due_at, steps)

    def _hand(
        self,
        thing: Any,
        to_person: Membership,
        because: str,
        from_person: Membership | None,
        was_due_at: datetime,
        due_at: datetime,
        steps: int,
    ) -> Escalation:
        name = subject_of(thing)
        setattr(thing, _HOLDER.get(name, "escalated_to"), to_person)
        setattr(thing, _DUE.get(name, "due_at"), due_at)
        thing.level += steps
        return _row(thing, because, from_person, self.at, was_due_at)


def record_step(
    thing: Model, *, because: str, from_person: Membership | None, at: datetime
) -> Escalation:
    """The row about a thing that was just handed up by a decision or a verdict, as it is now.

    Nothing more goes into the ledger: the decision or the verdict is its entry.
    """
    step = _row(thing, because, from_person, at, None)
    step.save(force_insert=True)
    return step


def write_steps(steps: Sequence[Escalation]) -> None:
    """Save the things that moved and the rows about them. Things are locked."""
    by_name: dict[str, list[Any]] = {}
    for step in steps:
        name = SUBJECTS[step.kind]  # type: ignore[index]
        by_name.setdefault(name, []).append(getattr(step, name))
    for name, things in by_name.items():
        fields = [_HOLDER.get(name, "escalated_to"), _DUE.get(name, "due_at"), "level"]
        type(things[0])._default_manager.bulk_update(things, fields, batch_size=500)
    Escalation.objects.bulk_create(steps, batch_size=500)


def append_step(step: Escalation, about: Mapping[str, Any]) -> None:
    """The entry about one step. ``about`` names the thing: initiative or series, and numbers."""
    thing = getattr(step, SUBJECTS[step.kind])  # type: ignore[index]
    append(
        organization=step.organization_id,
        event=f"{subject_of(thing)}.escalated",
        actor=None,
        at=step.at,
        subject=thing,
        data={
            "level": step.level,
            "because": str(step.because),
            "from": step.from_person_id,
            "to": step.to_person_id,
            "was_due_at": step.was_due_at,
            "due_at": step.due_at,
            **about,
        },
    )


def _row(
    thing: Any,
    because: str,
    from_person: Membership | None,
    at: datetime,
    was_due_at: datetime | None,
) -> Escalation:
    name = subject_of(thing)
    return Escalation(
        organization_id=thing.organization_id,
        kind=_KINDS[name],
        because=because,
        level=thing.level,
        from_person=from_person,
        to_person=holder_of(thing),
        at=at,
        was_due_at=was_due_at,
        due_at=due_of(thing),
        **{name: thing},
    )
