"""Commitments as they are typed: made in a review or with a decision, kept, or dropped."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Membership
from cadence.decisions.actions import drop_commitment, keep_commitment
from cadence.decisions.models import Commitment
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.web.fields import JudgedText, date_input
from cadence.web.hand_over import candidates
from cadence.web.shell import PageRequest, try_action

# A commitment is due in a week unless somebody says otherwise.
USUAL = timedelta(days=7)


class CommitmentForm(forms.Form):
    """An action with one named person and a due date, for one of these initiatives.

    Without initiatives to choose from it is known which one it is for.
    """

    text = forms.CharField(label="What", max_length=500)
    initiative = forms.ModelChoiceField(
        Initiative.objects.none(), label="For", empty_label="Choose"
    )
    person = forms.ModelChoiceField(Membership.objects.none(), label="Who", empty_label="Choose")
    due_on = forms.DateField(label="Until", widget=date_input())

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        actor: Membership,
        initiatives: InitiativeQuerySet | None,
        at: datetime,
    ) -> None:
        today = at.astimezone(actor.organization.zone).date()
        super().__init__(data, initial={"due_on": today + USUAL})
        self._offer("person", candidates(actor.organization))
        if initiatives is None:
            self.initial["person"] = actor.pk
            del self.fields["initiative"]
        else:
            self._offer("initiative", initiatives)

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class DropForm(forms.Form):
    """Why a commitment will not be kept."""

    reason = JudgedText(label="Why it is dropped")


def settle_commitment(request: PageRequest, commitment: Commitment) -> DropForm | None:
    """Keep it, or drop it with a reason. The form that was refused, or None when it is settled."""
    if request.POST.get("answer") == "kept":
        keep_commitment(actor=request.actor, at=timezone.now(), commitment=commitment)
        return None
    form = DropForm(request.POST)
    if form.is_valid() and try_action(
        form,
        drop_commitment,
        actor=request.actor,
        commitment=commitment,
        reason=form.cleaned_data["reason"],
    ):
        return None
    return form
