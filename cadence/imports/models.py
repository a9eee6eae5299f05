from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization
from cadence.imports.guards import GUARDS as GUARDS


class FileKind(models.TextChoices):
    TEXT = "text", "Text with separators"
    WORKBOOK = "workbook", "Workbook"


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def going(self) -> Self:
        """Neither landed nor dropped."""
        return self.filter(landed_at__isnull=True, dropped_at__isnull=True)

    def owed(self) -> Self:
        """Those that wait to be checked or recorded by a worker."""
        return self.going().filter(owed_at__isnull=False)


class Import(models.Model):
    """One file of readings, from its arrival until it landed or was dropped.

    What it is follows from its moments: it is *mapped* (what each column is), *checked* (what it
    would change), *committed* by who brought it, and has *landed* when its readings are on record.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=FileKind)
    # Of the file as it came: SHA-256 in hex, bytes.
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    encoding = models.CharField(max_length=20, blank=True, default="")
    separator = models.CharField(max_length=1, blank=True, default="")
    # See `choices.Choices`; empty until somebody said what the columns are.
    choices = models.JSONField(default=dict)
    # new, corrected, unchanged, problems; empty until it was checked.
    counts = models.JSONField(default=dict)
    # Ids of breaches it opened, and how many recovered.
    opened = models.JSONField(default=list)
    recovered = models.PositiveIntegerField(default=0)
    # Why values change, for all of the file.
    reason = models.CharField(max_length=500, blank=True, default="")
    uploaded_at = models.DateTimeField()
    mapped_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    committed_at = models.DateTimeField(null=True)
    landed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True, default="")
    dropped_at = models.DateTimeField(null=True)
    # Set while a worker owes a check or the recording; whoever does it holds the lease.
    owed_at = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-uploaded_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=FileKind.values), name="an_import_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(landed_at__isnull=True)
                | Q(
                    committed_at__isnull=False,
                    checked_at__isnull=False,
                    dropped_at__isnull=True,
                    failed_at__isnull=True,
                    owed_at__isnull=True,
                ),
                name="an_import_lands_once_it_was_committed",
            ),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True) | Q(mapped_at__isnull=False),
                name="an_import_is_checked_once_it_was_mapped",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(owed_at__isnull=True),
                name="a_dropped_import_owes_nothing",
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("total")), name="an_import_is_never_more_than_done"
            ),
        )
        indexes = (
            models.Index(
                fields=("owed_at",), condition=Q(owed_at__isnull=False), name="imports_owed"
            ),
            models.Index(fields=("organization", "-uploaded_at"), name="imports_by_age"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """In one word: landed, dropped, recording, failed, checking, problems, ready, uploaded."""
        if self.landed_at:
            return "landed"
        if self.dropped_at:
            return "dropped"
        if self.owed_at:
            return "recording" if self.committed_at else "checking"
        if self.failed_at:
            return "failed"
        if self.checked_at:
            return "problems" if self.counts["problems"] else "ready"
        return "uploaded"


class ImportedTable(models.Model):
    """The cells of an import, and what the check found, until they are forgotten."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    of = models.OneToOneField(Import, on_delete=models.PROTECT, related_name="table")
    # Packed JSON: see `tables.pack` and `findings.Findings`.
    cells = models.BinaryField()
    findings = models.BinaryField(null=True)

    objects: models.Manager[Any] = models.Manager()

    def __str__(self) -> str:
        return f"cells of import {self.of_id}"


class Mapping(models.Model):
    """What the columns of a header are, as it was last committed."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    # SHA-256 in hex of the names in the header.
    signature = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    choices = models.JSONField()
    used_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "signature"), name="one_mapping_per_header"
            ),
        )

    def __str__(self) -> str:
        return self.name
