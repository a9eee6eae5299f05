"""The generated organization as the measuring process works on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db import connection
from django.db.models import Min
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, Role
from benchmarks.bare.models import BareReading
from benchmarks.worlds import SLUG
from cadence.calendar.periods import WEEK, period_start
from cadence.metrics.models import Metric, Reading
from cadence.people.tokens import issue_token


@dataclass
class World:
    """One organization in one database, with those who act in it."""

    organization: Organization
    quick: bool = False
    at: datetime = field(default_factory=timezone.now)

    @classmethod
    def open(cls, *, quick: bool = False) -> "World":
        with connection.schema_editor() as editor:
            editor.create_model(BareReading)
        return cls(Organization.objects.get(slug=SLUG), quick)

    @cached_property
    def executive(self) -> Membership:
        return self._member(Role.EXECUTIVE)

    @cached_property
    def machine(self) -> Membership:
        return self._member(Role.MACHINE)

    def _member(self, role: Role) -> Membership:
        found = self.organization.memberships.filter(role=role).order_by("pk")
        return found.select_related("organization", "user")[0]

    @cached_property
    def token(self) -> str:
        _, secret = issue_token(
            actor=self._member(Role.ADMINISTRATOR),
            at=self.at,
            membership=self.machine,
            name="Measuring",
            scopes=["readings"],
        )
        return secret

    @cached_property
    def browser(self) -> Client:
        """Somebody who is signed in and sees the pages."""
        client = Client()
        assert self.executive.user is not None
        client.force_login(self.executive.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    @property
    def home(self) -> str:
        return f"/o/{self.organization.slug}"

    @cached_property
    def weekly(self) -> list[tuple[int, str, Decimal]]:
        """Metrics that are read weekly: id, key and a value that is inside their limits."""
        rows = Metric.objects.filter(organization=self.organization, read_per=WEEK).order_by("pk")
        last = Reading.objects.filter(metric__in=rows).order_by("metric", "-starts_on")
        values = dict(last.values_list("metric", "value"))
        return [(key, name, values[key]) for key, name in rows.values_list("pk", "key")]

    @cached_property
    def fresh(self) -> Iterator[tuple[int, str, date, Decimal]]:
        """Readings that are not on record: of the running week, then of weeks long ago."""
        return self._fresh()

    def _fresh(self) -> Iterator[tuple[int, str, date, Decimal]]:
        zone = self.organization.zone
        today = self.at.astimezone(zone).date()
        week = period_start(WEEK, today, self.organization.week_start)
        first = Reading.objects.filter(metric__read_per=WEEK).aggregate(first=Min("starts_on"))
        while True:
            for key, name, value in self.weekly:
                yield key, name, week, value
            week = min(week, first["first"]) - timedelta(days=7)

    def take(self, count: int) -> list[tuple[int, str, date, Decimal]]:
        return [next(self.fresh) for _ in range(count)]
