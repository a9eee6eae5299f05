"""How values, limits and what went up are written: the same in a template and in a built table."""

from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from cadence.breaches.models import Breach
from cadence.calendar.periods import label
from cadence.charts.scale import is_symbol, number, with_unit
from cadence.decisions.models import Commitment, Verdict
from cadence.escalations.models import Escalation
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.metrics.scores import Figure, Limits
from cadence.reviews.models import Review


def judged(judgement: Judgement | Figure, metric: Metric) -> str:
    """The figure of a judged period, with its sign: 41%, €120; see `judged_number`."""
    words = judged_number(judgement, metric.decimals)
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words


def judged_number(judgement: Judgement | Figure, places: int) -> str:
    """With more decimals than these where rounding would put it back inside.

    44.6 below a floor of 45 is not written 45.
    """
    if judgement.is_beyond:
        limit = judgement.floor if judgement.result == "below" else judgement.ceiling
        if limit is not None:
            while places < 9 and round(judgement.value, places) == round(limit, places):
                places += 1
    return number(judgement.value, places)


def unit_word(metric: Metric) -> str:
    """The unit to write after the name: ``hours``. Empty for signs, which stand at the figures,
    and where the name has it already: ``Webinars held``."""
    unit = metric.unit.strip()
    named = unit.lower().rstrip("s") in metric.name.lower()
    return "" if is_symbol(unit) or named else unit


def limit_figure(value: Decimal | None, metric: Metric) -> str:
    """A floor or ceiling with its own decimals: what is judged by is never rounded."""
    # A template gives an empty text for what is not there at all.
    if not isinstance(value, Decimal):
        return ""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    words = number(value, max(0, -exponent))
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words


def limit_text(metric: Metric, threshold: Threshold | Limits | None) -> str:
    """``≥ 45``, ``≤ 24``, ``35% to 60%``, ``≥ Target series``; ``none`` without a threshold."""
    if threshold is None:
        return "none"
    floor = _side(metric, threshold.floor, threshold.floor_metric)
    ceiling = _side(metric, threshold.ceiling, threshold.ceiling_metric)
    if floor and ceiling:
        return f"{floor} to {ceiling}"
    return f"≥ {floor}" if floor else f"≤ {ceiling}"


def _side(metric: Metric, value: Decimal | None, other: Any) -> str:
    return str(other.name) if other is not None else limit_figure(value, metric)


def standing(thing: Any, today: date, zone: tzinfo) -> str:
    """``with Dana Weiss since 12 Nov``, where it went up and is not done; else empty.

    Takes a breach, a verdict, a commitment, an ownership or a review. In a list its steps come
    with it: `escalations.queries.steps`. ``today`` is the date in the zone.
    """
    if not thing or not thing.level or _is_done(thing):
        return ""
    step = last_step(thing)
    if step is None:
        # It went up before steps were on record.
        person = thing.answerable if isinstance(thing, Breach) else thing.escalated_to
        return f"with {person.name}" if person else ""
    day = step.at.astimezone(zone).date()
    return f"with {step.to_person.name} since {label('day', day, day.year != today.year)}"


def last_step(thing: Any) -> Escalation | None:
    """The step by which a thing came to where it stands; None where none is on record."""
    steps = list(thing.escalations.all())
    return steps[-1] if steps else None


def _is_done(thing: Any) -> bool:
    match thing:
        case Breach():
            return thing.is_decided and not thing.is_escalated
        case Verdict():
            return thing.acknowledged_at is not None
        case Commitment():
            return thing.kept_at is not None or thing.dropped_at is not None
        case Review():
            return getattr(thing, "made_up", False)
        case _:
            return False
