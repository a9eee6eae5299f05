from datetime import UTC, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.guards import Guard, never_changed, never_deleted
from cadence.ledger.rules import GENESIS


class Head(models.Model):
    """The last entry of an organization's ledger. Its row lock makes appends follow one another."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, primary_key=True, related_name="ledger_head"
    )
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.organization_id}:{self.sequence}:{self.hash}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def about(self, subject: models.Model) -> Self:
        return self.filter(subject_type=subject._meta.model_name, subject_id=subject.pk)


class Entry(models.Model):
    """One thing that happened: who did what to which thing, when, chained to the one before."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="ledger_entries"
    )
    sequence = models.PositiveBigIntegerField()
    event = models.CharField(max_length=60)
    # None is the system: a tick that noticed something.
    actor = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    data = models.JSONField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        ordering = ("organization", "sequence")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "sequence"), name="one_ledger_entry_per_number"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gte=1), name="ledger_entries_are_numbered_from_one"
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "subject_type", "subject_id"), name="ledger_by_subject"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence} {self.event}"

    def facts(self) -> dict[str, Any]:
        """What the hash covers, in plain JSON values."""
        return {
            "organization": self.organization_id,
            "sequence": self.sequence,
            "event": self.event,
            "actor": self.actor_id,
            "at": _instant(self.at),
            "subject": [self.subject_type, self.subject_id],
            "data": self.data,
            "previous": self.previous_hash,
        }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


GUARDS = (
    never_changed(
        "cadence.Entry",
        "a_ledger_entry_stays_as_it_is",
        "A ledger entry is never changed or deleted.",
    ),
    Guard(
        "a_ledger_entry_follows_the_one_before",
        "cadence.Entry",
        "A ledger entry bears the hash of the entry before it.",
        ("INSERT",),
        "NEW.previous_hash {differs} CASE WHEN NEW.sequence = 1 THEN "
        f"'{GENESIS}' ELSE (SELECT hash FROM cadence_entry "
        "WHERE organization_id = NEW.organization_id AND sequence = NEW.sequence - 1) END",
    ),
    never_deleted(
        "cadence.Head", "a_ledger_keeps_its_head", "The head of a ledger is never deleted."
    ),
    Guard(
        "a_ledger_head_goes_forward",
        "cadence.Head",
        "The head of a ledger only moves forward, to an entry there is.",
        ("UPDATE",),
        # Entries follow one another without a gap: see the guard before.
        "NEW.sequence <= OLD.sequence OR NEW.hash {differs} ("
        "SELECT hash FROM cadence_entry WHERE organization_id = NEW.organization_id "
        "AND sequence = NEW.sequence)",
    ),
)
