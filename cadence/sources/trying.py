"""Trying a question before it is saved: what would come in, and nothing is written."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore

from accounts.models import Membership
from cadence.errors import Conflict, NotFound
from cadence.metrics.models import Metric
from cadence.notices.outward import Resolve, system_resolver
from cadence.ownership.queries import standing
from cadence.permissions import Act, require
from cadence.sources.actions import Wanted, as_unsaved, check_takes_readings, read_wanted
from cadence.sources.connections import TRY_DEADLINE, check_no_demo
from cadence.sources.models import Connection
from cadence.sources.outcomes import Came, compared
from cadence.sources.reading import asked_of, prepared
from cadence.sources.shapes import Failed

# Somebody waits for each; more at once would leave nobody to answer other pages.
_TRIES = BoundedSemaphore(2)


@dataclass(frozen=True)
class Trial:
    """What would come in, the latest period first; or ``error`` says why nothing would."""

    error: str
    took_ms: int
    rows: list[Came] = field(default_factory=list)


def try_source(
    *,
    actor: Membership,
    at: datetime,
    metric: Metric,
    connection: Connection,
    wanted: Wanted,
    resolve: Resolve = system_resolver,
) -> Trial:
    """Ask, and compare with what is on record. Changes nothing; not to be called in a
    transaction, which would be held meanwhile.

    Raises Invalid as saving it would. Conflicts: ``connection_ended``, ``takes_no_readings``,
    ``demo_reads_nothing``, ``try_under_way``.
    """
    for thing in (metric, connection):
        if thing.organization_id != actor.organization_id:
            raise NotFound("There is no such thing in this organization.")
    require(actor, Act.CHANGE_METRIC, **standing(metric.initiative))
    values = read_wanted(connection, wanted)
    check_no_demo(actor.organization)
    check_takes_readings(metric)
    if connection.ended_at is not None:
        raise Conflict("This connection has ended.", code="connection_ended")
    source = as_unsaved(metric, connection, values)
    today = at.astimezone(metric.organization.zone).date()
    if not _TRIES.acquire(blocking=False):
        raise Conflict(
            "Others try a source at this moment: wait a few seconds.", code="try_under_way"
        )
    began = time.monotonic()
    try:
        asking = prepared(connection, asked_of(source, today, TRY_DEADLINE), resolve)
        came = compared(source, asking(), today)
    except Failed as failure:
        return Trial(str(failure), _since(began))
    finally:
        _TRIES.release()
    return Trial("", _since(began), came[::-1])


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
