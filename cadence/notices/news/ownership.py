"""Offers and their answers, work without an owner, leaves and people who stand in."""

from datetime import date

from accounts.models import Membership
from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.words import day, listed, moment
from cadence.notices.world import World
from cadence.ownership.models import Ending, Interim, InterimEnding, Leave, Ownership

OFFER, ORPHAN, LEAVE = NoticeKind.OFFER, NoticeKind.ORPHAN, NoticeKind.LEAVE


def offered(entry: Entry, world: World) -> News | None:
    offer = world.ownerships.get(entry.subject_id)
    if offer is None:
        return None
    name, who = offer.initiative.name, world.actor(entry)
    until = f"An answer is awaited until {moment(offer.due_at, world.organization.zone)}."
    return News(
        title=f"{who} asks {offer.owner.name} to own {name}",
        path=world.page("initiative", offer.initiative_id),
        detail=f"{until} {offer.note}",
        teams=_teams(offer),
        lines=(
            Line(
                OFFER,
                (offer.owner_id,),
                title=f"{who} asks you to own {name}",
                path=f"{world.page('my-week')}#waits",
            ),
        ),
    )


def accepted(entry: Entry, world: World) -> News | None:
    offer = world.ownerships.get(entry.subject_id)
    if offer is None:
        return None
    title = f"{offer.owner.name} owns {offer.initiative.name} now"
    previous = world.name(entry.data.get("previous_owner"), otherwise="")
    detail = f"{previous} has handed it over." if previous else "It had no owner before."
    return _answered(entry, world, offer, title, detail)


def declined(entry: Entry, world: World) -> News | None:
    offer = world.ownerships.get(entry.subject_id)
    if offer is None:
        return None
    title = f"{offer.owner.name} declined to own {offer.initiative.name}"
    return _answered(entry, world, offer, title, f"Why: {offer.reason}")


def lapsed(entry: Entry, world: World) -> News | None:
    offer = world.ownerships.get(entry.subject_id)
    if offer is None:
        return None
    until = moment(offer.due_at, world.organization.zone)
    title = f"{offer.owner.name} did not answer in time about owning {offer.initiative.name}"
    yours = Line(OFFER, (offer.owner_id,), f"The offer to own {offer.initiative.name} has lapsed")
    detail = f"The time to answer was over on {until}."
    return _answered(entry, world, offer, title, detail, yours)


def withdrawn(entry: Entry, world: World) -> News | None:
    offer = world.ownerships.get(entry.subject_id)
    if offer is None:
        return None
    title = f"The offer to {offer.owner.name} to own {offer.initiative.name} was withdrawn"
    yours = Line(
        OFFER, (offer.owner_id,), f"The offer to own {offer.initiative.name} was withdrawn"
    )
    return _answered(entry, world, offer, title, offer.reason, yours)


def _answered(
    entry: Entry, world: World, offer: Ownership, title: str, detail: str, *first: Line
) -> News:
    """For who offered it, who had the work or has it still, and the lead."""
    lead = world.lead(offer.initiative.team_id)
    before = entry.data.get("previous_owner") or world.owners.get(offer.initiative_id)
    people = (offer.offered_by_id, before, lead.pk if lead else None)
    return News(
        title=title,
        path=world.page("initiative", offer.initiative_id),
        detail=detail,
        teams=_teams(offer),
        lines=(*first, Line(OFFER, people)),
    )


def ended(entry: Entry, world: World) -> News | None:
    """An owner left. That an initiative ended, or was handed over, other entries say."""
    ownership = world.ownerships.get(entry.subject_id)
    if ownership is None or ownership.ending != Ending.LEFT:
        return None
    initiative = ownership.initiative
    acting, lead = world.answers(initiative.pk), world.lead(initiative.team_id)
    title = f"{initiative.name} has no owner: {ownership.owner.name} left"
    if lead is not None and acting == lead.pk:
        answers = f"{lead.name} answers for it until somebody accepts."
    else:
        answers = "It is on the ownership page until somebody accepts."
    return News(
        title=title,
        path=f"{world.page('ownership')}#initiative-{initiative.pk}",
        detail=answers,
        teams=_teams(ownership),
        lines=(Line(ORPHAN, (acting, lead.pk if lead else None)),),
    )


def left(entry: Entry, world: World) -> News | None:
    """For the lead of the team, and for those above the teams that have no lead now."""
    member = world.people.get(entry.subject_id)
    if member is None or not member.is_person:
        return None
    led = [world.tree.teams[key] for key in _numbers(entry.data.get("led")) if _in(world, key)]
    leads = [world.lead(member.team_id) if member.team_id else None]
    leads += [world.lead(team.pk) for team in led]
    names = listed([team.name for team in led])
    return News(
        title=f"{member.name} left {world.organization.name}",
        path=world.page("ownership"),
        detail=f"Without a lead of its own now: {names}." if led else "",
        teams=frozenset({member.team_id} if member.team_id else set()),
        lines=(Line(ORPHAN, tuple(one.pk for one in leads if one is not None)),),
    )


