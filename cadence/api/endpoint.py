"""What every endpoint shares: who asks, at what moment, and only what is theirs to see."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial, reduce
from operator import or_
from typing import Any, cast

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.models import ApiToken, Membership
from cadence.api.authentication import TokenMay
from cadence.api.conditions import tagged, unless_changed
from cadence.api.deprecation import deprecation_of
from cadence.api.fields import Input
from cadence.api.filters import LARGEST_ID, read_search
from cadence.api.once import once
from cadence.api.pagination import CURSOR, LIMIT, ORDERING, SEARCH, for_a_file
from cadence.api.rates import Standing, meter
from cadence.api.tables import TABLES, as_file
from cadence.people.queries import locked_organization
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
    # A POST that changes nothing, and waits for somebody else's answer.
    only_asks = False
    # Of a list: what it may be ordered by, each name with its path; paths that are searched; and
    # columns besides the id of which no two rows have the same value.
    orders: Mapping[str, str] = {}
    searched: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    # Of a list as a file: which members of a row, unless all of them, such as ``team.name``.
    columns: tuple[str, ...] = ()
    at: datetime
    post: Callable[..., Any]
    patch: Callable[..., Any]
    delete: Callable[..., Any]
    standing: Standing | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Here, so that no endpoint forgets it.
        if "post" in vars(cls):
            cls.post = once(cls.post)
        if "patch" in vars(cls):
            cls.patch = unless_changed(cls.patch)
        if "delete" in vars(cls):
            cls.delete = unless_changed(cls.delete)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.at = timezone.now()
        super().initial(request, *args, **kwargs)
        self._check_query(request)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        token, limit = request.auth, settings.API_RATE
        if isinstance(token, ApiToken) and limit:
            standing = meter(settings.DATA_DIR / "api_rates").take(token.pk, limit)
            self.standing = standing
            if standing.wait:
                raise Throttled(standing.wait, f"At most {limit} requests a minute for each token.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer: HttpResponse = super().finalize_response(request, response, *args, **kwargs)
        if self.standing is not None:
            answer["RateLimit-Limit"] = str(self.standing.limit)
            answer["RateLimit-Remaining"] = str(self.standing.remaining)
            answer["RateLimit-Reset"] = str(self.standing.reset)
        deprecated = deprecation_of(self.handler(request))
        if deprecated is not None:
            deprecated.tell(answer)
        if isinstance(answer, Response) and answer.status_code == 200 and request.method != "POST":
            answer.add_post_render_callback(partial(tagged, request=request))
        return answer

    def handler(self, request: Request) -> Any:
        """The method that answers, as `describe` has left it."""
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        return getattr(self, method, None)

    def _check_query(self, request: Request) -> None:
        """Refuse a parameter that nothing here reads: it is likely a slip, and the answer would be
        about more than was meant."""
        handler = self.handler(request)
        known = set(getattr(handler, "parameters", ()))
        if getattr(handler, "is_list", False):
            known |= self.list_parameters()
        wrong = {}
        for name, values in request.query_params.lists():
            if name not in known:
                wrong[name[:60]] = "There is no such parameter."
            elif len(values) > 1:
                wrong[name] = "This is there twice."
            elif name == api_settings.URL_FORMAT_OVERRIDE and not values[0]:
                # What reads it takes this for nothing said.
                wrong[name] = "This is csv, json or xlsx."
        if wrong:
            raise ValidationError(wrong)

    def list_parameters(self) -> set[str]:
        filters = getattr(self, "filterset_class", None)
        found = {LIMIT, CURSOR, *(filters.base_filters if filters else ())}
        found |= {ORDERING} if self.orders else set()
        found |= {SEARCH} if self.searched else set()
        return found

    def lock(self, pk: int | None = None) -> None:
        """Lock what a PATCH or DELETE is about, in the order of all locks: the organization, then
        the row. Endpoints of which the action locks something else in between say so."""
        locked_organization(self.actor.organization_id)
        lock_row(self.get_queryset(), pk)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().filter_queryset(queryset)
        words = read_search(self.request.query_params.get(SEARCH, "")) if self.searched else ""
        return self.containing(found, words) if words else found

    def containing(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        """The rows in which the words are."""
        return rows.filter(reduce(or_, (Q(**{f"{p}__icontains": words}) for p in self.searched)))

    def identity(self, row: Any) -> int | str:
        """Of a row that is computed: what tells it from the others in the list."""
        raise NotImplementedError

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

    def page(self, rows: Any = None, **context: Any) -> Response:
        """One page of the rows, filtered; or a file with all of them, where that is asked for."""
        if rows is None:
            rows = self.filter_queryset(self.get_queryset())
        renderer = getattr(self.request, "accepted_renderer", None)
        if renderer is not None and renderer.format in FORMATS:
            rows = for_a_file(rows, self.request, self)
            return cast(Response, as_file(self, rows, renderer.format, **context))
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


def lock_row(rows: QuerySet[Any], pk: int | None) -> None:
    """Lock the row, where there is one that the actor may see."""
    if pk is not None and 0 < pk <= LARGEST_ID:
        found = rows.model._default_manager.filter(pk__in=rows.filter(pk=pk).values("pk"))
        list(found.select_for_update(of=("self",), no_key=True).values_list("pk"))


def existing(rows: QuerySet[Any], pk: int) -> Any:
    found = rows.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found
