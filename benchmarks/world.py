"""The generated organization as the measuring process works on it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count

import time_machine
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Organization, Role
from benchmarks.bare.models import BareReading
from benchmarks.worlds import SLUG
from cadence.calendar.periods import WEEK, period_start
from cadence.metrics.models import Judgement, Metric
from cadence.people.tokens import issue_token

LAST_HOURS = time(20)
NEXT_MONDAY = timedelta(days=7)


@dataclass
class World:
    """One organization in one database, with those who act in it.

    ``at`` is the moment in which it is measured. It goes forward where more readings are taken
    than this week has: then the weeks pass, as they would, and the clock of this process with them.
    """

    organization: Organization
    at: datetime = field(default_factory=timezone.now)

    @classmethod
    def open(cls) -> "World":
        with connection.schema_editor() as editor:
            editor.create_model(BareReading)
        return cls(Organization.objects.get(slug=SLUG))

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
            at=timezone.now(),
            membership=self.machine,
            name="Measuring",
            scopes=["readings"],
            days=365,
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
        """Metrics that are read weekly: id, key, and the value of their last week."""
        last = Judgement.objects.filter(metric=OuterRef("pk")).order_by("-starts_on")
        rows = Metric.objects.filter(organization=self.organization, read_per=WEEK).order_by("pk")
        return list(rows.values_list("pk", "key", Subquery(last.values("value")[:1])))

    @cached_property
    def _fresh(self) -> Iterator[tuple[int, str, date, Decimal]]:
        zone = self.organization.zone
        week = period_start(WEEK, self.at.astimezone(zone).date(), self.organization.week_start)
        for number in count():
            monday = week + NEXT_MONDAY * number
            for key, name, value in self.weekly:
                yield key, name, monday, value

    def take(self, size: int) -> list[tuple[int, str, date, Decimal]]:
        """Readings that are not on record: of this week, then of the weeks after it."""
        rows = [next(self._fresh) for _ in range(size)]
        begins = datetime.combine(rows[-1][2], LAST_HOURS, self.organization.zone)
        self.at = max(self.at, begins)
        return rows

    def now(self) -> AbstractContextManager[object]:
        """The clock of this process at the moment that it is in this world."""
        return time_machine.travel(self.at)

    @cached_property
    def _bare(self) -> Iterator[tuple[int, date, Decimal]]:
        for number in count():
            for key, _, value in self.weekly:
                yield key, date(2000, 1, 3) + timedelta(days=7 * number), value

    def bare(self, size: int) -> list[tuple[int, date, Decimal]]:
        """Rows for the bare table: as many metrics, and a period that it does not have yet."""
        return [next(self._bare) for _ in range(size)]
