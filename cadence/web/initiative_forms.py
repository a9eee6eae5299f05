"""What is typed about an initiative. The shape only: what is allowed the actions judge."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.initiatives.models import Initiative, Priority
from cadence.initiatives.models import State as Life
from cadence.permissions import Act, may
from cadence.reviews.models import Confidence


class InitiativeForm(forms.Form):
    """A new initiative, or what may change of one. Only teams whose work the actor may change."""

    name = forms.CharField(max_length=160, help_text="What is done, in a few words.")
    description = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    priority = forms.ModelChoiceField(Priority.objects.none(), empty_label="Choose one")
    team = forms.ModelChoiceField(Team.objects.none(), empty_label="Choose one")
    budget_at_stake = forms.CharField(
        label="Budget at stake",
        required=False,
        max_length=60,
        widget=forms.TextInput({"inputmode": "decimal", "class": "num"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, actor: Membership, **options: Any
    ) -> None:
        super().__init__(data, **options)
        organization = actor.organization
        teams = [
            team.pk
            for _, team in Tree(organization).in_order()
            if may(actor, Act.CHANGE_INITIATIVE, team=team.pk)
        ]
        self.fields["priority"].queryset = organization.priorities.all()  # type: ignore[attr-defined]
        self.fields["team"].queryset = organization.teams.filter(pk__in=teams)  # type: ignore[attr-defined]
        self.fields["budget_at_stake"].help_text = f"In {organization.currency}, if known."


def as_typed(initiative: Initiative) -> dict[str, Any]:
    """An initiative as its form shows it."""
    budget = initiative.budget_at_stake
    return {
        "name": initiative.name,
        "description": initiative.description,
        "priority": initiative.priority_id,
        "team": initiative.team_id,
        "budget_at_stake": "" if budget is None else f"{budget.normalize():f}",
    }


class CheckInForm(forms.Form):
    """How it stands this week, in two minutes."""

    confidence = forms.ChoiceField(
        label="How sure are you that it gets where it should?",
        choices=Confidence.choices,
        widget=forms.RadioSelect,
    )
    helped = forms.CharField(
        label="What helped",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    in_the_way = forms.CharField(
        label="What stands in the way",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    needed = forms.CharField(
        label="What you need, and from whom",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class EndForm(forms.Form):
    """How it ended, and why."""

    ended_as = forms.ChoiceField(
        label="It is",
        choices=[(Life.COMPLETED, "Completed: it did what it was for"), (Life.STOPPED, "Stopped")],
        widget=forms.RadioSelect,
        initial=Life.COMPLETED,
    )
    reason = forms.CharField(label="Why", max_length=500)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initiative: Initiative, **options: Any
    ) -> None:
        super().__init__(data, auto_id="end-%s", **options)
        if initiative.state == Life.DRAFT:
            choice = self.fields["ended_as"]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [(Life.STOPPED, "Stopped before it began")]
            choice.initial = Life.STOPPED
