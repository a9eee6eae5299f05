"""How values, limits, times and states are written, the same on every page.

``{% load cadence_format %}``. Times are in the zone of the organization, which the page sets.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import template
from django.utils import timezone

from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, label
from cadence.charts.scale import is_symbol, number, with_unit
from cadence.decisions.models import Commitment, Decision, Verdict
from cadence.escalations.models import Escalation
from cadence.evaluation import states
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Judgement, Metric, Threshold
from cadence.reviews.models import CheckIn, Review

register = template.Library()

_CURRENCIES = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def figure(value: Decimal | None, metric: Metric) -> str:
    """For a cell: 2,210 or −0.5, with a unit that is a sign: 41%, €120. Empty for None."""
    if value is None:
        return ""
    words = number(value, metric.decimals)
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words


@register.filter
def quantity(value: Decimal | None, metric: Metric) -> str:
    """For a sentence: a figure with its unit: 31 demos. Empty for None."""
    return "" if value is None else with_unit(number(value, metric.decimals), metric.unit)


@register.filter
def judged(judgement: Judgement, metric: Metric) -> str:
    """The figure of a judged period, with more decimals where rounding would put it back inside.

    44.6 below a floor of 45 is not written 45.
    """
    limit = judgement.floor if judgement.result == "below" else judgement.ceiling
    places = metric.decimals
    if judgement.is_beyond and limit is not None:
        while places < 9 and round(judgement.value, places) == round(limit, places):
            places += 1
    words = number(judgement.value, places)
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words


@register.filter
def unit_word(metric: Metric) -> str:
    """The unit to write after the name: ``hours``. Empty for signs, which stand at the figures,
    and where the name has it already: ``Webinars held``."""
    unit = metric.unit.strip()
    named = unit.lower().rstrip("s") in metric.name.lower()
    return "" if is_symbol(unit) or named else unit


@register.filter
def plain_number(value: Decimal | None) -> str:
    """All digits and nothing else, as an input takes it: 1200.5. Empty for None."""
    return "" if value is None else f"{value.normalize():f}"


@register.filter
def limit_figure(value: Decimal | None, metric: Metric) -> str:
    """A floor or ceiling with its own decimals: what is judged by is never rounded."""
    # A template gives an empty text for what is not there at all.
    if not isinstance(value, Decimal):
        return ""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    words = number(value, max(0, -exponent))
    return with_unit(words, metric.unit) if is_symbol(metric.unit) else words


@register.filter
def limit_text(metric: Metric, threshold: Threshold | None) -> str:
    """``≥ 45``, ``≤ 24``, ``35% to 60%``, ``≥ Target series``; ``none`` without a threshold."""
    if threshold is None:
        return "none"
    floor = _side(metric, threshold.floor, threshold.floor_metric)
    ceiling = _side(metric, threshold.ceiling, threshold.ceiling_metric)
    if floor and ceiling:
        return f"{floor} to {ceiling}"
    return f"≥ {floor}" if floor else f"≤ {ceiling}"


def _side(metric: Metric, value: Decimal | None, other: Metric | None) -> str:
    return other.name if other is not None else limit_figure(value, metric)


@register.filter
def period(starts_on: date, kind: str) -> str:
    """``week of 16 Nov``, ``Nov 2026`` or ``16 Nov``; with the year where it is another one."""
    words = label(cast(PeriodKind, kind), starts_on, _other_year(starts_on))
    return f"week of {words}" if kind == "week" else words


@register.filter
def period_short(starts_on: date, kind: str) -> str:
    """For the head of a column: ``16 Nov``, ``Nov 2026``."""
    return label(cast(PeriodKind, kind), starts_on)


@register.filter
def day(value: date | datetime | None) -> str:
    """``16 Nov``, with the year where it is another one. A moment is taken in the zone."""
    if value is None:
        return ""
    local = _local(value)
    return label("day", local, _other_year(local))


@register.filter
def weekday(value: date | datetime | None) -> str:
    """``Monday 16 Nov``."""
    if value is None:
        return ""
    local = _local(value)
    return f"{_WEEKDAYS[local.weekday()]} {day(local)}"


@register.filter
def moment(value: datetime | None) -> str:
    """``16 Nov, 09:30 CET``."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{day(local)}, {local:%H:%M %Z}"


@register.filter
def deadline(value: datetime | None) -> str:
    """``Monday 23 Nov, 09:30 CET``, or ``the end of Monday 23 Nov`` for the last second of it."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if (local.hour, local.minute) == (23, 59):
        return f"the end of {weekday(local)}"
    return f"{weekday(local)}, {clock(value)}"


@register.filter
def clock(value: datetime | None) -> str:
    """``09:30 CET``."""
    return "" if value is None else f"{timezone.localtime(value):%H:%M %Z}"


@register.filter
def age(value: date | datetime | None) -> str:
    """How long ago or how far ahead, in days: ``today``, ``1 day``, ``11 days``."""
    if value is None:
        return ""
    days = abs((timezone.localdate() - _local(value)).days)
    return "today" if not days else f"{days} day{'s' if days != 1 else ''}"


@register.filter
def signed(value: Decimal | None, metric: Metric) -> str:
    """``+4`` or ``−14``, with decimals and sign of the metric."""
    if value is None:
        return ""
    words = figure(value, metric)
    return f"+{words}" if value > 0 else words


@register.filter
def percent(share: Decimal | float | None) -> str:
    """A share of one as ``41%``."""
    return "" if share is None else f"{number(Decimal(share) * 100, 0)}%"


@register.filter
def of(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """What stands under the key; None where there is nothing."""
    return (found or {}).get(key)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """``€120,000``, ``CHF 120,000``; cents where there are any."""
    if amount is None:
        return ""
    words = number(amount, 0 if amount == amount.to_integral_value() else 2)
    sign = _CURRENCIES.get(currency)
    return with_unit(words, sign) if sign else f"{currency} {words}"


@register.filter
def standing(thing: Any) -> str:
    """``with Dana Weiss since 12 Nov``, where it went up and is not done; else empty.

    Takes a breach, a verdict, a commitment, an ownership or a review. In a list its steps come
    with it: `escalations.queries.steps`.
    """
    if not thing or not thing.level or _is_done(thing):
        return ""
    step = last_step(thing)
    if step is None:
        # It went up before steps were on record.
        person = thing.answerable if isinstance(thing, Breach) else thing.escalated_to
        return f"with {person.name}" if person else ""
    return f"with {step.to_person.name} since {day(step.at)}"


@register.filter
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


@register.inclusion_tag("components/_tag.html")
def state_tag(thing: Any) -> dict[str, str]:
    """The state of a thing as a tag: ``{% state_tag breach %}``.

    Takes an initiative, a breach, a decision, a verdict, a commitment, a check-in, or a State
    that was worked out before, as that of a metric.
    """
    state = _state(thing)
    return {"kind": state.kind, "text": state.word}


def _state(thing: Any) -> states.State:
    match thing:
        case states.State():
            return thing
        case Initiative():
            return states.initiative_state(thing)
        case Breach():
            return states.breach_state(thing, timezone.now())
        case Decision():
            return states.decision_state(thing)
        case Verdict():
            return states.verdict_state(thing)
        case Commitment():
            return states.commitment_state(thing, timezone.localdate())
        case CheckIn():
            return states.confidence_state(thing)
        case _:
            raise TypeError(f"{thing!r} has no state to show.")


def _local(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _other_year(value: date) -> bool:
    return value.year != timezone.localdate().year
