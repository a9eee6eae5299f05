"""The figures of the story: the same for every build, for they are drawn by metric and week.

What a judged period comes to is drawn first and then spread over its readings, so that a breach
happens exactly where the story wants it. Computed in whole units of the last decimal.
"""

import math
import random
from collections.abc import Sequence
from decimal import Decimal

from cadence.management.demo.plot import Dip, Limit, Metric

_PERIODS = {"day": 190, "week": 27, "month": 7}
# Fewer people sign up on a Saturday.
_WEEKDAYS = (1.1, 1.15, 1.1, 1.05, 0.95, 0.4, 0.35)


def drawn(
    metric: Metric,
    ago: int,
    limit: Limit | None,
    plan: Decimal | None = None,
    week: int | None = None,
) -> Decimal:
    """What the period comes to that is so many periods ago, inside its limits unless it dips.

    ``plan`` is the value of the metric that serves as its floor, ``week`` the week of a day.
    """
    luck = _luck(metric.name, ago)
    share = 1 - ago / _PERIODS[metric.per]
    value = metric.start + (metric.end - metric.start) * share
    value += metric.swing * math.sin(ago * 2 * math.pi / 13) + metric.noise * luck.gauss(0, 1) / 2
    floor, ceiling = _limits(limit, plan)
    if floor is not None and value < floor:
        value = 2 * floor - value
    if ceiling is not None and value > ceiling:
        value = 2 * ceiling - value
    dip = dip_at(metric, ago if week is None else week)
    if dip is not None:
        edge = ceiling if floor is None else floor
        assert edge is not None, f"{metric.name} dips and has no limit"
        deep = dip.depth * luck.uniform(0.55, 1.3) * (1 if floor is None else -1)
        value = edge * (1 + deep)
    return _kept(metric, value, floor, ceiling, beyond=dip is not None)


def spread(metric: Metric, value: Decimal, seed: object, weekdays: Sequence[int]) -> list[Decimal]:
    """Readings that come to the value, one for each of these weekdays."""
    luck, number = _luck(metric.name, seed), len(weekdays)
    units = int(value.scaleb(metric.decimals))
    if number == 1:
        found = [units]
    elif metric.how in {"sum", "mean"}:
        whole = metric.how == "sum"
        weights = [luck.uniform(0.85, 1.15) * (_WEEKDAYS[day] if whole else 1) for day in weekdays]
        found = _shares(units if whole else units * number, weights)
    else:
        width = metric.noise * 10**metric.decimals
        away = [abs(round(luck.gauss(0, 1) * width)) for _ in weekdays]
        away[luck.randrange(number) if metric.how in {"min", "max"} else -1] = 0
        up = 1 if metric.how == "min" else -1
        found = [units + up * step for step in away]
    if metric.most is not None:
        found = [min(one, round(metric.most * 10**metric.decimals)) for one in found]
    return [Decimal(one).scaleb(-metric.decimals) for one in found]


def dip_at(metric: Metric, ago: int) -> Dip | None:
    return next((dip for dip in metric.dips if dip.first >= ago >= dip.last), None)


def _luck(name: str, seed: object) -> random.Random:
    # Not for secrets: the same luck at every build is what is wanted.
    return random.Random(f"{name} {seed}")  # noqa: S311


def _limits(limit: Limit | None, plan: Decimal | None) -> tuple[float | None, float | None]:
    if limit is None:
        return None, None
    floor = plan if limit.plan else limit.floor
    return (
        None if floor is None else float(floor),
        None if limit.ceiling is None else float(limit.ceiling),
    )


def _kept(
    metric: Metric, value: float, floor: float | None, ceiling: float | None, *, beyond: bool
) -> Decimal:
    """Rounded to its decimals, and on the side of its limits where it is meant to be."""
    scale = 10**metric.decimals
    units = max(0, round(value * scale))
    if metric.most is not None:
        units = min(units, round(metric.most * scale))
    if floor is not None:
        edge = round(floor * scale)
        units = min(units, edge - 1) if beyond else max(units, edge)
    if ceiling is not None and (not beyond or floor is None):
        edge = round(ceiling * scale)
        units = max(units, edge + 1) if beyond else min(units, edge)
    return Decimal(units).scaleb(-metric.decimals)


def _shares(total: int, weights: list[float]) -> list[int]:
    """Whole numbers in these proportions that add up to the total, by largest remainder."""
    exact = [total * weight / sum(weights) for weight in weights]
    found = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: found[i] - exact[i])
    for i in by_remainder[: total - sum(found)]:
        found[i] += 1
    return found
