"""Handing an initiative over in place: choose a person, and they are asked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Count, Q

from accounts.models import Membership, Organization, Role
from cadence.initiatives.models import Initiative

if TYPE_CHECKING:
    PersonChoice = forms.ModelChoiceField[Membership]
else:
    # Generic only for the type checker.
    PersonChoice = forms.ModelChoiceField


def candidates(organization: Organization) -> Any:
    """The people who can be asked to answer for something."""
    rows = Membership.objects.current().people().filter(organization=organization)
    return rows.exclude(role=Role.OBSERVER)


def with_load(rows: Any) -> Any:
    """Members with ``load``: how many initiatives each of them answers for."""
    owned = Q(
        ownerships__accepted_at__isnull=False,
        ownerships__ended_at__isnull=True,
        ownerships__initiative__ended_at__isnull=True,
    )
    return rows.annotate(load=Count("ownerships", filter=owned))


class _WithLoad(PersonChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.load} now" if obj.load else f"{obj.name} · nothing yet"


class OfferForm(forms.Form):
    """To whom an initiative is offered, and a word to go with it."""

    owner = _WithLoad(Membership.objects.none(), label="Offer it to", empty_label="Choose a person")
    note = forms.CharField(label="A word to go with it", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, initiative: Initiative) -> None:
        super().__init__(data)
        self.initiative = initiative
        people = self.fields["owner"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = with_load(candidates(initiative.organization))
