"""The forms of an import: the file, what its columns are, and why values change."""

from collections.abc import Sequence
from typing import Any

from django import forms

from cadence.imports.catalog import Catalog
from cadence.imports.choices import DATES, DAYS, NUMBERS, ROLES, Choices, metric_of, metric_role
from cadence.imports.laying import Asked
from cadence.imports.limits import MOST_BYTES
from cadence.imports.mapping import Column
from cadence.imports.reading_tables import ENCODINGS
from cadence.imports.tables import Sheet

# Beyond so many options in all a column is typed, with suggestions: the page would be too long.
MOST_OPTIONS = 6_000
SUGGESTED = 2_000


class FileForm(forms.Form):
    file = forms.FileField(
        required=False,
        label="A file",
        help_text=f"CSV, text with tabs, or XLSX; at most {MOST_BYTES // 2**20} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.tab,.xlsx,.xlsm"}),
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or paste cells from a spreadsheet",
        help_text="With their headings, as they were copied.",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
    )
    encoding = forms.ChoiceField(
        choices=[("", "Recognised"), *ENCODINGS.items()],
        required=False,
        label="Encoding of the file",
        help_text="Say it only when letters with accents came out wrong.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if not given.get("file") and not (given.get("text") or "").strip():
            if not self.errors:
                self.add_error("file", "Choose a file, or paste cells.")
        elif given.get("file") and (given.get("text") or "").strip():
            self.add_error("text", "Either a file or cells that were pasted, not both.")
        elif given.get("file") and given["file"].size > MOST_BYTES:
            self.add_error("file", f"The file is too large: at most {MOST_BYTES // 2**20} MB.")
        return given


class ColumnsForm(forms.Form):
    """A field for each column, beside how numbers and dates are written."""

    numbers = forms.ChoiceField(choices=list(NUMBERS.items()), label="Numbers are written")
    dates = forms.ChoiceField(choices=list(DATES.items()), label="Dates are written")
    days = forms.ChoiceField(choices=list(DAYS.items()), label="A date in the file is")

    def __init__(
        self, data: Any, *, columns: Sequence[Column], catalog: Catalog, choices: Choices
    ) -> None:
        super().__init__(data)
        self.columns = columns
        options = _options(catalog)
        count = sum(len(group) if isinstance(group, list) else 1 for _, group in options)
        self.typed = count * len(columns) > MOST_OPTIONS
        self.suggestions = suggestions(catalog) if self.typed else []
        for column, role in zip(columns, choices.roles, strict=True):
            label = f"{column.name} ({column.letter})"
            self.fields[f"column_{column.place}"] = (
                _typed(label, _as_typed(role, catalog))
                if self.typed
                else forms.ChoiceField(choices=options, required=False, label=label, initial=role)
            )
        for name in ("numbers", "dates", "days"):
            self.fields[name].initial = getattr(choices, name)

    def ask(self, asked: Asked, guess: str) -> None:
        """Put a guess where the file does not decide, and say so."""
        for problem in asked.problems():
            field = self.fields[problem.field]
            field.help_text = f"{problem.message} This is a guess."
            field.initial = guess if problem.field == "numbers" else "day"

    @property
    def rows(self) -> list[tuple[Column, forms.BoundField]]:
        return [(column, self[f"column_{column.place}"]) for column in self.columns]

    def given(self, sheet: int, header_row: int) -> dict[str, Any]:
        roles = [self.cleaned_data[f"column_{column.place}"] for column in self.columns]
        names = ("numbers", "dates", "days")
        return {
            "sheet": sheet,
            "header_row": header_row,
            "columns": roles,
            **{name: self.cleaned_data[name] for name in names},
        }


class TableForm(forms.Form):
    """Which sheet, and which of its rows is the heading."""

    sheet = forms.TypedChoiceField(coerce=int, label="Sheet")
    header_row = forms.IntegerField(
        min_value=0, max_value=1000, label="Heading in row", help_text="0: there is no heading."
    )

    def __init__(self, data: Any, *, sheets: Sequence[Sheet], **options: Any) -> None:
        super().__init__(data, **options)
        names = [(place, one.name or "The table") for place, one in enumerate(sheets)]
        self.fields["sheet"].choices = names  # type: ignore[attr-defined]
        if len(sheets) == 1:
            self.fields["sheet"].widget = forms.HiddenInput()


class CommitForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Why values change",
        help_text="It stands beside every old value that is kept.",
    )


def _options(catalog: Catalog) -> list[tuple[str, Any]]:
    """Roles, then the metrics by their initiative."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in catalog.by_id.values():
        if one.may_record:
            label = f"{one.name}, {one.unit}" if one.unit else one.name
            groups.setdefault(one.initiative, []).append((metric_role(one.pk), label))
    return [*ROLES.items(), *sorted(groups.items())]


def suggestions(catalog: Catalog) -> list[tuple[str, str]]:
    roles = [(role, label) for role, label in ROLES.items() if role]
    metrics = [(one.key, one.name) for one in catalog.by_id.values() if one.may_record]
    return [*roles, *metrics[:SUGGESTED]]


def _typed(label: str, start: str) -> forms.CharField:
    attributes = {"list": "column-kinds", "placeholder": "left out"}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(
        required=False, max_length=160, label=label, initial=start, widget=widget
    )


def _as_typed(role: str, catalog: Catalog) -> str:
    key = metric_of(role)
    return role if key is None else catalog.by_id[key].key
