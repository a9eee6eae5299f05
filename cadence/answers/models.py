from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.answers.rules import LONGEST_KEY


class KeptAnswer(models.Model):
    """What a program was answered, to be given again when it sends the same once more.

    The row is there before its answer, so that a second request with the same key waits for the
    first. Nobody else ever sees it so: both are committed together.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100)
    body = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "member", "key"), name="one_answer_per_member_and_key"
            ),
            models.CheckConstraint(
                condition=Q(status__isnull=True) | Q(status__range=(200, 299)),
                name="a_refusal_is_not_kept",
            ),
        )
        indexes = (models.Index(fields=("kept_at",), name="kept_answers_by_age"),)

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
