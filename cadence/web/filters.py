"""The filters over a list: what is asked for in the address, with nothing taken on trust."""

from typing import Any

from django import forms

from accounts.models import Membership, Organization, Role
from accounts.tree import Tree
from cadence.initiatives.models import Priority


class WorkFilter(forms.Form):
    """Team (with those below it), priority, owner, state, words. What does not fit is ignored."""

    q = forms.CharField(
        label="Search", required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    team = forms.ChoiceField(required=False)
    priority = forms.ChoiceField(required=False)
    owner = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False)

    def __init__(
        self, data: Any, *, organization: Organization, tree: Tree, states: Any, **options: Any
    ) -> None:
        super().__init__(data, auto_id="filter-%s", **options)
        self.tree = tree
        people = Membership.objects.current().filter(organization=organization)
        people = people.exclude(role__in=[Role.MACHINE, Role.OBSERVER])
        choices: dict[str, list[tuple[str, str]]] = {
            "team": [(str(t.pk), f"{'– ' * depth}{t.name}") for depth, t in tree.in_order()],
            "priority": [
                (str(key), name)
                for key, name in Priority.objects.filter(organization=organization).values_list(
                    "pk", "name"
                )
            ],
            "owner": [(str(key), name) for key, name in people.values_list("pk", "name")],
            "state": [(str(key), str(name)) for key, name in states],
        }
        for name, found in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "All"), *found]

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for and makes sense: ids as numbers, teams as ids with those below."""
        self.is_valid()
        values = self.cleaned_data
        found: dict[str, Any] = {
            key: int(values[key]) if values.get(key) else None for key in ("priority", "owner")
        }
        team = values.get("team")
        found["teams"] = self.tree.below(int(team)) if team else None
        found["state"] = values.get("state", "")
        found["search"] = values.get("q", "")
        return found

    @property
    def is_used(self) -> bool:
        return any(value for value in self.asked.values())
