"""Who is next on the escalation path, and until when. Pure: ids and moments in and out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from cadence.calendar.workdays import WorkingCalendar


def next_up(path: Sequence[int], had: Collection[int], *, beside: bool = False) -> int | None:
    """The next on the path above everybody who has or had the thing; None where nobody is.

    ``path`` goes from the lead of the team to the sponsor. Whoever is not on it is answered for by
    all of it, and ``beside`` it, where an executive stands, by its end alone: asking the whole
    path would hand the thing down. Counted from all who had it, not from the last one: that one
    may have ceased to lead meanwhile, and the thing would begin its way again.
    """
    places = [place for place, person in enumerate(path) if person in had]
    first = max(places) + 1 if places else 0
    if beside:
        first = max(first, len(path) - 1)
    rest = [person for person in path[first:] if person not in had]
    return rest[0] if rest else None


def is_above(
    path: Sequence[int],
    had: Collection[int],
    person: int,
    *,
    executive: bool,
    executives: Collection[int],
) -> bool:
    """Whether a person stands above everybody who has or had a thing.

    Those on the path do further up. An executive beside it stands above its leads, but not above
    another executive, nor where the end of the path had it: between two who are equal nothing
    goes up. ``executives`` are those among who had it.
    """
    if person in had:
        return False
    if person not in path:
        at_the_end = bool(path) and path[-1] in had
        return executive and not executives and not at_the_end
    places = [place for place, one in enumerate(path) if one in had]
    first = max(places) + 1 if places else 0
    if any(one not in path for one in executives):
        first = max(first, len(path) - 1)
    return path.index(person) >= first


def in_place_of(path: Sequence[int], had: Collection[int]) -> int | None:
    """Who has it instead of somebody who left: the next above those it came from, the last on the
    path where nobody is above them."""
    return next_up(path, had) or (path[-1] if path else None)


def next_due(
    calendar: WorkingCalendar, zone: ZoneInfo, days: int, was_due_at: datetime, at: datetime
) -> datetime:
    """Until when the next one has it: a limit after the moment that passed.

    Not after the look that noticed: a moment is the last second of a day, and a look a minute
    later would give a day away. Where that has passed too, nobody looked for so long; then the
    limit is counted from now, for nobody loses it by the system having been down. What moves
    before its moment counts from now too.
    """
    due = calendar.deadline(min(was_due_at, at), days, zone)
    return due if due > at else calendar.deadline(at, days, zone)
