"""The plan of a replay: which column is which metric, its threshold, the rhythm, the decisions."""

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from cadence.calendar.recurrence import Rule, RuleError
from cadence.inputs import NumberError, exact
from cadence.metrics.models import Aggregation, Kind

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Kinds that can be decided again and again without a person to think about each.
PLANNED_KINDS = ("agreed", "reallocate", "adjust", "escalate", "hold_course", "recovered")


class PlanError(ValueError):
    """What is wrong with the plan, with the place in it."""


@dataclass(frozen=True)
class Limit:
    """A number, or a column of the file as a moving limit."""

    number: Decimal | None = None
    column: str = ""


@dataclass(frozen=True)
class MetricPlan:
    name: str
    key: str
    column: str
    unit: str = ""
    decimals: int = 0
    kind: str = Kind.LEADING
    aggregation: str = Aggregation.SUM
    leads_to: str = ""
    floor: Limit | None = None
    ceiling: Limit | None = None
    periods_in_a_row: int = 1
    agreed_response: str = ""


@dataclass(frozen=True)
class ReviewPlan:
    name: str
    kind: str
    rule: str
    time_of_day: time
    minutes: int


@dataclass(frozen=True)
class DecisionPlan:
    kind: str
    what: str = ""
    periods: int = 2
    moved_from: str = ""
    moved_to: str = ""
    amount: str = ""


@dataclass(frozen=True)
class Plan:
    organization: dict[str, Any]
    week_start: int
    team: str
    priority: str
    initiative: str
    people: dict[str, str]
    date_column: str
    date_format: str
    metrics: list[MetricPlan]
    reviews: list[ReviewPlan]
    decisions: dict[str, DecisionPlan] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Every column that is read, the moving limits among them, each once."""
        names = [metric.column for metric in self.metrics]
        names += [
            limit.column
            for metric in self.metrics
            for limit in (metric.floor, metric.ceiling)
            if limit is not None and limit.column
        ]
        return list(dict.fromkeys(names))


def read_plan(path: Path) -> Plan:
    """Read and check a plan. Raises PlanError that names the place."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlanError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    top = _mapping("the plan", data, needed=_TOP, known=(*_TOP, "figures", "decisions"))
    organization = _mapping(
        "organization",
        top["organization"],
        needed=("name", "slug", "week_ends_on"),
        known=("name", "slug", "week_ends_on", "time_zone", "country", "subdivision", "currency"),
    )
    ends_on = _one_of("organization.week_ends_on", organization.pop("week_ends_on"), WEEKDAYS)
    figures = _mapping("figures", top.get("figures") or {}, known=("date_column", "date_format"))
    people = _mapping(
        "people",
        top["people"],
        needed=("administrator", "executive", "lead", "owner", "facilitator"),
    )
    return Plan(
        organization={"time_zone": "UTC", **organization},
        week_start=(WEEKDAYS.index(ends_on) + 1) % 7,
        team=str(top["team"]),
        priority=str(top["priority"]),
        initiative=str(top["initiative"]),
        people={role: str(name) for role, name in people.items()},
        date_column=str(figures.get("date_column", "Date")),
        date_format=str(figures.get("date_format", "")),
        metrics=_metrics(top["metrics"]),
        reviews=[_review(f"reviews[{n}]", one) for n, one in _items("reviews", top["reviews"])],
        decisions=_decisions(top.get("decisions") or {}),
    )


_TOP = ("organization", "team", "priority", "initiative", "people", "metrics", "reviews")


def _metrics(data: object) -> list[MetricPlan]:
    metrics = [_metric(f"metrics[{number}]", one) for number, one in _items("metrics", data)]
    keys = [metric.key for metric in metrics]
    for metric in metrics:
        if keys.count(metric.key) > 1:
            raise PlanError(f"metrics: the key “{metric.key}” is there twice.")
        if metric.leads_to and metric.leads_to not in keys:
            raise PlanError(f"metrics: “{metric.leads_to}” leads nowhere: no metric has this key.")
    return metrics


