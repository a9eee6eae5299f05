from collections.abc import Collection

from accounts.fields import TextError, clean_text
from accounts.models import Membership
from cadence.errors import NotFound
from cadence.initiatives.models import Initiative, InitiativeQuerySet, Priority, State


def locked_initiative(actor: Membership | None, initiative: Initiative) -> Initiative:
    """The initiative as it is now, locked, with its organization. NotFound across organizations.

    Not the full lock: a transaction that writes a row naming the initiative may hold the head of
    the ledger that we shall want.
    """
    rows = Initiative.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("organization").filter(pk=initiative.pk).first()
    if found is None or (actor is not None and found.organization_id != actor.organization_id):
        raise NotFound("There is no such initiative.")
    return found


def locked_priority(actor: Membership, priority: Priority) -> Priority:
    rows = Priority.objects.select_for_update(no_key=True).visible_to(actor)
    found = rows.filter(pk=priority.pk).first()
    if found is None:
        raise NotFound("There is no such priority.")
    return found


def undecided_breaches(initiative: Initiative) -> list[int]:
    """Ids of the breaches of its metrics that lack a decision, oldest first.

    By the names of the reverse relations: breaches stand above initiatives.
    """
    # Without the first condition a metric that has no breach at all has one without a decision.
    rows = initiative.metrics.filter(breaches__isnull=False, breaches__decision__isnull=True)
    return list(rows.order_by("breaches").values_list("breaches", flat=True))


def matching(
    rows: InitiativeQuerySet,
    *,
    state: State | None = None,
    priority: Priority | None = None,
    teams: Collection[int] | None = None,
    owner: Membership | None = None,
    search: str = "",
) -> InitiativeQuerySet:
    """Those of the rows to which all of this applies; ``teams`` are ids, ``search`` is in the name
    or the description."""
    if state is not None:
        rows = rows.in_state(state)
    if priority is not None:
        rows = rows.filter(priority=priority)
    if teams is not None:
        rows = rows.filter(team__in=teams)
    if owner is not None:
        rows = rows.filter(
            ownerships__owner=owner,
            ownerships__accepted_at__isnull=False,
            ownerships__ended_at__isnull=True,
        )
    return containing(rows, search) if search else rows


def containing(rows: InitiativeQuerySet, search: str) -> InitiativeQuerySet:
    try:
        words = clean_text(search, longest=200, needed=False)
    except TextError:
        # What no database can store, no row holds.
        return rows.none()
    return rows.filter(name__icontains=words) | rows.filter(description__icontains=words)
