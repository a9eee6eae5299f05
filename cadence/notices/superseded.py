"""Which notices say how things are, and are not true any more."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from cadence.ledger.models import Entry
from cadence.notices.models import Notice
from cadence.ownership.models import Ownership

_STATES = tuple(f"initiative.{did}" for did in ("paused", "resumed", "completed", "stopped"))
_LEAVES = tuple(
    f"leave.{did}" for did in ("changed", "began", "ended", "cancelled", "stand_in_declined")
)
_RUNS = ("review.facilitation_taken", "review.facilitation_moved")

# What says the newer thing about the same subject. An offer that was declined stays declined,
# whatever comes later: only what is told in the present tense is here.
_NEWER: Mapping[str, Collection[str]] = {
    **dict.fromkeys(("leave.planned", *_LEAVES), _LEAVES),
    **dict.fromkeys(("initiative.activated", *_STATES), _STATES),
    **dict.fromkeys(_RUNS, _RUNS),
    **dict.fromkeys(("team.created", "team.changed"), ("team.changed",)),
    **dict.fromkeys(("series.created", "series.changed"), ("series.changed", "series.ended")),
    "interim.named": ("interim.ended",),
    "ownership.accepted": ("ownership.accepted", "ownership.ended"),
    "review.moved": ("review.moved", "review.missed", "review.closed"),
    "decision.recorded": ("decision.approved", "decision.refused"),
    **{
        event: (event,)
        for event in (
            "breach.escalated",
            "verdict.escalated",
            "commitment.escalated",
            "ownership.escalated",
            "review.escalated",
        )
    },
}
# They may be about something else: only who was told of them knows of something newer.
_OF_MANY_THINGS = ("series.changed", "team.changed")


def superseded(notices: Sequence[Notice]) -> set[int]:
    """Ids of those of whose thing the person knows something newer: they were told, or did it.
    A constant number of queries. The notices come with their entries."""
    old = [one for one in notices if one.entry.event in _NEWER]
    if not old:
        return set()
    owned = _owned(old)
    entries = Entry.objects.filter(
        organization__in={one.organization_id for one in old},
        event__in={event for one in old for event in _NEWER[one.entry.event]},
        subject_type__in={one.entry.subject_type for one in old},
        subject_id__in={*(one.entry.subject_id for one in old), *owned},
        sequence__gt=min(one.entry.sequence for one in old),
    )
    later = list(entries.defer("data"))
    rows = Notice.objects.filter(
        entry__in=[one.pk for one in later], member__in={one.member_id for one in old}
    )
    known: set[tuple[int, int | None]] = set(rows.values_list("entry", "member"))
    known |= {(one.pk, one.actor_id) for one in later if one.event not in _OF_MANY_THINGS}
    return {
        one.pk
        for one in old
        for newer in later
        if (newer.pk, one.member_id) in known
        and newer.organization_id == one.organization_id
        and newer.sequence > one.entry.sequence
        and newer.event in _NEWER[one.entry.event]
        and _thing(newer, owned) == _thing(one.entry, owned)
    }


def _thing(entry: Entry, owned: Mapping[int, int]) -> tuple[str, int]:
    """Who owns an initiative changes from one ownership to the next."""
    if entry.subject_type == "ownership" and entry.subject_id in owned:
        return "initiative", owned[entry.subject_id]
    return entry.subject_type, entry.subject_id


def _owned(notices: Iterable[Notice]) -> dict[int, int]:
    """Every ownership of the initiatives that somebody has accepted, with its initiative."""
    told = [one.entry.subject_id for one in notices if one.entry.event == "ownership.accepted"]
    if not told:
        return {}
    work = Ownership.objects.filter(pk__in=told).values("initiative")
    rows = Ownership.objects.filter(initiative__in=work, accepted_at__isnull=False)
    return dict(rows.values_list("pk", "initiative"))