def _metric(place: str, data: object) -> MetricPlan:
    values = _mapping(
        place,
        data,
        needed=("name", "key", "column"),
        known=(
            "name", "key", "column", "unit", "decimals", "kind", "aggregation", "leads_to",
            "threshold",
        ),
    )  # fmt: skip
    threshold = values.pop("threshold", None)
    limits: dict[str, Any] = {}
    if threshold is not None:
        limits = _mapping(
            f"{place}.threshold",
            threshold,
            needed=("agreed_response",),
            known=("floor", "ceiling", "periods_in_a_row", "agreed_response"),
        )
        for side in ("floor", "ceiling"):
            if side in limits:
                limits[side] = _limit(f"{place}.threshold.{side}", limits[side])
        if "floor" not in limits and "ceiling" not in limits:
            raise PlanError(f"{place}.threshold: say a floor, a ceiling or both.")
    if "kind" in values:
        _one_of(f"{place}.kind", values["kind"], Kind.values)
    if "aggregation" in values:
        _one_of(f"{place}.aggregation", values["aggregation"], Aggregation.values)
    return MetricPlan(**values, **limits)


def _limit(place: str, value: object) -> Limit:
    if isinstance(value, dict):
        named = _mapping(place, value, needed=("column",), known=("column",))
        return Limit(column=str(named["column"]))
    try:
        # YAML has made a float of 0.35; its shortest text is what was typed.
        return Limit(number=exact(str(value) if isinstance(value, float) else value))
    except NumberError as error:
        raise PlanError(f"{place}: {error}") from error


def _review(place: str, data: object) -> ReviewPlan:
    values = _mapping(
        place,
        data,
        needed=("name", "kind", "rule", "time"),
        known=("name", "kind", "rule", "time", "minutes"),
    )
    kind = _one_of(f"{place}.kind", values["kind"], ("weekly", "monthly"))
    try:
        Rule.parse(str(values["rule"]))
        at = time.fromisoformat(str(values["time"]))
    except RuleError as error:
        raise PlanError(f"{place}.rule: {error}") from error
    except ValueError as error:
        raise PlanError(f"{place}.time: say it as “09:30”, in quotes.") from error
    minutes = values.get("minutes", 30)
    if not isinstance(minutes, int):
        raise PlanError(f"{place}.minutes: say a whole number.")
    return ReviewPlan(str(values["name"]), kind, str(values["rule"]), at, minutes)


def _decisions(data: object) -> dict[str, DecisionPlan]:
    known = ("threshold", "missing", "recovered")
    plans = {}
    for case, one in _mapping("decisions", data, known=known).items():
        place = f"decisions.{case}"
        values = _mapping(
            place,
            one,
            needed=("kind",),
            known=("kind", "what", "periods", "moved_from", "moved_to", "amount"),
        )
        _one_of(f"{place}.kind", values["kind"], PLANNED_KINDS)
        periods = values.get("periods", 2)
        if not isinstance(periods, int) or not 1 <= periods <= 7:
            raise PlanError(f"{place}.periods: say a whole number from 1 to 7.")
        plans[case] = DecisionPlan(**values)
    return plans


def _items(place: str, data: object) -> list[tuple[int, object]]:
    if not isinstance(data, list) or not data:
        raise PlanError(f"{place}: a list with at least one entry is needed.")
    return list(enumerate(data, start=1))


def _mapping(
    place: str, data: object, *, needed: tuple[str, ...] = (), known: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise PlanError(f"{place}: names with values are needed.")
    for name in needed:
        if data.get(name) in (None, ""):
            raise PlanError(f"{place}: “{name}” is missing.")
    for name in data:
        if name not in (known or needed):
            raise PlanError(f"{place}: “{name}” is not known.")
    return dict(data)


def _one_of(place: str, value: object, allowed: "tuple[str, ...] | list[str]") -> str:
    if not isinstance(value, str) or value not in allowed:
        raise PlanError(f"{place}: say one of {', '.join(allowed)}.")
    return value
