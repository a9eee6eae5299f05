"""What each row of a workbook comes to: an act for what is new, another for what differs."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import Membership, Team
from cadence.errors import Invalid, Refusal
from cadence.evaluation.lifecycle import activate_initiative
from cadence.imports.structure_metrics import set_metric, set_metric_threshold
from cadence.imports.structure_result import ABOUT, ORDER, Change, Line, Result, words
from cadence.imports.structure_rows import Given, Structure
from cadence.imports.structure_sheets import (
    INITIATIVES,
    METRICS,
    PEOPLE,
    PRIORITIES,
    TEAMS,
)
from cadence.imports.structure_world import World, by_name
from cadence.initiatives.actions import (
    change_initiative,
    change_priority,
    create_initiative,
    create_priority,
    rank_priorities,
)
from cadence.initiatives.models import Initiative, Priority, State
from cadence.metrics.models import Metric
from cadence.ownership.actions import offer_ownership
from cadence.people.invitations import invite
from cadence.people.members import change_member
from cadence.people.teams import change_team, create_team

# Each is an act with its own entry in the ledger, and all of them are one transaction.
MOST_CHANGES = 1_000


class Setting:
    """Walks through the sheets in their order and remembers what became of every row."""

    def __init__(self, actor: Membership, at: datetime, structure: Structure, world: World) -> None:
        self.actor, self.at, self.world = actor, at, world
        self.rows = structure.rows
        self.result = Result(faults=list(structure.faults), notes=list(structure.notes))
        self._unread = {(fault.sheet, fault.row) for fault in structure.faults}
        # Names of rows with a problem, by sheet: who refers to one of them is told so.
        self._failed: dict[str, set[str]] = {}
        # Of each row of metrics, by its number.
        self.metrics: dict[int, Metric] = {}
        self._coming = {one.values.get("email") for one in self.rows.get(PEOPLE, ())}

    def run(self) -> None:
        self._teams()
        self._refuse_twice(PEOPLE, "email")
        for given in self.rows.get(PEOPLE, ()):
            self._try(given, self._person)
        self._priorities()
        self._initiatives()
        self._metrics()
        self.result.lines.sort(key=lambda line: (ORDER.index(line.sheet), line.row))

    def _try(
        self, given: Given, act: Callable[[Given, Line], None], line: Line | None = None
    ) -> Line:
        """Do one row, or say why not; what was done of it by then is undone."""
        again = line is not None
        line = line or Line(given.sheet.name, given.row, given.name)
        if not again:
            self.result.lines.append(line)
        if (line.sheet, line.row) in self._unread:
            return self._fail(given, line)
        changes = len(line.changes)
        try:
            with transaction.atomic():
                act(given, line)
        except Refusal as refusal:
            del line.changes[changes:]
            for problem in refusal.problems:
                self.result.faults.append(given.fault(problem.field, problem.message))
            if not refusal.problems:
                field = ABOUT.get(refusal.code, "")
                self.result.faults.append(given.fault(field, refusal.message))
            return self._fail(given, line)
        if line.changes and line.outcome == "unchanged":
            line.outcome = "changed"
        if sum(one.outcome in ("new", "changed") for one in self.result.lines) > MOST_CHANGES:
            raise Invalid.field(
                "file",
                f"This would change more than {MOST_CHANGES:,} things at once. Bring it in parts.",
                code="too_many_changes",
            )
        return line

    def _fail(self, given: Given, line: Line) -> Line:
        line.outcome = "problem"
        self._failed.setdefault(line.sheet, set()).add(given.name.casefold())
        return line

    def has_failed(self, sheet: str, name: str) -> bool:
        """Whether a row of that name has a problem."""
        return name.casefold() in self._failed.get(sheet, ())

    def missing(self, sheet: str, words: str, field: str) -> Invalid:
        """Why a name leads to nothing."""
        if self.has_failed(sheet, words):
            return Invalid.field(field, f"“{words[:80]}” has a problem, in the sheet {sheet}.")
        return Invalid.field(field, f"There is no “{words[:80]}” in {sheet}.")

    def _refuse_twice(self, sheet: str, field: str) -> None:
        """What a row is known by stands in one row."""
        seen: dict[str, int] = {}
        for given in self.rows.get(sheet, ()):
            known = str(given.values.get(field, "")).casefold()
            first = seen.setdefault(known, given.row)
            if known and first != given.row:
                self.result.faults.append(given.fault(field, f"It stands in row {first} too."))
                self._unread.add((sheet, given.row))

    # Teams and people

    def _teams(self) -> None:
        """A team may stand above the one it lies below: they are done as their parents appear."""
        self._refuse_twice(TEAMS, "name")
        waiting = list(self.rows.get(TEAMS, ()))
        while waiting:
            names = {one.name.casefold() for one in waiting}
            ready = [
                one
                for one in waiting
                if str(one.values.get("parent", "")).casefold() not in names - {one.name.casefold()}
            ]
            for given in ready or waiting:
                self._try(given, self._team)
            waiting = [one for one in waiting if one not in ready] if ready else []

    def _team(self, given: Given, line: Line) -> None:
        world, found = self.world, self.world.teams.get(given.name.casefold())
        values: dict[str, Any] = {
            "name": given.name,
            "parent": self._named_team(given, "parent"),
            "lead": self._person_at(given, "lead", line),
        }
        if found is None:
            team = create_team(actor=self.actor, at=self.at, **values)
            line.outcome = "new"
        else:
            now = {"name": found.name, "parent": found.parent, "lead": found.lead}
            values = self.wanted(given, line, now, values)
            if not line.changes:
                return
            team = change_team(actor=self.actor, at=self.at, team=found, **values)
        world.teams[team.name.casefold()] = team
        # Who leads which teams was asked for before this one.
        vars(self.actor).pop("_led_teams", None)

    def _person(self, given: Given, line: Line) -> None:
        email = str(given.values["email"])
        member, open_one = self.world.members.get(email), self.world.invitations.get(email)
        line.name = given.name
        values: dict[str, Any] = {
            "name": given.name,
            "role": given.values.get("role"),
            "team": self._named_team(given, "team"),
        }
        if member is not None and not member.is_current:
            raise Invalid.field("email", f"{member.name} has left; they return on their own page.")
        there = member or open_one
        if there is None:
            invitation, secret = invite(
                actor=self.actor,
                at=self.at,
                email=email,
                name=given.name,
                team=values["team"],
                **({"role": values["role"]} if values["role"] else {}),
            )
            line.outcome = "new"
            line.notes.append("Is invited, and a member once they have accepted.")
            self._invited(invitation, secret)
            return
        now = {"name": there.name, "role": there.role, "team": there.team}
        values = self.wanted(given, line, now, values)
        if not line.changes:
            return
        if member is not None:
            change_member(actor=self.actor, at=self.at, member=member, **values)
            member.refresh_from_db()
        else:
            again = invite(actor=self.actor, at=self.at, email=email, **values)
            line.notes.append("Is invited anew; the link sent before no longer works.")
            self._invited(*again)

    def _invited(self, invitation: Any, secret: str) -> None:
        self.world.invitations[invitation.email] = invitation
        self.result.invited.append((invitation, secret))

    # Priorities and initiatives

    def _priorities(self) -> None:
        rows = self.rows.get(PRIORITIES, ())
        ranks: dict[int, int] = {}
        for given, found in self._paired(rows, self.world.priorities, lambda given, one: 0):
            self._try(given, partial(self._priority, found=found, ranks=ranks))
        self._rank(ranks)

    def _priority(
        self, given: Given, line: Line, *, found: Priority | None, ranks: dict[int, int]
    ) -> None:
        names = ("name", "starts_on", "ends_on", "description")
        values = {name: given.values.get(name) for name in names}
        rank = given.values.get("rank")
        if rank is not None and not (rank == int(rank) and 1 <= rank <= 1000):
            raise Invalid.field("rank", "This must be a whole number from 1 to 1000.")
        if found is None:
            values["description"] = values["description"] or ""
            found = create_priority(actor=self.actor, at=self.at, **values)
            self.world.priorities.append(found)
            line.outcome = "new"
        else:
            now = {name: getattr(found, name) for name in names}
            values = self.wanted(given, line, now, values)
            if line.changes:
                change_priority(actor=self.actor, at=self.at, priority=found, **values)
                found.refresh_from_db()
            if rank is not None and rank != found.rank:
                head = given.sheet.head("rank")
                line.changes.append(Change(head, words(found.rank), words(rank)))
        if rank is not None:
            ranks[found.pk] = int(rank)

    def _rank(self, ranks: dict[int, int]) -> None:
        """One order of all: those with a rank at theirs, the others where they stand."""
        now = self.world.priorities
        moved = {one.pk for one in now if ranks.get(one.pk, one.rank) != one.rank}
        order = sorted(
            now, key=lambda one: (ranks.get(one.pk, one.rank), one.pk not in moved, one.rank)
        )
        if [one.pk for one in order] != [one.pk for one in now]:
            rank_priorities(actor=self.actor, at=self.at, order=[one.pk for one in order])

    def _initiatives(self) -> None:
        rows = self.rows.get(INITIATIVES, ())

        def likeness(given: Given, one: Initiative) -> int:
            same = (("team", one.team.name), ("priority", one.priority.name))
            return sum(str(given.values.get(n, "")).casefold() == v.casefold() for n, v in same)

        for given, found in self._paired(rows, self.world.initiatives, likeness):
            self._try(given, partial(self._initiative, found=found))

    def _initiative(self, given: Given, line: Line, *, found: Initiative | None) -> None:
        names = ("name", "priority", "team", "budget_at_stake", "description")
        values: dict[str, Any] = {name: given.values.get(name) for name in names}
        if found is None:
            for name in ("priority", "team"):
                if name not in given.values:
                    raise Invalid.field(name, "This is needed for what is new.")
        values["team"] = self._named_team(given, "team")
        values["priority"] = self._named_priority(given, found)
        if found is None:
            values["description"] = values["description"] or ""
            found = create_initiative(actor=self.actor, at=self.at, **values)
            self.world.initiatives.append(found)
            line.outcome = "new"
        else:
            now = {name: getattr(found, name) for name in names}
            values = self.wanted(given, line, now, values)
            if line.changes:
                change_initiative(actor=self.actor, at=self.at, initiative=found, **values)
                found.refresh_from_db()
        self._owner(given, line, found)
        self._state(given, line, found)

    def _owner(self, given: Given, line: Line, initiative: Initiative) -> None:
        """Offered, never forced: whoever is named is asked, and owns it when they accept."""
        person, now = self._person_at(given, "owner", line), self.world.answering(initiative)
        if person is None or person in (now, self.world.asked.get(initiative.pk)):
            return
        offered = offer_ownership(actor=self.actor, at=self.at, initiative=initiative, owner=person)
        taken = offered.accepted_at is not None
        (self.world.owners if taken else self.world.asked)[initiative.pk] = person
        head = given.sheet.head("owner")
        if line.outcome != "new":
            line.changes.append(Change(head, now.name if now else "", person.name))
        line.notes.append(
            f"{person.name} owns it." if taken else f"{person.name} is asked to answer for it."
        )

    def _state(self, given: Given, line: Line, initiative: Initiative) -> None:
        state, now = given.values.get("state"), initiative.state
        if state is None or state == now:
            return
        if state != State.ACTIVE or now != State.DRAFT:
            message = "Pausing, resuming and ending are done on the page of the initiative."
            raise Invalid.field("state", message)
        if initiative.pk not in self.world.owners:
            raise Invalid.field(
                "state",
                "Nobody has accepted to own it yet: leave it a draft, and activate it then.",
            )
        activate_initiative(actor=self.actor, at=self.at, initiative=initiative)
        initiative.refresh_from_db()
        line.changes.append(Change(given.sheet.head("state"), now.label, State(state).label))

    # Metrics

    def _metrics(self) -> None:
        """Outcomes first, for inputs lead to them; limits last, for a metric may be one."""
        self._refuse_twice(METRICS, "key")
        rows = sorted(self.rows.get(METRICS, ()), key=lambda one: "leads_to" in one.values)
        done = [(given, self._try(given, partial(set_metric, self))) for given in rows]
        for given, line in done:
            if line.outcome != "problem":
                self._try(given, partial(set_metric_threshold, self), line)

    # What every row needs

    def wanted(
        self, given: Given, line: Line, now: dict[str, Any], values: dict[str, Any]
    ) -> dict[str, Any]:
        """The values as they shall be, where what is not given stays; differences are noted."""
        result = dict(now)
        for name, old in now.items():
            new = values.get(name)
            if name not in given.values or new is None or new == old:
                continue
            result[name] = new
            column = next(one for one in given.sheet.columns if one.name == name)
            old, new = (column.choices.get(str(one), one) for one in (old, new))
            line.changes.append(Change(column.head, words(old), words(new)))
        return result

    def _paired(
        self, rows: Iterable[Given], things: list[Any], likeness: Callable[[Given, Any], int]
    ) -> list[tuple[Given, Any]]:
        """Each row with what it is about; None for what is new. Of several things of one name each
        goes to the row that is most like it."""
        left = {name: list(found) for name, found in by_name(things).items()}
        had = {name: len(found) for name, found in left.items()}
        seen: dict[str, int] = {}
        pairs = []
        for given in rows:
            name = given.name.casefold()
            found = left.get(name, [])
            if not found and (had.get(name) or name in seen) and given.name:
                first = seen.get(name, given.row)
                self.result.faults.append(given.fault("name", f"Row {first} has this name too."))
                self._unread.add((given.sheet.name, given.row))
            seen.setdefault(name, given.row)
            best = max(found, key=lambda one: likeness(given, one), default=None)
            if best is not None:
                found.remove(best)
            pairs.append((given, best))
        return pairs

    def _named_team(self, given: Given, field: str) -> Team | None:
        words_ = given.values.get(field)
        if words_ is None:
            return None
        found = self.world.teams.get(str(words_).casefold())
        if found is None:
            raise self.missing(TEAMS, str(words_), field)
        return found

    def _named_priority(self, given: Given, initiative: Initiative | None) -> Priority | None:
        name = given.values.get("priority")
        if name is None:
            return None
        if initiative is not None and initiative.priority.name.casefold() == name.casefold():
            return initiative.priority
        found = by_name(self.world.priorities).get(name.casefold(), [])
        if len(found) > 1:
            raise Invalid.field("priority", f"{len(found)} priorities have this name.")
        if not found:
            raise self.missing(PRIORITIES, name, "priority")
        return found[0]

    def _person_at(self, given: Given, field: str, line: Line) -> Membership | None:
        """The member with this address; None, with a note, for who is invited and has not come."""
        email = given.values.get(field)
        if email is None:
            return None
        member = self.world.members.get(email)
        if member is not None:
            return member
        if email in self.world.invitations or email in self._coming:
            line.notes.append(
                f"{given.sheet.head(field)}: {email} has not joined yet. Bring the workbook again "
                "when they have."
            )
            return None
        raise Invalid.field(field, "Nobody has this address: add a row to People.")
