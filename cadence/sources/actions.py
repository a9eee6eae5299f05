from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from accounts.models import Membership
from cadence.errors import Conflict, NotFound
from cadence.initiatives.queries import locked_initiative
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.metrics.models import Metric, Origin
from cadence.ownership.queries import standing
from cadence.permissions import Act, require
from cadence.sources.connections import check_no_demo, locked_connection
from cadence.sources.models import Connection, ConnectionKind, Every, Source
from cadence.sources.paths import checked
from cadence.sources.reading import allowed_places
from cadence.sources.shapes import Failed
from cadence.sources.web import whole_address

LONGEST_QUERY, LONGEST_EXTRACT, LONGEST_COLUMN = 4000, 500, 100


@dataclass(frozen=True)
class Wanted:
    """What is to be asked and when, as it was typed."""

    query: object = ""
    extract: object = ""
    period_column: object = ""
    value_column: object = ""
    every: object = Every.DAY
    weekday: object = None
    time_of_day: object = time(6)


@transaction.atomic
def set_up_source(
    *, actor: Membership, at: datetime, metric: Metric, connection: Connection, wanted: Wanted
) -> Source:
    """Pull the readings of a metric from now on. It runs at once, and then as it is planned.

    Conflicts: ``metric_has_source``, ``connection_ended``, ``takes_no_readings``,
    ``demo_reads_nothing``.
    """
    if connection.organization_id != actor.organization_id:
        raise NotFound("There is no such connection.")
    metric = _locked_metric(actor, metric)
    connection = locked_connection(actor, connection)
    values = read_wanted(connection, wanted)
    check_no_demo(actor.organization)
    check_takes_readings(metric)
    if metric.sources.live().exists():
        raise Conflict("This metric has a source already.", code="metric_has_source")
    source = Source.objects.create(
        organization_id=actor.organization_id,
        metric=metric,
        connection=connection,
        set_up_by=actor,
        set_up_at=at,
        next_at=at,
        **values,
    )
    _say_where_from(metric, Origin.PULLED)
    _append("source.set_up", actor, at, source, _told(source))
    return source


@transaction.atomic
def change_source(
    *, actor: Membership, at: datetime, source: Source, connection: Connection, wanted: Wanted
) -> Source:
    """What is asked, of whom and when. It runs at once; what is on its way is not recorded.

    Conflicts: ``source_ended``, ``connection_ended``.
    """
    if connection.organization_id != actor.organization_id:
        raise NotFound("There is no such connection.")
    source = _locked(actor, source)
    connection = locked_connection(actor, connection)
    values = read_wanted(connection, wanted)
    before = _told(source)
    if not put(source, connection=connection, **values):
        return source
    source.failures, source.next_at = 0, at
    _save(source, *values, "connection", "failures", "next_at")
    after = _told(source)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    _append("source.changed", actor, at, source, {"metric": source.metric, "changed": changed})
    return source


@transaction.atomic
def run_source_now(*, actor: Membership, at: datetime, source: Source) -> Source:
    """Have it run before its time, by the worker. Conflicts: ``source_ended``,
    ``source_paused``."""
    source = _locked(actor, source)
    if source.paused_at is not None:
        raise Conflict("This source is paused: resume it first.", code="source_paused")
    source.next_at = min(source.next_at, at)
    source.save(update_fields=["next_at"])
    _append("source.run_asked", actor, at, source, {"metric": source.metric})
    return source


@transaction.atomic
def pause_source(*, actor: Membership, at: datetime, source: Source) -> Source:
    """It is not asked until it is resumed; its readings are owed all the same.

    Conflicts: ``source_ended``, ``source_paused``.
    """
    source = _locked(actor, source)
    if source.paused_at is not None:
        raise Conflict("This source is paused already.", code="source_paused")
    source.paused_at = at
    _save(source, "paused_at")
    _append("source.paused", actor, at, source, {"metric": source.metric, "because": "asked"})
    return source


@transaction.atomic
def resume_source(*, actor: Membership, at: datetime, source: Source) -> Source:
    """It runs at once. Conflicts: ``source_ended``, ``source_not_paused``."""
    source = _locked(actor, source)
    if source.paused_at is None:
        raise Conflict("This source is not paused.", code="source_not_paused")
    source.paused_at, source.failures, source.next_at = None, 0, at
    _save(source, "paused_at", "failures", "next_at")
    _append("source.resumed", actor, at, source, {"metric": source.metric})
    return source


@transaction.atomic
def end_source(*, actor: Membership, at: datetime, source: Source) -> Source:
    """For good: from now on somebody types the readings. What it brought stays.

    Conflict: ``source_ended``.
    """
    source = _locked(actor, source)
    end_it(actor, at, source, "asked")
    return source


@transaction.atomic
def say_where_from(
    *, actor: Membership, at: datetime, metric: Metric, comes_from: object
) -> Metric:
    """Say whether its readings are typed, sent by another system or imported.

    Conflict ``metric_has_source``: while a source pulls them, that is where they come from.
    """
    metric = _locked_metric(actor, metric)
    inputs = Inputs()
    choices = [one for one in Origin.values if one != Origin.PULLED]
    if comes_from == Origin.PULLED:
        inputs.refuse("comes_from", "To pull it, set up its source.")
    else:
        comes_from = inputs.choice("comes_from", comes_from, choices)
    inputs.done()
    if metric.comes_from == Origin.PULLED:
        raise Conflict("A source pulls its readings: end it first.", code="metric_has_source")
    if metric.comes_from == comes_from:
        return metric
    before = metric.comes_from
    _say_where_from(metric, str(comes_from))
    append(
        organization=metric.organization_id,
        event="metric.origin_said",
        actor=actor,
        at=at,
        subject=metric,
        data={"changed": {"comes_from": [before, comes_from]}},
    )
    return metric


