"""A line of the weekly readings: what is asked, what was typed, and what it meant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from accounts.models import Membership
from cadence.evaluation.entries import Entry
from cadence.initiatives.models import Initiative
from cadence.inputs import NumberError, exact
from cadence.metrics.models import Metric, Reading
from cadence.ownership.queries import answers_for

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


class ReadingForm(forms.Form):
    """One reading. What is a number is judged by the action, the same as for the API."""

    value = forms.CharField(max_length=60, required=False)
    note = forms.CharField(max_length=500, required=False)
    # Which page it was typed on, to come back to without script.
    page = forms.ChoiceField(
        choices=[("my-week", "My week"), ("readings", "Readings")], required=False
    )


@dataclass(frozen=True)
class Line:
    """An entry with its form. ``opened`` and ``recovered`` say what saving it just did."""

    entry: Entry
    form: ReadingForm
    may_record: bool
    page: str
    # In what capacity one acts here, where it is somebody else's: "for Olu until 4 December".
    capacity: str = ""
    was_saved: bool = False
    opened: bool = False
    recovered: bool = False

    @property
    def key(self) -> str:
        return f"row-{self.entry.metric.pk}-{self.entry.starts_on:%Y%m%d}"

    @property
    def error(self) -> str:
        """What stands in the way of saving it, in a sentence or two."""
        errors = [words for name in ("value", None) for words in self._errors(name)]
        return " ".join(errors)

    @property
    def reason_error(self) -> str:
        return " ".join(self._errors("note"))

    @property
    def is_beyond(self) -> bool:
        """Whether the period that it completes is beyond its threshold.

        Said once, at the last day of a week that is read daily, or at the day that was just saved.
        """
        return self.entry.is_beyond and (self.entry.is_last or self.was_saved)

    @property
    def asks_why(self) -> bool:
        return self.is_beyond or bool(self.reason_error)

    @property
    def corrects(self) -> bool:
        """Refused because it is a correction without a reason."""
        return bool(self.reason_error) and self.entry.reading is not None

    @property
    def value(self) -> str:
        """What stands in the input: what was typed, else what is on record."""
        if self.form.is_bound:
            return str(self.form.data.get("value", ""))[:60]
        reading = self.entry.reading
        return "" if reading is None else f"{reading.value.normalize():f}"

    @property
    def note(self) -> str:
        if self.form.is_bound:
            return "" if self.corrects else str(self.form.data.get("note", ""))[:500]
        reading = self.entry.reading
        return "" if reading is None else reading.note

    @property
    def streak(self) -> str:
        """``second week`` while a metric is beyond its threshold for the second week in a row."""
        count, kind = self.entry.row, self.entry.metric.judged_per
        if count < 2:
            return ""
        return f"{_ORDINALS[count]} {kind}" if count in _ORDINALS else f"{count} {kind}s in a row"

    @property
    def gap(self) -> Any:
        """How far beyond the limit, as a positive number; None inside."""
        judgement = self.entry.judgement
        if judgement is None or not judgement.is_beyond:
            return None
        if judgement.result == "below":
            return judgement.floor - judgement.value if judgement.floor is not None else None
        return judgement.value - judgement.ceiling if judgement.ceiling is not None else None

    def _errors(self, name: str | None) -> list[str]:
        if not self.form.is_bound:
            return []
        if name is None:
            return [str(words) for words in self.form.non_field_errors()]
        return [str(words) for words in self.form.errors.get(name, [])]


def lines(
    entries: Iterable[Entry],
    *,
    recordable: set[int],
    page: str,
    bound: "Line | None" = None,
    acts_for: Mapping[int, str],
) -> list[Line]:
    """A line for each entry; the one that was just refused comes as it was typed."""
    found = []
    for entry in entries:
        key = entry.metric.initiative_id
        capacity = acts_for.get(key, "")
        line = Line(entry, ReadingForm(), key in recordable, page, capacity)
        found.append(bound if bound is not None and bound.key == line.key else line)
    return found


def capacities(actor: Membership, initiatives: Iterable[Initiative]) -> dict[int, str]:
    """For whom the actor acts, by the id of an initiative; nothing for their own and what they
    lead."""
    return {
        key: answers.capacity
        for key, answers in answers_for(initiatives).items()
        if answers.member == actor and answers.because in {"stand_in", "interim"}
    }


def lacks_reason(form: ReadingForm, metric: Metric, starts_on: date) -> bool:
    """Whether this is a correction that does not say why."""
    stored = Reading.objects.filter(metric=metric, starts_on=starts_on).first()
    if stored is None:
        return False
    try:
        typed = exact(form.cleaned_data["value"])
    except NumberError:
        return False
    return typed != stored.value and form.cleaned_data["note"].strip() in ("", stored.note)
