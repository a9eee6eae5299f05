from datetime import time
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization, Team
from cadence.ledger.models import Entry
from cadence.notices.guards import GUARDS as GUARDS


class Cursor(models.Model):
    """Up to which entry of an organization's ledger everybody who must be told has a notice."""

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id} at {self.sequence}"


class NoticeKind(models.TextChoices):
    """What a person can choose a channel for."""

    OFFER = "offer", "Ownership offered to you or answered, and what others do with your work"
    BREACH = "breach", "A metric of yours calls for a decision, or got one"
    ESCALATION = "escalation", "Something escalated to you, or from you"
    APPROVAL = "approval", "A decision waits for your approval, or was answered"
    VERDICT = "verdict", "A verdict on a decision of yours, or on your work"
    COMMITMENT = "commitment", "A commitment of yours, or a decision that you carry out"
    REVIEW = "review", "Reviews that you run or of your teams: moved, missed, handed on"
    MINUTES = "minutes", "Minutes of reviews that concern you"
    ORPHAN = "orphan", "Your teams: who leads them, who left, work without an owner"
    LEAVE = "leave", "Leaves, stand-ins and interim owners"
    RECEIVER = "receiver", "A webhook, Slack channel or source that stopped, or fails"
    WEEK = "week", "The Monday digest"


class Mode(models.TextChoices):
    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "In the daily digest"
    NEVER = "never", "Not by e-mail"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, actor: Membership) -> Self:
        """One's own: nobody reads what another person was told."""
        return self.filter(organization_id=actor.organization_id, member=actor)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """What one person was told about one entry of the ledger: a line under their bell."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="notices")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=12, choices=NoticeKind)
    # A sentence of its own, what else there is to say, and the page where it is acted on.
    title = models.CharField(max_length=200)
    detail = models.CharField(max_length=500, blank=True, default="")
    path = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("entry", "member"), name="a_person_is_told_once_of_an_entry"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="a_notice_is_of_a_known_kind"
            ),
        )
        indexes = (
            models.Index(
                fields=("member",), condition=Q(read_at__isnull=True), name="notices_unread"
            ),
        )

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """How a person wants one kind of notice by e-mail. Without a row: the default."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="notice_preferences"
    )
    kind = models.CharField(max_length=12, choices=NoticeKind)
    mode = models.CharField(max_length=8, choices=Mode)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("member", "kind"), name="one_preference_per_person_and_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values, mode__in=Mode.values),
                name="a_preference_is_a_known_one",
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id}: {self.kind} {self.mode}"


class Postbox(models.Model):
    """When a person's digests are written, and up to which day they were."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    member = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="postbox")
    time_zone = models.CharField(max_length=64, blank=True, default="")  # blank: the organization's
    digest_at = models.TimeField(default=time(8, 0))
    # The person's own days for which the daily and the Monday digest were written.
    daily_on = models.DateField(null=True, blank=True)
    monday_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "postboxes"

    def __str__(self) -> str:
        return f"postbox of {self.member_id}"


class SlackHook(models.Model):
    """An incoming webhook of Slack, for what concerns a team and those below it."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="slack_hooks"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="slack_hooks")
    # It is a secret: whoever knows it can post.
    url = models.CharField(max_length=500)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # When messages were last taken for it: who waited longest is served first.
    served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("team__name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("team",),
                condition=Q(ended_at__isnull=True),
                name="one_slack_channel_per_team",
            ),
        )

    def __str__(self) -> str:
        return f"Slack of {self.team}"


class Webhook(models.Model):
    """An address outside that is told what happens, signed as Standard Webhooks says."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="webhooks"
    )
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True, default="")
    # Events of the ledger that it is told; empty for all that are sent outside.
    events = models.JSONField(default=list)
    # whsec_ and base64. After a rotation both sign until the old one is over.
    secret = models.CharField(max_length=100)
    old_secret = models.CharField(max_length=100, blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # When messages were last taken for it: who waited longest is served first.
    served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.description or self.url


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SLACK = "slack", "Slack"
    WEBHOOK = "webhook", "Webhook"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def waiting(self) -> Self:
        """Neither sent nor given up nor dropped."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True)


class Delivery(models.Model):
    """One message to one receiver: leased, sent, then marked. Sent again, it has the same id.

    An e-mail is about notices of its member (``notices``), or the Monday digest; a Slack or
    webhook message has its ``body``, written once.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="deliveries"
    )
    channel = models.CharField(max_length=8, choices=Channel)
    # What receivers know it by: webhook-id, Message-ID. Never used for another message.
    # A mail's ends in the name of this host, and those have up to 253 characters.
    message_id = models.CharField(max_length=300, unique=True)
    # What it is: an event of the ledger, or daily_digest, monday_digest, test.
    event = models.CharField(max_length=60)
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    member = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    slack = models.ForeignKey(
        SlackHook, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    notices = models.ManyToManyField(Notice, related_name="deliveries", blank=True)
    body = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField()
    # When it is tried next; whoever holds the lease tries it, until the lease is over.
    due_at = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    # Given up after three days, for everybody to see.
    failed_at = models.DateTimeField(null=True, blank=True)
    # Not sent on purpose: what it said is not so any more, or the receiver is gone.
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    channel=Channel.EMAIL,
                    member__isnull=False,
                    slack__isnull=True,
                    webhook__isnull=True,
                )
                | Q(channel=Channel.SLACK, slack__isnull=False, webhook__isnull=True)
                | Q(channel=Channel.WEBHOOK, webhook__isnull=False, slack__isnull=True),
                name="a_delivery_has_one_receiver",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True),
                name="deliveries_due",
            ),
            models.Index(fields=("webhook", "-created_at"), name="deliveries_by_webhook"),
        )

    def __str__(self) -> str:
        return self.message_id

    @property
    def state(self) -> str:
        if self.sent_at is not None:
            return "sent"
        if self.failed_at is not None:
            return "failed"
        if self.dropped_at is not None:
            return "dropped"
        return "retrying" if self.attempts else "waiting"


class Attempt(models.Model):
    """One try to deliver, and what came of it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # HTTP or SMTP
    # A sentence for people; empty when it went well.
    error = models.CharField(max_length=300, blank=True, default="")
    # Where it was the receiver that failed, and not the message: until when all others wait too.
    put_off_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("at", "id")
        indexes = (
            models.Index(
                fields=("put_off_until",),
                condition=Q(put_off_until__isnull=False),
                name="attempts_put_off",
            ),
        )

    def __str__(self) -> str:
        return self.error or f"{self.status}"