def end_it(actor: Membership | None, at: datetime, source: Source, because: str) -> None:
    """The metric and the source are locked."""
    _say_where_from(source.metric, Origin.TYPED)
    source.ended_at = at
    _save(source, "ended_at")
    _append("source.ended", actor, at, source, {"metric": source.metric, "because": because})


def read_wanted(connection: Connection, wanted: Wanted) -> dict[str, Any]:
    """The fields of a source, all faults at once."""
    inputs = Inputs()
    is_url = connection.kind == ConnectionKind.URL
    values: dict[str, Any] = {
        "query": inputs.text(
            "query", wanted.query, longest=LONGEST_QUERY, lines=True, needed=not is_url
        ),
        "extract": inputs.text(
            "extract", wanted.extract, longest=LONGEST_EXTRACT, lines=True, needed=False
        ),
        "every": inputs.choice("every", wanted.every, Every.values),
        "time_of_day": _time_of_day(inputs, wanted.time_of_day),
        "weekday": None,
    }
    for name in ("period_column", "value_column"):
        values[name] = inputs.text(
            name, getattr(wanted, name), longest=LONGEST_COLUMN, needed=False
        )
    if values["period_column"] and not values["value_column"]:
        inputs.refuse("value_column", "Say which column has the value.")
    elif values["value_column"] and not values["period_column"]:
        inputs.refuse("period_column", "Say which column has the period, or leave both empty.")
    if values["every"] == Every.WEEK:
        values["weekday"] = inputs.whole("weekday", wanted.weekday, least=0, most=6)
    _check_question(inputs, connection, values, is_url)
    inputs.done()
    return values


def check_takes_readings(metric: Metric) -> None:
    """Conflict ``takes_no_readings`` for a metric whose readings nobody records."""
    if metric.is_derived:
        raise Conflict("This metric is computed from others.", code="takes_no_readings")
    if metric.retired_at is not None or metric.initiative.ended_at is not None:
        raise Conflict("This metric takes no readings any more.", code="takes_no_readings")


def as_unsaved(metric: Metric, connection: Connection, values: dict[str, Any]) -> Source:
    """A source to try things with."""
    return Source(
        organization_id=metric.organization_id, metric=metric, connection=connection, **values
    )


def _check_question(
    inputs: Inputs, connection: Connection, values: dict[str, Any], is_url: bool
) -> None:
    if not is_url:
        if values["extract"]:
            inputs.refuse("extract", "A database needs no path: the query says what is read.")
        return
    day = date(2026, 1, 1).isoformat()
    path = values["query"].replace("{starts_on}", day).replace("{ends_on}", day)
    try:
        whole_address(connection.url, path, allowed_places())
    except Failed as failure:
        inputs.refuse("query", str(failure))
    try:
        if values["extract"]:
            checked(values["extract"])
    except Failed as failure:
        inputs.refuse("extract", str(failure))


def _time_of_day(inputs: Inputs, value: object) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    text = value if isinstance(value, str) else ""
    hour, mark, minute = text.partition(":")
    if mark and len(text) == 5 and hour.isdecimal() and minute.isdecimal() and text.isascii():
        try:
            return time(int(hour), int(minute))
        except ValueError:
            pass
    inputs.refuse("time_of_day", "This must be a time such as 06:30.")
    return time(0)


def _locked_metric(actor: Membership, metric: Metric) -> Metric:
    initiative = locked_initiative(actor, metric.initiative)
    rows = Metric.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("organization").get(pk=metric.pk)
    require(actor, Act.CHANGE_METRIC, **standing(initiative))
    found.initiative = initiative
    return found


def _locked(actor: Membership, source: Source) -> Source:
    """A source is locked after its metric, as when its readings are recorded, and a connection
    after both."""
    if source.organization_id != actor.organization_id:
        raise NotFound("There is no such source.")
    metric = _locked_metric(actor, source.metric)
    rows = Source.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("connection").get(pk=source.pk)
    found.metric = metric
    if found.ended_at is not None:
        raise Conflict("This source has ended.", code="source_ended")
    return found


def _save(source: Source, *fields: str) -> None:
    """Whoever runs it now has lost it: what comes back is about a source that was another."""
    source.lease, source.leased_until = "", None
    source.save(update_fields=[*fields, "lease", "leased_until"])


def _say_where_from(metric: Metric, comes_from: str) -> None:
    metric.comes_from = comes_from
    metric.save(update_fields=["comes_from"])


def _told(source: Source) -> dict[str, Any]:
    """For the ledger. What follows a web address may hold a secret; SQL decides the number."""
    is_url = source.connection.kind == ConnectionKind.URL
    return {
        "metric": source.metric_id,
        "connection": source.connection_id,
        "query": "" if is_url else source.query,
        "extract": source.extract,
        "period_column": source.period_column,
        "value_column": source.value_column,
        "every": source.every,
        "weekday": source.weekday,
        "time_of_day": source.time_of_day.strftime("%H:%M"),
    }


def _append(
    event: str, actor: Membership | None, at: datetime, source: Source, data: dict[str, Any]
) -> None:
    append(
        organization=source.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=source,
        data=data,
    )
