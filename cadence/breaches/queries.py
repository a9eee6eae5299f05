from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from accounts.models import Membership
from cadence.breaches.models import Breach, BreachQuerySet


def with_its_metric(rows: "QuerySet[Breach]") -> "QuerySet[Breach]":
    """What a line about a breach shows, without a query for each."""
    return rows.select_related(
        "metric__initiative__team",
        "metric__initiative__priority",
        "threshold",
        "answerable",
        "decision__decided_by",
    )


def open_of(metrics: Iterable[int]) -> set[int]:
    """Ids of those among these metrics that are in breach."""
    rows = Breach.objects.open().filter(metric__among=metrics)
    return set(rows.order_by().values_list("metric", flat=True))


def waiting_for(member: Membership) -> "QuerySet[Breach]":
    """Breaches that wait for this person's decision.

    Also those that were escalated to them: the escalation is a decision, but not theirs.
    """
    rows = Breach.objects.undecided() | Breach.objects.escalated()
    return rows.filter(answerable=member)


def to_decide(member: Membership) -> list[Breach]:
    """Breaches that wait for this person's decision, the earliest due first."""
    return list(with_its_metric(waiting_for(member)).order_by("due_at", "pk"))


def with_work(path: str, *more: str) -> "Prefetch[str, BreachQuerySet, str]":
    """The breaches at the end of a path with their metric, initiative and team, by one query;
    ``more`` are other things to come with them."""
    rows = Breach.objects.select_related("metric__initiative__team", *more)
    return Prefetch(path, queryset=rows)


def overdue(organization_id: int, at: datetime) -> "QuerySet[Breach]":
    return Breach.objects.undecided().filter(organization=organization_id, due_at__lt=at)
