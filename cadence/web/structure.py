"""Setting up from a workbook: bring it, see what each row would do, and do it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Invitation
from cadence.errors import Conflict, Invalid, Refusal
from cadence.imports.limits import MOST_BYTES
from cadence.imports.structure import look_at_structure, require_parts, set_up_structure
from cadence.imports.structure_book import current, template
from cadence.imports.structure_result import Result
from cadence.imports.structure_rows import Cells, cells_of
from cadence.notices.inviting import mail_invitation
from cadence.spreadsheets import XLSX
from cadence.web.shell import PageRequest, page, put_beside_fields, show

# What was looked at travels in the page, signed, and comes back with the button.
_SALT = "cadence.structure"
_KEPT_SECONDS = 24 * 60 * 60
# Of a workbook, packed; the page has to be posted again.
MOST_KEPT = 2 * 1024 * 1024
# Rows that change nothing are counted, not listed; of the others so many are shown.
SHOWN = 500


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label="Workbook",
        help_text=f".xlsx, at most {MOST_BYTES // 2**20} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
    parts = forms.MultipleChoiceField(
        label="Sheets", widget=forms.CheckboxSelectMultiple, help_text="What you may set up."
    )

    def __init__(self, allowed: list[str], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"parts": allowed})
        field = self.fields["parts"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in allowed]

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > MOST_BYTES:
            raise forms.ValidationError(f"At most {MOST_BYTES // 2**20} MB.")
        return self.cleaned_data["file"]


@page
@never_cache
def structure(request: PageRequest) -> HttpResponse:
    """POST looks at a workbook, or with ``kept`` does what was looked at."""
    allowed = require_parts(request.actor)
    if request.method != "POST":
        return _show(request, WorkbookForm(allowed))
    if "kept" in request.POST:
        return _set_up(request, allowed)
    form = WorkbookForm(allowed, request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        cells, notes = cells_of(form.cleaned_data["file"].read())
        return _look(request, form, cells, form.cleaned_data["parts"], notes)
    except Refusal as refusal:
        put_beside_fields(form, refusal)
        return _show(request, form, status=422)


def _look(
    request: PageRequest,
    form: WorkbookForm,
    cells: Cells,
    parts: list[str],
    notes: list[str],
    said: str = "",
) -> HttpResponse:
    result = look_at_structure(actor=request.actor, at=timezone.now(), cells=cells, parts=parts)
    result.notes = [*notes, *result.notes]
    kept = ""
    if not result.faults and result.does_something:
        facts = [request.actor.pk, parts, result.digest, {name: cells[name] for name in cells}]
        kept = signing.dumps(facts, salt=_SALT, compress=True)
        if len(kept) > MOST_KEPT:
            raise Invalid.field("file", "This workbook is too large: bring fewer sheets.")
    context = {"result": result, "kept": kept, "said": said, **_shown(result)}
    return _show(request, form, context, status=422 if result.faults else 200)


def _shown(result: Result) -> dict[str, Any]:
    does = [line for line in result.lines if line.outcome != "unchanged" or line.notes]
    return {"lines": does[:SHOWN], "more": max(0, len(does) - SHOWN), "counts": result.counts}


def _set_up(request: PageRequest, allowed: list[str]) -> HttpResponse:
    form = WorkbookForm(allowed)
    try:
        facts = signing.loads(request.POST["kept"], salt=_SALT, max_age=_KEPT_SECONDS)
        actor, parts, digest, cells = facts
    except signing.BadSignature:
        actor = 0
    if actor != request.actor.pk:
        bad = WorkbookForm(allowed, {}, {})
        bad.errors.clear()
        bad.add_error(None, "This page is too old. Bring the workbook again.")
        return _show(request, bad, status=422)
    act = {"actor": request.actor, "at": timezone.now(), "cells": cells, "parts": parts}
    try:
        result = set_up_structure(**act, expected=digest)
    except (Conflict, Invalid) as refusal:
        # The world is another one by now: what the workbook would do is shown again.
        return _look(request, form, cells, parts, [], said=refusal.message)
    links = [_told(invitation, secret) for invitation, secret in result.invited]
    context = {"result": result, "done": True, "links": links, **_shown(result)}
    return _show(request, form, context)


def _told(invitation: Invitation, secret: str) -> dict[str, Any]:
    link = settings.PUBLIC_URL + reverse("web:invitation", args=[secret])
    return {"invitation": invitation, "link": link, "mailed": mail_invitation(invitation, link)}


def _show(
    request: PageRequest,
    form: WorkbookForm,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, **(context or {})}
    return show(request, "cadence/settings/structure.html", context, nav="settings", status=status)


@page
@require_safe
def structure_template(request: PageRequest) -> HttpResponse:
    """The workbook to fill in."""
    return _workbook(template(), "cadence-template.xlsx")


@page
@require_safe
def structure_current(request: PageRequest) -> HttpResponse:
    """The same with what there is now."""
    content = current(request.organization, timezone.now())
    return _workbook(content, f"{request.organization.slug}-structure.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
