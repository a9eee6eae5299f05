"""What the sentences about a batch of entries need, read in as many queries as for one entry."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership, Organization, Role
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision, Verdict
from cadence.decisions.queries import SecondPeople
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from cadence.ownership.models import Ending, Interim, Leave, Ownership
from cadence.ownership.queries import Absence, Answerable, answers_for, away_now
from cadence.reviews.models import Review, ReviewSeries

# The keys under which entries name people and breaches by their ids.
_PEOPLE = ("from", "to", "previous_owner", "member", "stand_in", "person", "facilitator", "owner")
_BREACHES = ("opened", "undecided_again", "breaches")


class World:
    """The things that a batch of entries of one organization is about, by their ids."""

    def __init__(self, organization: Organization, entries: Sequence[Entry]) -> None:
        self.organization = organization
        self.entries = entries

    def page(self, name: str, *arguments: object) -> str:
        return reverse(f"web:{name}", args=[self.organization.slug, *arguments])

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.organization)

    def lead(self, team_id: int | None) -> Membership | None:
        """Who leads the team, or the next one up who is there."""
        path = self.tree.path(team_id)
        return path[0] if path else None

    @cached_property
    def administrators(self) -> list[Membership]:
        rows = Membership.objects.current().filter(role=Role.ADMINISTRATOR)
        return list(rows.filter(organization=self.organization).order_by("pk"))

    @cached_property
    def executives(self) -> list[Membership]:
        rows = Membership.objects.current().filter(role=Role.EXECUTIVE)
        return list(rows.filter(organization=self.organization).order_by("pk"))

    @cached_property
    def breaches(self) -> dict[int, Breach]:
        ids = set(self._subjects("breach"))
        for entry in self.entries:
            for key in _BREACHES:
                ids |= set(_ids(entry.data.get(key)))
            ids |= set(_ids([duty.get("breach") for duty in entry.data.get("duties", ())]))
        return _by_id(
            Breach.objects.select_related("metric__initiative", "answerable", "decision"), ids
        )

    @cached_property
    def decisions(self) -> dict[int, Decision]:
        verdicts = self.verdicts.values()
        ids = {*self._subjects("decision"), *(one.decision_id for one in verdicts)}
        rows = Decision.objects.select_related(
            "decided_by", "recorded_by", "carried_out_by", "escalated_to", "verdict"
        ).prefetch_related("breaches__metric__initiative")
        return _by_id(rows, ids)

    @cached_property
    def verdicts(self) -> dict[int, Verdict]:
        return _by_id(Verdict.objects.all(), self._subjects("verdict"))

    @cached_property
    def commitments(self) -> dict[int, Commitment]:
        rows = Commitment.objects.select_related("person", "initiative")
        return _by_id(rows, self._subjects("commitment"))

    @cached_property
    def reviews(self) -> dict[int, Review]:
        rows = Review.objects.select_related("series", "facilitator")
        return _by_id(rows, self._subjects("review"))

    @cached_property
    def series(self) -> dict[int, ReviewSeries]:
        return _by_id(ReviewSeries.objects.all(), self._subjects("reviewseries"))

    @cached_property
    def ownerships(self) -> dict[int, Ownership]:
        rows = Ownership.objects.select_related("initiative", "owner", "offered_by")
        return _by_id(rows, self._subjects("ownership"))

    @cached_property
    def leaves(self) -> dict[int, Leave]:
        rows = Leave.objects.select_related("member", "stand_in")
        return _by_id(rows, self._subjects("leave"))

    @cached_property
    def interims(self) -> dict[int, Interim]:
        rows = Interim.objects.select_related("initiative", "person")
        return _by_id(rows, self._subjects("interim"))

    @cached_property
    def initiatives(self) -> dict[int, Initiative]:
        return _by_id(Initiative.objects.all(), self._subjects("initiative"))

    @cached_property
    def pulled(self) -> dict[int, Metric]:
        """The metrics whose sources these entries are about."""
        ids = [one.data.get("metric") for one in self.entries if one.subject_type == "source"]
        return _by_id(Metric.objects.select_related("initiative"), _ids(ids))

    @cached_property
    def away(self) -> dict[int, Absence]:
        """Who of the people of these leaves, and of the owners of this work, is on leave now."""
        ids = {one.member_id for one in self.leaves.values()}
        ids |= {one.stand_in_id for one in self.leaves.values() if one.stand_in_id}
        ids |= set(self.owners.values())
        return away_now(ids)

    @cached_property
    def people(self) -> dict[int, Membership]:
        """Those whom entries name by id. Whoever left is among them: they are spoken of."""
        ids = set(self._subjects("membership"))
        for entry in self.entries:
            ids |= {entry.actor_id} if entry.actor_id else set()
            for key in _PEOPLE:
                ids |= set(_ids([_last(entry.data.get(key))]))
            ids |= set(_ids(change_of(entry, "lead")))
        return _by_id(Membership.objects.all(), ids)

    def name(self, member_id: object, *, otherwise: str = "nobody") -> str:
        found = self.people.get(member_id) if isinstance(member_id, int) else None
        return found.name if found else otherwise

    def actor(self, entry: Entry) -> str:
        return self.name(entry.actor_id, otherwise="Cadence")

    @cached_property
    def _answers(self) -> dict[int, Answerable]:
        found: dict[int, Initiative] = {}
        work = [one.initiative for one in self.ownerships.values()]
        work += [one.initiative for one in self.commitments.values()]
        work += [one.initiative for one in self.interims.values()]
        work += self.initiatives.values()
        work += [one.metric.initiative for one in self.breaches.values()]
        work += [one.initiative for one in self.pulled.values()]
        for decision in self.decisions.values():
            work += [breach.metric.initiative for breach in decision.breaches.all()]
        for initiative in work:
            # One object for the organization: else each initiative would fetch its own.
            initiative.organization = self.organization
            found[initiative.pk] = initiative
        return answers_for(found.values(), self.tree)

    def answerable(self, initiative_id: int) -> Answerable:
        """Who answers for an initiative now, and in whose place."""
        return self._answers.get(initiative_id) or Answerable(None)

    def answers(self, initiative_id: int) -> int | None:
        """Who answers for an initiative now: the owner, or whoever acts for them."""
        found = self.answerable(initiative_id).member
        return found.pk if found else None

    @cached_property
    def second_people(self) -> SecondPeople:
        """Who may approve the decisions."""
        waiting = [one for one in self.decisions.values() if one.needs_approval]
        return SecondPeople(waiting, self.tree)

    @cached_property
    def owners(self) -> dict[int, int]:
        """The current owner of each initiative, also one whom somebody stands in for."""
        rows = Ownership.objects.current().filter(initiative__in=self._answers)
        return dict(rows.values_list("initiative", "owner"))

    @cached_property
    def last_owners(self) -> dict[int, int]:
        """Who owned each of the initiatives that have ended, until they did."""
        rows = Ownership.objects.filter(
            initiative__in=self.initiatives, ending=Ending.INITIATIVE_ENDED
        )
        return dict(rows.values_list("initiative", "owner"))

    def _subjects(self, kind: str) -> list[int]:
        return [one.subject_id for one in self.entries if one.subject_type == kind]


def _by_id(rows: "models.QuerySet[Any]", ids: Iterable[int]) -> dict[int, Any]:
    wanted = set(ids)
    return {row.pk: row for row in rows.filter(Q(pk__in=wanted))} if wanted else {}


def _ids(value: object) -> list[int]:
    """What of a list is an id: what stands in the data of an entry is not checked by anybody."""
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, int) and not isinstance(one, bool)]


def change_of(entry: Entry, field: str) -> object:
    """Of what an entry says has changed, the value before and the one after: [old, new]."""
    changed = entry.data.get("changed")
    return changed.get(field) if isinstance(changed, dict) else None


def _last(value: object) -> object:
    """Of a change, [old, new], the new one."""
    return value[-1] if isinstance(value, list) and value else value
