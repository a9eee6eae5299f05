"""What a derived metric is computed from."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organization
from cadence.metrics.models import Metric

MOST_OPERANDS = 10


class Operand(models.Model):
    """One of the metrics that a derived metric is computed from, by its place, from 1.

    It was there before the derived one: so nothing is ever computed from itself, over however
    many steps, and the order of the ids is one in which metrics can be computed.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="operands")
    position = models.PositiveSmallIntegerField()
    operand = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="operand_of")

    class Meta:
        ordering = ("metric_id", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "position"), name="one_operand_in_each_place"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_OPERANDS),
                name="an_operand_has_a_place_from_one_to_ten",
            ),
            models.CheckConstraint(
                condition=Q(operand__lt=F("metric")), name="an_operand_is_older_than_its_metric"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position} of metric {self.metric_id}: {self.operand_id}"
