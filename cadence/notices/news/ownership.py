"""Offers and their answers, work without an owner, leaves and people who stand in."""

from datetime import date

from accounts.models import Membership
from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.words import day, listed, moment
from cadence.notices.world import World, change_of
from cadence.ownership.models import Ending, Interim, InterimEnding, Leave, Ownership
from cadence.ownership.rules import LeaveEnding, Reason

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
    detail = f"An answer was awaited until {until}."
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
    acting, lead = world.answerable(initiative.pk), world.lead(initiative.team_id)
    title = f"{initiative.name} has no owner: {ownership.owner.name} left"
    if acting.member is None:
        answers = "It is on the ownership page until somebody accepts."
    elif acting.until:
        answers = f"{acting.member.name} answers for it in the interim, until {day(acting.until)}."
    else:
        answers = f"{acting.member.name} answers for it until somebody accepts."
    return News(
        title=title,
        path=f"{world.page('ownership')}#initiative-{initiative.pk}",
        detail=answers,
        teams=_teams(ownership),
        lines=(Line(ORPHAN, (_pk(acting.member), _pk(lead))),),
    )


def left(entry: Entry, world: World) -> News | None:
    """For the lead of the team, and for those above the teams that have no lead now. Whoever leads
    one now hears that from the entry about the team."""
    member = world.people.get(entry.subject_id)
    if member is None or not member.is_person:
        return None
    led = [world.tree.teams[key] for key in _numbers(entry.data.get("led")) if _in(world, key)]
    led = [team for team in led if team.lead_id is None]
    leads = [world.lead(member.team_id) if member.team_id else None]
    leads += [world.lead(team.pk) for team in led]
    names = listed([team.name for team in led])
    return News(
        title=f"{member.name} left {world.organization.name}",
        path=world.page("ownership"),
        detail=f"Without a lead of {'its' if len(led) == 1 else 'their'} own now: {names}."
        if led
        else "",
        teams=frozenset({member.team_id} if member.team_id else set()),
        lines=(Line(ORPHAN, tuple(one.pk for one in leads if one is not None)),),
    )


_LEAVES = {
    "leave.planned": "{member} is on leave {days}",
    "leave.changed": "The leave of {member} {days} has changed",
    "leave.began": "{member} is on leave until {until}",
    "leave.ended": "{member} is back from leave",
    "leave.cancelled": "The leave of {member} {days} was cancelled",
    "leave.stand_in_declined": "Nobody stands in for {member} {days}",
}
_ENDED: dict[str, dict[str, str]] = {
    "leave.ended": {
        LeaveEnding.BACK_EARLY: "{member} is back early from leave",
        LeaveEnding.LEFT: "The leave of {member} is over: they left",
    },
    "leave.cancelled": {LeaveEnding.LEFT: "The leave of {member} {days} is off: they left"},
}


def leave(entry: Entry, world: World) -> News | None:
    """For who is away, who stands in or was to, and the lead."""
    found = world.leaves.get(entry.subject_id)
    if found is None:
        return None
    # Looked at late: it began and ended meanwhile, and the entry about its end says what is so.
    if entry.event == "leave.began" and found.ended_at is not None:
        return None
    member, data, ending = found.member, entry.data, _ending(entry, found)
    since = _day(data.get("starts_on"), found.starts_on)
    until = _day(data.get("ends_on"), found.ends_on)
    title = _ENDED.get(entry.event, {}).get(ending, _LEAVES[entry.event])
    if entry.event == "leave.ended" and ending != LeaveEnding.LEFT and member.pk in world.away:
        title = "A leave of {member} is over, and another has begun"
    lead = world.lead(member.team_id) if member.team_id else None
    before = change_of(entry, "stand_in")
    people = (
        member.pk,
        _number(data.get("stand_in")),
        found.stand_in_id,
        *_numbers(before),
        _pk(lead),
    )
    return News(
        title=title.format(
            member=member.name,
            until=until,
            days=f"on {since}" if since == until else f"from {since} to {until}",
        ),
        path=world.page("person", member.pk),
        detail=_stand_in(entry, found, world, ending),
        teams=frozenset({member.team_id} if member.team_id else set()),
        lines=(Line(LEAVE, people),),
    )


