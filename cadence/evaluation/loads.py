"""How much each person answers for, beside the limit that the organization sets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Func, IntegerField, OuterRef, QuerySet, Subquery

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment
from cadence.metrics.models import Metric
from cadence.ownership.models import Interim, Ownership


@dataclass(frozen=True)
class Load:
    """What one person answers for: initiatives as owner, and as interim owner besides; the metrics
    of both, their breaches without a decision, and the person's own commitments past their time."""

    member: Membership
    initiatives: int
    interim: int
    metrics: int
    undecided: int
    overdue: int
    limit: int

    @property
    def all(self) -> int:
        """Initiatives in any capacity: what the limit is about."""
        return self.initiatives + self.interim

    @property
    def is_over(self) -> bool:
        return self.all > self.limit


def loads(organization: Organization, at: datetime) -> list[Load]:
    """Everybody who answers for something or owes something, the heaviest first. Five queries."""
    people = Membership.objects.current().people().filter(organization=organization)
    found = _loads(organization, at, people.select_related("team"))
    heavy = [load for load in found if load.all or load.overdue]
    return sorted(heavy, key=lambda load: (-load.all, -load.undecided, load.member.name))


def load_of(member: Membership, at: datetime) -> Load:
    """What one person answers for, though it be nothing."""
    rows = Membership.objects.filter(pk=member.pk).select_related("team")
    (found,) = _loads(member.organization, at, rows)
    return found


def _loads(organization: Organization, at: datetime, people: Any) -> list[Load]:
    # What was promised for work that ended is nobody's load.
    late = Commitment.objects.filter(
        kept_at=None, dropped_at=None, due_at__lt=at, initiative__ended_at=None
    )
    members = list(people.annotate(late=_count(late.filter(person=OuterRef("pk")))))
    owned = Ownership.objects.current().filter(owner__in=members, initiative__ended_at=None)
    held = Interim.objects.current().filter(person__in=members, initiative__ended_at=None)
    pairs = list(owned.values_list("owner", "initiative"))
    stood_for = list(held.values_list("person", "initiative"))
    # Of all the work there is: a list of it would be longer than the answer.
    metrics = _by(Metric.objects.live().filter(organization=organization), "initiative")
    undecided = _by(
        Breach.objects.undecided().filter(organization=organization), "metric__initiative"
    )
    as_owner, as_interim = Counter(one for one, _ in pairs), Counter(one for one, _ in stood_for)
    of_person: dict[int, set[int]] = {}
    for person, initiative in [*pairs, *stood_for]:
        of_person.setdefault(person, set()).add(initiative)
    return [
        Load(
            member=one,
            initiatives=as_owner[one.pk],
            interim=as_interim[one.pk],
            metrics=_sum(metrics, of_person.get(one.pk, ())),
            undecided=_sum(undecided, of_person.get(one.pk, ())),
            overdue=one.late,
            limit=organization.load_limit,
        )
        for one in members
    ]


def _count(rows: "QuerySet[Any]") -> Subquery:
    """How many rows there are to each row of the query around it."""
    many = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().values(many=many))


def _by(rows: "QuerySet[Any]", name: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(name).annotate(Count("pk")))


def _sum(counts: dict[int, int], keys: Iterable[int]) -> int:
    return sum(counts.get(key, 0) for key in keys)
