"""What went a step up the escalation path because its time ran out."""

from collections.abc import Callable

from cadence.escalations.models import Because
from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.words import day, moment_of, of_breach
from cadence.notices.world import World

Said = tuple[str, str, int, int | None]
"""What is not done, the page where it is done, the team of the work, and who owns it."""


def escalated(entry: Entry, world: World) -> News | None:
    """For who has it now, who had it before, and the owner."""
    said = _SAYS[entry.event](entry, world)
    if said is None:
        return None
    what, path, team, owner = said
    to, before = entry.data.get("to"), entry.data.get("from")
    zone = world.organization.zone
    was_due, due = (moment_of(entry.data.get(key), zone) for key in ("was_due_at", "due_at"))
    had = world.name(before, otherwise="")
    because = f"{_why(entry, had, was_due)} "
    detail = f"{because}It is with {world.name(to)} until {due}." if due else because
    return News(
        title=f"Escalated to {world.name(to)}: {what}",
        path=path,
        detail=detail.strip(),
        teams=frozenset({team}),
        lines=(
            Line(NoticeKind.ESCALATION, (_id(to),), f"Escalated to you: {what}"),
            Line(NoticeKind.ESCALATION, (_id(before), owner)),
        ),
    )


def _why(entry: Entry, had: str, was_due: str) -> str:
    """Why it moved. Until when it was with somebody is said where that moment has passed: what
    moves for another reason had time left."""
    because = entry.data.get("because")
    if because == Because.LEFT:
        return f"{had} left." if had else ""
    if because == Because.DECIDED:
        return "A decision handed it up."
    if because == Because.DID_NOT_WORK:
        return "What was decided about it did not work."
    if because == Because.MISSED and entry.event == "breach.escalated":
        return "The review that was to decide it was not held."
    return f"It was with {had} until {was_due}." if had and was_due else ""


def _breach(entry: Entry, world: World) -> Said | None:
    breach = world.breaches.get(entry.subject_id)
    if breach is None:
        return None
    initiative = breach.metric.initiative
    path = world.page("breach", breach.pk)
    return of_breach(breach), path, initiative.team_id, world.owners.get(initiative.pk)


def _verdict(entry: Entry, world: World) -> Said | None:
    verdict = world.verdicts.get(entry.subject_id)
    decision = world.decisions.get(verdict.decision_id) if verdict else None
    about = [one.metric for one in decision.breaches.all()] if decision else []
    if decision is None or not about:
        return None
    what = f"the verdict on D-{decision.number} about {about[0].name} is not acknowledged"
    owner = world.owners.get(about[0].initiative_id)
    return what, world.page("decision", decision.number), about[0].initiative.team_id, owner


def _commitment(entry: Entry, world: World) -> Said | None:
    found = world.commitments.get(entry.subject_id)
    if found is None:
        return None
    what = f"{found.person.name} was to do by {day(found.due_on)}: {found.text}"
    path = world.page("initiative", found.initiative_id)
    return what, path, found.initiative.team_id, world.owners.get(found.initiative_id)


def _ownership(entry: Entry, world: World) -> Said | None:
    found = world.ownerships.get(entry.subject_id)
    if found is None:
        return None
    what = f"{found.initiative.name} has no owner since {found.owner.name} left"
    if found.ended_at:
        what += f" on {day(found.ended_at.astimezone(world.organization.zone).date())}"
    path = f"{world.page('ownership')}#initiative-{found.initiative_id}"
    return what, path, found.initiative.team_id, world.owners.get(found.initiative_id)


def _review(entry: Entry, world: World) -> Said | None:
    found = world.reviews.get(entry.subject_id)
    if found is None:
        return None
    what = f"{found.series.name} of {day(found.occurs_on)} was not held"
    return what, world.page("review", found.pk), found.team_id, found.facilitator_id


_SAYS: dict[str, Callable[[Entry, World], Said | None]] = {
    "breach.escalated": _breach,
    "verdict.escalated": _verdict,
    "commitment.escalated": _commitment,
    "ownership.escalated": _ownership,
    "review.escalated": _review,
}


def _id(value: object) -> int | None:
    return value if isinstance(value, int) else None
