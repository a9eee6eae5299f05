"""What is typed about a source. The shape only; the actions judge."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms

from accounts.models import Organization
from cadence.metrics.models import Origin
from cadence.sources.actions import LONGEST_COLUMN, LONGEST_EXTRACT, LONGEST_QUERY, Wanted
from cadence.sources.models import Connection, Every, Source
from cadence.sources.queries import connections_to_choose

WEEKDAYS = (
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
)
CODE = {"spellcheck": "false", "autocapitalize": "off", "class": "code"}


class OriginForm(forms.Form):
    comes_from = forms.ChoiceField(
        label="Its readings are",
        choices=[one for one in Origin.choices if one[0] != Origin.PULLED],
    )


class SourceForm(forms.Form):
    """What is asked, of whom and when."""

    connection = forms.ModelChoiceField(Connection.objects.none(), empty_label=None)
    query = forms.CharField(
        label="Query",
        max_length=LONGEST_QUERY,
        required=False,
        widget=forms.Textarea(CODE | {"rows": 5}),
        help_text="SQL; of a web address, what follows it. {starts_on} and {ends_on} stand for the "
        "first and the last day of the latest period that is over.",
    )
    extract = forms.CharField(
        label="Path into the JSON",
        max_length=LONGEST_EXTRACT,
        required=False,
        widget=forms.TextInput(CODE),
        help_text="JMESPath, of a web address only: data.weeks[].{period: week, value: demos}",
    )
    period_column = forms.CharField(
        max_length=LONGEST_COLUMN,
        required=False,
        widget=forms.TextInput(CODE),
        help_text="A row for each period: the column with its first day.",
    )
    value_column = forms.CharField(
        max_length=LONGEST_COLUMN,
        required=False,
        widget=forms.TextInput(CODE),
        help_text="Both empty: the answer is one value, that of the latest period that is over.",
    )
    every = forms.ChoiceField(label="Every", choices=Every.choices, initial=Every.DAY)
    weekday = forms.ChoiceField(label="On", choices=WEEKDAYS, required=False)
    time_of_day = forms.TimeField(
        label="At",
        initial=time(6),
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
        help_text="Every hour: only the minutes count.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        organization: Organization,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.fields["connection"].queryset = connections_to_choose(organization)  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        found = {name: value for name, value in self.cleaned_data.items() if name != "connection"}
        if found["every"] != Every.WEEK:
            found["weekday"] = None
        return Wanted(**found)


def as_typed(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    names = ("query", "extract", "period_column", "value_column", "every", "weekday")
    return {name: getattr(source, name) for name in names} | {
        "connection": source.connection_id,
        "time_of_day": source.time_of_day,
    }
