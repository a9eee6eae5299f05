from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Organization
from cadence.metrics.models import Metric
from cadence.sources.models import Connection, Run, Source


def live_source(metric: Metric) -> Source | None:
    """Where the readings of a metric are pulled from, with its connection; None for no source."""
    return with_facts(Source.objects.live().filter(metric=metric)).first()


def with_facts(rows: QuerySet[Source]) -> QuerySet[Source]:
    """With what a line about a source says."""
    return rows.select_related(
        "metric__initiative", "metric__organization", "connection__machine", "set_up_by"
    )


def with_last_run(rows: QuerySet[Source]) -> QuerySet[Source]:
    """``last_run_at`` and ``last_error`` of each, in the same query."""
    last = Run.objects.filter(source=OuterRef("pk")).order_by("-started_at", "-pk")
    return rows.annotate(
        last_run_at=Subquery(last.values("started_at")[:1]),
        last_error=Subquery(last.values("error")[:1]),
    )


def connections_to_choose(organization: Organization) -> QuerySet[Connection]:
    return organization.connections.live().order_by("name", "pk")
