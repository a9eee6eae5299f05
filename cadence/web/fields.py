"""Fields that check shapes and leave it to the action to judge what may be empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.models import Membership


class JudgedText(forms.CharField):
    """Whether it may be left empty hangs on the kind of decision: the action judges that."""

    def validate(self, value: Any) -> None:
        return None


class JudgedDay(forms.DateField):
    """Likewise, for a date."""

    def validate(self, value: Any) -> None:
        return None


class PersonField(forms.ChoiceField):
    """One of the people it offers, by id; cleaned it is the member, or None."""

    people: Mapping[str, Membership]

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)

    def offer(self, people: Sequence[Membership], empty: str = "") -> None:
        self.people = {str(person.pk): person for person in people}
        self.choices = [
            *([("", empty)] if empty else []),
            *((key, person.name) for key, person in self.people.items()),
        ]

    def clean(self, value: Any) -> Membership | None:
        return self.people.get(super().clean(value))


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
