"""One question to one connection, made ready here and asked in any thread."""

from collections.abc import Callable
from datetime import date
from typing import cast

from django.conf import settings

from accounts.sealing import SealBroken, unseal
from cadence.calendar.periods import PeriodKind
from cadence.metrics.models import Metric
from cadence.notices.addresses import Allowed
from cadence.notices.outward import Resolve, system_resolver
from cadence.sources import postgresql, sqlite, web
from cadence.sources.asking import DEADLINE, Asked
from cadence.sources.models import Connection, ConnectionKind, Source
from cadence.sources.shapes import Agreed, Answer, Failed, last_period

SEAL_BROKEN = (
    "Its secret cannot be opened: the installation has another key now. An administrator has to "
    "type it again."
)

Asking = Callable[[], Answer]


def allowed_places() -> Allowed:
    return Allowed.of(settings.SOURCES_ALLOW)


def agreed_with(metric: Metric, period_column: str, value_column: str) -> Agreed:
    kind = cast(PeriodKind, metric.read_per)
    return Agreed(period_column, value_column, kind, metric.organization.week_start)


def asked_of(source: Source, today: date, within: float = DEADLINE) -> Asked:
    """What is asked on that day; of another day it may be about another period."""
    agreed = agreed_with(source.metric, source.period_column, source.value_column)
    starts_on, ends_on = last_period(agreed, today)
    return Asked(
        query=source.query,
        extract=source.extract,
        period_column=source.period_column,
        value_column=source.value_column,
        starts_on=starts_on,
        ends_on=ends_on,
        time_zone=source.metric.organization.time_zone,
        within=within,
    )


def prepared(connection: Connection, asked: Asked, resolve: Resolve = system_resolver) -> Asking:
    """What asks it, without the database of Cadence. It raises Failed, and so does this."""
    secret = _opened(connection)
    allowed = allowed_places()
    if connection.kind == ConnectionKind.SQLITE:
        file = connection.file
        return lambda: sqlite.read(file, asked)
    if connection.kind == ConnectionKind.URL:
        url, header = connection.url, connection.header
        return lambda: web.read(url, header, secret, asked, allowed, resolve)
    parts = {
        name: getattr(connection, name)
        for name in ("host", "port", "database", "username", "encryption")
    }
    return lambda: postgresql.read(parts, secret, asked, allowed, resolve)


def reaching(
    connection: Connection, within: float, resolve: Resolve = system_resolver
) -> Callable[[], object]:
    """What finds out whether it can be read at all. It raises Failed, and so does this."""
    if connection.kind == ConnectionKind.URL:
        # What follows the address is for the sources to say.
        secret, allowed = _opened(connection), allowed_places()
        url, header = connection.url, connection.header
        return lambda: web.reach(url, header, secret, within, allowed, resolve)
    day = connection.created_at.date()
    one = Asked("SELECT 1", "", "", "", day, day, "UTC", within)
    return prepared(connection, one, resolve)


def _opened(connection: Connection) -> str:
    try:
        return unseal(connection.secret)
    except SealBroken:
        raise Failed(SEAL_BROKEN) from None
