"""What nobody answers for: why, since when, and who acts meanwhile."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.ownership.models import Interim, Leave, Ownership
from cadence.ownership.queries import Absence, away_in, interims_in
from cadence.ownership.rules import Reason, Span, orphaned_by


@dataclass(frozen=True)
class Cause:
    """One reason why an initiative is orphaned, and since when it holds."""

    reason: Reason
    since: datetime


@dataclass(frozen=True)
class Orphan:
    """An initiative without an owner who answers: why, since when, and who acts meanwhile.

    ``causes`` are all there are, the oldest first. ``previous`` is the last ownership that was
    accepted: it goes on where the owner is silent or away.
    """

    initiative: Initiative
    causes: tuple[Cause, ...]
    acting: Membership | None
    pending: Ownership | None
    previous: Ownership | None
    interim: Interim | None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(cause.reason for cause in self.causes)

    @property
    def since(self) -> datetime:
        return self.causes[0].since

    @property
    def at_stake(self) -> Decimal | None:
        return self.initiative.budget_at_stake

    @property
    def escalated_to(self) -> Membership | None:
        """Who is to find a successor, where that went up the escalation path."""
        return self.previous.escalated_to if self.previous else None


def orphans(
    organization: Organization,
    at: datetime,
    *,
    team_ids: Collection[int] | None = None,
    silent: Mapping[int, datetime] | None = None,
) -> list[Orphan]:
    """The orphaned among the active and paused initiatives, those longest so first.

    ``silent`` says of initiatives, by id, since when their owner has been silent. The number of
    queries does not grow with the rows.
    """
    rows = Initiative.objects.going().filter(organization=organization)
    rows = rows.select_related("team", "priority")
    if team_ids is not None:
        rows = rows.filter(team__in=team_ids)
    history = _history(rows)
    away, interims = away_in(organization.pk), interims_in(organization.pk)
    tree = Tree(organization)
    found = []
    for initiative in rows:
        record = history.get(initiative.pk, [])
        heard_last = (silent or {}).get(initiative.pk)
        causes = _causes(initiative, record, at, heard_last, _alone_since(record, away))
        if causes:
            interim = interims.get(initiative.pk)
            lead = tree.acting_owner(initiative.team_id, away)
            owned = [one for one in record if one.accepted_at is not None]
            found.append(
                Orphan(
                    initiative=initiative,
                    causes=causes,
                    acting=interim.person if interim else lead,
                    pending=next((one for one in record if _is_pending(one)), None),
                    previous=owned[-1] if owned else None,
                    interim=interim,
                )
            )
    return sorted(found, key=lambda orphan: (orphan.since, orphan.initiative.pk))


def nobodys(rows: InitiativeQuerySet) -> InitiativeQuerySet:
    """The active ones among these without a pending offer and without an interim owner.

    Annotated with ``is_owned``, and ``is_away``: the owner is on leave and nobody stands in, or
    only somebody who is on leave too. All of it is stored, so the database can say the same: see
    `reviews.guards`. Nothing is expected of paused work, so it is left out.
    """
    current = Ownership.objects.current().filter(initiative=OuterRef("pk"))
    also_away = Leave.objects.under_way().filter(member=OuterRef("stand_in"))
    alone = Leave.objects.under_way().filter(
        Q(stand_in__isnull=True) | Exists(also_away), member=OuterRef("owner")
    )
    away = current.filter(Exists(alone))
    pending = Ownership.objects.pending().filter(initiative=OuterRef("pk"))
    interim = Interim.objects.current().filter(initiative=OuterRef("pk"))
    return (
        rows.active()
        .filter(~Exists(pending), ~Exists(interim))
        .annotate(is_owned=Exists(current), is_away=Exists(away))
    )


def stored_reasons(initiatives: Iterable[Initiative]) -> dict[int, list[Reason]]:
    """Why each of these has no owner, by its id: empty for what has one. One query."""
    wanted = list(initiatives)
    history = _history(Initiative.objects.filter(pk__in=[one.pk for one in wanted]))
    return {
        one.pk: [
            cause.reason
            # Only a pending offer would ask what time it is.
            for cause in _causes(one, history.get(one.pk, []), _began(one))
        ]
        for one in wanted
    }


def _causes(
    initiative: Initiative,
    record: Collection[Ownership],
    at: datetime,
    silent: datetime | None = None,
    away: datetime | None = None,
) -> tuple[Cause, ...]:
    spans = [_span(ownership) for ownership in record]
    found = orphaned_by(spans, since=_began(initiative), at=at, silent=silent, away=away)
    return tuple(Cause(reason, since) for reason, since in found)


def _alone_since(record: Iterable[Ownership], away: Mapping[int, Absence]) -> datetime | None:
    """Since when the current owner is on leave and nobody stands in."""
    for one in record:
        if one.accepted_at is not None and one.ended_at is None and one.owner_id in away:
            return away[one.owner_id].alone_since
    return None


def _history(rows: InitiativeQuerySet) -> dict[int, list[Ownership]]:
    found: dict[int, list[Ownership]] = {}
    owned = Ownership.objects.filter(initiative__in=rows).select_related("owner", "escalated_to")
    for ownership in owned:
        found.setdefault(ownership.initiative_id, []).append(ownership)
    return found


def _began(initiative: Initiative) -> datetime:
    """Since when it needs an owner."""
    return initiative.activated_at or initiative.created_at


def _span(one: Ownership) -> Span:
    return Span(one.offered_at, one.due_at, one.accepted_at, one.ended_at, one.ending)


def _is_pending(one: Ownership) -> bool:
    return one.accepted_at is None and one.ended_at is None
