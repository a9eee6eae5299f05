"""Connections: made, changed, tried and ended by administrators. Part of the actions of sources.

A secret is taken and never given: it is in no answer, no form, no log and no entry of the ledger.
"""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership, Organization
from accounts.sealing import seal
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.notices.addresses import LONGEST_URL, Refused, target_of, without_path
from cadence.notices.outward import Resolve, system_resolver
from cadence.people.members import add_machine, end_membership
from cadence.people.queries import locked_organization
from cadence.permissions import Act, require
from cadence.sources import sqlite
from cadence.sources.models import Connection, ConnectionKind, Encryption
from cadence.sources.reading import allowed_places, reaching
from cadence.sources.shapes import Failed

MOST_CONNECTIONS = 50
LONGEST_SECRET = 2000
# Somebody waits for the outcome of a try, and holds a thread of the web server meanwhile.
TRY_DEADLINE = 5.0
DEMO_READS_NOTHING = "This is the demo: nothing is read from elsewhere."

_ADDRESS = ("host", "port", "database", "username", "encryption", "file", "url", "header")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
# Of the call itself: a secret has no business there.
_NOT_OURS = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}


@dataclass(frozen=True)
class Place:
    """Where a connection leads, as it was typed. Only the parts of its kind are read."""

    host: object = ""
    port: object = None
    database: object = ""
    username: object = ""
    encryption: object = Encryption.VERIFIED
    file: object = ""
    url: object = ""
    header: object = ""


@dataclass(frozen=True)
class Tried:
    """What came of trying a connection: ``error`` is empty when it can be read."""

    error: str
    took_ms: int


@transaction.atomic
def create_connection(
    *,
    actor: Membership,
    at: datetime,
    name: object,
    kind: object,
    place: Place,
    secret: object = "",
) -> Connection:
    """A connection, and the machine that will record what comes through it.

    Conflicts: ``connection_exists``, ``too_many_connections``, ``demo_reads_nothing``.
    """
    organization = locked_organization(actor.organization_id)
    require(actor, Act.ADMINISTER)
    inputs = Inputs()
    label = inputs.text("name", name, longest=120)
    chosen = inputs.choice("kind", kind, ConnectionKind.values)
    values = _read_place(inputs, chosen, place)
    typed = _read_secret(inputs, chosen, secret)
    inputs.done()
    check_no_demo(organization)
    _check_free(organization, label)
    if organization.connections.live().count() >= MOST_CONNECTIONS:
        raise Conflict(
            f"An organization has at most {MOST_CONNECTIONS} connections: end one first.",
            code="too_many_connections",
        )
    connection = Connection.objects.create(
        organization=organization,
        machine=add_machine(actor=actor, at=at, name=label),
        name=label,
        kind=chosen,
        secret=seal(typed),
        created_by=actor,
        created_at=at,
        **values,
    )
    _append("connection.created", actor, at, connection, _told(connection))
    return connection


@transaction.atomic
def change_connection(
    *,
    actor: Membership,
    at: datetime,
    connection: Connection,
    name: object,
    place: Place,
    secret: object = None,
) -> Connection:
    """Its name, where it leads, and its secret: None keeps the one there is, an empty text takes
    it away. When it is to lead elsewhere the secret has to be typed again.

    Conflicts: ``connection_ended``, ``connection_exists``.
    """
    organization = locked_organization(actor.organization_id)
    connection = _locked(actor, connection)
    inputs = Inputs()
    label = inputs.text("name", name, longest=120)
    values = _read_place(inputs, connection.kind, place)
    moved = any(getattr(connection, field) != value for field, value in values.items())
    if secret is not None:
        values["secret"] = seal(_read_secret(inputs, connection.kind, secret))
    elif moved and connection.secret:
        inputs.refuse(
            "secret",
            "Type it again: it would be sent elsewhere, and whoever changes that knows it.",
        )
    inputs.done()
    _check_free(organization, label, but=connection)
    before = _told(connection)
    changed = put(connection, name=label, **values)
    if not changed:
        return connection
    connection.save(update_fields=list(changed))
    after = _told(connection)
    told = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    _append(
        "connection.changed",
        actor,
        at,
        connection,
        {"changed": told, "secret_changed": "secret" in changed},
    )
    return connection


@transaction.atomic
def end_connection(*, actor: Membership, at: datetime, connection: Connection) -> Connection:
    """For good: its secret is wiped and its machine records nothing more.

    Conflicts: ``connection_ended``, ``connection_in_use`` while sources read from it.
    """
    locked_organization(actor.organization_id)
    connection = _locked(actor, connection)
    used = connection.sources.live().select_related("metric").order_by("pk")
    names = [f"“{source.metric.name}”" for source in used[:3]]
    if names:
        raise Conflict(
            f"Sources read from it: {', '.join(names)}. End them first.", code="connection_in_use"
        )
    connection.ended_at, connection.secret = at, ""
    connection.save(update_fields=["ended_at", "secret"])
    if connection.machine.is_current:
        end_membership(
            actor=actor, at=at, member=connection.machine, reason="Its connection ended."
        )
    _append("connection.ended", actor, at, connection, {"name": connection.name})
    return connection


