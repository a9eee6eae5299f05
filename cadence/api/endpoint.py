"""What every endpoint shares: who asks, at what moment, and only what is theirs to see."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, Membership
from cadence.api.authentication import TokenMay
from cadence.api.fields import Input
from cadence.api.filters import LARGEST_ID
from cadence.api.once import once
from cadence.api.tables import TABLES, as_file
from cadence.spreadsheets import FORMATS


class Endpoint(GenericAPIView[Any]):
    """One address. ``queryset`` names every row and what comes with it; ``get_queryset`` leaves
    those of the actor's organization, so that those of another are not there."""

    permission_classes = (TokenMay,)
    http_method_names = ("get", "head", "post", "patch")
    takes_readings = False
    # Members of an answer that are not kept to be given again: secrets. `tests/api/test_secrets.py`
    # finds the endpoint that forgets one.
    told_once: tuple[str, ...] = ()
    # Of a list as a file: which members of a row, unless all of them, such as ``team.name``.
    columns: tuple[str, ...] = ()
    at: datetime
    post: Callable[..., Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Here, so that no endpoint forgets it.
        if "post" in vars(cls):
            cls.post = once(cls.post)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.at = timezone.now()
        super().initial(request, *args, **kwargs)

    def get_renderers(self) -> list[BaseRenderer]:
        """A list is given as a table too; `describe` says what is a list."""
        is_list = getattr(getattr(self, "get", None), "is_list", False)
        reads = getattr(self.request, "method", None) in ("GET", "HEAD")
        return [*super().get_renderers(), *(kind() for kind in TABLES if is_list and reads)]

    @property
    def actor(self) -> Membership:
        token = self.request.auth
        assert isinstance(token, ApiToken)
        return token.membership

    @property
    def today(self) -> date:
        return self.at.astimezone(self.actor.organization.zone).date()

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(organization=self.actor.organization_id)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        # The schema is made without anybody asking.
        if isinstance(getattr(self.request, "auth", None), ApiToken):
            context["actor"], context["at"] = self.actor, self.at
        return context

    def beside(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What a serializer needs besides these rows, asked once for all of them."""
        return {}

    def found(self, pk: int) -> Any:
        """The row, or 404 when there is none that the actor may see."""
        return existing(self.get_queryset(), pk)

    def take(self, shape: type[Input], *, partial: bool = False) -> dict[str, Any]:
        """What was sent, by name. Raises ValidationError when its shape is another."""
        context = self.get_serializer_context()
        taken = shape(data=self.request.data, context=context, partial=partial)
        taken.is_valid(raise_exception=True)
        values: dict[str, Any] = taken.validated_data
        return values

    def page(self, rows: Any = None, **context: Any) -> Any:
        """One page of the rows, filtered; or a file with all of them, where that is asked for."""
        if rows is None:
            rows = self.filter_queryset(self.get_queryset())
        renderer = getattr(self.request, "accepted_renderer", None)
        if renderer is not None and renderer.format in FORMATS:
            return as_file(self, rows, renderer.format, **context)
        shown = self.paginate_queryset(rows)
        assert shown is not None
        context = {**self.get_serializer_context(), **self.beside(shown), **context}
        assert self.serializer_class is not None
        return self.get_paginated_response(
            self.serializer_class(shown, many=True, context=context).data
        )

    def answer(self, row: Model, status: int = 200) -> Response:
        """A row as it is now, with all that comes with it."""
        return Response(self.shown(self.found(row.pk)), status)

    def shown(self, row: Any) -> dict[str, Any]:
        context = {**self.get_serializer_context(), **self.beside([row])}
        assert self.serializer_class is not None
        data: dict[str, Any] = self.serializer_class(row, context=context).data
        return data


def existing(rows: QuerySet[Any], pk: int) -> Any:
    found = rows.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found
