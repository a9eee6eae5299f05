from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q
from django.db.models.base import ModelState

from accounts.models import Organization
from cadence.initiatives.models import Initiative
from cadence.metrics import among as among
from cadence.metrics.models import Judgement, Metric, Result, Threshold


class Spanned(Protocol):
    """What holds from a day on and until another."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...


S = TypeVar("S", bound=Spanned)


class Version(NamedTuple):
    """What judging needs of a threshold version: many of these are quicker than many rows."""

    pk: int
    metric_id: int
    starts_on: date
    ends_on: date | None
    floor: Decimal | None
    ceiling: Decimal | None
    floor_metric_id: int | None
    ceiling_metric_id: int | None

    @property
    def is_moving(self) -> bool:
        """Whether a limit of it is another metric."""
        return self.floor_metric_id is not None or self.ceiling_metric_id is not None


@dataclass(frozen=True)
class Serving:
    """Which of some metrics are limits of others, and of which."""

    limits: frozenset[int]
    dependents: frozenset[int]


def locked_metrics(organization: Organization, keys: Iterable[int]) -> dict[int, Metric]:
    """These metrics of the organization, by id, locked in its order, with their initiatives."""
    rows = (
        Metric.objects.select_for_update(of=("self",), no_key=True)
        .filter(organization=organization, pk__among=keys)
        .order_by("pk")
        .values_list(*_COLUMNS)
    )
    metrics = [_metric(row) for row in rows]
    # Once for each initiative, not once for each of its metrics.
    work = Initiative.objects.in_bulk({metric.initiative_id for metric in metrics})
    for initiative in work.values():
        initiative.organization = organization
    for metric in metrics:
        metric._state.fields_cache["initiative"] = work[metric.initiative_id]
    return {metric.id: metric for metric in metrics}


_COLUMNS = tuple(field.attname for field in Metric._meta.concrete_fields)


def _metric(row: Sequence[object]) -> Metric:
    """As ``from_db`` makes it, several times as fast: no signals, no look at each field."""
    made = Metric.__new__(Metric)
    made.__dict__.update(zip(_COLUMNS, row, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


def serving(metrics: Iterable[int]) -> Serving:
    """Which of these metrics are limits, and the metrics that they limit. One query."""
    ids = list(metrics)
    rows = Threshold.objects.filter(Q(floor_metric__among=ids) | Q(ceiling_metric__among=ids))
    found = list(rows.values_list("metric", "floor_metric", "ceiling_metric"))
    named = {key for _, *limits in found for key in limits}
    return Serving(frozenset(named.intersection(ids)), frozenset(key for key, *_ in found))


def versions_of(metrics: Iterable[int]) -> dict[int, list[Version]]:
    """Every version of the thresholds of these metrics, oldest first, by metric."""
    rows = Threshold.objects.filter(metric__among=metrics).order_by("starts_on")
    found: dict[int, list[Version]] = {}
    for row in rows.values_list(*Version._fields):
        version = Version(*row)
        found.setdefault(version.metric_id, []).append(version)
    return found


def thresholds_of(metrics: Iterable[int]) -> dict[int, list[Threshold]]:
    """Every version of the thresholds of these metrics, oldest first, by metric."""
    found: dict[int, list[Threshold]] = {}
    for row in Threshold.objects.filter(metric__in=list(metrics)).order_by("starts_on"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def in_force(versions: Sequence[S], day: date) -> S | None:
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
    rows = Judgement.objects.filter(metric__among=metrics, starts_on__gte=first)
    if last is not None:
        rows = rows.filter(starts_on__lte=last)
    found: dict[int, list[Judgement]] = {}
    for row in rows.select_related("threshold").order_by("starts_on"):
        found.setdefault(row.metric_id, []).append(row)
    return found


def judged_periods(metrics: Iterable[int], first: date) -> dict[int, set[date]]:
    """The periods from a day on for which each of these metrics has a value. One query."""
    rows = Judgement.objects.filter(metric__among=metrics, starts_on__gte=first).order_by()
    found: dict[int, set[date]] = {}
    for metric, day in rows.values_list("metric", "starts_on"):
        found.setdefault(metric, set()).add(day)
    return found


def beyond_since(metrics: Iterable[int], first: date) -> set[int]:
    """Ids of those that were beyond their threshold in a period from a day on."""
    rows = Judgement.objects.filter(
        metric__among=metrics, starts_on__gte=first, result__in=[Result.BELOW, Result.ABOVE]
    )
    return set(rows.order_by().values_list("metric", flat=True).distinct())


def judged_by(metrics: Iterable[int]) -> set[int]:
    """Ids of the metrics that have one of these as a floor or ceiling."""
    ids = list(metrics)
    rows = Threshold.objects.filter(Q(floor_metric__in=ids) | Q(ceiling_metric__in=ids))
    return set(rows.values_list("metric_id", flat=True))
