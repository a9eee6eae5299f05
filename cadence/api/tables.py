"""Every list also as CSV and XLSX: ``?format=csv``, or ``Accept: text/csv``.

The columns follow from the serializer of the list, named by the members of a row: ``team.name``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.settings import api_settings

from cadence.api.fields import Exact
from cadence.api.rendering import JsonRenderer
from cadence.errors import Invalid
from cadence.spreadsheets import FORMATS, MOST_ROWS, Table, file_of

if TYPE_CHECKING:
    from cadence.api.endpoint import Endpoint

# As many rows at a time are looked up as keep the number of parameters small.
AT_ONCE = 1000


class _TableRenderer(BaseRenderer):
    """Only to be asked for: the file is made by `as_file`, and what is refused stays JSON."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return JsonRenderer().render(data)


class CsvRenderer(_TableRenderer):
    media_type = FORMATS["csv"]
    format = "csv"


class XlsxRenderer(_TableRenderer):
    media_type = FORMATS["xlsx"]
    format = "xlsx"


TABLES = (CsvRenderer, XlsxRenderer)


def as_file(endpoint: "Endpoint", rows: Any, format: str, **context: Any) -> HttpResponse:
    """All rows, filtered, not only those of a page. Invalid: ``too_many_rows``."""
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    if count > MOST_ROWS:
        raise Invalid.field(
            api_settings.URL_FORMAT_OVERRIDE or "format",
            f"A file has at most {MOST_ROWS:,} rows, and these are {count:,}. Narrow the list.",
            code="too_many_rows",
        )
    assert endpoint.serializer_class is not None
    columns = columns_of(endpoint.serializer_class(), endpoint.columns)
    read = [column.text if format == "csv" else column.value for column in columns]
    name = endpoint.request.path.rstrip("/").rsplit("/", 1)[-1]
    found = _represented(endpoint, rows, context)
    table = Table(
        name,
        [column.name for column in columns],
        ([take(row) for take in read] for row in found),
    )
    content, kind = file_of(table, format)
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response


def _represented(endpoint: "Endpoint", rows: Any, more: Mapping[str, Any]) -> Iterator[Any]:
    """The rows as the endpoint gives them in JSON."""
    left: Iterator[Any] = iter(rows.iterator(AT_ONCE) if isinstance(rows, QuerySet) else rows)
    while some := list(islice(left, AT_ONCE)):
        context = {**endpoint.get_serializer_context(), **endpoint.beside(some), **more}
        assert endpoint.serializer_class is not None
        yield from endpoint.serializer_class(some, many=True, context=context).data


@dataclass(frozen=True)
class Column:
    """A member of a row. ``reads`` makes a value for a workbook of what stands in the JSON."""

    name: str
    reads: Callable[[Any], object] = lambda given: given

    def value(self, row: Any) -> object:
        """A number, a day or a moment (UTC) as such; None where something on the way is null."""
        given = _member(row, self.name.split("."))
        return None if given is None else _plain(self.reads(given))

    def text(self, row: Any) -> object:
        """For CSV: days and moments as they stand in the JSON."""
        value = self.value(row)
        if isinstance(value, bool):
            return "true" if value else "false"
        return _member(row, self.name.split(".")) if isinstance(value, date) else value


def columns_of(
    serializer: serializers.BaseSerializer[Any], names: Sequence[str] = ()
) -> list[Column]:
    """Every member of a row that is one value; of a list inside of a row the ids. ``names``, where
    they are given, are the wanted ones in their order."""
    found = list(_columns(serializer, ""))
    if not names:
        return found
    known = {column.name: column for column in found}
    return [known[name] for name in names]


def _columns(serializer: Any, above: str) -> Iterator[Column]:
    for name, field in serializer.fields.items():
        if not field.write_only:
            yield from _of_field(f"{above}{name}", field)


def _of_field(name: str, field: Any) -> Iterator[Column]:
    if isinstance(field, serializers.SerializerMethodField):
        # What it gives is said for the schema; a type alone is one value.
        method = getattr(field.parent, str(field.method_name))
        field = getattr(method, "_spectacular_annotation", {}).get("field")
    if isinstance(field, serializers.ListSerializer):
        if "id" in getattr(field.child, "fields", ()):
            yield Column(f"{name}.id")
    elif isinstance(field, serializers.BaseSerializer):
        yield from _columns(field, f"{name}.")
    elif isinstance(field, Exact | serializers.DecimalField):
        yield Column(name, Decimal)
    elif isinstance(field, serializers.DateTimeField):
        yield Column(name, _moment)
    elif isinstance(field, serializers.DateField):
        yield Column(name, date.fromisoformat)
    else:
        yield Column(name)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _member(row: Any, path: Sequence[str]) -> Any:
    """None where something on the way is null; of a list that member of its items."""
    for place, name in enumerate(path):
        if isinstance(row, list):
            return [_member(item, path[place:]) for item in row]
        row = row[name] if isinstance(row, Mapping) else None
    return row


def _plain(value: Any) -> object:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(item) for item in value)
    return value
