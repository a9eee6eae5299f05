"""Teams, people, priorities, initiatives and metrics from one workbook: whole, or not at all.

What a row would do is found out by doing it: a look does all of it and undoes it again.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Conflict, Forbidden, Invalid, Problem
from cadence.imports.structure_result import Result
from cadence.imports.structure_rows import Cells, Fault, read_structure
from cadence.imports.structure_sheets import INITIATIVES, METRICS, PEOPLE, PRIORITIES, TEAMS
from cadence.imports.structure_steps import Setting
from cadence.imports.structure_world import World, lock_everything
from cadence.permissions import Act, led_teams, may


def parts_for(actor: Membership) -> list[str]:
    """The sheets of which the actor may change something, in their order."""
    found = []
    if may(actor, Act.ADMINISTER):
        found += [TEAMS, PEOPLE]
    if may(actor, Act.CHANGE_PRIORITIES):
        found += [PRIORITIES]
    if may(actor, Act.CHANGE_PRIORITIES) or (led_teams(actor) and may(actor, Act.TAKE_PART)):
        found += [INITIATIVES, METRICS]
    return found


def require_parts(actor: Membership) -> list[str]:
    parts = parts_for(actor)
    if not parts:
        raise Forbidden(
            "Teams and people are set up by an administrator, priorities by an executive, "
            "initiatives and metrics by a lead of their team or an executive."
        )
    return parts


def look_at_structure(
    *, actor: Membership, at: datetime, cells: Cells, parts: Iterable[str]
) -> Result:
    """What the workbook would do now. Everything is done and undone again, so that the answer is
    that of the actions themselves, also about who may."""
    with transaction.atomic():
        result = _do(actor, at, cells, parts)
        transaction.set_rollback(True)
    # Teams that were made and undone again.
    vars(actor).pop("_led_teams", None)
    result.invited = []
    return result


def set_up_structure(
    *,
    actor: Membership,
    at: datetime,
    cells: Cells,
    parts: Iterable[str],
    expected: str = "",
) -> Result:
    """Do what the workbook says. ``expected`` is the digest of what somebody looked at: Conflict
    ``structure_changed`` when it would be something else by now. Invalid with every problem, each
    as ``Sheet.Column`` and its row: then nothing is done."""
    with transaction.atomic():
        result = _do(actor, at, cells, parts)
        if result.faults:
            raise Invalid.fields([*map(_problem, result.faults)], code="structure_invalid")
        if expected and result.digest != expected:
            raise Conflict(
                "Something has changed since you looked: see again what would be done.",
                code="structure_changed",
            )
    return result


def _problem(fault: Fault) -> Problem:
    return Problem(f"{fault.sheet}.{fault.column}", fault.message, fault.row)


def _do(actor: Membership, at: datetime, cells: Cells, parts: Iterable[str]) -> Result:
    wanted = set(parts)
    allowed = require_parts(actor)
    if others := wanted.difference(allowed):
        raise Forbidden(f"You may not set up: {', '.join(sorted(others))}.")
    structure = read_structure(cells, [name for name in allowed if name in wanted])
    lock_everything(actor.organization)
    setting = Setting(actor, at, structure, World.of(actor.organization, at))
    setting.run()
    return setting.result
