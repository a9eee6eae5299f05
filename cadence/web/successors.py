"""A table in which each row gets a person: successors of a leaver, owners of many initiatives.

One select above fills the rows in which nothing was chosen; the button posts the form, so it needs
no script. A field is named as the problem that an action may have with it: ``successors.12``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Membership, Organization
from cadence.web.hand_over import candidates, load_words, with_load

# The button that fills, and the choice that nobody is asked.
FILL = "fill"
NOBODY = "nobody"

Choice = tuple[str, str]


def people_to_choose(organization: Organization, *, without: Membership | None = None) -> list[Any]:
    """Who can be asked, with ``load``: how much each of them answers for."""
    rows = with_load(candidates(organization)).order_by("name", "pk")
    return [one for one in rows if one != without]


def labelled(people: Iterable[Any], limit: int) -> list[Choice]:
    """Each person with how much they answer for, and whether that is too much."""
    return [(str(one.pk), f"{one.name} · {load_words(one.load, limit)}") for one in people]


class TableForm(forms.Form):
    """Fields of rows, made as they are needed, beside those that a form declares."""

    people: Mapping[str, Membership]

    def add_rows(
        self, kind: str, rows: Mapping[int, str], choices: Sequence[Choice], *, needed: str = ""
    ) -> None:
        """A select for each row, by its id, labelled by name. Where one is ``needed``, that is the
        sentence for a row without."""
        for key, name in rows.items():
            self.fields[f"{kind}.{key}"] = forms.ChoiceField(
                choices=choices,
                required=bool(needed),
                label=name,
                error_messages={
                    "required": needed,
                    "invalid_choice": "Choose one of the people here.",
                },
            )

    def rows(self, kind: str) -> dict[int, forms.BoundField]:
        """The field of each row, by its id."""
        start = f"{kind}."
        return {
            int(name.removeprefix(start)): self[name]
            for name in self.fields
            if name.startswith(start)
        }

    def chosen(self, kind: str) -> dict[int, Membership | None]:
        """Whom each row was given; None where it was said that it gets nobody. Rows in which
        nothing was said are left out."""
        found: dict[int, Membership | None] = {}
        for key, field in self.rows(kind).items():
            if value := self.cleaned_data.get(field.name):
                found[key] = None if value == NOBODY else self.people[value]
        return found

    def fill(self, kind: str, data: QueryDict) -> None:
        """Start again with what was typed, and with the choice for all in every row of this kind
        in which nothing was chosen yet."""
        self.initial = {name: data.get(name, "") for name in self.fields}
        for field in self.rows(kind).values():
            self.initial[field.name] = data.get(field.name) or data.get("for_all", "")
