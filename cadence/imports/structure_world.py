"""What an organization has now, by the names that a workbook uses. Read in a constant number of
queries; what is made on the way is added."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from accounts.models import Invitation, Membership, Organization, Team
from cadence.breaches.models import Breach
from cadence.initiatives.models import Initiative, Priority
from cadence.metrics.models import Metric, Threshold
from cadence.metrics.queries import current_thresholds
from cadence.ownership.models import Ownership
from cadence.people.queries import locked_organization, open_invitations
from cadence.reviews.models import Review

T = TypeVar("T")


@dataclass
class World:
    """Things that go on: initiatives that have not ended, metrics that are not retired."""

    organization: Organization
    teams: dict[str, Team] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    priorities: list[Priority] = field(default_factory=list)
    initiatives: list[Initiative] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    thresholds: dict[int, Threshold] = field(default_factory=dict)
    # By initiative: who owns it, and who was asked.
    owners: dict[int, Membership] = field(default_factory=dict)
    asked: dict[int, Membership] = field(default_factory=dict)

    @classmethod
    def of(cls, organization: Organization, at: datetime) -> "World":
        world = cls(organization)
        teams = Team.objects.filter(organization=organization)
        world.teams = {
            one.name.casefold(): one for one in teams.select_related("parent", "lead__user")
        }
        people = Membership.objects.filter(organization=organization, user__isnull=False)
        for one in people.select_related("user", "team", "organization"):
            assert one.user is not None
            world.members[one.user.email] = one
        world.invitations = {one.email: one for one in open_invitations(organization, at)}
        world.priorities = list(organization.priorities.order_by("rank", "pk"))
        initiatives = Initiative.objects.filter(organization=organization, ended_at=None)
        initiatives = initiatives.select_related("team", "priority")
        world.initiatives = list(initiatives.order_by("priority__rank", "name", "pk"))
        metrics = Metric.objects.live().filter(
            organization=organization, initiative__ended_at__isnull=True
        )
        metrics = metrics.select_related("initiative", "leads_to")
        world.metrics = list(
            metrics.order_by("initiative__name", "initiative", "kind", "name", "pk")
        )
        world.thresholds = current_thresholds([one.pk for one in world.metrics])
        owned = Ownership.objects.filter(organization=organization, ended_at=None)
        for row in owned.select_related("owner__user"):
            (world.owners if row.accepted_at else world.asked)[row.initiative_id] = row.owner
        return world

    def answering(self, initiative: Initiative) -> Membership | None:
        """The owner, else who was asked."""
        return self.owners.get(initiative.pk) or self.asked.get(initiative.pk)

    def metric_called(self, words: str) -> list[Metric]:
        """By key, else by name."""
        found = [one for one in self.metrics if one.key == words]
        return found or [one for one in self.metrics if one.name.casefold() == words.casefold()]


def by_name(things: list[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for one in things:
        found[str(one).casefold()].append(one)
    return found


def lock_everything(organization: Organization) -> None:
    """All that a workbook may touch, in the order of all locks: each action would take its own
    after the head of the ledger, which the action before it holds."""
    key = locked_organization(organization.pk).pk
    rows = (
        Membership.objects.filter(organization=key),
        Initiative.objects.filter(organization=key, ended_at=None),
        Metric.objects.filter(organization=key, retired_at=None),
        Breach.objects.filter(organization=key, recovered_at=None),
        Review.objects.open().filter(organization=key),
    )
    for some in rows:
        locked = some.select_for_update(of=("self",), no_key=True).order_by("pk")
        list(locked.values_list("pk", flat=True))
