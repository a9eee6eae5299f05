from collections.abc import Iterable
from typing import TypedDict

from accounts.models import Membership
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ownership


class Standing(TypedDict):
    """What permissions are asked with: the team of the work and who owns it."""

    team: int | None
    owner: int | None


def standing(initiative: Initiative) -> Standing:
    owner = Ownership.objects.current().filter(initiative=initiative).values_list("owner", flat=True)
    return {"team": initiative.team_id, "owner": owner.first()}


def owner_of(initiative: Initiative) -> Membership | None:
    """Who accepted to answer for the initiative, or None."""
    return owners_of([initiative.pk]).get(initiative.pk)


def owners_of(initiatives: Iterable[int]) -> dict[int, Membership]:
    """The current owner of each initiative that has one, by the id of the initiative."""
    rows = Ownership.objects.current().filter(initiative__in=list(initiatives))
    return {row.initiative_id: row.owner for row in rows.select_related("owner")}
