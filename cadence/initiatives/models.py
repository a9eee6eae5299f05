from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization, Team
from cadence.guards import fixed, never_deleted


class PriorityQuerySet(models.QuerySet["Priority"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)


class Priority(models.Model):
    """A stated strategic priority, ranked, for a planning period."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="priorities"
    )
    rank = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True, default="", max_length=4000)
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField()

    objects = PriorityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "priorities"
        ordering = ("rank", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="a_priority_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="priorities_rank_from_one"),
        )

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    """The life of an initiative. Not a column: it follows from the timestamps."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    STOPPED = "stopped", "Stopped"


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def active(self) -> Self:
        return self.in_state(State.ACTIVE)

    def going(self) -> Self:
        """Active or paused: somebody answers for it."""
        return self.filter(activated_at__isnull=False, ended_at__isnull=True)

    def in_state(self, state: str) -> Self:
        return self.filter(
            {
                State.DRAFT: Q(activated_at__isnull=True, ended_at__isnull=True),
                State.ACTIVE: Q(
                    activated_at__isnull=False, paused_at__isnull=True, ended_at__isnull=True
                ),
                State.PAUSED: Q(paused_at__isnull=False, ended_at__isnull=True),
                State.COMPLETED: Q(ended_as=State.COMPLETED),
                State.STOPPED: Q(ended_as=State.STOPPED),
            }[State(state)]
        )


class Initiative(models.Model):
    """Work for one priority, in one team: draft → active → paused → completed or stopped."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="initiatives"
    )
    priority = models.ForeignKey(Priority, on_delete=models.PROTECT, related_name="initiatives")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="initiatives")
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True, default="", max_length=4000)
    # In the currency of the organization; null when nobody has said.
    budget_at_stake = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=10, blank=True, default="")
    ended_reason = models.CharField(max_length=500, blank=True, default="")

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        ordering = ("priority__rank", "name", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(activated_at__isnull=False),
                name="only_an_initiative_that_was_active_is_paused",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as="")
                | Q(ended_at__isnull=False, ended_as__in=[State.COMPLETED, State.STOPPED]),
                name="an_ended_initiative_was_completed_or_stopped",
            ),
            models.CheckConstraint(
                condition=Q(budget_at_stake__isnull=True)
                | Q(budget_at_stake__gte=0, budget_at_stake__lt=10**13),
                name="a_budget_at_stake_is_not_negative",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> State:
        if self.ended_at is not None:
            return State(self.ended_as)
        if self.activated_at is None:
            return State.DRAFT
        return State.PAUSED if self.paused_at is not None else State.ACTIVE


GUARDS = (
    never_deleted(
        "cadence.Initiative",
        "an_initiative_is_never_deleted",
        "An initiative is completed or stopped, never deleted.",
    ),
    fixed(
        "cadence.Initiative",
        "an_ended_initiative_stays_ended",
        "An initiative that was completed or stopped stays as it is.",
        ("ended_at", "ended_as", "activated_at", "team_id"),
        when="OLD.ended_at IS NOT NULL",
    ),
    fixed(
        "cadence.Initiative",
        "an_active_initiative_is_no_draft_again",
        "An initiative that was activated keeps that moment: a draft that nobody owns holds no "
        "review.",
        ("activated_at",),
        when="OLD.activated_at IS NOT NULL AND OLD.ended_at IS NULL",
    ),
)
