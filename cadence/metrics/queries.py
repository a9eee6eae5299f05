from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from cadence.metrics.models import Judgement, Metric, Threshold


def thresholds_of(metrics: Iterable[int]) -> dict[int, list[Threshold]]:
    """Every version of the thresholds of these metrics, oldest first, by metric."""
    found: dict[int, list[Threshold]] = {}
    for row in Threshold.objects.filter(metric__in=list(metrics)).order_by("starts_on"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def in_force(versions: Sequence[Threshold], day: date) -> Threshold | None:
    """The version that holds on a day. A period is judged by the one of its first day."""
    for version in versions:
        if version.starts_on <= day and (version.ends_on is None or day < version.ends_on):
            return version
    return None


def current_threshold(metric: Metric) -> Threshold | None:
    """The last version: the one without an end."""
    return Threshold.objects.filter(metric=metric, ends_on__isnull=True).first()


def current_thresholds(metrics: Iterable[int]) -> dict[int, Threshold]:
    rows = Threshold.objects.filter(metric__in=list(metrics), ends_on__isnull=True)
    return {row.metric_id: row for row in rows.select_related("floor_metric", "ceiling_metric")}


def judgements_of(
    metrics: Iterable[int], first: date, last: date | None = None
) -> dict[int, list[Judgement]]:
    """Judgements from a day on (until a day), oldest first, by metric."""
    rows = Judgement.objects.filter(metric__in=list(metrics), starts_on__gte=first)
    if last is not None:
        rows = rows.filter(starts_on__lte=last)
    found: dict[int, list[Judgement]] = {}
    for row in rows.select_related("threshold").order_by("starts_on"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def judged_by(metrics: Iterable[int]) -> set[int]:
    """Ids of the metrics that have one of these as a floor or ceiling."""
    ids = list(metrics)
    rows = Threshold.objects.filter(Q(floor_metric__in=ids) | Q(ceiling_metric__in=ids))
    return set(rows.values_list("metric_id", flat=True))
