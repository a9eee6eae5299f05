"""The review room: the parts of the agenda, one thing a screen, and what holds the review open.

Everything here reads; what is done in the room is in `room_acts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.errors import Refusal
from cadence.ledger.rules import digest
from cadence.permissions import Act, may
from cadence.reviews.access import check_open
from cadence.reviews.agenda import AgendaPart, agenda_of
from cadence.reviews.models import AgendaItem, AgendaKind, Review
from cadence.reviews.queries import Hold, holds, recorded_in, scope
from cadence.web.room_parts import NoteForm, context_of
from cadence.web.room_people import Presence, presence_of
from cadence.web.shell import PageRequest, show

# A part that was first looked at longer ago belongs to another sitting.
SITTING = 12 * 60 * 60


@dataclass(frozen=True)
class PartLink:
    """A part of the agenda, as it stands in the left column."""

    part: AgendaPart
    url: str
    summary: str
    done: bool
    current: bool


@dataclass(frozen=True)
class HoldLink:
    """Something that holds the review open, and where to deal with it."""

    hold: Hold
    url: str
    here: bool


@dataclass(frozen=True)
class Room:
    """What is shown of an open review besides the part that is looked at."""

    review: Review
    at: datetime
    parts: list[PartLink]
    part: AgendaPart
    item: AgendaItem | None
    holds: list[HoldLink]
    decided: list[Decision]
    presence: Presence
    runs: bool
    takes_part: bool
    teams: set[int] = field(repr=False)

    @property
    def url(self) -> str:
        """The room itself: a form that was refused is answered from another address."""
        return room_url(self.review)

    @property
    def seen(self) -> str:
        """Changes with what the live column shows, so that the same is not sent twice."""
        shown = [[link.hold.kind, link.hold.id] for link in self.holds]
        return digest([shown, [decision.pk for decision in self.decided]])[:16]

    @property
    def next(self) -> PartLink | None:
        names = [link.part.name for link in self.parts]
        here = names.index(self.part.name)
        return self.parts[here + 1] if here + 1 < len(self.parts) else None


def get_review(request: PageRequest, review_id: int) -> Review:
    rows = Review.objects.visible_to(request.actor).select_related(
        "series", "team", "facilitator", "closed_by", "organization"
    )
    return get_object_or_404(rows, pk=review_id)


def room_url(review: Review, part: str = "", item: int | str = "") -> str:
    """Where a part of the room is; ``item`` is the id of what is looked at there."""
    url = reverse("web:review", args=[review.organization.slug, review.pk])
    query = {key: value for key, value in (("part", part), ("item", item)) if value}
    return f"{url}?{urlencode(query)}" if query else url


def show_room(
    request: PageRequest,
    review: Review,
    *,
    part: str = "",
    item: str = "",
    typed: Mapping[str, Any] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """The room at a part and an item. ``typed`` are forms that were refused, by their name.

    Raises Conflict, with its state, for a review that is not open or was closed meanwhile.
    """
    check_open(review)
    room = room_of(request, review, part=part, item=item)
    context = {
        "room": room,
        "review": review,
        "refusal": refusal,
        "note_form": (typed or {}).get("note") or NoteForm(),
        "started_at": _started_at(request, room),
        **context_of(request, room, typed or {}),
    }
    return show(request, "cadence/reviews/room.html", context, nav="reviews", status=status)


def room_of(request: PageRequest, review: Review, *, part: str = "", item: str = "") -> Room:
    """A constant number of queries, however much is on the agenda."""
    agenda = agenda_of(review)
    held = holds(review)
    decided = recorded_in(review)
    current, chosen = _choose(review, agenda, part, item)
    standing = {"team": review.team_id, "facilitator": review.facilitator_id}
    teams = scope(review.team_id, Tree(review.organization))
    return Room(
        review=review,
        at=timezone.now(),
        parts=[_link(review, one, one is current, held, decided) for one in agenda],
        part=current,
        item=chosen,
        holds=[_hold_link(review, hold, chosen) for hold in held],
        decided=decided,
        presence=presence_of(review, teams),
        runs=may(request.actor, Act.RUN_REVIEW, **standing),
        takes_part=may(request.actor, Act.TAKE_PART),
        teams=teams,
    )


def next_undecided(review: Review, after: int) -> str:
    """Where to go when a breach is decided: the next one that is not, else the read-back."""
    items = [
        (part.name, item.breach)
        for part in agenda_of(review)
        for item in part.items
        if item.breach is not None and part.name in _ONE_A_SCREEN
    ]
    keys = [breach.pk for _, breach in items]
    here = keys.index(after) if after in keys else -1
    for name, breach in [*items[here + 1 :], *items[: here + 1]]:
        if waits(breach, review.pk) and breach.pk != after:
            return room_url(review, name, breach.pk)
    return room_url(review, "read_back")


_ONE_A_SCREEN = ("breaches", "escalations")


def waits(breach: Breach, review: int) -> bool:
    """Whether the review has to decide: also what others escalated, not what it did itself."""
    if breach.is_escalated and breach.decision is not None:
        return bool(breach.decision.review_id != review)
    return not breach.is_decided


def _choose(
    review: Review, agenda: Sequence[AgendaPart], part: str, item: str
) -> tuple[AgendaPart, AgendaItem | None]:
    """The part that was asked for, and the breach: by its id, else the first that waits."""
    current = next((one for one in agenda if one.name == part), agenda[0])
    if part not in _ONE_A_SCREEN:
        return current, None
    for one in agenda:
        for each in one.items:
            if one.name in _ONE_A_SCREEN and str(each.breach_id) == item:
                return one, each
    open_ones = [each for each in current.items if each.breach and waits(each.breach, review.pk)]
    return current, next(iter(open_ones or current.items), None)


def _link(
    review: Review,
    part: AgendaPart,
    current: bool,
    held: Sequence[Hold],
    decided: Sequence[Decision],
) -> PartLink:
    summary, done = _summary(part, held, decided)
    return PartLink(part, room_url(review, part.name), summary, done, current)


def _summary(
    part: AgendaPart, held: Sequence[Hold], decided: Sequence[Decision]
) -> tuple[str, bool]:
    """What is left of a part, in few words, and whether nothing is."""
    if part.name == "follow_through":
        left = [item for item in part.items if not is_settled(item)]
        if not part.items:
            return "nothing was due", True
        return (f"{len(left)} of {len(part.items)} left", False) if left else ("all done", True)
    if part.name == "scorecard":
        missing = len(part.items)
        return (f"{missing} without a reading", False) if missing else ("all readings in", True)
    if part.name == "ownership":
        unnamed = sum(hold.kind == "orphan" for hold in held)
        if unnamed:
            return f"{unnamed} without a name", False
        return ("each has a name", True) if part.items else ("nothing orphaned", True)
    if part.name in _ONE_A_SCREEN:
        done = sum(is_settled(item) for item in part.items)
        if not part.items:
            return "nothing", True
        return f"{done} of {len(part.items)} decided", done == len(part.items)
    if part.name == "read_back":
        return (f"{len(decided)} decided" if decided else "nothing decided yet"), False
    return (f"{len(held)} hold it open" if held else "nothing holds it open"), False


def is_settled(item: AgendaItem) -> bool:
    """Whether there is nothing left to do about it in this review."""
    if item.kind == AgendaKind.VERDICT:
        assert item.decision is not None
        return item.decision.verdict.acknowledged_at is not None
    if item.kind == AgendaKind.COMMITMENT:
        assert item.commitment is not None
        return item.commitment.kept_at is not None or item.commitment.dropped_at is not None
    return isinstance(item.breach, Breach) and not waits(item.breach, item.review_id)


def _hold_link(review: Review, hold: Hold, item: AgendaItem | None) -> HoldLink:
    if hold.kind == "breach":
        here = item is not None and item.breach_id == hold.id
        return HoldLink(hold, room_url(review, "breaches", hold.id), here)
    if hold.kind == "orphan":
        url = f"{room_url(review, 'ownership', hold.id)}#initiative-{hold.id}"
        return HoldLink(hold, url, False)
    url = f"{room_url(review, 'follow_through')}#decision-{hold.number}"
    return HoldLink(hold, url, False)


def _started_at(request: PageRequest, room: Room) -> datetime:
    """When this person first looked at the part: the clock of the part counts from there."""
    key, name = f"room-{room.review.pk}", room.part.name
    started: dict[str, str] = request.session.get(key, {})
    known = datetime.fromisoformat(started[name]) if name in started else None
    if known is not None and (room.at - known).total_seconds() < SITTING:
        return known
    request.session[key] = {**started, name: room.at.isoformat()}
    return room.at
