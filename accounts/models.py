"""People and what they belong to. Knows nothing of initiatives, metrics or reviews."""

from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, name: str, password: str | None = None) -> "User":
        user = self.model(email=email.strip().lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who can sign in. What they may do hangs on their memberships."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_user_per_email_address"),)

    def __str__(self) -> str:
        return self.name


class Organization(models.Model):
    """A tenant. Everything belongs to one; nobody reads or writes across two."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    week_start = models.PositiveSmallIntegerField(default=0)  # 0 is Monday, 6 is Sunday
    # The month in which a fiscal year ends, 1 to 12.
    fiscal_year_ends = models.PositiveSmallIntegerField(default=12)
    country = models.CharField(max_length=2, blank=True, default="")  # ISO 3166-1, for holidays
    subdivision = models.CharField(max_length=10, blank=True, default="")
    currency = models.CharField(max_length=3, default="EUR")  # ISO 4217
    # Limits, in working days.
    decision_days = models.PositiveSmallIntegerField(default=5)
    offer_days = models.PositiveSmallIntegerField(default=3)
    grace_days = models.PositiveSmallIntegerField(default=2)
    # How many initiatives one owner answers for at most before they count as overloaded.
    load_limit = models.PositiveSmallIntegerField(default=5)
    sponsor = models.ForeignKey(
        "Membership", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(week_start__gte=0, week_start__lte=6), name="a_week_starts_on_a_weekday"
            ),
            models.CheckConstraint(
                condition=Q(fiscal_year_ends__gte=1, fiscal_year_ends__lte=12),
                name="a_fiscal_year_ends_with_a_month",
            ),
            models.CheckConstraint(
                condition=Q(
                    decision_days__gte=1,
                    decision_days__lte=30,
                    offer_days__gte=1,
                    offer_days__lte=30,
                    grace_days__gte=0,
                    grace_days__lte=30,
                ),
                name="limits_are_at_most_thirty_working_days",
            ),
            models.CheckConstraint(
                condition=Q(load_limit__gte=1, load_limit__lte=100),
                name="a_load_limit_is_one_to_a_hundred",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ClosingDay(models.Model):
    """A day on which the organization does not work, besides the holidays of its country."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="closing_days"
    )
    day = models.DateField()
    name = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "day"), name="one_closing_day_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class Team(models.Model):
    """A node of the organization's tree, with one named lead."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    lead = models.ForeignKey(
        "Membership", on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                "organization", Lower("name"), name="one_team_of_a_name_per_organization"
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")), name="a_team_is_not_its_own_parent"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    EXECUTIVE = "executive", "Executive"
    ADMINISTRATOR = "administrator", "Administrator"
    OBSERVER = "observer", "Observer"
    MACHINE = "machine", "Machine"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def people(self) -> Self:
        return self.exclude(role=Role.MACHINE)

    def visible_to(self, actor: "Membership") -> Self:
        return self.filter(organization_id=actor.organization_id)


class Membership(models.Model):
    """A person, or a machine, in one organization. Whoever acts, acts as a membership."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    # Copied from the user, or given to a machine: a list of names costs no second table.
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "user"), name="one_membership_per_person_and_organization"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="a_membership_has_a_known_role"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.MACHINE, user__isnull=True)
                | (~Q(role=Role.MACHINE) & Q(user__isnull=False)),
                name="a_person_has_a_user_and_a_machine_has_none",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_person(self) -> bool:
        return self.role != Role.MACHINE

    @property
    def is_current(self) -> bool:
        return self.ended_at is None


class Invitation(models.Model):
    """A link that lets somebody join once, until it expires. Only its hash is kept."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-invited_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    role__in=[Role.MEMBER, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.OBSERVER]
                ),
                name="a_person_is_invited_and_not_a_machine",
            ),
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_email_address",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at


class Scope(models.TextChoices):
    """What a machine's token may do. A person's token may do what the person may."""

    READ = "read", "Read everything in the organization"
    READINGS = "readings", "Record readings"


class ApiToken(models.Model):
    """A bearer token. Only its hash is kept; the prefix is shown so that it can be told apart."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="api_tokens"
    )
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class CalendarLink(models.Model):
    """A secret link by which a calendar reads what concerns a person, or what a team meets for.

    Only its hash is kept. It reads, and nothing else; whoever leaves reads no more.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="calendar_links"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="calendar_links"
    )
    # Without a team it is the person's own calendar.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("membership", "team"),
                condition=Q(revoked_at__isnull=True, team__isnull=False),
                name="one_calendar_link_per_person_and_team",
            ),
            models.UniqueConstraint(
                fields=("membership",),
                condition=Q(revoked_at__isnull=True, team__isnull=True),
                name="one_calendar_link_per_person",
            ),
        )

    def __str__(self) -> str:
        return f"calendar of {self.team or self.membership}"
