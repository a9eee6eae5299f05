from collections.abc import Iterable

from cadence.behaviour.models import Rebasing


def rebasings_of(metrics: Iterable[int]) -> dict[int, list[Rebasing]]:
    """The re-basings that hold, oldest first, by metric."""
    rows = Rebasing.objects.filter(metric__in=list(metrics), withdrawn_at__isnull=True)
    found: dict[int, list[Rebasing]] = {}
    for row in rows.select_related("rebased_by").order_by("starts_on"):
        found.setdefault(row.metric_id, []).append(row)
    return found
