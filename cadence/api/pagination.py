"""Lists by cursor: a page begins after a row, not after a number of rows.

What is written meanwhile shifts nothing: every row that was there from the first page to the last
is seen once. A cursor is signed, so that nobody has to judge what somebody made up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

PER_PAGE = 50
MOST = 200
LIMIT, CURSOR, ORDERING, SEARCH = "limit", "cursor", "ordering", "search"


@dataclass(frozen=True)
class Key:
    """One column by which rows are ordered: a path such as ``priority__rank``. Rows without a value
    come last, on both databases, and first when the list is walked backwards."""

    path: str
    descending: bool = False
    field: Any = None

    @classmethod
    def of(cls, model: type[Model], name: str) -> "Key":
        path = name.removeprefix("-")
        return cls(path, name.startswith("-"), _field(model, path))

    @property
    def nullable(self) -> bool:
        return bool(self.field is not None and self.field.null)

    def ordering(self, backwards: bool) -> OrderBy:
        descending = self.descending is not backwards
        nulls: dict[str, Any] = {}
        if self.nullable:
            nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.path).desc(**nulls) if descending else F(self.path).asc(**nulls)

    def value(self, row: Any) -> Any:
        for name in self.path.split("__"):
            row = None if row is None else getattr(row, name)
        plain = row is None or isinstance(row, int | str)
        return row if plain else row.isoformat()

    def read(self, value: Any) -> Any:
        return value if value is None or self.field is None else self.field.to_python(value)

    def is_at(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def is_beyond(self, value: Any, backwards: bool) -> Q | None:
        """Further on than the value; None where nothing is."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backwards else None
        side = "lt" if self.descending is not backwards else "gt"
        beyond = Q(**{f"{self.path}__{side}": value})
        if self.nullable and not backwards:
            beyond |= Q(**{f"{self.path}__isnull": True})
        return beyond


def _field(model: type[Model], path: str) -> "Field[Any, Any] | None":
    """The column at the end of a path; None where it is computed. It may be null where anything on
    the way may."""
    found: Any = None
    for name in path.split("__"):
        try:
            found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        if found.is_relation and found.related_model:
            model = found.related_model
    return None if found is None else found


@dataclass(frozen=True)
class Place:
    """Where a page begins: beyond the row with these values, forwards or backwards."""

    ordering: str
    values: Sequence[Any]
    backwards: bool = False

    def written(self, signer: signing.Signer) -> str:
        return signer.sign_object([self.ordering, int(self.backwards), list(self.values)])

    @classmethod
    def read(cls, text: str, signer: signing.Signer) -> "Place":
        try:
            ordering, backwards, values = signer.unsign_object(text)
        except (signing.BadSignature, ValueError):
            raise _refused(CURSOR, "This is not a cursor that this list has given.") from None
        return cls(ordering, values, bool(backwards))


