from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.guards import fixed, never_deleted
from cadence.metrics.models import Metric


class Rebasing(models.Model):
    """From a period on, the natural limits of a metric are computed anew: the work is done in
    another way now, for a reason. An act of a person, never automatic."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="rebasings")
    # The first day of a judged period.
    starts_on = models.DateField()
    reason = models.CharField(max_length=500)
    rebased_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    rebased_at = models.DateTimeField()
    # One that was wrong is withdrawn, and stays on record.
    withdrawn_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("metric_id", "starts_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "starts_on"),
                condition=Q(withdrawn_at__isnull=True),
                name="one_rebasing_per_metric_and_period",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_rebasing_has_a_reason"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="a_rebasing_is_withdrawn_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"limits anew from {self.starts_on}"


GUARDS = (
    never_deleted(
        "cadence.Rebasing",
        "a_rebasing_is_never_deleted",
        "A re-basing is withdrawn, never deleted.",
    ),
    fixed(
        "cadence.Rebasing",
        "a_rebasing_is_only_withdrawn",
        "A re-basing is not changed, only withdrawn.",
        ("metric_id", "starts_on", "reason", "rebased_by_id", "rebased_at"),
    ),
    fixed(
        "cadence.Rebasing",
        "a_withdrawn_rebasing_stays_withdrawn",
        "A re-basing that was withdrawn stays so.",
        ("withdrawn_by_id", "withdrawn_at"),
        when="OLD.withdrawn_at IS NOT NULL",
    ),
)
