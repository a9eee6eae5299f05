"""Breaches, what is decided about them, and what came of it; commitments."""

from collections.abc import Iterable

from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision, DecisionKind, VerdictResult
from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.words import day, listed, moment, of_breach
from cadence.notices.world import World

BREACH, ESCALATION = NoticeKind.BREACH, NoticeKind.ESCALATION
APPROVAL, VERDICT, COMMITMENT = NoticeKind.APPROVAL, NoticeKind.VERDICT, NoticeKind.COMMITMENT


def opened(entry: Entry, world: World) -> News | None:
    """Breaches that opened, whichever entry says so: one line for each person, however many."""
    found = _named(world, entry.data.get("opened"))
    if not found:
        return None
    return News(
        title=_title(found),
        path=_page(world, found),
        detail=_detail(world, found),
        teams=frozenset(one.metric.initiative.team_id for one in found),
        lines=tuple(_lines(world, found)),
    )


def duty_moved(entry: Entry, world: World) -> News | None:
    """The duty to decide went to somebody else: because an owner accepted, left or is away."""
    duties = [one for one in entry.data.get("duties", ()) if one.get("breach") in world.breaches]
    lines = []
    for person in sorted({one["to"] for one in duties if one["to"]}):
        mine = [world.breaches[one["breach"]] for one in duties if one["to"] == person]
        mine = [one for one in mine if one.answerable_id == person]
        if mine:
            title = (
                f"Yours to decide now: {of_breach(mine[0])}"
                if len(mine) == 1
                else f"{len(mine)} breaches are yours to decide now: {_names(mine)}"
            )
            detail, path = _detail(world, mine), _page(world, mine)
            lines.append(Line(BREACH, (person,), title, detail, path))
    if not lines:
        return None
    found = [world.breaches[one["breach"]] for one in duties]
    return News(
        title=f"The duty to decide has moved: {_names(found)}",
        path=_page(world, found),
        teams=frozenset(one.metric.initiative.team_id for one in found),
        lines=tuple(lines),
    )


def recorded(entry: Entry, world: World) -> News | None:
    """For owner, who carries it out, to whom it was escalated, and who may approve it next."""
    decision = world.decisions.get(entry.subject_id)
    if decision is None:
        return None
    about, kind = _about(decision), DecisionKind(decision.kind).label
    what = f"D-{decision.number} about {about}"
    lines = []
    if decision.needs_approval:
        title = f"{what} waits for your approval: {kind}"
        lines.append(Line(APPROVAL, _approvers(world, decision), title))
    if decision.kind == DecisionKind.ESCALATE and decision.check_on:
        until = day(decision.check_on)
        title = f"Escalated to you: decide about {about} by {until}"
        lines.append(Line(ESCALATION, (decision.escalated_to_id,), title))
    once = " once it is approved" if decision.needs_approval else ""
    title = f"You carry out {what}{once}: {kind}"
    lines.append(Line(COMMITMENT, (decision.carried_out_by_id,), title))
    owners = tuple(world.owners.get(key) for key in _initiatives(decision))
    answering = tuple(world.answers(key) for key in _initiatives(decision))
    lines.append(Line(BREACH, (*owners, *answering, decision.decided_by_id)))
    # What takes two people is not decided by the first of them.
    did = "proposes for" if once else "decided about"
    return News(
        title=f"{decision.decided_by.name} {did} {about}: {kind} (D-{decision.number})",
        path=world.page("decision", decision.number),
        detail=f"It waits for approval. {decision.what}" if once else decision.what,
        teams=_teams(decision),
        lines=tuple(lines),
    )


def answered(entry: Entry, world: World) -> News | None:
    """An approval or a refusal; a moved threshold may open or end breaches besides."""
    decision = world.decisions.get(entry.subject_id)
    if decision is None:
        return None
    approved = entry.event == "decision.approved"
    about = _about(decision)
    kind = DecisionKind(decision.kind).label
    title = (
        f"{world.actor(entry)} approved D-{decision.number} about {about}: {kind}"
        if approved
        else f"{world.actor(entry)} refused D-{decision.number} about {about}: a decision is needed"
    )
    people = (decision.decided_by_id, decision.recorded_by_id)
    found = _named(world, entry.data.get("opened"))
    lines = [Line(APPROVAL, people), *_lines(world, found)]
    if approved:
        yours = f"You carry out D-{decision.number} about {about}: {kind}"
        lines.insert(0, Line(COMMITMENT, (decision.carried_out_by_id,), yours, decision.what))
    # Those to whom it was proposed hear what became of it; those who must decide, that they must.
    work = _initiatives(decision)
    owners, answering = (
        (world.owners.get(key) for key in work),
        (world.answers(key) for key in work),
    )
    deciding = (one.answerable_id for one in decision.breaches.all())
    lines.append(Line(BREACH, (*owners, *answering, *(() if approved else deciding))))
    return News(
        title=title,
        path=world.page("decision", decision.number),
        detail=f"Why: {entry.data['reason']}" if entry.data.get("reason") else "",
        teams=_teams(decision),
        lines=tuple(lines),
    )


