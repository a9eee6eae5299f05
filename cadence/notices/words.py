"""Numbers with their units, periods and moments as notices and mails write them."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cadence.breaches.models import Breach, Kind
from cadence.charts.scale import is_symbol, number, with_unit
from cadence.metrics.models import Metric

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TITLE = 200
DETAIL = 500


def fit(text: str, longest: int) -> str:
    """Cut where there is no room: a notice is one line, its page says all."""
    words = " ".join(text.split())
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def day(value: date) -> str:
    """``9 November``. A year is said where it matters, on the page."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def weekday(value: date) -> str:
    return f"{_WEEKDAYS[value.weekday()]} {day(value)}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``Monday 16 November, 09:30 CET``; the last minute of a day is its end."""
    local = value.astimezone(zone)
    if (local.hour, local.minute) == (23, 59):
        return f"the end of {weekday(local.date())}"
    return f"{weekday(local.date())}, {local:%H:%M %Z}"


def moment_of(text: object, zone: ZoneInfo) -> str:
    """A moment as it stands in the ledger. Empty where there is none."""
    return moment(datetime.fromisoformat(text), zone) if isinstance(text, str) else ""


def period(kind: str, start: date) -> str:
    """``week of 9 November``, ``October 2026``, ``9 November``."""
    if kind == "month":
        return f"{_MONTHS[start.month - 1]} {start.year}"
    return f"week of {day(start)}" if kind == "week" else day(start)


def in_period(kind: str, start: date) -> str:
    """For a sentence: ``for the week of 9 November``."""
    words = period(kind, start)
    return f"for the {words}" if kind == "week" else f"for {words}"


def of_breach(breach: Breach) -> str:
    """``Qualified demos is below its floor: 31, floor 45, week of 9 November``."""
    metric = breach.metric
    kind, start = metric.judged_per, breach.opening_period
    if breach.kind == Kind.MISSING or breach.value is None or breach.limit is None:
        return f"{metric.name} has no reading {in_period(kind, start)}"
    side = "floor" if breach.side == "below" else "ceiling"
    exponent = breach.limit.normalize().as_tuple().exponent
    exact = max(0, -exponent) if isinstance(exponent, int) else 0
    places = metric.decimals
    # 44.6 below a floor of 45 is not written 45.
    while places < 9 and round(breach.value, places) == round(breach.limit, places):
        places += 1
    unit = "" if _names_its_unit(metric) and not is_symbol(metric.unit) else metric.unit
    value = with_unit(number(breach.value, places), unit)
    limit = with_unit(number(breach.limit, exact), unit)
    return (
        f"{metric.name} is {breach.side} its {side}: {value}, {side} {limit}, {period(kind, start)}"
    )


def _names_its_unit(metric: Metric) -> bool:
    """*Qualified demos* are counted in demos. A word of its own: an h is in many names."""
    unit = metric.unit.strip().lower()
    one = re.escape(unit.removesuffix("s") or unit)
    return re.search(rf"\b{one}s?\b", metric.name.lower()) is not None


def listed(names: list[str]) -> str:
    """``A, B and C``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
