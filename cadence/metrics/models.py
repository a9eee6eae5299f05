from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization
from cadence.initiatives.models import Initiative
from cadence.metrics.guards import GUARDS as GUARDS

# A value has at most 15 significant digits, 9 of them after the point: what a column of either
# database keeps exactly (SQLite computes with doubles, which hold 15).
VALUE_DIGITS = 15
VALUE_PLACES = 9
VALUE_LIMIT = 10**15


class ValueField(models.DecimalField):  # type: ignore[type-arg]
    """An exact decimal of a metric. Unit and meaning are the metric's."""

    def __init__(self, **options: object) -> None:
        options |= {"max_digits": VALUE_DIGITS + VALUE_PLACES, "decimal_places": VALUE_PLACES}
        super().__init__(**options)  # type: ignore[arg-type]


def finite(*fields: str) -> Q:
    """Finite numbers only. NaN and text sort above every number, on both databases."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(
            **{f"{field}__gt": -VALUE_LIMIT, f"{field}__lt": VALUE_LIMIT}
        )
    return condition


class Kind(models.TextChoices):
    LEADING = "leading", "Leading: an input the team controls"
    LAGGING = "lagging", "Lagging: an outcome it hopes for"


class Period(models.TextChoices):
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class Aggregation(models.TextChoices):
    SUM = "sum", "Sum"
    MEAN = "mean", "Mean"
    LAST = "last", "Last"
    FIRST = "first", "First"
    MIN = "min", "Smallest"
    MAX = "max", "Largest"


class Formula(models.TextChoices):
    """How a derived metric is computed from others, after their aggregation."""

    RATIO = "ratio", "Ratio: the first by the second"
    DIFFERENCE = "difference", "Difference: the first without the second"
    SUM = "sum", "Sum of all"
    PRODUCT = "product", "Product: the first times the second"


class Comparison(models.TextChoices):
    """In what the changes of a metric are said."""

    PERCENT = "percent", "In percent"
    POINTS = "points", "In basis points"


class Origin(models.TextChoices):
    TYPED = "typed", "Typed in"
    API = "api", "Sent by another system"
    FILE = "file", "Imported from a file"
    PULLED = "pulled", "Pulled from a source"


# For pointers of tables that grow by the thousand. The guard of the tenancy reads what a new row
# points to, and what these point to is never deleted: a constraint would read it once more.
PROVEN: dict[str, Any] = {"db_constraint": False, "db_index": False}


class MetricQuerySet(models.QuerySet["Metric"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def live(self) -> Self:
        return self.filter(retired_at__isnull=True)

    def expected(self) -> Self:
        """Those a reading is owed for: not derived, not retired, of an active initiative."""
        return self.live().filter(
            formula="",
            initiative__activated_at__isnull=False,
            initiative__paused_at__isnull=True,
            initiative__ended_at__isnull=True,
        )


class Metric(models.Model):
    """A number with a unit, read once a period and judged once per the same or a longer one."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="metrics")
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="metrics")
    name = models.CharField(max_length=160)
    # The organization's own name for it, for imports and machines.
    key = models.SlugField(max_length=80)
    unit = models.CharField(max_length=30, blank=True, default="")
    decimals = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    read_per = models.CharField(max_length=10, choices=Period)
    judged_per = models.CharField(max_length=10, choices=Period)
    aggregation = models.CharField(max_length=10, choices=Aggregation, default=Aggregation.SUM)
    # Empty for a metric that is read; one that is derived has operands, and no readings.
    formula = models.CharField(max_length=10, choices=Formula, blank=True, default="")
    comparison = models.CharField(max_length=10, choices=Comparison, default=Comparison.PERCENT)
    leads_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="led_by"
    )
    # Working days after the end of a period; null is the organization's.
    grace_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # Where its readings are said to come from. It binds nobody: any of them may be typed.
    comes_from = models.CharField(max_length=6, choices=Origin, default=Origin.TYPED)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    # Start of the latest judged period that was looked at for a missing reading.
    # Periods up to it are never looked at again.
    checked_to = models.DateField()

    objects = MetricQuerySet.as_manager()

    class Meta:
        ordering = ("initiative", "kind", "name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "key"), name="one_metric_of_a_key_per_organization"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="a_metric_leads_or_lags"
            ),
            models.CheckConstraint(
                condition=Q(read_per=Period.DAY)
                | Q(read_per=Period.WEEK, judged_per__in=[Period.WEEK, Period.MONTH])
                | Q(read_per=Period.MONTH, judged_per=Period.MONTH),
                name="a_metric_is_judged_per_its_period_or_a_longer_one",
            ),
            models.CheckConstraint(
                condition=Q(judged_per__in=Period.values), name="a_metric_is_judged_per_a_period"
            ),
            models.CheckConstraint(
                condition=Q(aggregation__in=Aggregation.values), name="a_metric_is_aggregated"
            ),
            models.CheckConstraint(
                condition=Q(comes_from__in=Origin.values), name="a_metric_comes_from_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(decimals__lte=VALUE_PLACES), name="a_metric_shows_at_most_nine_decimals"
            ),
            models.CheckConstraint(
                condition=Q(leads_to__isnull=True) | (Q(kind=Kind.LEADING) & ~Q(leads_to=F("id"))),
                name="a_leading_metric_leads_to_another",
            ),
            models.CheckConstraint(
                condition=Q(formula="") | Q(formula__in=Formula.values, read_per=F("judged_per")),
                name="a_derived_metric_has_a_formula_and_one_period",
            ),
            models.CheckConstraint(
                condition=Q(comparison__in=Comparison.values),
                name="a_metric_is_compared_in_percent_or_points",
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "judged_per", "checked_to"),
                condition=Q(retired_at__isnull=True),
                name="metrics_to_look_at",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_derived(self) -> bool:
        """Whether it is computed from others instead of read."""
        return self.formula != ""


