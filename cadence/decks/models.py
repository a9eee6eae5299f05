from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.guards import fixed, never_changed, never_deleted
from cadence.reviews.models import Review, ReviewSeries


class Arrangement(models.Model):
    """How the deck of a series is arranged: which blocks come in which order, and which are left
    out. Blocks that it does not name stand where they would by default."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    series = models.OneToOneField(
        ReviewSeries, on_delete=models.PROTECT, related_name="arrangement"
    )
    # Keys of blocks, as `decks.compose` makes them.
    keys = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    arranged_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    arranged_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"deck of series {self.series_id}"


class Annotation(models.Model):
    """What somebody has to say of a block of the deck of a review."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="annotations")
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=1000)
    written_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("written_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(key=""), name="an_annotation_says_something"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} of review {self.review_id}"


class PreRead(models.Model):
    """The deck of a review as it was when it froze. Its hash is in the ledger."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="pre_read")
    frozen_at = models.DateTimeField()
    content = models.JSONField()
    # SHA-256 of the canonical JSON of the content.
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(digest=""), name="a_pre_read_has_its_hash"),
        )

    def __str__(self) -> str:
        return f"pre-read of review {self.review_id}"


GUARDS = (
    never_deleted(
        "cadence.Arrangement", "an_arrangement_is_never_deleted", "A deck is arranged anew."
    ),
    fixed(
        "cadence.Arrangement",
        "an_arrangement_stays_with_its_series",
        "The arrangement of a deck is that of one series.",
        ("series_id",),
    ),
    never_deleted(
        "cadence.Annotation",
        "an_annotation_is_never_deleted",
        "An annotation is withdrawn, never deleted.",
    ),
    fixed(
        "cadence.Annotation",
        "an_annotation_is_only_withdrawn",
        "An annotation is not changed, only withdrawn.",
        ("review_id", "key", "text", "written_by_id", "written_at"),
    ),
    fixed(
        "cadence.Annotation",
        "a_withdrawn_annotation_stays_withdrawn",
        "An annotation that was withdrawn stays so.",
        ("withdrawn_at",),
        when="OLD.withdrawn_at IS NOT NULL",
    ),
    never_changed(
        "cadence.PreRead",
        "a_pre_read_stays_as_it_is",
        "What was frozen stays as it was.",
    ),
)