_LEAVES = {
    "leave.planned": "{member} is on leave from {since} to {until}",
    "leave.changed": "The leave of {member} has changed: {since} to {until}",
    "leave.began": "{member} is on leave until {until}",
    "leave.ended": "{member} is back from leave",
    "leave.cancelled": "The leave of {member} from {since} to {until} was cancelled",
    "leave.stand_in_declined": "Nobody stands in for {member} from {since} to {until}",
}


def leave(entry: Entry, world: World) -> News | None:
    """For who is away, who stands in or was to, and the lead."""
    found = world.leaves.get(entry.subject_id)
    if found is None:
        return None
    member, data = found.member, entry.data
    title = _LEAVES[entry.event].format(
        member=member.name,
        since=_day(data.get("starts_on"), found.starts_on),
        until=_day(data.get("ends_on"), found.ends_on),
    )
    stand_in = _stand_in(entry, found, world)
    lead = world.lead(member.team_id) if member.team_id else None
    people = (member.pk, _number(data.get("stand_in")), found.stand_in_id, lead.pk if lead else 0)
    return News(
        title=title,
        path=world.page("person", member.pk),
        detail=stand_in,
        teams=frozenset({member.team_id} if member.team_id else set()),
        lines=(Line(LEAVE, people),),
    )


def _stand_in(entry: Entry, found: Leave, world: World) -> str:
    work = len(_numbers(entry.data.get("initiatives")))
    owned = f" {found.member.name} owns {work} initiative{'s' if work != 1 else ''}."
    words = owned if work else ""
    if entry.event in {"leave.ended", "leave.cancelled"}:
        return f"{found.member.name} answers for their own work."
    if entry.event == "leave.stand_in_declined":
        was = world.actor(entry)
        return f"{was} does not stand in.{words}"
    if found.stand_in is None:
        return f"Nobody stands in.{words}"
    return f"{found.stand_in.name} stands in.{words}"


_ENDINGS = {
    InterimEnding.OWNED: "An owner has accepted.",
    InterimEnding.OVER: "The last day has passed; the initiative still has no owner.",
    InterimEnding.WITHDRAWN: "It was withdrawn.",
    InterimEnding.LEFT: "They left.",
    InterimEnding.INITIATIVE_ENDED: "The initiative has ended.",
    InterimEnding.RETURNED: "The owner is back.",
}


def interim_named(entry: Entry, world: World) -> News | None:
    found = world.interims.get(entry.subject_id)
    if found is None:
        return None
    name, until = found.initiative.name, day(found.until)
    return News(
        title=f"{found.person.name} answers for {name} in the interim, until {until}",
        path=world.page("initiative", found.initiative_id),
        detail="The initiative has no owner. Its breaches are decided by who answers for it.",
        teams=frozenset({found.initiative.team_id}),
        lines=(
            Line(
                LEAVE,
                (found.person_id,),
                title=f"You answer for {name} in the interim, until {until}",
            ),
            _of_the_interim(found, world),
        ),
    )


def interim_ended(entry: Entry, world: World) -> News | None:
    found = world.interims.get(entry.subject_id)
    if found is None:
        return None
    ending = entry.data.get("ending") or found.ending
    return News(
        title=f"{found.person.name} no longer answers for {found.initiative.name} in the interim",
        path=world.page("initiative", found.initiative_id),
        detail=_ENDINGS[InterimEnding(ending)] if ending in InterimEnding.values else "",
        teams=frozenset({found.initiative.team_id}),
        lines=(
            Line(
                LEAVE,
                (found.person_id,),
                title=f"You no longer answer for {found.initiative.name} in the interim",
            ),
            _of_the_interim(found, world),
        ),
    )


def _of_the_interim(found: Interim, world: World) -> Line:
    lead = world.lead(found.initiative.team_id)
    return Line(LEAVE, (found.named_by_id, _pk(lead)))


def _pk(member: Membership | None) -> int | None:
    return member.pk if member else None


def _teams(ownership: Ownership) -> frozenset[int]:
    return frozenset({ownership.initiative.team_id})


def _in(world: World, key: int) -> bool:
    return key in world.tree.teams


def _numbers(value: object) -> list[int]:
    return [one for one in value if isinstance(one, int)] if isinstance(value, list) else []


def _number(value: object) -> int | None:
    """An id, or of a change the new one."""
    found = value[-1] if isinstance(value, list) and value else value
    return found if isinstance(found, int) else None


def _day(value: object, otherwise: date) -> str:
    found = value[-1] if isinstance(value, list) and value else value
    return day(date.fromisoformat(found)) if isinstance(found, str) else day(otherwise)
