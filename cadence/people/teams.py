"""The team tree. Part of the actions of people."""

from datetime import datetime

from django.db import transaction

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.errors import Conflict, NotFound, Problem
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people import checks
from cadence.people.queries import locked_member, locked_organization
from cadence.people.rules import DEEPEST_TEAM
from cadence.permissions import Act, require


@transaction.atomic
def create_team(
    *,
    actor: Membership,
    at: datetime,
    name: object,
    parent: Team | None = None,
    lead: Membership | None = None,
) -> Team:
    """A new team, below another or at the top, with one lead by name or none yet."""
    checks.check_within(actor, parent, lead)
    organization = locked_organization(actor.organization_id)
    lead = None if lead is None else locked_member(actor, lead)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    values = {"name": inputs.text("name", name, longest=120), "parent": parent, "lead": lead}
    checks.answering_person(inputs, "lead", lead)
    inputs.done()
    tree = Tree(organization)
    _check_name(tree, str(values["name"]))
    if parent is not None:
        _check_depth(tree, parent, height=1)
    team = Team.objects.create(organization=organization, created_at=at, **values)
    append(
        organization=organization,
        event="team.created",
        actor=actor,
        at=at,
        subject=team,
        data=values,
    )
    return team


@transaction.atomic
def change_team(
    *,
    actor: Membership,
    at: datetime,
    team: Team,
    name: object,
    parent: Team | None,
    lead: Membership | None,
) -> Team:
    """Name, place in the tree and lead of a team.

    Conflicts: ``team_circle``, ``team_too_deep``, ``team_name_taken``.
    """
    checks.check_within(actor, team, parent, lead)
    organization = locked_organization(actor.organization_id)
    lead = None if lead is None else locked_member(actor, lead)
    found = organization.teams.select_for_update(no_key=True).filter(pk=team.pk).first()
    if found is None:
        raise NotFound("There is no such team.")
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    label = inputs.text("name", name, longest=120)
    checks.answering_person(inputs, "lead", lead)
    inputs.done()
    tree = Tree(organization)
    _check_name(tree, label, besides=found)
    if parent is not None:
        _check_place(tree, found, parent)
    changed = put(found, name=label, parent=parent, lead=lead)
    if not changed:
        return found
    found.save(update_fields=list(changed))
    append(
        organization=organization,
        event="team.changed",
        actor=actor,
        at=at,
        subject=found,
        data={"changed": changed},
    )
    return found


def _check_name(tree: Tree, name: str, besides: Team | None = None) -> None:
    taken = {team.name.casefold() for team in tree.teams.values() if team != besides}
    if name.casefold() in taken:
        raise _conflict("name", "team_name_taken", "Another team has this name.")


def _check_place(tree: Tree, team: Team, parent: Team) -> None:
    below = tree.below(team.pk)
    if parent.pk in below:
        raise _conflict("parent", "team_circle", "A team does not lie below itself.")
    own_depth = len(list(tree.upwards(team.pk)))
    height = max(len(list(tree.upwards(key))) for key in below) - own_depth + 1
    _check_depth(tree, parent, height)


def _check_depth(tree: Tree, parent: Team, height: int) -> None:
    if len(list(tree.upwards(parent.pk))) + height > DEEPEST_TEAM:
        message = f"A tree of teams has at most {DEEPEST_TEAM} levels."
        raise _conflict("parent", "team_too_deep", message)


def _conflict(field: str, code: str, message: str) -> Conflict:
    return Conflict(message, code=code, problems=[Problem(field, message)])
