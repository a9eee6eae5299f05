"""Lists that are also given as CSV, for who goes on in a spreadsheet: ``?format=csv``."""

from collections.abc import Mapping
from typing import Any, cast

from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.spreadsheets import csv_of


class CsvRenderer(BaseRenderer):
    """All rows at once, with the columns that the endpoint names. What is refused stays JSON."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        context = renderer_context or {}
        if context["response"].exception:
            return JSONRenderer().render(data)
        columns = cast(TableEndpoint, context["view"]).columns
        return csv_of(columns, [[_member(row, name) for name in columns] for row in data])


class TableEndpoint(Endpoint):
    """A list of which a row is a line. ``columns`` are members of a row, such as ``team.name``."""

    renderer_classes = (JSONRenderer, CsvRenderer)
    columns: tuple[str, ...]

    def page(self, rows: Any = None, **context: Any) -> Response:
        """A page of the rows, or as CSV all of them: a table that was cut would not say so."""
        if getattr(self.request, "accepted_renderer", None) is None or (
            self.request.accepted_renderer.format != CsvRenderer.format
        ):
            return super().page(rows, **context)
        if rows is None:
            rows = self.filter_queryset(self.get_queryset())
        shown = list(rows)
        context = {**self.get_serializer_context(), **self.beside(shown), **context}
        assert self.serializer_class is not None
        return Response(self.serializer_class(shown, many=True, context=context).data)


def _member(row: Any, path: str) -> Any:
    """None where something on the way is null; a list as its items, one after the other."""
    for name in path.split("."):
        row = row[name] if isinstance(row, Mapping) else None
    if isinstance(row, list):
        return ", ".join(str(item) for item in row)
    return row