class Reading(models.Model):
    """The value of a metric for one period. A correction changes it and keeps the old value."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="readings", **PROVEN
    )
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="readings", **PROVEN)
    starts_on = models.DateField()
    value = ValueField()
    note = models.CharField(max_length=500, blank=True, default="")
    recorded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+", **PROVEN
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("metric_id", "starts_on")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "starts_on"), name="one_reading_per_metric_and_period"
            ),
            models.CheckConstraint(condition=finite("value"), name="a_reading_is_a_finite_number"),
        )

    def __str__(self) -> str:
        return f"{self.metric_id} {self.starts_on}: {self.value}"


class Correction(models.Model):
    """What a reading was before it was corrected, who changed it and why."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="corrections")
    old_value = ValueField()
    new_value = ValueField()
    reason = models.CharField(max_length=500, blank=True, default="")
    corrected_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    corrected_at = models.DateTimeField()

    class Meta:
        ordering = ("corrected_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=finite("old_value", "new_value"), name="a_correction_is_of_finite_numbers"
            ),
        )

    def __str__(self) -> str:
        return f"{self.old_value} → {self.new_value}"


class Threshold(models.Model):
    """One version: floor, ceiling or both, from a date on, with what was agreed to be done.

    ``ends_on`` is the first day on which it no longer holds; null while it is the last version.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="thresholds"
    )
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="thresholds")
    floor = ValueField(null=True, blank=True)
    ceiling = ValueField(null=True, blank=True)
    # Or another metric: a plan, a target series, judged over the same period.
    floor_metric = models.ForeignKey(
        Metric, on_delete=models.PROTECT, null=True, blank=True, related_name="floor_of"
    )
    ceiling_metric = models.ForeignKey(
        Metric, on_delete=models.PROTECT, null=True, blank=True, related_name="ceiling_of"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    periods_in_a_row = models.PositiveSmallIntegerField(default=1)
    agreed_response = models.CharField(max_length=1000)
    reason = models.CharField(max_length=500, blank=True, default="")
    set_by = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    # A moved goalpost: loosened in breach or soon after. It has an approval.
    is_moved_goalpost = models.BooleanField(default=False)
    approved_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("metric_id", "starts_on")
        constraints = (
            models.UniqueConstraint(
                fields=("metric",),
                condition=Q(ends_on__isnull=True),
                name="one_current_threshold_per_metric",
            ),
            models.UniqueConstraint(
                fields=("metric", "starts_on"), name="one_threshold_version_per_day"
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=False)
                | Q(ceiling__isnull=False)
                | Q(floor_metric__isnull=False)
                | Q(ceiling_metric__isnull=False),
                name="a_threshold_has_a_floor_or_a_ceiling",
            ),
            models.CheckConstraint(
                condition=~Q(floor__isnull=False, floor_metric__isnull=False)
                & ~Q(ceiling__isnull=False, ceiling_metric__isnull=False),
                name="a_limit_is_a_number_or_a_metric",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True)
                | Q(ceiling__isnull=True)
                | Q(floor__lte=F("ceiling")),
                name="a_floor_is_not_above_its_ceiling",
            ),
            models.CheckConstraint(
                condition=finite("floor", "ceiling"), name="a_threshold_is_of_finite_numbers"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="a_threshold_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(periods_in_a_row__gte=1, periods_in_a_row__lte=12),
                name="a_threshold_counts_one_to_twelve_periods",
            ),
            models.CheckConstraint(
                condition=Q(is_moved_goalpost=False)
                | (Q(approved_by__isnull=False) & ~Q(reason="")),
                name="a_moved_goalpost_has_a_reason_and_an_approval",
            ),
            models.CheckConstraint(
                condition=(Q(floor_metric__isnull=True) | ~Q(floor_metric=F("metric")))
                & (Q(ceiling_metric__isnull=True) | ~Q(ceiling_metric=F("metric"))),
                name="a_metric_is_not_its_own_threshold",
            ),
        )

    def __str__(self) -> str:
        return f"threshold {self.pk} of metric {self.metric_id}"


class Result(models.TextChoices):
    """What a judged period came to. No threshold is unknown, never healthy."""

    UNKNOWN = "unknown", "No threshold"
    INSIDE = "inside", "Inside"
    BELOW = "below", "Below"
    ABOVE = "above", "Above"


class Judgement(models.Model):
    """The value of a metric over one complete judged period, beside the limits that held then.

    Written when a reading is recorded, from exact decimals, so that a page and a sweep of either
    database read the same number. Made again from the readings at any time.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", **PROVEN
    )
    metric = models.ForeignKey(
        Metric, on_delete=models.PROTECT, related_name="judgements", **PROVEN
    )
    starts_on = models.DateField()
    value = ValueField()
    floor = ValueField(null=True)
    ceiling = ValueField(null=True)
    threshold = models.ForeignKey(
        Threshold, on_delete=models.PROTECT, null=True, related_name="judgements", **PROVEN
    )
    result = models.CharField(max_length=10, choices=Result)

    class Meta:
        ordering = ("metric_id", "starts_on")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "starts_on"), name="one_judgement_per_metric_and_period"
            ),
            models.CheckConstraint(
                condition=finite("value", "floor", "ceiling"),
                name="a_judgement_is_of_finite_numbers",
            ),
            models.CheckConstraint(
                condition=Q(result__in=Result.values), name="a_judgement_has_a_known_result"
            ),
        )
        indexes = (
            # Few are, and each reading asks whether its metric lately was.
            models.Index(
                fields=("metric", "starts_on"),
                condition=Q(result__in=["below", "above"]),
                name="judgements_beyond",
            ),
        )

    def __str__(self) -> str:
        return f"{self.metric_id} {self.starts_on}: {self.result}"

    @property
    def is_beyond(self) -> bool:
        return self.result in {Result.BELOW, Result.ABOVE}
