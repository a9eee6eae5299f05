"""Every list of a page as a file: all its rows as they are narrowed, CSV or XLSX.

A page says what it lists: ``if file := exported(request, Export("people", PEOPLE, rows))``. The
links are in ``components/_export.html``; `tests/web/test_exports.py` finds the list that forgot.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse

from accounts.models import Organization
from cadence.errors import Invalid
from cadence.spreadsheets import FORMATS, MOST_ROWS, Table, file_of
from cadence.web.shell import PageRequest

T = TypeVar("T")
# As many rows at a time are looked up as keep the number of parameters small.
AT_ONCE = 500


@dataclass(frozen=True)
class Column:
    """The head of a column, and what of a row stands in it. ``in_zone`` and ``in_currency`` name
    the zone and the currency of the organization in the head; moments are written in that zone."""

    head: str
    value: Callable[[Any], object]
    in_zone: bool = False
    in_currency: bool = False

    def head_for(self, organization: Organization) -> str:
        unit = organization.time_zone if self.in_zone else ""
        unit = organization.currency if self.in_currency else unit
        return f"{self.head} ({unit})" if unit else self.head


def moment(head: str, value: Callable[[Any], object]) -> Column:
    return Column(head, value, in_zone=True)


def money(head: str, value: Callable[[Any], object]) -> Column:
    return Column(head, value, in_currency=True)


@dataclass(frozen=True)
class Export:
    """One list of a page: the name of its file, its columns, all its rows."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Any]


def exported(request: PageRequest, *lists: Export) -> HttpResponse | None:
    """The file that ``?format=`` asks for; None where the page is asked for. Of several lists,
    ``list`` names one, the first unless it does. Invalid: ``too_many_rows``."""
    format = request.GET.get("format", "")
    if format not in FORMATS or request.method not in ("GET", "HEAD"):
        return None
    wanted = request.GET.get("list", "")
    one = next((one for one in lists if one.name == wanted), lists[0])
    if isinstance(one.rows, QuerySet) and one.rows.count() > MOST_ROWS:
        raise Invalid.field(
            "format",
            f"A file has at most {MOST_ROWS:,} rows, and this list is longer. Narrow it.",
            code="too_many_rows",
        )
    rows = one.rows.iterator(AT_ONCE) if isinstance(one.rows, QuerySet) else one.rows
    organization = request.organization
    table = Table(
        one.name.replace("-", " ").capitalize(),
        [column.head_for(organization) for column in one.columns],
        ([_written(column.value(row), organization) for column in one.columns] for row in rows),
    )
    content, kind = file_of(table, format)
    response = HttpResponse(content, content_type=kind)
    name = f"{organization.slug}-{one.name}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # It is as the page is: of one person, and of this moment.
    response["Cache-Control"] = "no-store"
    return response


def in_pieces(rows: Iterable[T]) -> Iterator[list[T]]:
    """Some rows after the other, for what is asked of many at once."""
    left = iter(rows.iterator(AT_ONCE) if isinstance(rows, QuerySet) else rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _written(value: object, organization: Organization) -> object:
    if isinstance(value, datetime):
        return value.astimezone(organization.zone).replace(tzinfo=None)
    if isinstance(value, Decimal):
        # Without the zeros that the column has behind it.
        return value.normalize()
    return value
