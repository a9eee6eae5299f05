from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization, Team
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric
from cadence.reviews.guards import GUARDS as GUARDS


class SeriesKind(models.TextChoices):
    WEEKLY = "weekly", "Weekly tactical check-in"
    MONTHLY = "monthly", "Monthly performance review"


class OnHoliday(models.TextChoices):
    KEEP = "keep", "Held all the same"
    SKIP = "skip", "Skipped"
    MOVE = "move", "Moved to the next working day"


class SeriesQuerySet(models.QuerySet["ReviewSeries"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def live(self) -> Self:
        return self.filter(ended_at__isnull=True)


class ReviewSeries(models.Model):
    """A rhythm for a scope: a team and those below it. The rule is RFC 5545, in the zone of the
    organization."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="review_series"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="review_series")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=SeriesKind)
    rule = models.CharField(max_length=120)
    starts_on = models.DateField()
    time_of_day = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=30)
    on_holiday = models.CharField(max_length=5, choices=OnHoliday, default=OnHoliday.MOVE)
    facilitator = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="facilitates"
    )
    # Every occurrence up to here has its review.
    planned_to = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "review series"
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=SeriesKind.values), name="a_series_is_weekly_or_monthly"
            ),
            models.CheckConstraint(
                condition=Q(on_holiday__in=OnHoliday.values), name="a_series_knows_its_holidays"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480),
                name="a_review_takes_minutes_to_hours",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def planned(self) -> Self:
        """Not opened and not missed; not those after the end of their series."""
        return self.filter(opened_at__isnull=True, missed_at__isnull=True).exclude(
            series__ended_at__lt=F("starts_at")
        )

    def skipped(self) -> Self:
        """Planned for a time when their series had ended."""
        return self.filter(
            opened_at__isnull=True, missed_at__isnull=True, series__ended_at__lt=F("starts_at")
        )

    def open(self) -> Self:
        """Being held: opened, and neither closed nor missed."""
        return self.filter(opened_at__isnull=False, closed_at__isnull=True, missed_at__isnull=True)

    def closed(self) -> Self:
        return self.filter(closed_at__isnull=False)

    def past(self) -> Self:
        return self.filter(Q(closed_at__isnull=False) | Q(missed_at__isnull=False))


class Review(models.Model):
    """One meeting of a series. Planned, open, then closed with minutes, or missed.

    A planned one that would start after its series ended is skipped: that follows from the dates.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="reviews")
    series = models.ForeignKey(ReviewSeries, on_delete=models.PROTECT, related_name="reviews")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="reviews")
    # The date the rule gave. It names the occurrence for ever, wherever the review is moved.
    occurs_on = models.DateField()
    starts_at = models.DateTimeField()
    # The review has to be held before this moment: the next occurrence begins, or its period ends.
    hold_by = models.DateTimeField()
    facilitator = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_reason = models.CharField(max_length=500, blank=True, default="")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    missed_at = models.DateTimeField(null=True, blank=True)
    # Of one that was missed: until when its series is to be held again before it goes further up
    # the escalation path, how many steps it went, and to whom.
    due_at = models.DateTimeField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    notes = models.TextField(blank=True, default="", max_length=10000)
    minutes = models.JSONField(null=True, blank=True)
    minutes_hash = models.CharField(max_length=64, blank=True, default="")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("series", "occurs_on"), name="one_review_per_occurrence"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | (
                    Q(opened_at__isnull=False, closed_by__isnull=False, missed_at__isnull=True)
                    & ~Q(minutes_hash="")
                    & Q(minutes__isnull=False)
                ),
                name="a_closed_review_was_open_and_has_minutes",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(missed_at__isnull=False),
                name="only_a_missed_review_is_overdue",
            ),
            models.CheckConstraint(
                condition=Q(moved_at__isnull=True) | ~Q(moved_reason=""),
                name="a_moved_review_has_a_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=("starts_at",),
                condition=Q(opened_at__isnull=True, missed_at__isnull=True),
                name="reviews_to_open",
            ),
            models.Index(
                fields=("hold_by",),
                condition=Q(closed_at__isnull=True, missed_at__isnull=True),
                name="reviews_to_hold",
            ),
            models.Index(
                fields=("organization", "due_at"),
                condition=Q(due_at__isnull=False),
                name="missed_reviews_overdue",
            ),
        )

    def __str__(self) -> str:
        return f"{self.series} {self.occurs_on}"

    @property
    def state(self) -> str:
        if self.closed_at is not None:
            return "closed"
        if self.missed_at is not None:
            return "missed"
        if self.opened_at is not None:
            return "open"
        ended_at = self.series.ended_at
        return "planned" if ended_at is None or ended_at >= self.starts_at else "skipped"


class AgendaKind(models.TextChoices):
    MISSING = "missing", "Reading missing"
    BREACH = "breach", "Below threshold"
    VERDICT = "verdict", "Verdict to acknowledge"
    COMMITMENT = "commitment", "Commitment due"
    ORPHAN = "orphan", "Orphaned"
    ESCALATION = "escalation", "Escalated"


class AgendaItem(models.Model):
    """One thing that a review has to look at. What is on the agenda stays on it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="agenda")
    kind = models.CharField(max_length=12, choices=AgendaKind)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, null=True, related_name="agenda")
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="agenda"
    )
    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, null=True, related_name="agenda"
    )
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, null=True, related_name="+")
    initiative = models.ForeignKey(
        Initiative, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # For an orphan why it is one, for a missing reading which period: words for the minutes.
    text = models.CharField(max_length=200, blank=True, default="")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("added_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=AgendaKind.BREACH, breach__isnull=False)
                | Q(kind=AgendaKind.ESCALATION, breach__isnull=False)
                | Q(kind=AgendaKind.VERDICT, decision__isnull=False)
                | Q(kind=AgendaKind.COMMITMENT, commitment__isnull=False)
                | Q(kind=AgendaKind.MISSING, metric__isnull=False)
                | Q(kind=AgendaKind.ORPHAN, initiative__isnull=False),
                name="an_agenda_item_is_about_something",
            ),
            *(
                models.UniqueConstraint(
                    fields=("review", "kind", field),
                    condition=Q(**{f"{field}__isnull": False}),
                    name=f"a_{field}_is_once_on_an_agenda",
                )
                for field in ("breach", "decision", "commitment", "metric", "initiative")
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} on {self.review_id}"


class Attendance(models.Model):
    """Whether a person was there."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="attendances")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    present = models.BooleanField()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ("member__name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("review", "member"), name="one_attendance_per_person_and_review"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} at {self.review_id}"


class Confidence(models.TextChoices):
    ON_TRACK = "on_track", "On track"
    AT_RISK = "at_risk", "At risk"
    OFF_TRACK = "off_track", "Off track"


class CheckIn(models.Model):
    """An owner's written update on an initiative for a week."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="check_ins")
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    confidence = models.CharField(max_length=10, choices=Confidence)
    helped = models.CharField(max_length=1000, blank=True, default="")
    in_the_way = models.CharField(max_length=1000, blank=True, default="")
    needed = models.CharField(max_length=1000, blank=True, default="")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("-starts_on", "-written_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(confidence__in=Confidence.values), name="a_check_in_has_a_confidence"
            ),
        )

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.starts_on}"
