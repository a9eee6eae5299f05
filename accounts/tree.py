"""The team tree of one organization, read once and walked in memory."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from accounts.memo import remembered
from accounts.models import Membership, Organization, Role, Team


@dataclass
class Tree:
    """The teams of an organization. One query for the teams and their leads, once for a page."""

    organization: Organization

    @cached_property
    def teams(self) -> dict[int, Team]:
        def read() -> dict[int, Team]:
            rows = Team.objects.filter(organization=self.organization).select_related("lead")
            return {team.pk: team for team in rows}

        return remembered(("teams", self.organization.pk), read)

    @cached_property
    def _children(self) -> dict[int | None, list[Team]]:
        found: dict[int | None, list[Team]] = {}
        for team in self.teams.values():
            found.setdefault(team.parent_id, []).append(team)
        return found

    def upwards(self, team_id: int | None) -> Iterator[Team]:
        """The team, its parent, and so on to the root."""
        seen: set[int] = set()
        while team_id is not None and team_id not in seen:
            seen.add(team_id)
            team = self.teams[team_id]
            yield team
            team_id = team.parent_id

    def below(self, team_id: int) -> set[int]:
        """Ids of the team and of every team under it."""
        found: set[int] = set()
        waiting = [team_id]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(child.pk for child in self._children.get(current, ()))
        return found

    def in_order(self) -> list[tuple[int, Team]]:
        """Every team with its depth, parents before their children, by name."""
        listed: list[tuple[int, Team]] = []

        def walk(parent: int | None, depth: int) -> None:
            for team in self._children.get(parent, ()):
                listed.append((depth, team))
                walk(team.pk, depth + 1)

        walk(None, 0)
        return listed

    def led_by(self, member: Membership) -> set[int]:
        """Ids of the teams that the member leads, with all that lies below them."""
        found: set[int] = set()
        for team in self.teams.values():
            if team.lead_id == member.pk and team.pk not in found:
                found |= self.below(team.pk)
        return found

    def acting_owner(self, team_id: int, away: Container[int] = ()) -> Membership | None:
        """Who answers while nobody owns: the lead of the team, the next one up, or the sponsor.

        ``away`` are ids of people to pass over: who is on leave cannot act, least of all for
        themselves. Where all are, the end of the path answers: nobody is no answer.
        """
        path = self.path(team_id)
        return next((one for one in path if one.pk not in away), path[-1] if path else None)

    def path(self, team_id: int | None) -> list[Membership]:
        """The escalation path from a team upwards: its lead, the lead above, … , the sponsor.

        Nobody stands on it twice; those who left are passed over.
        """
        found: list[Membership] = []
        leads: Iterable[Membership | None] = [team.lead for team in self.upwards(team_id)]
        for lead in [*leads, self.sponsor]:
            if lead is not None and lead.is_current and lead not in found:
                found.append(lead)
        return found

    def above(self, member: Membership | None, team_id: int) -> list[Membership]:
        """Who stands above a person for the work of a team, nearest first.

        Somebody on the path is answered for by those after them. An executive beside it by its end
        alone, for the leads on it stand below every executive. Anybody else by the whole path.
        """
        path = self.path(team_id)
        if member in path:
            return path[path.index(member) + 1 :]
        if member is not None and member.role == Role.EXECUTIVE:
            return path[-1:]
        return path

    @cached_property
    def sponsor(self) -> Membership | None:
        """The executive sponsor, where every path ends: the one named, else the first executive."""
        organization = self.organization

        def read() -> Membership | None:
            if organization.sponsor_id is not None:
                return Membership.objects.get(pk=organization.sponsor_id)
            executives = Membership.objects.current().filter(
                organization=organization, role=Role.EXECUTIVE
            )
            return executives.order_by("joined_at", "pk").first()

        return remembered(_sponsor_of(organization), read)


def know_sponsor(organization: Organization) -> None:
    """Where the organization was read with its sponsor, a page need not read them again."""
    if organization.sponsor_id is not None:
        remembered(_sponsor_of(organization), lambda: organization.sponsor)


def _sponsor_of(organization: Organization) -> object:
    return ("sponsor", organization.pk, organization.sponsor_id)
