"""Naming who answers for an orphan meanwhile, from whichever page."""

from typing import Any

from django.utils import timezone

from cadence.ownership.interims import name_interim
from cadence.reviews.queries import silent_owners
from cadence.web.hand_over import InterimForm
from cadence.web.shell import PageRequest, tell, try_action


def try_interim(request: PageRequest, form: InterimForm) -> Any:
    """Name the person of a valid form; None where that was refused, and the form says why."""
    named = try_action(
        form,
        name_interim,
        actor=request.actor,
        initiative=form.initiative,
        silent=silent_owners(request.organization, timezone.now()),
        **form.cleaned_data,
    )
    if named:
        person = form.cleaned_data["person"]
        tell(request, f"{person.name} answers for {form.initiative.name} in the interim.")
    return named