class Cursors(BasePagination):
    """``?limit=100&cursor=…``: 50 rows a page unless asked, 200 at most."""

    display_page_controls = False

    def paginate_queryset(self, rows: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        # A cursor of one list says nothing to another.
        self.signer = signing.Signer(salt=f"cadence.api.pagination:{request.path}")
        limit = _limit(request)
        ordering = request.query_params.get(ORDERING, "")
        place = None
        if text := request.query_params.get(CURSOR, ""):
            place = Place.read(text, self.signer)
            if place.ordering != ordering:
                raise _refused(CURSOR, "This cursor belongs to the same list in another order.")
        if isinstance(rows, QuerySet):
            found, keys = _of_table(rows, ordering, view, place, limit)
        else:
            found, keys = _of_sequence(rows, view, place, limit)
        more, shown = len(found) > limit, found[:limit]
        backwards = place is not None and place.backwards
        if backwards:
            shown.reverse()
        begins, ends = (more, True) if backwards else (place is not None, more)
        here = place or Place(ordering, ())
        self.previous = self.next = None
        if shown and begins:
            self.previous = self._link(replace(here, values=keys(shown[0]), backwards=True))
        if shown and ends:
            self.next = self._link(replace(here, values=keys(shown[-1]), backwards=False))
        return shown

    def _link(self, place: Place) -> str:
        address = remove_query_param(self.request.build_absolute_uri(), CURSOR)
        return str(replace_query_param(address, CURSOR, place.written(self.signer)))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link | {"description": "The page after this one; null on the last."},
                "previous": link | {"description": "The page before this one; null on the first."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """``limit`` and ``cursor``, and what the list of this view has besides."""
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PER_PAGE}
        found = [
            _parameter(LIMIT, limit, "Rows a page."),
            _parameter(
                CURSOR,
                {"type": "string"},
                "Where the page begins: from `next` or `previous` of another page.",
            ),
        ]
        if view.orders:
            names = [sign + name for name in view.orders for sign in ("", "-")]
            words = "Another order than the list has by itself; `-` is the largest first."
            found.append(_parameter(ORDERING, {"type": "string", "enum": names}, words))
        if view.searched:
            words = f"Letters in {' or '.join(view.searched)}, upper and lower case alike."
            found.append(_parameter(SEARCH, {"type": "string", "maxLength": 200}, words))
        return found


def for_a_file(rows: Any, request: Request, view: Any) -> Any:
    """All rows, in the order that is asked for. ValidationError for what is said of pages."""
    wrong = [name for name in (LIMIT, CURSOR) if name in request.query_params]
    if wrong:
        raise ValidationError(dict.fromkeys(wrong, "A file has all rows, not a page of them."))
    if not isinstance(rows, QuerySet):
        return rows
    keys = _keys(rows, request.query_params.get(ORDERING, ""), view)
    return rows.order_by(*(key.ordering(backwards=False) for key in keys))


def _of_table(
    rows: QuerySet[Any], ordering: str, view: Any, place: Place | None, limit: int
) -> tuple[list[Any], Callable[[Any], list[Any]]]:
    keys = _keys(rows, ordering, view)
    backwards = place is not None and place.backwards
    rows = rows.order_by(*(key.ordering(backwards) for key in keys))
    if place is not None:
        values = [key.read(value) for key, value in zip(keys, place.values, strict=True)]
        rows = rows.filter(_beyond(keys, values, backwards))
    return list(rows[: limit + 1]), lambda row: [key.value(row) for key in keys]


def _keys(rows: QuerySet[Any], ordering: str, view: Any) -> list[Key]:
    names = list(rows.query.order_by or rows.model._meta.ordering)
    if ordering:
        path = view.orders.get(ordering.removeprefix("-"))
        if path is None:
            known = ", ".join(view.orders) or "none"
            raise _refused(ORDERING, f"This list is not ordered by that; it may be by: {known}.")
        sign = "-" if ordering.startswith("-") else ""
        names = [sign + path, f"{sign}pk"]
    if names[-1].removeprefix("-") not in {"pk", "id", *view.unique}:
        names.append("pk")
    return [Key.of(rows.model, name) for name in names]


def _beyond(keys: Sequence[Key], values: Sequence[Any], backwards: bool) -> Q:
    found = Q(pk__in=[])
    same = Q()
    for key, value in zip(keys, values, strict=True):
        beyond = key.is_beyond(value, backwards)
        if beyond is not None:
            found |= same & beyond
        same &= key.is_at(value)
    return found


def _of_sequence(
    rows: Sequence[Any], view: Any, place: Place | None, limit: int
) -> tuple[list[Any], Callable[[Any], list[Any]]]:
    """A list that is computed anew for each page: beyond the row of the same identity, or where it
    was, should it be gone."""
    where = {view.identity(row): number for number, row in enumerate(rows)}

    def keys(row: Any) -> list[Any]:
        return [view.identity(row), where[view.identity(row)]]

    if place is None:
        return list(rows[: limit + 1]), keys
    known, was = place.values
    at = where.get(known)
    if place.backwards:
        end = was if at is None else at
        return list(reversed(rows[max(0, end - limit - 1) : end])), keys
    begin = was if at is None else at + 1
    return list(rows[begin : begin + limit + 1]), keys


def _limit(request: Request) -> int:
    text = request.query_params.get(LIMIT, str(PER_PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise _refused(LIMIT, f"This is a whole number from 1 to {MOST}.")
    return int(text)


def _refused(name: str, message: str) -> ValidationError:
    return ValidationError({name: message})


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
    }
