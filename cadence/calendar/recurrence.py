"""The rhythm of a review series: the weekly and monthly rules of RFC 5545 that we accept.

A rule is short, from a list, and cannot be made to run for long:

    FREQ=WEEKLY   INTERVAL 1..8, BYDAY with one or more weekdays, WKST
    FREQ=MONTHLY  INTERVAL 1..12, and BYDAY with one of 1MO..4SU, -1MO..-1SU,
                  or BYMONTHDAY with one of 1..28, -1

The list leaves out whatever makes a month without an occurrence (day 31, a fifth Friday) and
whatever ends a series (COUNT, UNTIL): a series ends when a person ends it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile
from typing import Final, Literal
from zoneinfo import ZoneInfo

from cadence.calendar.periods import MONTH, WEEK, check_year, period_end, period_start, shift
from cadence.calendar.workdays import WorkingCalendar

OnHoliday = Literal["keep", "skip", "move"]

LONGEST_TEXT: Final = 200
LONGEST_SPAN: Final = timedelta(days=3 * 366)

CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_NAMES: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
ORDINALS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}

_LONGEST_INTERVAL: Final = {WEEK: 8, MONTH: 12}
_KEYS: Final = {
    WEEK: ("INTERVAL", "BYDAY", "WKST"),
    MONTH: ("INTERVAL", "BYDAY", "BYMONTHDAY"),
}
_NUMBER = re.compile(r"[0-9]{1,2}")
# RFC 5545 allows the plus sign of +1MO and +15.
_NTH_DAY = re.compile(r"([+-]?[0-9]{1,2})([A-Z]{2})")
_MONTH_DAY = re.compile(r"[+-]?[0-9]{1,2}")


class RuleError(ValueError):
    """Not a rule we accept. The message is a sentence with the part of the rule and the reason."""


@dataclass(frozen=True)
class Rule:
    """A rule from the list above; no other can be made.

    Weekly: `weekdays` in order, from Monday; `week_start` matters when the interval is above 1.
    Monthly: either `nth` (1..4, -1) with a single weekday, or `month_day` (1..28, -1).
    """

    kind: Literal["week", "month"]
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    month_day: int | None = None
    week_start: int = 0

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Read a rule written as in RFC 5545 section 3.3.10, with or without "RRULE:" before it."""
        given = _split(text)
        frequency = given.pop("FREQ", None)
        if frequency is None:
            raise RuleError("FREQ is missing: a rule is WEEKLY or MONTHLY.")
        if frequency not in ("WEEKLY", "MONTHLY"):
            raise RuleError(f"FREQ is {frequency[:20]!a}: a rule is WEEKLY or MONTHLY.")
        kind: Literal["week", "month"] = WEEK if frequency == "WEEKLY" else MONTH
        for key in given:
            if key not in _KEYS[kind]:
                allowed = ", ".join(_KEYS[kind])
                raise RuleError(
                    f"{_shown(key)} is not a part of a {kind}ly rule here: it takes {allowed}."
                )
        interval = _interval(given.get("INTERVAL", "1"))
        if kind == WEEK:
            weekdays = tuple(sorted(_weekday("BYDAY", code) for code in _list(given, "BYDAY")))
            week_start = _weekday("WKST", given.get("WKST", "MO"))
            return cls(WEEK, interval, weekdays, week_start=week_start if interval > 1 else 0)
        if ("BYDAY" in given) == ("BYMONTHDAY" in given):
            raise RuleError("A monthly rule takes one of BYDAY and BYMONTHDAY, and needs one.")
        if "BYDAY" in given:
            nth, weekday = _nth_weekday(given["BYDAY"])
            return cls(MONTH, interval, (weekday,), nth=nth)
        return cls(MONTH, interval, month_day=_month_day(given["BYMONTHDAY"]))

    def __str__(self) -> str:
        """Return the canonical text: what parse reads back as an equal rule."""
        parts = ["FREQ=WEEKLY" if self.kind == WEEK else "FREQ=MONTHLY"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.month_day is not None:
            parts.append(f"BYMONTHDAY={self.month_day}")
        else:
            nth = "" if self.nth is None else str(self.nth)
            parts.append("BYDAY=" + ",".join(nth + CODES[day] for day in self.weekdays))
        if self.week_start:
            parts.append(f"WKST={CODES[self.week_start]}")
        return ";".join(parts)

    def describe(self) -> str:
        """Return the rule in plain English: "every Monday", "the last day of each month"."""
        if self.kind == WEEK:
            days = _and([DAY_NAMES[day] for day in self.weekdays])
            return (
                f"every {days}" if self.interval == 1 else f"every {self.interval} weeks on {days}"
            )
        if self.nth is not None:
            day = f"the {ORDINALS[self.nth]} {DAY_NAMES[self.weekdays[0]]}"
        else:
            day = "the last day" if self.month_day == -1 else f"day {self.month_day}"
        return (
            f"{day} of each month"
            if self.interval == 1
            else f"every {self.interval} months on {day}"
        )

    def dates_in(self, start: date) -> list[date]:
        """Return what the rule gives in the week or month that starts on `start`: at least a date.

        The week starts on `week_start`; whether it is this period's turn is not asked.
        """
        if self.kind == WEEK:
            return sorted(
                start + timedelta(days=(day - self.week_start) % 7) for day in self.weekdays
            )
        end = period_end(MONTH, start)
        if self.month_day is not None:
            return [end if self.month_day == -1 else start.replace(day=self.month_day)]
        (weekday,) = self.weekdays
        if self.nth is None or self.nth == -1:
            return [end - timedelta(days=(end.weekday() - weekday) % 7)]
        first = start + timedelta(days=(weekday - start.weekday()) % 7)
        return [first + timedelta(weeks=self.nth - 1)]


@dataclass(frozen=True)
class Occurrence:
    """One time a rule comes round.

    `key` is the date the rule gives: it names the occurrence for ever, whatever day it moves to.
    `starts_at` is in UTC.
    """

    key: date
    starts_at: datetime


def occurrences(
    rule: Rule,
    *,
    starts_on: date,
    time_of_day: time,
    zone: ZoneInfo,
    after: datetime,
    before: datetime,
    calendar: WorkingCalendar,
    on_holiday: OnHoliday,
) -> list[Occurrence]:
    """Return what falls after `after`, up to and including `before`, earliest first.

    Intervals are counted from the week or month of `starts_on`, before which there is nothing.
    A key that is not a working day, weekends included, is kept, skipped, or moved to the next
    working day; it is skipped too when that is not before the next key of the rule.

    A local time that a clock change leaves out is read with the offset before the change, and one
    that comes twice is the first of the two (RFC 5545 section 3.3.5).

    Raise ValueError for times without a zone, for more than three years between `after` and
    `before`, and for years outside those of `periods`.
    """
    if after.tzinfo is None or before.tzinfo is None:
        raise ValueError("Occurrences are asked for between two times with a zone.")
    if before - after > LONGEST_SPAN:
        raise ValueError("Occurrences are given for three years at most.")
    check_year(after.year)
    check_year(before.year)
    found = []
    for key, next_key in pairwise(_keys(rule, starts_on, after.astimezone(zone).date())):
        if _instant(key, time_of_day, zone) > before:
            break
        day = key if on_holiday == "keep" else calendar.next_working_day(key)
        if day != key and (on_holiday == "skip" or day >= next_key):
            continue
        starts_at = _instant(day, time_of_day, zone)
        if after < starts_at <= before:
            found.append(Occurrence(key, starts_at))
    return sorted(found, key=lambda occurrence: occurrence.starts_at)


def dates_between(rule: Rule, starts_on: date, first: date, last: date) -> list[date]:
    """Return the dates that the rule gives from `first` to `last`, holidays or not.

    Intervals are counted from the week or month of `starts_on`, before which there is nothing.
    """
    found = takewhile(lambda key: key <= last, _keys(rule, starts_on, first))
    return [key for key in found if key >= first]


def _keys(rule: Rule, starts_on: date, around: date) -> Iterator[date]:
    """Yield the dates of the rule without end, beginning at least one key before `around`.

    One key before, because that one may have moved to `around` or later.
    """
    start = period_start(rule.kind, starts_on, rule.week_start)
    if rule.kind == WEEK:
        elapsed = (around - start).days // 7
    else:
        elapsed = (around.year - start.year) * 12 + around.month - start.month
    turns = max(0, elapsed // rule.interval - 1)
    start = shift(rule.kind, start, turns * rule.interval)
    while True:
        yield from (key for key in rule.dates_in(start) if key >= starts_on)
        start = shift(rule.kind, start, rule.interval)


def _instant(day: date, time_of_day: time, zone: ZoneInfo) -> datetime:
    """Return the local time as a time in UTC, where every time exists and exists once."""
    return datetime.combine(day, time_of_day.replace(fold=0), zone).astimezone(UTC)


def _split(text: str) -> dict[str, str]:
    """Return the parts of a rule by key, in capitals."""
    if len(text) > LONGEST_TEXT:
        raise RuleError(f"The rule is too long: it has at most {LONGEST_TEXT} characters.")
    if not text.isascii():
        # Before upper(), which makes S of the long s and I of the dotless i.
        raise RuleError(f"The rule has a character that is not ASCII: {text[:40]!a}.")
    text = text.upper().removeprefix("RRULE:")
    if not text:
        raise RuleError("The rule is empty: write for example FREQ=WEEKLY;BYDAY=MO.")
    given: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if not (key and equals and value):
            raise RuleError(f"{part[:20]!a} is not a part of a rule: write KEY=VALUE.")
        if key in given:
            raise RuleError(f"{_shown(key)} is given twice.")
        given[key] = value
    return given


def _interval(value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise RuleError(f"INTERVAL is {value[:20]!a}: it is a number of one or two digits.")
    return int(value)


def _list(given: dict[str, str], key: str) -> list[str]:
    if key not in given:
        raise RuleError(f"{key} is missing: a weekly rule says on which days.")
    return given[key].split(",")


def _weekday(key: str, code: str) -> int:
    if code not in CODES:
        raise RuleError(f"{key} has {code[:20]!a}: here it takes MO, TU, WE, TH, FR, SA, SU.")
    return CODES.index(code)


def _nth_weekday(value: str) -> tuple[int, int]:
    match = _NTH_DAY.fullmatch(value)
    if not match:
        raise RuleError(
            f"BYDAY is {value[:20]!a}: in a monthly rule it is one day with its number, as in 1MO "
            "or -1FR."
        )
    return int(match[1]), _weekday("BYDAY", match[2])


def _month_day(value: str) -> int:
    if not _MONTH_DAY.fullmatch(value):
        raise RuleError(f"BYMONTHDAY is {value[:20]!a}: it is one number, 1 to 28 or -1.")
    return int(value)


def _check(rule: Rule) -> None:
    """Raise RuleError for a rule that is not on the list: one could loop over it for ever."""
    longest = _LONGEST_INTERVAL[rule.kind]
    if not 1 <= rule.interval <= longest:
        raise RuleError(f"INTERVAL is {rule.interval}: a {rule.kind}ly rule takes 1 to {longest}.")
    if len(set(rule.weekdays)) < len(rule.weekdays):
        raise RuleError("BYDAY names a day twice.")
    if not {rule.week_start, *rule.weekdays} <= set(range(7)):
        raise RuleError("BYDAY and WKST take days from 0 (Monday) to 6 (Sunday).")
    if rule.kind == WEEK:
        if not rule.weekdays or rule.nth is not None or rule.month_day is not None:
            raise RuleError("BYDAY: a weekly rule takes one or more plain weekdays, nothing else.")
    elif rule.month_day is not None:
        if rule.weekdays or rule.nth is not None:
            raise RuleError("BYMONTHDAY: a monthly rule takes it without a weekday.")
        if rule.month_day != -1 and not 1 <= rule.month_day <= 28:
            raise RuleError(
                f"BYMONTHDAY is {rule.month_day}: it takes 1 to 28, which every month has, "
                "or -1 for the last day."
            )
    elif len(rule.weekdays) != 1 or rule.nth not in ORDINALS:
        raise RuleError(
            f"BYDAY is number {rule.nth}: a monthly rule takes one weekday, numbered 1 to 4, "
            "which every month has, or -1 for the last."
        )


def _shown(key: str) -> str:
    """Return the key as it can be printed: as it is, or escaped when it is no plain word."""
    return key if key.isalpha() and len(key) <= 20 else ascii(key[:20])


def _and(names: list[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