def try_connection(
    *, actor: Membership, connection: Connection, resolve: Resolve = system_resolver
) -> Tried:
    """Whether it can be read, from here and now. Changes nothing; not to be called in a
    transaction, which would be held meanwhile.

    Conflicts: ``connection_ended``, ``demo_reads_nothing``.
    """
    require(actor, Act.ADMINISTER)
    check_no_demo(actor.organization)
    if connection.ended_at is not None:
        raise Conflict("This connection has ended.", code="connection_ended")
    began = time.monotonic()
    error = ""
    try:
        reaching(connection, TRY_DEADLINE, resolve)()
    except Failed as failure:
        error = str(failure)
    return Tried(error, int((time.monotonic() - began) * 1000))


def check_no_demo(organization: Organization) -> None:
    if organization.is_demo:
        raise Conflict(DEMO_READS_NOTHING, code="demo_reads_nothing")


def locked_connection(actor: Membership, connection: Connection) -> Connection:
    """As it is now, locked, so that it does not end meanwhile. Conflict ``connection_ended``."""
    rows = Connection.objects.select_for_update(no_key=True, of=("self",)).select_related("machine")
    found = rows.filter(pk=connection.pk, organization=actor.organization_id).first()
    if found is None:
        raise NotFound("There is no such connection.")
    if found.ended_at is not None:
        raise Conflict("This connection has ended.", code="connection_ended")
    return found


def _locked(actor: Membership, connection: Connection) -> Connection:
    if connection.organization_id != actor.organization_id:
        raise NotFound("There is no such connection.")
    require(actor, Act.ADMINISTER)
    return locked_connection(actor, connection)


def _read_place(inputs: Inputs, kind: str, place: Place) -> dict[str, Any]:
    """The parts of this kind; all others are empty."""
    values: dict[str, Any] = dict.fromkeys(_ADDRESS, "") | {"port": None}
    if kind == ConnectionKind.POSTGRESQL:
        return values | _read_server(inputs, place)
    if kind == ConnectionKind.SQLITE:
        return values | {"file": _read_file(inputs, place.file)}
    values["url"] = inputs.text("url", place.url, longest=LONGEST_URL)
    if values["url"]:
        try:
            target_of(values["url"], allowed_places())
        except Refused as refusal:
            inputs.refuse("url", str(refusal))
        if "?" in values["url"]:
            inputs.refuse("url", "What follows the ? is for the source to say.")
    values["header"] = inputs.text("header", place.header, longest=60, needed=False)
    if values["header"] and (
        not _HEADER.fullmatch(values["header"]) or values["header"].lower() in _NOT_OURS
    ):
        inputs.refuse("header", "This is not the name of a header such as Authorization.")
    values["header"] = values["header"] or "Authorization"
    return values


def _read_server(inputs: Inputs, place: Place) -> dict[str, Any]:
    port = 5432 if place.port in (None, "") else place.port
    values = {
        "host": inputs.text("host", place.host, longest=253).lower(),
        "port": inputs.whole("port", port, least=1, most=65535),
        "database": inputs.text("database", place.database, longest=63),
        "username": inputs.text("username", place.username, longest=63),
        "encryption": inputs.choice("encryption", place.encryption, Encryption.values),
    }
    if values["host"] and not inputs.problems:
        try:
            target_of(f"https://{values['host']}:{values['port']}", allowed_places())
        except Refused as refusal:
            inputs.refuse("host", str(refusal))
    return values


def _read_file(inputs: Inputs, value: object) -> str:
    file = inputs.text("file", value, longest=250)
    if file and not inputs.problems:
        try:
            sqlite.path_of(file)
        except Failed as failure:
            inputs.refuse("file", str(failure))
    return file


def _read_secret(inputs: Inputs, kind: str, value: object) -> str:
    """As it was typed: a password may begin with a space, and nobody tidies it."""
    if value is None or value == "":
        return ""
    if kind == ConnectionKind.SQLITE:
        inputs.refuse("secret", "A file has no password.")
    elif not isinstance(value, str) or len(value) > LONGEST_SECRET:
        inputs.refuse("secret", f"This must be a text of at most {LONGEST_SECRET} characters.")
    elif not value.isprintable() or (kind == ConnectionKind.URL and not value.isascii()):
        inputs.refuse("secret", "This holds characters that cannot be sent.")
    else:
        return value
    return ""


def _check_free(organization: Organization, name: str, *, but: Connection | None = None) -> None:
    rows = organization.connections.live().filter(name__iexact=name)
    if (rows.exclude(pk=but.pk) if but else rows).exists():
        raise Conflict("There is a connection of this name already.", code="connection_exists")


def _told(connection: Connection) -> dict[str, Any]:
    """For the ledger: where it leads, and of a web address no path, which may be a secret."""
    return {
        "name": connection.name,
        "kind": connection.kind,
        "host": connection.host or without_path(connection.url),
        "port": connection.port,
        "database": connection.database or connection.file,
        "username": connection.username,
        "encryption": connection.encryption,
    }


def _append(
    event: str, actor: Membership, at: datetime, connection: Connection, data: dict[str, Any]
) -> None:
    append(
        organization=connection.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=connection,
        data=data,
    )
