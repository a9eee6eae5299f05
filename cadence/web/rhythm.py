"""The rhythm of a series as people say it: the form that builds an RFC 5545 rule, and its dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.models import Organization
from cadence.calendar.recurrence import (
    DAY_NAMES,
    LONGEST_SPAN,
    ORDINALS,
    Rule,
    RuleError,
    occurrences,
)
from cadence.people.queries import working_calendar
from cadence.reviews.series import REACH

WEEKDAYS = [(str(i), name) for i, name in enumerate(DAY_NAMES)]
NTH = [(str(nth), word) for nth, word in ORDINALS.items()]
RHYTHMS = [
    ("weekly", "In weeks", "every Monday, or every two weeks on Tuesday"),
    ("weekday", "On a weekday of the month", "the first Thursday"),
    ("day", "On a day of the month", "day 15"),
    ("last", "On the last day of the month", "whatever its number"),
    ("rule", "By a rule", "RFC 5545, for who knows it"),
]


class RhythmForm(forms.Form):
    """Five ways to say when; ``rule`` is then the rule, and ``kind`` weekly or monthly.

    None of the fields is required by itself: without script all of them are sent.
    """

    rhythm = forms.ChoiceField(
        choices=[(value, label) for value, label, _ in RHYTHMS], initial="weekly"
    )
    every_weeks = forms.IntegerField(
        required=False,
        initial=1,
        label="Every how many weeks",
        validators=[MinValueValidator(1), MaxValueValidator(8)],
    )
    weekdays = forms.MultipleChoiceField(
        required=False,
        choices=WEEKDAYS,
        initial=["0"],
        label="On",
        widget=forms.CheckboxSelectMultiple,
    )
    nth = forms.ChoiceField(required=False, choices=NTH, initial="1", label="Which")
    weekday = forms.ChoiceField(required=False, choices=WEEKDAYS, initial="0")
    month_day = forms.IntegerField(
        required=False,
        initial=1,
        label="Day",
        help_text="1 to 28, which every month has.",
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    every_months = forms.IntegerField(
        required=False,
        initial=1,
        label="Every how many months",
        help_text="Counted from the month of the first day.",
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    rule = forms.CharField(
        required=False,
        max_length=200,
        label="RFC 5545 rule",
        help_text="Such as FREQ=MONTHLY;BYDAY=-1FR. It is weekly or monthly.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )

    def read_rhythm(self, cleaned: dict[str, Any], week_start: int) -> Rule | None:
        """The rule that was meant; None when a field of it is wrong and says so."""
        rhythm = cleaned.get("rhythm")
        needed = {
            "weekly": ["every_weeks", "weekdays"],
            "weekday": ["nth", "weekday", "every_months"],
            "day": ["month_day", "every_months"],
            "last": ["every_months"],
            "rule": ["rule"],
        }.get(str(rhythm), [])
        for name in needed:
            if name not in self.errors and cleaned.get(name) in (None, "", []):
                self.add_error(name, "This is needed.")
        if not rhythm or any(name in self.errors for name in needed):
            return None
        try:
            return _rule(rhythm, cleaned, week_start)
        except RuleError as error:
            self.add_error("rule" if rhythm == "rule" else "rhythm", str(error))
            return None


def _rule(rhythm: str, cleaned: dict[str, Any], week_start: int) -> Rule:
    if rhythm == "rule":
        return Rule.parse(cleaned["rule"])
    if rhythm == "weekly":
        days = sorted(int(day) for day in cleaned["weekdays"])
        every = cleaned["every_weeks"]
        return Rule("week", every, tuple(days), week_start=week_start if every > 1 else 0)
    every = cleaned["every_months"]
    if rhythm == "weekday":
        return Rule("month", every, (int(cleaned["weekday"]),), nth=int(cleaned["nth"]))
    return Rule("month", every, month_day=-1 if rhythm == "last" else cleaned["month_day"])


@dataclass(frozen=True)
class NextDate:
    """When a review would take place; ``moved_from`` when a holiday moved it, with its name."""

    starts_at: datetime
    moved_from: date | None
    because: str


def next_dates(
    organization: Organization,
    rule: Rule,
    *,
    starts_on: date,
    time_of_day: time,
    on_holiday: Any,
    after: datetime,
    count: int = 5,
) -> Sequence[NextDate]:
    """The next dates of a rhythm within three years; none when it begins further away."""
    if abs(starts_on - after.date()) > REACH:
        return []
    calendar = working_calendar(organization)
    found = occurrences(
        rule,
        starts_on=starts_on,
        time_of_day=time_of_day,
        zone=organization.zone,
        after=after,
        before=after + LONGEST_SPAN - timedelta(days=1),
        calendar=calendar,
        on_holiday=on_holiday,
    )
    dates = []
    for occurrence in found[:count]:
        moved = occurrence.starts_at.astimezone(organization.zone).date() != occurrence.key
        because = (calendar.holiday_name(occurrence.key) or "a day off") if moved else ""
        dates.append(NextDate(occurrence.starts_at, occurrence.key if moved else None, because))
    return dates
