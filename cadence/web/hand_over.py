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


def load_words(load: int, limit: int) -> str:
    """How much somebody answers for now: a warning where one more is too much, never a bar."""
    if not load:
        return "nothing yet"
    if load > limit:
        return f"{load} now, over the limit of {limit}"
    return f"{load} now, the limit" if load == limit else f"{load} of {limit} now"


class _WithLoad(PersonChoice):
    limit = 0

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {load_words(obj.load, self.limit)}"


class OfferForm(forms.Form):
    """To whom an initiative is offered, and a word to go with it."""

    owner = _WithLoad(Membership.objects.none(), label="Offer it to", empty_label="Choose a person")
    note = forms.CharField(label="A word to go with it", required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, initiative: Initiative) -> None:
        super().__init__(data)
        self.initiative = initiative
        _fill(self.fields["owner"], initiative.organization)


class InterimForm(forms.Form):
    """Who answers for an orphan meanwhile, and up to which day."""

    person = _WithLoad(
        Membership.objects.none(),
        label="Who answers meanwhile",
        empty_label="Choose a person",
        widget=forms.Select(attrs={"id": "id_interim_person"}),
    )
    until = forms.CharField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date", "id": "id_interim_until"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, initiative: Initiative) -> None:
        super().__init__(data)
        self.initiative = initiative
        _fill(self.fields["person"], initiative.organization)


def _fill(field: forms.Field, organization: Organization) -> None:
    assert isinstance(field, _WithLoad)
    field.limit = organization.load_limit
    field.queryset = with_load(candidates(organization))
