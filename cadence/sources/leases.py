"""Which sources are due, and who runs them: a lease, so that two workers do not run the same."""

import secrets
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from cadence.sources.models import Source
from cadence.sources.queries import with_facts

# Longer than a pass and one question together take; then somebody else may run it.
LEASE = timedelta(minutes=2)


def due(at: datetime, *, at_most: int) -> list[tuple[int, int]]:
    """Ids of sources and their organizations, whoever waits longest first. In turns: an
    organization of many sources leaves room for one of few."""
    rows = _free(Source.objects.live(), at).order_by("next_at", "pk")
    waiting: dict[int, list[int]] = {}
    for source, organization in rows.values_list("pk", "organization")[: at_most * 5]:
        waiting.setdefault(organization, []).append(source)
    found = [
        (turn, place, source, organization)
        for place, (organization, sources) in enumerate(waiting.items())
        for turn, source in enumerate(sources)
    ]
    return [(source, organization) for _, _, source, organization in sorted(found)[:at_most]]


@transaction.atomic
def lease(key: int, at: datetime, lease_for: timedelta = LEASE) -> Source | None:
    """The source, to be run by whoever has its ``lease``; None when it is not due any more."""
    rows = _free(Source.objects.live().filter(pk=key), at)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(no_key=True, of=("self",), skip_locked=True)
    source = with_facts(rows).first()
    if source is None:
        return None
    source.lease, source.leased_until = secrets.token_hex(16), at + lease_for
    source.save(update_fields=["lease", "leased_until"])
    return source


def _free(rows: QuerySet[Source], at: datetime) -> QuerySet[Source]:
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    # The people and the databases of the demo do not exist.
    return rows.filter(free, next_at__lte=at, paused_at__isnull=True, organization__is_demo=False)
