"""Imports: bring a file, say what its columns are, see what it would change, record it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from cadence.breaches.models import Breach
from cadence.errors import Invalid
from cadence.imports.actions import (
    AT_ONCE,
    book_of,
    commit_import,
    drop_import,
    map_import,
    require_own,
    start_import,
)
from cadence.imports.catalog import Catalog, catalog_of, may_import
from cadence.imports.choices import Choices
from cadence.imports.findings import STATUSES, Findings
from cadence.imports.guessing import likely_style
from cadence.imports.laying import Asked, Reader
from cadence.imports.mapping import columns_of, heading, proposed
from cadence.imports.models import Import, ImportedTable
from cadence.imports.running import run_small
from cadence.imports.tables import Sheet
from cadence.metrics.models import Metric
from cadence.web.back import to
from cadence.web.exports import Export, exported
from cadence.web.import_forms import ColumnsForm, CommitForm, FileForm, TableForm
from cadence.web.lists.imports import IMPORTS
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

PER_PAGE = 50
NAV = "imports"


@page
def imports(request: PageRequest) -> HttpResponse:
    """Every import there was, the latest first. POST brings a file, or cells that were pasted."""
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = FileForm(*given)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        file = said["file"]
        one = try_action(
            form,
            start_import,
            actor=request.actor,
            content=file.read() if file else said["text"],
            name=file.name[:200] if file else "Pasted cells",
            encoding=said["encoding"],
        )
        if one is not None:
            return to(request, "import-columns", one.pk)
    rows = Import.objects.visible_to(request.actor).select_related("started_by")
    if file := exported(request, Export("imports", IMPORTS, rows)):
        return file
    context = {
        "form": form,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "may_import": may_import(request.actor),
        "at_once": AT_ONCE,
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/imports/list.html", context, nav=NAV, status=status)


@page
def one(request: PageRequest, pk: int) -> HttpResponse:
    """Where an import stands: what it would change, how far it is, or what it did."""
    found = _found(request, pk)
    is_own = found.started_by_id == request.actor.pk
    if found.state == "uploaded" and is_own:
        return to(request, "import-columns", found.pk)
    return _one(request, found, CommitForm())


@page
def columns(request: PageRequest, pk: int) -> HttpResponse:
    """What each column is. GET with ``sheet`` and ``header_row`` looks at another part of it."""
    found = _found(request, pk)
    require_own(request.actor, found)
    if found.landed_at or found.dropped_at or found.committed_at:
        return to(request, "import", found.pk)
    sheets = book_of(found).sheets
    catalog = catalog_of(request.actor)
    choices = _start(request, found, sheets, catalog)
    sheet = sheets[choices.sheet]
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        columns=columns_of(sheet, choices.header_row, catalog),
        catalog=catalog,
        choices=choices,
    )
    if request.method == "POST" and form.is_valid():
        done = _map(request, form, found, choices)
        if done is not None:
            return to(request, "import", found.pk)
    style = likely_style(request.organization.country)
    form.ask(_asked(request, sheet, choices, catalog), style)
    context = {
        "one": found,
        "form": form,
        "table": TableForm(
            None,
            sheets=sheets,
            initial={"sheet": choices.sheet, "header_row": choices.header_row},
        ),
        "several": len(sheets) > 1,
        "sheet": sheet,
        "choices": choices,
        "data_rows": len(sheet.rows) - choices.header_row,
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/imports/columns.html", context, nav=NAV, status=status)


@page
@posted_from("import", "pk")
def commit(request: PageRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    form = CommitForm(request.POST)
    if form.is_valid():
        done = try_action(form, commit_import, actor=request.actor, one=found, **form.cleaned_data)
        if done is not None:
            done = run_small(done, now=timezone.now)
            if done.state == "landed":
                tell(request, "Recorded.")
            return to(request, "import", found.pk)
    return _one(request, found, form, 422)


@page
@posted_from("import", "pk")
def drop(request: PageRequest, pk: int) -> HttpResponse:
    found = _found(request, pk)
    drop_import(actor=request.actor, at=timezone.now(), one=found)
    tell(request, "Dropped. Nothing of the file was recorded.")
    return to(request, "imports")


def _found(request: PageRequest, pk: int) -> Import:
    rows = Import.objects.visible_to(request.actor).select_related("started_by")
    return get_object_or_404(rows, pk=pk)


def _map(request: PageRequest, form: ColumnsForm, found: Import, choices: Choices) -> Import | None:
    """Map and check it; None when it was refused, and the form says why."""
    try:
        done = map_import(
            actor=request.actor,
            at=timezone.now(),
            one=found,
            given=form.given(choices.sheet, choices.header_row),
        )
    except Invalid as refusal:
        for problem in refusal.problems:
            name = problem.field.replace("columns.", "column_")
            form.add_error(name if name in form.fields else None, problem.message)
        return None
    return run_small(done, now=timezone.now)


def _start(request: PageRequest, found: Import, sheets: list[Sheet], catalog: Catalog) -> Choices:
    """What the page proposes: as it was said before, or for the part that was asked for."""
    asked = request.POST if request.method == "POST" else request.GET
    place, row = asked.get("sheet", ""), asked.get("header_row", "")
    if not place and not row:
        if found.choices:
            stored = Choices.of(found.choices)
            sheet = sheets[stored.sheet]
            if len(stored.roles) == len(heading(sheet, stored.header_row)):
                return stored
        return proposed(request.actor, sheets, catalog)
    number = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
    number = number if number < len(sheets) else 0
    said = row.isascii() and row.isdigit() and len(row) < 6
    header = min(int(row), len(sheets[number].rows), 1000) if said else None
    return proposed(request.actor, sheets, catalog, number, header)


def _asked(request: PageRequest, sheet: Sheet, choices: Choices, catalog: Catalog) -> Asked:
    return Reader(sheet, choices, catalog, request.organization.week_start).asked


def _one(request: PageRequest, found: Import, form: CommitForm, status: int = 200) -> HttpResponse:
    is_own = found.started_by_id == request.actor.pk
    context: dict[str, Any] = {"one": found, "form": form, "is_own": is_own}
    context["opened"] = (
        Breach.objects.filter(pk__in=found.opened, organization=request.organization)
        .select_related("metric")
        .order_by("pk")[:PER_PAGE]
        if found.opened
        else []
    )
    if is_own and found.checked_at and not found.owed_at:
        context |= _preview(request, found)
    return show(request, "cadence/imports/one.html", context, nav=NAV, status=status)


def _preview(request: PageRequest, found: Import) -> dict[str, Any]:
    """A page of what the check found: problems first, then what would change."""
    table = ImportedTable.objects.filter(of=found, findings__isnull=False).first()
    if table is None:
        return {}
    findings = Findings.unpack(table.findings)
    tabs = ["problems", *STATUSES]
    shown = request.GET.get("show", "")
    if shown not in tabs or (not findings.counts[shown] and shown != "problems"):
        shown = next((tab for tab in tabs if findings.counts[tab]), "problems")
    asked = request.GET.get("page")
    lines = Paginator(findings.of_status(shown), PER_PAGE).get_page(asked)
    metrics = Metric.objects.filter(organization=request.organization).in_bulk(
        {line.metric for line in lines}
    )
    return {
        "preview": Paginator(findings.faults, PER_PAGE).get_page(asked)
        if shown == "problems"
        else lines,
        "lines": [(line, metrics.get(line.metric)) for line in lines],
        "shown": shown,
        "tabs": [(tab, findings.counts[tab]) for tab in tabs if findings.counts[tab]],
        "kept": len(findings.faults),
        "wants_any_day": found.choices["days"] == "first"
        and any("not the start" in fault.message for fault in findings.faults),
    }
