"""What a row of metrics comes to: the metric, and the threshold that begins with it."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cadence.errors import Invalid, Problem, Refusal
from cadence.evaluation.thresholds import Wanted, set_threshold
from cadence.imports.structure_result import Line
from cadence.imports.structure_rows import Given
from cadence.imports.structure_sheets import INITIATIVES, METRICS
from cadence.imports.structure_world import by_name
from cadence.initiatives.models import Initiative
from cadence.metrics.actions import change_metric, create_metric
from cadence.metrics.models import Metric

if TYPE_CHECKING:
    from cadence.imports.structure_steps import Setting

_CHANGEABLE = ("name", "unit", "decimals", "kind", "leads_to", "grace_days")
_FIXED = ("key", "read_per", "judged_per", "aggregation")
_LIMITS = ("floor", "ceiling")
_THRESHOLD = (*_LIMITS, "starts_on", "periods_in_a_row", "agreed_response")


def set_metric(setting: "Setting", given: Given, line: Line) -> None:
    found = _found(setting, given)
    values = {name: given.values.get(name) for name in (*_CHANGEABLE, *_FIXED)}
    values["leads_to"] = _leads_to(setting, given)
    if found is None:
        for name in ("initiative", "kind", "read_per"):
            if name not in given.values:
                raise Invalid.field(name, "This is needed for what is new.")
        made = create_metric(
            actor=setting.actor,
            at=setting.at,
            initiative=_initiative(setting, given),
            **{name: value for name, value in values.items() if value is not None},
        )
        line.outcome = "new"
        setting.world.metrics.append(made)
        setting.metrics[given.row] = made
        return
    setting.metrics[given.row] = found
    _check_fixed(given, found)
    now = {name: getattr(found, name) for name in _CHANGEABLE}
    values = setting.wanted(given, line, now, values)
    if line.changes:
        change_metric(actor=setting.actor, at=setting.at, metric=found, **values)
        found.refresh_from_db()


def _found(setting: "Setting", given: Given) -> Metric | None:
    """By its key; without one by its name, in its initiative where that is named."""
    metrics = setting.world.metrics
    if key := given.values.get("key"):
        return next((one for one in metrics if one.key == key), None)
    where = str(given.values.get("initiative", "")).casefold()
    same = by_name(metrics).get(given.name.casefold(), [])
    found = [one for one in same if not where or one.initiative.name.casefold() == where]
    if len(found) > 1:
        raise Invalid.field("name", f"{len(found)} metrics have this name: say which by its key.")
    return found[0] if found else None


def _check_fixed(given: Given, metric: Metric) -> None:
    """What the readings there are mean does not change."""
    now = {name: str(getattr(metric, name)) for name in _FIXED}
    now["initiative"] = metric.initiative.name
    for name, old in now.items():
        new = given.values.get(name)
        if new is not None and str(new).casefold() != old.casefold():
            raise Invalid.field(name, f"This stays “{old}”: the readings there are belong to it.")


def _initiative(setting: "Setting", given: Given) -> Initiative:
    name = str(given.values["initiative"])
    found = by_name(setting.world.initiatives).get(name.casefold(), [])
    if len(found) > 1:
        raise Invalid.field("initiative", f"{len(found)} initiatives have this name.")
    if not found:
        raise setting.missing(INITIATIVES, name, "initiative")
    return found[0]


def _named(setting: "Setting", given: Given, field: str) -> Metric | None:
    named = given.values.get(field)
    if named is None:
        return None
    found = setting.world.metric_called(str(named))
    if len(found) > 1:
        raise Invalid.field(field, f"{len(found)} metrics have this name: write the key.")
    if not found:
        raise setting.missing(METRICS, str(named), field)
    return found[0]


def _leads_to(setting: "Setting", given: Given) -> Metric | None:
    return _named(setting, given, "leads_to")


def _limit(setting: "Setting", given: Given, side: str) -> Metric | None:
    """A limit that is no number."""
    words = str(given.values[side])
    if not setting.world.metric_called(words) and not setting.has_failed(METRICS, words):
        raise Invalid.field(side, f"“{words[:80]}” is neither a number nor a metric.")
    return _named(setting, given, side)


def set_metric_threshold(setting: "Setting", given: Given, line: Line) -> None:
    """A version of its own where what is given differs from the one in force."""
    if not any(name in given.values for name in _THRESHOLD):
        return
    metric = setting.metrics[given.row]
    current = setting.world.thresholds.get(metric.pk)
    now: dict[str, Any] = dict.fromkeys(_THRESHOLD)
    if current is not None:
        now = {name: getattr(current, name) for name in _THRESHOLD}
        for side in _LIMITS:
            now[side] = getattr(current, f"{side}_metric") or now[side]
    values = {name: given.values.get(name) for name in _THRESHOLD}
    for side in _LIMITS:
        if not isinstance(values[side], Decimal | None):
            values[side] = _limit(setting, given, side)
    before = len(line.changes)
    wanted = setting.wanted(given, line, now, values)
    if len(line.changes) == before:
        return
    starts_on = values["starts_on"]
    if current is not None and starts_on == current.starts_on:
        # The day of the version that is there: a new one begins now.
        starts_on = None
    try:
        threshold, _ = set_threshold(
            actor=setting.actor,
            at=setting.at,
            metric=metric,
            wanted=Wanted(
                **_sides(wanted),
                starts_on=starts_on,
                periods_in_a_row=wanted["periods_in_a_row"] or 1,
                agreed_response=wanted["agreed_response"] or "",
            ),
        )
    except Refusal as refusal:
        problems = [_on_a_column(one) for one in refusal.problems]
        raise Invalid.fields(problems or [Problem("floor", refusal.message)]) from refusal
    if line.outcome == "new":
        # All of it is new; what each value is stands in the row.
        del line.changes[before:]
    setting.world.thresholds[metric.pk] = threshold


def _sides(wanted: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for side in _LIMITS:
        limit = wanted[side]
        found[f"{side}_metric" if isinstance(limit, Metric) else side] = limit
    return found


def _on_a_column(problem: Problem) -> Problem:
    """A limit that is a metric stands in the same column as one that is a number."""
    return Problem(problem.field.removesuffix("_metric"), problem.message)