_RESULTS = {
    VerdictResult.WORKED: "worked",
    VerdictResult.DID_NOT_WORK: "did not work",
    VerdictResult.NOT_ENOUGH: "cannot be judged: not enough readings",
}


def verdict(entry: Entry, world: World) -> News | None:
    """For who decided and who answers, and those who are to decide again."""
    decision = world.decisions.get(entry.subject_id)
    if decision is None:
        return None
    result = entry.data.get("result")
    words = _RESULTS[VerdictResult(result)] if result in VerdictResult.values else "has a verdict"
    about = _about(decision)
    title = f"D-{decision.number} about {about} {words}"
    lines = []
    again = _named(world, entry.data.get("undecided_again"))
    up = result == VerdictResult.DID_NOT_WORK
    for person in sorted({one.answerable_id for one in again if one.answerable_id}):
        mine = [one for one in again if one.answerable_id == person]
        lines.append(
            Line(
                ESCALATION if up else BREACH,
                (person,),
                f"Yours to decide: D-{decision.number} about {_names(mine)} {words}",
                f"{entry.data.get('grounds', '')}. {_due(world, mine)}",
                _page(world, mine),
            )
        )
    answering = tuple(world.answers(key) for key in _initiatives(decision))
    lines.append(Line(VERDICT, (decision.decided_by_id, *answering)))
    return News(
        title=title,
        path=world.page("decision", decision.number),
        detail=f"{entry.data.get('grounds', '')}. It waits to be acknowledged.",
        teams=_teams(decision),
        lines=tuple(lines),
    )


def commitment_made(entry: Entry, world: World) -> News | None:
    return _commitment(entry, world, "{person} is to do by {day}: {text}", "By {day}: {text}")


def commitment_dropped(entry: Entry, world: World) -> News | None:
    title = "Dropped: {text} ({person}, due {day})"
    return _commitment(entry, world, title, title)


def _commitment(entry: Entry, world: World, title: str, yours: str) -> News | None:
    found: Commitment | None = world.commitments.get(entry.subject_id)
    if found is None:
        return None
    words = {"person": found.person.name, "day": day(found.due_on), "text": found.text}
    reason = entry.data.get("reason")
    return News(
        title=title.format(**words),
        path=world.page("initiative", found.initiative_id),
        detail=f"Why: {reason}" if reason else f"{found.initiative.name}.",
        teams=frozenset({found.initiative.team_id}),
        lines=(
            Line(
                COMMITMENT,
                (found.person_id,),
                title=yours.format(**words),
                path=f"{world.page('my-week')}#waits",
            ),
        ),
    )


def _lines(world: World, found: list[Breach]) -> Iterable[Line]:
    for person in sorted({one.answerable_id for one in found if one.answerable_id}):
        mine = [one for one in found if one.answerable_id == person]
        yield Line(BREACH, (person,), _title(mine), _detail(world, mine), _page(world, mine))


def _title(found: list[Breach]) -> str:
    if len(found) == 1:
        return of_breach(found[0])
    # A metric may have two: one run has recovered and the next began, and nobody decided either.
    metrics = len({one.metric_id for one in found})
    if metrics < len(found):
        return f"{len(found)} breaches need a decision: {_names(found)}"
    return f"{metrics} metrics need a decision: {_names(found)}"


def _detail(world: World, found: list[Breach]) -> str:
    if len(found) == 1:
        return f"{found[0].metric.initiative.name}. {_due(world, found)}"
    return f"{'; '.join(of_breach(one) for one in found[:5])}. {_due(world, found)}"


def _due(world: World, found: list[Breach]) -> str:
    if not found:
        return ""
    first = moment(min(one.due_at for one in found), world.organization.zone)
    same = len({one.due_at for one in found}) == 1
    return f"{'A' if same else 'The first'} decision is due by {first}."


def _page(world: World, found: list[Breach]) -> str:
    if len(found) == 1:
        return world.page("breach", found[0].pk)
    return f"{world.page('my-week')}#waits"


def _names(found: Iterable[Breach]) -> str:
    return listed(sorted({one.metric.name for one in found}))


def _named(world: World, value: object) -> list[Breach]:
    keys = value if isinstance(value, list) else []
    return [world.breaches[key] for key in keys if key in world.breaches]


def _about(decision: Decision) -> str:
    return _names(decision.breaches.all()) or "its breaches"


def _initiatives(decision: Decision) -> list[int]:
    return sorted({one.metric.initiative_id for one in decision.breaches.all()})


def _teams(decision: Decision) -> frozenset[int]:
    return frozenset(one.metric.initiative.team_id for one in decision.breaches.all())


def _approvers(world: World, decision: Decision) -> tuple[int | None, ...]:
    """The nearest on the paths who may approve it; where nobody there may, every executive who
    may. Asked is the same as when they answer, of all the work it is about."""
    teams = [one.metric.initiative.team_id for one in decision.breaches.all()]
    path = [person for team in teams for person in world.tree.path(team)]
    may = world.second_people.may_approve
    nearest = next((one.pk for one in path if may(one, decision)), None)
    if nearest is not None:
        return (nearest,)
    return tuple(one.pk for one in world.executives if may(one, decision))
