"""Connections, for administrators: where numbers are pulled from."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from cadence.errors import Invalid, Problem
from cadence.permissions import Act, require
from cadence.sources.connections import (
    change_connection,
    create_connection,
    end_connection,
    try_connection,
)
from cadence.sources.models import Connection
from cadence.sources.queries import with_facts, with_last_run
from cadence.web.connection_forms import (
    ChangeConnectionForm,
    NewConnectionForm,
    as_typed,
    secret_field,
)
from cadence.web.exports import Export, exported
from cadence.web.lists.sources import CONNECTIONS, SOURCES
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

PER_PAGE = 25


@page
def connections(request: PageRequest) -> HttpResponse:
    """Every connection there is."""
    require(request.actor, Act.ADMINISTER)
    rows = Connection.objects.visible_to(request.actor).annotate(
        used=Count("sources", filter=Q(sources__ended_at=None))
    )
    rows = rows.select_related("machine", "created_by").order_by("ended_at", "name", "pk")
    if file := exported(request, Export("connections", CONNECTIONS, rows)):
        return file
    context = {"page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))}
    return show(request, "cadence/connections/connections.html", context, nav="settings")


@page
def new(request: PageRequest) -> HttpResponse:
    require(request.actor, Act.ADMINISTER)
    posted = request.method == "POST"
    form = NewConnectionForm(request.POST if posted else None)
    if posted and form.is_valid():
        made = try_action(
            form,
            _create,
            actor=request.actor,
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["kind"],
            place=form.place,
            secret=form.secret,
        )
        if made is not None:
            tell(request, f"{made.name} is there. Try whether it can be read.")
            return redirect("web:connection", request.organization.slug, made.pk)
    context = {"form": form}
    status = 422 if posted else 200
    return show(request, "cadence/connections/new.html", context, nav="settings", status=status)


@page
def connection(request: PageRequest, connection: int) -> HttpResponse:
    """One connection, and what reads from it. POST changes it."""
    found = _found(request, connection)
    posted = request.method == "POST"
    form = ChangeConnectionForm(request.POST if posted else None, initial=as_typed(found))
    if posted and form.is_valid():
        typed = "" if form.cleaned_data["forget_secret"] else form.secret or None
        done = try_action(
            form,
            _change,
            actor=request.actor,
            connection=found,
            name=form.cleaned_data["name"],
            place=form.place,
            secret=typed,
        )
        if done is not None:
            tell(request, "Saved.")
            return redirect("web:connection", request.organization.slug, found.pk)
    rows = with_last_run(with_facts(found.sources.live())).order_by("metric__name", "pk")
    if file := exported(request, Export("sources", SOURCES, rows)):
        return file
    context = {
        "connection": found,
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }
    status = 422 if posted else 200
    template = "cadence/connections/connection.html"
    return show(request, template, context, nav="settings", status=status)


@page
@posted_from("connection", "connection")
def test(request: PageRequest, connection: int) -> HttpResponse:
    """Try whether it can be read, and wait for that: five seconds at most."""
    found = _found(request, connection)
    tried = try_connection(actor=request.actor, connection=found)
    if tried.error:
        messages.error(request, f"It cannot be read: {tried.error}")
    else:
        tell(request, f"It can be read; it answered after {tried.took_ms} ms.")
    return redirect("web:connection", request.organization.slug, found.pk)


@page
@posted_from("connection", "connection")
def end(request: PageRequest, connection: int) -> HttpResponse:
    found = _found(request, connection)
    end_connection(actor=request.actor, at=timezone.now(), connection=found)
    tell(request, "It has ended. Its secret is wiped.")
    return redirect("web:connections", request.organization.slug)


def _found(request: PageRequest, key: int) -> Connection:
    require(request.actor, Act.ADMINISTER)
    rows = Connection.objects.visible_to(request.actor).select_related("machine", "created_by")
    return get_object_or_404(rows, pk=key)


def _create(**said: Any) -> Connection:
    try:
        return create_connection(**said)
    except Invalid as refusal:
        raise _beside_its_field(refusal, str(said["kind"])) from None


def _change(**said: Any) -> Connection:
    try:
        return change_connection(**said)
    except Invalid as refusal:
        raise _beside_its_field(refusal, said["connection"].kind) from None


def _beside_its_field(refusal: Invalid, kind: str) -> Invalid:
    """The secret is typed in the field of its kind."""
    return Invalid.fields(
        [
            Problem(secret_field(kind) if one.field == "secret" else one.field, one.message)
            for one in refusal.problems
        ]
    )
