from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import Membership, Organization
from accounts.sealing import MARK
from cadence.metrics.models import Metric
from cadence.sources.guards import GUARDS as GUARDS


class ConnectionKind(models.TextChoices):
    POSTGRESQL = "postgresql", "PostgreSQL"
    SQLITE = "sqlite", "SQLite"
    URL = "url", "JSON from a web address"


class Encryption(models.TextChoices):
    """Of a connection to PostgreSQL; libpq calls them verify-full, require and disable."""

    VERIFIED = "verified", "Encrypted, and the server proves its name"
    ENCRYPTED = "encrypted", "Encrypted, whoever the server is"
    NONE = "none", "None; only inside the own network"


class Every(models.TextChoices):
    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    WEEK = "week", "Week"


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def live(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Connection(models.Model):
    """A place that numbers are pulled from. What it brings is recorded by its ``machine``."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="connections"
    )
    machine = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ConnectionKind)
    # Of PostgreSQL.
    host = models.CharField(max_length=253, blank=True, default="")
    port = models.PositiveIntegerField(null=True, blank=True)
    database = models.CharField(max_length=63, blank=True, default="")
    username = models.CharField(max_length=63, blank=True, default="")
    encryption = models.CharField(max_length=9, choices=Encryption, blank=True, default="")
    # Of SQLite: a file below the folder that the installation names.
    file = models.CharField(max_length=250, blank=True, default="")
    # Of a web address: the scheme, host, port and the beginning of the path; the header that the
    # secret is sent in.
    url = models.CharField(max_length=500, blank=True, default="")
    header = models.CharField(max_length=60, blank=True, default="")
    # A password, or the value of the header: sealed (`accounts.sealing`).
    secret = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                "organization",
                Lower("name"),
                condition=Q(ended_at__isnull=True),
                name="one_connection_of_a_name_per_organization",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(host=""),
                    ~Q(database=""),
                    kind=ConnectionKind.POSTGRESQL,
                    port__isnull=False,
                    port__gte=1,
                    port__lte=65535,
                    encryption__in=Encryption.values,
                    file="",
                    url="",
                )
                | Q(~Q(file=""), kind=ConnectionKind.SQLITE, host="", url="", secret="")
                | Q(~Q(url=""), kind=ConnectionKind.URL, host="", file=""),
                name="a_connection_has_the_parts_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(secret="") | Q(secret__startswith=MARK), name="a_secret_is_sealed"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(secret=""),
                name="an_ended_connection_has_no_secret",
            ),
        )

    def __str__(self) -> str:
        return self.name


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def live(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Source(models.Model):
    """What is asked of a connection for one metric, and when.

    Without a ``period_column`` the answer is one value, that of the last complete period.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sources")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="sources")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="sources")
    # SQL, or what follows the address of the connection.
    query = models.CharField(max_length=4000, blank=True, default="")
    # JMESPath: where in the JSON the value or the rows are.
    extract = models.CharField(max_length=500, blank=True, default="")
    period_column = models.CharField(max_length=100, blank=True, default="")
    value_column = models.CharField(max_length=100, blank=True, default="")
    every = models.CharField(max_length=4, choices=Every)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 is Monday
    # Of an hourly source only the minutes count.
    time_of_day = models.TimeField()
    set_up_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    set_up_at = models.DateTimeField()
    # When it is run next; whoever holds the lease runs it, until the lease is over.
    next_at = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    # In a row, since it last went well.
    failures = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("metric",),
                condition=Q(ended_at__isnull=True),
                name="one_source_per_metric",
            ),
            models.CheckConstraint(
                condition=Q(every__in=[Every.HOUR, Every.DAY], weekday__isnull=True)
                | Q(every=Every.WEEK, weekday__isnull=False, weekday__gte=0, weekday__lte=6),
                name="a_source_runs_hourly_daily_or_weekly",
            ),
            models.CheckConstraint(
                condition=~Q(value_column="") | Q(period_column=""),
                name="a_source_of_periods_names_its_value",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_at",),
                condition=Q(ended_at__isnull=True, paused_at__isnull=True),
                name="sources_due",
            ),
        )

    def __str__(self) -> str:
        return f"source {self.pk} of metric {self.metric_id}"

    @property
    def state(self) -> str:
        if self.ended_at is not None:
            return "ended"
        if self.paused_at is not None:
            return "paused"
        return "failing" if self.failures else "on"


class Run(models.Model):
    """One time that a source was asked, and what came of it. Forgotten after 90 days."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    new_count = models.PositiveIntegerField(default=0)
    corrected_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    # Of periods that are not over, or without a value.
    skipped_count = models.PositiveIntegerField(default=0)
    # A sentence for people; empty when it went well.
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (models.Index(fields=("source", "-started_at"), name="runs_by_source"),)

    def __str__(self) -> str:
        return self.error or f"{self.new_count} new"
