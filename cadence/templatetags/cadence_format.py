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
from cadence.evaluation import states, wording
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric
from cadence.reviews.models import CheckIn

register = template.Library()
judged = register.filter(wording.judged)
unit_word = register.filter(wording.unit_word)
limit_figure = register.filter(wording.limit_figure)
limit_text = register.filter(wording.limit_text)
last_step = register.filter(wording.last_step)


@register.filter
def standing(thing: Any) -> str:
    """``with Dana Weiss since 12 Nov``, where it went up and is not done; else empty."""
    return wording.standing(thing, timezone.localdate(), timezone.get_current_timezone())


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
def plain_number(value: Decimal | None) -> str:
    """All digits and nothing else, as an input takes it: 1200.5. Empty for None."""
    return "" if value is None else f"{value.normalize():f}"


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