def _ending(entry: Entry, found: Leave) -> str:
    """Why the leave ended. Entries of an older version do not say; who left was not back."""
    known = entry.data.get("ending")
    if isinstance(known, str):
        return known
    return LeaveEnding.OVER if found.member.is_current else LeaveEnding.LEFT


def _stand_in(entry: Entry, found: Leave, world: World, ending: str) -> str:
    name, stand_in = found.member.name, found.stand_in
    work = len(_numbers(entry.data.get("initiatives")))
    words = f" {name} owns {work} initiative{'s' if work != 1 else ''}." if work else ""
    if entry.event in {"leave.ended", "leave.cancelled"}:
        if ending == LeaveEnding.LEFT:
            return f"{stand_in.name} does not stand in any more." if stand_in else ""
        back = work and found.member_id not in world.away
        return f"{name} answers for their own work." if back else ""
    if entry.event == "leave.stand_in_declined":
        return f"{world.actor(entry)} does not stand in.{words}"
    if isinstance(days := change_of(entry, "ends_on"), list):
        words = f" It was to end on {_day(days[0], found.ends_on)}.{words}"
    if stand_in is None:
        return f"Nobody stands in.{words}"
    under_way = found.began_at is not None
    if under_way and stand_in.pk in world.away:
        return f"{stand_in.name} was to stand in and is on leave too: nobody does.{words}"
    return f"{stand_in.name} stands in.{words}"


_ENDINGS = {
    InterimEnding.OWNED: "An owner has accepted.",
    InterimEnding.WITHDRAWN: "It was withdrawn.",
    InterimEnding.INITIATIVE_ENDED: "The initiative has ended.",
    InterimEnding.RETURNED: "The leave of the owner is over.",
}


def interim_named(entry: Entry, world: World) -> News | None:
    found = world.interims.get(entry.subject_id)
    if found is None:
        return None
    name, until = found.initiative.name, day(found.until)
    return News(
        title=f"{found.person.name} answers for {name} in the interim, until {until}",
        path=world.page("initiative", found.initiative_id),
        detail=f"{_why(entry, world)} Its breaches are decided by who answers for it.",
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


def _why(entry: Entry, world: World) -> str:
    """Why somebody is needed: an owner that there is may be silent, or away."""
    owner = world.name(entry.data.get("owner"), otherwise="")
    reason = entry.data.get("because")
    if owner and reason == Reason.SILENT:
        return f"Its owner, {owner}, has been silent for two periods."
    if owner and reason == Reason.ON_LEAVE:
        return f"Its owner, {owner}, is on leave and nobody stands in."
    return "The initiative has no owner."


def _how_it_ended(entry: Entry, found: Interim, world: World) -> str:
    ending = entry.data.get("ending") or found.ending
    if ending == InterimEnding.LEFT:
        return f"{found.person.name} left."
    if ending != InterimEnding.OVER:
        return _ENDINGS[InterimEnding(ending)] if ending in InterimEnding.values else ""
    owner = world.answerable(found.initiative_id).owner
    if owner is None:
        return "The last day has passed; the initiative still has no owner."
    away = world.away.get(owner.pk)
    alone = " and is on leave; nobody stands in" if away and away.stand_in is None else ""
    return f"The last day has passed; {owner.name} owns the initiative{alone}."


def interim_ended(entry: Entry, world: World) -> News | None:
    found = world.interims.get(entry.subject_id)
    if found is None:
        return None
    return News(
        title=f"{found.person.name} no longer answers for {found.initiative.name} in the interim",
        path=world.page("initiative", found.initiative_id),
        detail=_how_it_ended(entry, found, world),
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
