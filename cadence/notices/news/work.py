"""What somebody does with work that another person owns, and who leads a team."""

from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.world import World, change_of

_DONE = {
    "initiative.activated": ("activated", "Its readings are owed from now on."),
    "initiative.paused": ("paused", "No readings are owed until it goes on."),
    "initiative.resumed": ("resumed", "Its readings are owed again from now on."),
    "initiative.completed": ("completed", "Nobody answers for it any more."),
    "initiative.stopped": ("stopped", "Nobody answers for it any more."),
}


def initiative(entry: Entry, world: World) -> News | None:
    """For the owner, and who acts for them. When it ended, for who owned it until then."""
    found: Initiative | None = world.initiatives.get(entry.subject_id)
    if found is None:
        return None
    done, detail = _DONE[entry.event]
    if entry.data.get("due_anew"):
        detail = f"{detail} What waits in it is due anew."
    if entry.data.get("reason"):
        detail = f"{detail} Why: {entry.data['reason']}"
    if entry.event in {"initiative.completed", "initiative.stopped"}:
        people = [world.last_owners.get(found.pk)]
    else:
        people = [world.owners.get(found.pk), world.answers(found.pk)]
    return News(
        title=f"{world.actor(entry)} {done} {found.name}",
        path=world.page("initiative", found.pk),
        detail=detail,
        teams=frozenset({found.team_id}),
        lines=(Line(NoticeKind.OFFER, tuple(people)),),
    )


def lead(entry: Entry, world: World) -> News | None:
    """For who leads a team now and who did; where nobody does, for the next one up."""
    team = world.tree.teams.get(entry.subject_id)
    before, after = _leads(entry)
    # Another change may have come since; its own entry says what is so.
    if team is None or before == after or team.lead_id != after:
        return None
    path, teams = world.page("ownership"), frozenset({team.pk})
    if team.lead is not None:
        return News(
            title=f"{team.lead.name} leads {team.name} now",
            path=path,
            detail=f"{team.lead.name} answers for work of {team.name} that has no owner.",
            teams=teams,
            lines=(
                Line(
                    NoticeKind.ORPHAN,
                    (after,),
                    f"You lead {team.name} now",
                    "You answer for its work that has no owner, until somebody accepts.",
                ),
                Line(NoticeKind.ORPHAN, (before,)),
            ),
        )
    had = world.people.get(before or 0)
    # That a lead left is said by the entry about them.
    if had is None or not had.is_current:
        return None
    acting = world.lead(team.pk)
    return News(
        title=f"{team.name} has no lead of its own now",
        path=path,
        detail=f"{acting.name} acts for it." if acting else "",
        teams=teams,
        lines=(
            Line(NoticeKind.ORPHAN, (before,), f"You no longer lead {team.name}"),
            Line(NoticeKind.ORPHAN, (acting.pk if acting else None,)),
        ),
    )


def _leads(entry: Entry) -> tuple[int | None, int | None]:
    """Ids of the lead before and the one after."""
    if entry.event == "team.created":
        found = entry.data.get("lead")
        return None, found if isinstance(found, int) else None
    change = change_of(entry, "lead")
    before, after = change if isinstance(change, list) and len(change) == 2 else (None, None)
    return before, after
