from typing import Self

from django.db import models
from django.db.models import F, Q

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
    # Of an owner who left: until when a successor is to be found, how many steps up the escalation
    # path this duty has gone, and to whom.
    successor_due_at = models.DateTimeField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

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
            models.CheckConstraint(
                condition=Q(successor_due_at__isnull=True) | Q(ending=Ending.LEFT),
                name="a_successor_is_owed_where_the_owner_left",
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "successor_due_at"),
                condition=Q(successor_due_at__isnull=False),
                name="successors_owed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner} for {self.initiative}"


class LeaveQuerySet(models.QuerySet["Leave"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def under_way(self) -> Self:
        """The person is away now: at most one for a person."""
        return self.filter(began_at__isnull=False, ended_at__isnull=True)

    def planned(self) -> Self:
        return self.filter(began_at__isnull=True, ended_at__isnull=True)


class Leave(models.Model):
    """A person is away from one day to another; the stand-in acts as owner meanwhile.

    Whether it is under way is written down when it begins and ends, not read from the clock: so
    everybody, the database too, sees the same stand-in at the same moment.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="leaves")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="leaves")
    # Without one, what the person owns is orphaned while they are away.
    stand_in = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="stands_in"
    )
    # Both days included, in the organization's zone.
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=200, blank=True, default="")
    planned_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    # Over, or cancelled when it never began.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        ordering = ("starts_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("member",),
                condition=Q(began_at__isnull=False, ended_at__isnull=True),
                name="one_leave_at_a_time_per_person",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="a_leave_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(stand_in__isnull=True) | ~Q(stand_in=F("member")),
                name="nobody_stands_in_for_themselves",
            ),
        )
        indexes = (
            models.Index(
                fields=("starts_on",), condition=Q(ended_at__isnull=True), name="leaves_not_over"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} from {self.starts_on} to {self.ends_on}"


class InterimEnding(models.TextChoices):
    """Why somebody answers for an initiative in the interim no more."""

    OWNED = "owned", "An owner accepted"
    OVER = "over", "Its last day passed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LEFT = "left", "The person left"
    INITIATIVE_ENDED = "initiative_ended", "Initiative ended"
    RETURNED = "returned", "The owner is back"


class InterimQuerySet(models.QuerySet["Interim"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def current(self) -> Self:
        """Named and not over: at most one for an initiative."""
        return self.filter(ended_at__isnull=True)


class Interim(models.Model):
    """A person named to answer for an orphaned initiative until an owner accepts, to a last day.

    The initiative is still orphaned, and says who answers meanwhile.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="interims"
    )
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="interims")
    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="interims")
    named_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    # The last day, in the organization's zone.
    until = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=20, choices=InterimEnding, blank=True, default="")

    objects = InterimQuerySet.as_manager()

    class Meta:
        ordering = ("named_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("initiative",),
                condition=Q(ended_at__isnull=True),
                name="one_interim_owner_per_initiative",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | Q(ended_at__isnull=False, ending__in=InterimEnding.values),
                name="an_ended_interim_says_how_it_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} for {self.initiative} until {self.until}"


_IS_NO_PERSON_HERE = (
    "NOT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.id = NEW.{column} "
    "AND m.role NOT IN ('machine', 'observer') AND m.ended_at IS NULL)"
)

GUARDS = (
    never_deleted(
        "cadence.Ownership",
        "an_ownership_stays_on_record",
        "Every ownership there ever was stays on record.",
    ),
    fixed(
        "cadence.Ownership",
        "an_ownership_keeps_its_owner",
        "An ownership keeps its initiative, its owner, its note and its dates; a new one is "
        "offered instead.",
        ("initiative_id", "owner_id", "offered_by_id", "offered_at", "due_at", "note"),
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
        "a_successor_who_is_owed_stays_owed",
        "cadence.Ownership",
        "That a successor is to be found for somebody who left is not taken back.",
        ("UPDATE",),
        "OLD.successor_due_at IS NOT NULL AND NEW.successor_due_at IS NULL",
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
    never_deleted(
        "cadence.Leave", "a_leave_stays_on_record", "A leave is ended or cancelled, never deleted."
    ),
    fixed(
        "cadence.Leave",
        "a_leave_is_one_persons",
        "A leave is one person's, and says who planned it.",
        ("member_id", "planned_by_id", "planned_at"),
    ),
    fixed(
        "cadence.Leave",
        "a_leave_that_began_stays_begun",
        "A leave that began keeps its beginning.",
        ("starts_on", "began_at"),
        when="OLD.began_at IS NOT NULL",
    ),
    fixed(
        "cadence.Leave",
        "a_leave_that_is_over_stays_over",
        "A leave that is over stays as it was.",
        ("stand_in_id", "starts_on", "ends_on", "began_at", "ended_at"),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "a_stand_in_is_a_person_who_is_here",
        "cadence.Leave",
        "A stand-in is a person of the organization, never a machine or an observer, "
        "and not somebody who left.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND NEW.stand_in_id IS NOT NULL AND "
        + _IS_NO_PERSON_HERE.format(column="stand_in_id"),
    ),
    Guard(
        "leaves_of_a_person_do_not_overlap",
        "cadence.Leave",
        "Leaves of one person do not overlap.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM cadence_leave other "
        "WHERE other.member_id = NEW.member_id AND other.id <> NEW.id AND other.ended_at IS NULL "
        "AND other.starts_on <= NEW.ends_on AND other.ends_on >= NEW.starts_on)",
        # Two that are planned at once must not miss each other.
        touch="UPDATE accounts_membership SET id = id WHERE id = NEW.member_id",
    ),
    never_deleted(
        "cadence.Interim",
        "an_interim_stays_on_record",
        "Whoever answered in the interim stays on record.",
    ),
    fixed(
        "cadence.Interim",
        "an_interim_keeps_its_person",
        "An interim keeps its initiative, its person, its last day and who named them; a new one "
        "is named instead.",
        ("initiative_id", "person_id", "named_by_id", "named_at", "until"),
    ),
    fixed(
        "cadence.Interim",
        "an_interim_that_ended_stays_ended",
        "An interim that ended stays as it was.",
        ("ended_at", "ending"),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "an_interim_owner_is_a_person_who_is_here",
        "cadence.Interim",
        "Who answers in the interim is a person of the organization, never a machine or an "
        "observer, and not somebody who left.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND " + _IS_NO_PERSON_HERE.format(column="person_id"),
    ),
)
