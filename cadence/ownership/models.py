from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.guards import Guard, fixed, never_deleted
from cadence.initiatives.models import Initiative


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def current(self) -> Self:
        """Accepted and not ended: at most one for an initiative."""
        return self.filter(accepted_at__isnull=False, ended_at__isnull=True)

    def pending(self) -> Self:
        """Offered and not answered: at most one for an initiative."""
        return self.filter(accepted_at__isnull=True, ended_at__isnull=True)


class Ending(models.TextChoices):
    """Why an ownership is over. An offer that came to nothing ends too."""

    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Not answered in time"
    WITHDRAWN = "withdrawn", "Offer withdrawn"
    HANDED_OVER = "handed_over", "Handed over"
    LEFT = "left", "Owner left"
    INITIATIVE_ENDED = "initiative_ended", "Initiative ended"


class Ownership(models.Model):
    """One person answering for one initiative over a span of time: offered, accepted, ended."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="ownerships"
    )
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="ownerships")
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="ownerships")
    offered_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    offered_at = models.DateTimeField()
    # The moment until which an answer is awaited.
    due_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True, default="")
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=20, choices=Ending, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        ordering = ("offered_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("initiative",),
                condition=Q(accepted_at__isnull=False, ended_at__isnull=True),
                name="one_current_owner_per_initiative",
            ),
            models.UniqueConstraint(
                fields=("initiative",),
                condition=Q(accepted_at__isnull=True, ended_at__isnull=True),
                name="one_pending_offer_per_initiative",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | Q(ended_at__isnull=False, ending__in=Ending.values),
                name="an_ended_ownership_says_how_it_ended",
            ),
            models.CheckConstraint(
                condition=~Q(ending__in=[Ending.DECLINED, Ending.LAPSED, Ending.WITHDRAWN])
                | Q(accepted_at__isnull=True),
                name="an_accepted_offer_was_not_declined",
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner} for {self.initiative}"


GUARDS = (
    never_deleted(
        "cadence.Ownership",
        "an_ownership_stays_on_record",
        "Every ownership there ever was stays on record.",
    ),
    fixed(
        "cadence.Ownership",
        "an_ownership_keeps_its_owner",
        "An ownership keeps its initiative, its owner and its dates; a new one is offered instead.",
        ("initiative_id", "owner_id", "offered_by_id", "offered_at"),
    ),
    fixed(
        "cadence.Ownership",
        "an_accepted_ownership_stays_accepted",
        "Acceptance is not taken back.",
        ("accepted_at",),
        when="OLD.accepted_at IS NOT NULL",
    ),
    fixed(
        "cadence.Ownership",
        "an_ended_ownership_stays_ended",
        "An ownership that ended stays as it is.",
        ("accepted_at", "ended_at", "ending", "reason"),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "an_owner_is_a_person_of_the_organization",
        "cadence.Ownership",
        "An owner is a person of the organization, never a machine or an observer, "
        "and not somebody who left.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM accounts_membership m "
        "WHERE m.id = NEW.owner_id AND m.organization_id = NEW.organization_id "
        "AND m.role NOT IN ('machine', 'observer') AND m.ended_at IS NULL)",
    ),
)
