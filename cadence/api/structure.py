"""Teams, people, priorities, initiatives and metrics from one workbook."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Input
from cadence.api.imports import Body, WorkbookParser
from cadence.api.rendering import JsonRenderer
from cadence.api.schema import describe
from cadence.errors import Invalid
from cadence.imports.structure import look_at_structure, require_parts, set_up_structure
from cadence.imports.structure_book import current, template
from cadence.imports.structure_result import OUTCOMES, Result
from cadence.imports.structure_rows import cells_of
from cadence.imports.structure_sheets import BY_NAME
from cadence.notices.inviting import mail_invitation
from cadence.spreadsheets import XLSX

PREVIEW = OpenApiParameter(
    "preview", bool, description="`true` says what would be done, problems included; nothing is."
)
SHEETS = OpenApiParameter(
    "sheets",
    str,
    description="Which to read, with commas between them; all that one may set up unless said.",
)


class StructureChangeSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    old = serializers.CharField(allow_blank=True)
    new = serializers.CharField(allow_blank=True)


class StructureLineSerializer(serializers.Serializer[Any]):
    sheet = serializers.ChoiceField([(name, name) for name in BY_NAME])
    row = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    outcome = serializers.ChoiceField([(one, one) for one in OUTCOMES])
    changes = StructureChangeSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField(), help_text="What has to wait.")


class StructureFaultSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    column = serializers.CharField()
    message = serializers.CharField()


class InvitedSerializer(serializers.Serializer[Any]):
    email = serializers.CharField()
    link = serializers.CharField()
    mailed = serializers.BooleanField()


class StructureSerializer(serializers.Serializer[Any]):
    done = serializers.BooleanField(help_text="False for a preview.")
    rows = StructureLineSerializer(many=True)
    faults = StructureFaultSerializer(many=True, help_text="Of a preview; else they are refused.")
    notes = serializers.ListField(child=serializers.CharField())
    invited = InvitedSerializer(
        many=True, allow_null=True, help_text="With links that are told once."
    )


class WorkbookInput(Input):
    """The body is the workbook itself."""


class WorkbookRenderer(BaseRenderer):
    """A workbook as it is; what is refused stays JSON."""

    media_type = XLSX
    format = "xlsx"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return data if isinstance(data, bytes) else JsonRenderer().render(data)


class _Workbooks(Endpoint):
    # For the schema: what a workbook holds is of many tables.
    queryset = Team.objects.none()

    def get_renderers(self) -> list[BaseRenderer]:
        gives = getattr(self.request, "method", None) in ("GET", "HEAD")
        return [WorkbookRenderer()] if gives else super().get_renderers()


class StructureTemplate(_Workbooks):
    @describe(gives=OpenApiTypes.BINARY, kind=XLSX)
    def get(self, request: Request) -> Response:
        """The workbook to fill in: empty sheets, what each column is, and an example."""
        return _workbook(template(), "cadence-template.xlsx")


class Structure(_Workbooks):
    serializer_class = StructureSerializer
    parser_classes = (WorkbookParser,)
    told_once = ("invited",)

    @describe(gives=OpenApiTypes.BINARY, kind=XLSX)
    def get(self, request: Request) -> Response:
        """The same workbook with what there is now. Sent back as it is, it changes nothing."""
        organization = self.actor.organization
        return _workbook(current(organization, self.at), f"{organization.slug}-structure.xlsx")

    @extend_schema(request={XLSX: OpenApiTypes.BINARY})
    @describe(
        takes=WorkbookInput,
        gives=StructureSerializer,
        conflicts=["structure_changed"],
        parameters=[PREVIEW, SHEETS],
    )
    def post(self, request: Request) -> Response:
        """Set up what a workbook says, whole or not at all; or say what it would do.

        The body is an XLSX workbook; `GET structure/template` is the empty one.
        """
        allowed = require_parts(self.actor)
        asked = request.query_params
        named = [name for name in asked.get("sheets", "").split(",") if name]
        for name in named:
            if name not in BY_NAME:
                raise Invalid.field("sheets", f"A sheet is one of: {', '.join(BY_NAME)}.")
        if asked.get("preview", "false") not in ("true", "false"):
            raise Invalid.field("preview", "This is true or false.")
        body = request.data
        cells, notes = cells_of(body.content if isinstance(body, Body) else b"")
        act: dict[str, Any] = {
            "actor": self.actor,
            "at": self.at,
            "cells": cells,
            "parts": named or allowed,
        }
        preview = asked.get("preview") == "true"
        result = look_at_structure(**act) if preview else set_up_structure(**act)
        result.notes = [*notes, *result.notes]
        return Response(StructureSerializer(_told(result, done=not preview)).data)


def _workbook(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, content_type=XLSX)


def _told(result: Result, *, done: bool) -> dict[str, Any]:
    invited = []
    for invitation, secret in result.invited:
        link = settings.PUBLIC_URL + reverse("web:invitation", args=[secret])
        mailed = mail_invitation(invitation, link)
        invited.append({"email": invitation.email, "link": link, "mailed": mailed})
    return {
        "done": done,
        "rows": result.lines,
        "faults": result.faults,
        "notes": result.notes,
        "invited": invited,
    }
