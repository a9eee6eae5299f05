from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization
from cadence.guards import Guard, fixed, never_deleted, touch_open_reviews
from cadence.metrics.models import Metric, Threshold, ValueField


class Kind(models.TextChoices):
    THRESHOLD = "threshold", "Beyond its threshold"
    MISSING = "missing", "No reading"


class BreachQuerySet(models.QuerySet["Breach"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def undecided(self) -> Self:
        return self.filter(decision__isnull=True)

    def open(self) -> Self:
        return self.filter(recovered_at__isnull=True)

    def escalated(self) -> Self:
        """Open, and decided by nothing but an escalation: somebody has the duty to decide."""
        return self.open().filter(decision__kind="escalate")


class Breach(models.Model):
    """An episode in which a metric is beyond its threshold, or has no reading past its grace.

    Undecided while ``decision`` is null, open while ``recovered_at`` is null; the two do not
    depend on each other: one that recovered before anybody decided still needs a decision.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="breaches"
    )
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="breaches")
    threshold = models.ForeignKey(
        Threshold, on_delete=models.PROTECT, null=True, related_name="breaches"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    side = models.CharField(max_length=5, blank=True, default="")  # below, above; blank if missing
    # The first period of the run, and the one whose value opened the breach.
    first_period = models.DateField()
    opening_period = models.DateField()
    # Value and limit of the opening period; null when it is missing.
    value = ValueField(null=True)
    limit = ValueField(null=True)
    opened_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True, blank=True)
    recovered_period = models.DateField(null=True, blank=True)
    # Since when the duty to decide runs: the opening, or the last verdict that it did not work.
    undecided_since = models.DateTimeField()
    due_at = models.DateTimeField()
    # Steps up the escalation path, and who has the duty now.
    level = models.PositiveSmallIntegerField(default=0)
    answerable = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="breaches_to_decide",
    )
    decision = models.ForeignKey(
        "cadence.Decision",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="in_force_for",
    )

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "breaches"
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("metric",),
                condition=Q(recovered_at__isnull=True),
                name="one_open_breach_per_metric",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.MISSING, side="", value__isnull=True)
                | Q(
                    kind=Kind.THRESHOLD,
                    side__in=["below", "above"],
                    value__isnull=False,
                    limit__isnull=False,
                    threshold__isnull=False,
                ),
                name="a_breach_says_what_was_crossed",
            ),
            models.CheckConstraint(
                condition=Q(recovered_at__isnull=True, recovered_period__isnull=True)
                | Q(recovered_at__isnull=False),
                name="a_recovered_breach_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(opening_period__gte=F("first_period")),
                name="a_breach_opens_in_its_run",
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "due_at"),
                condition=Q(decision__isnull=True),
                name="breaches_undecided",
            ),
        )

    def __str__(self) -> str:
        return f"breach {self.pk} of metric {self.metric_id}"

    @property
    def is_decided(self) -> bool:
        return self.decision_id is not None

    @property
    def is_escalated(self) -> bool:
        """Open, and all that was decided is who is to decide. The person named has the duty."""
        return (
            self.decision is not None
            and self.decision.kind == "escalate"
            and self.recovered_at is None
        )


GUARDS = (
    never_deleted(
        "cadence.Breach", "a_breach_is_never_deleted", "A breach is decided, never deleted."
    ),
    fixed(
        "cadence.Breach",
        "a_breach_keeps_its_facts",
        "What a breach was stays as it was.",
        (
            "metric_id",
            "threshold_id",
            "kind",
            "side",
            "first_period",
            "opening_period",
            "value",
            "limit",
            "opened_at",
        ),
    ),
    fixed(
        "cadence.Breach",
        "a_recovery_stays_on_record",
        "A breach that recovered does not open again; a new one does.",
        ("recovered_at", "recovered_period"),
        when="OLD.recovered_at IS NOT NULL",
    ),
    Guard(
        "a_breach_is_decided_by_a_decision_about_it",
        "cadence.Breach",
        "A breach is decided by a decision that names it, taken since the duty began, "
        "and approved where its kind needs that.",
        ("INSERT", "UPDATE"),
        "NEW.decision_id IS NOT NULL AND NOT EXISTS ("
        "SELECT 1 FROM cadence_decision d JOIN cadence_decisionbreach l ON l.decision_id = d.id "
        "WHERE d.id = NEW.decision_id AND l.breach_id = NEW.id "
        "AND d.decided_at >= NEW.undecided_since AND (d.needs_approval = {false} OR EXISTS ("
        "SELECT 1 FROM cadence_approval a WHERE a.decision_id = d.id AND a.approved = {true})))",
        together=True,
    ),
    Guard(
        "a_duty_to_decide_begins_no_earlier",
        "cadence.Breach",
        "The duty to decide begins again, never earlier: an old decision does not fulfil it.",
        ("UPDATE",),
        "NEW.undecided_since < OLD.undecided_since",
    ),
    Guard(
        "a_breach_meets_the_reviews_that_are_open",
        "cadence.Breach",
        "An undecided breach is seen by every open review.",
        ("INSERT", "UPDATE"),
        "{false}",
        # A guard that only reads would let a review close while the breach is being written.
        touch=touch_open_reviews(when="NEW.decision_id IS NULL"),
        together=True,
    ),
)
