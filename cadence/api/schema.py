"""The OpenAPI document: what a method takes, gives and refuses; and a page to read it.

Both addresses are public: they say nothing of anybody.
"""

from collections.abc import Callable, Sequence
from inspect import cleandoc
from typing import Any, TypeVar

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.response import Response

from cadence.answers.rules import FIELD, KEY_PATTERN, LONGEST_KEY
from cadence.api.conditions import IF_MATCH, IF_NONE_MATCH, TAG
from cadence.api.deprecation import Deprecated
from cadence.api.fields import Input
from cadence.api.once import REPLAYED
from cadence.api.problems import MEDIA_TYPE
from cadence.spreadsheets import CSV, XLSX

JSON = "application/json"
Serializer = type[serializers.Serializer[Any]]
Handler = TypeVar("Handler", bound=Callable[..., Response])


class FieldProblemSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    message = serializers.CharField()
    row = serializers.IntegerField(required=False, help_text="In a batch, counted from 1.")


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. Some codes have members of their own besides these."""

    type = serializers.CharField(help_text="`urn:cadence:problem:` and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for people.")
    code = serializers.CharField(help_text="Stable, for programs.")
    problems = FieldProblemSerializer(many=True)


_MEANINGS = {
    400: "The body cannot be read.",
    401: "The token is missing, not known, revoked or expired.",
    403: "The member, or the token of a machine, may not do this.",
    404: "It does not exist, or belongs to another organization.",
    406: "The answer is JSON, and of lists CSV or XLSX; nothing else.",
    409: "The world is not in the state that this needs.",
    412: "It is not what `If-Match` says: it has changed since.",
    413: "The body is too large.",
    415: "The body must be `application/json`.",
    422: "A value is refused; `problems` names each field and why.",
    429: "The token has asked too often; see `Retry-After`.",
    503: "Others are writing at this moment; see `Retry-After`.",
}

_KEY = OpenApiParameter(
    FIELD,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN},
    OpenApiParameter.HEADER,
    description="Of your own making, another one for each thing to be done. The same request "
    "sent again with it has one effect and one answer, for seven days.",
)


_TAGS = {"type": "string"}


def _told(name: str, schema: dict[str, Any], words: str, codes: list[int]) -> OpenApiParameter:
    """A header of the answers with these codes."""
    return OpenApiParameter(
        name, schema, OpenApiParameter.HEADER, description=words, response=codes
    )


def _headers(method: str, codes: list[int], refusals: list[int]) -> list[OpenApiParameter]:
    """Those that may be sent, and those that are answered."""
    whole = {"type": "integer", "minimum": 0}
    found = [
        _told("RateLimit-Limit", whole, "Requests a minute.", codes),
        _told("RateLimit-Remaining", whole, "Requests that are left now.", codes),
        _told("RateLimit-Reset", whole, "Seconds until all of them are there again.", codes),
        _told("Retry-After", whole, "Seconds.", [c for c in refusals if c in {429, 503}]),
    ]
    if method == "post":
        one = {"type": "string", "enum": ["true"]}
        words = "The answer was given before; nothing was done."
        return [_KEY, _told(REPLAYED, one, words, codes), *found]
    sent = IF_NONE_MATCH if method == "get" else IF_MATCH
    words = (
        "Tags that you have: 304 when one of them is still that of the answer."
        if method == "get"
        else "The tag that you read: 412 when it has changed since."
    )
    return [
        OpenApiParameter(sent, _TAGS, OpenApiParameter.HEADER, description=words),
        _told(TAG, {"type": "string"}, "Changes when the answer does.", codes),
        *found,
    ]


def describe(
    *,
    gives: Any,
    takes: type[Input] | None = None,
    status: int = 200,
    kind: str = JSON,
    conflicts: Sequence[str] = (),
    conflict: Serializer = ProblemSerializer,
    also: dict[int, Any] | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    deprecated: Deprecated | None = None,
) -> Callable[[Handler], Handler]:
    """Say in the schema what a method takes and gives, and the problems it may answer with.

    ``conflicts`` are codes of a 409 whose shape is ``conflict``; ``also`` has further answers;
    ``parameters`` are what it reads from the query besides filters; ``deprecated`` is sent with
    every answer. A list, ``many=True``, is given as CSV and XLSX too. ``kind`` is the media type of
    an answer that is a file.
    """

    def decorate(method: Handler) -> Handler:
        name = method.__name__
        is_list = name == "get" and isinstance(gives, serializers.ListSerializer)
        # The endpoint refuses all that is not named here.
        read = {"format"} if is_list else set()
        vars(method)["parameters"] = frozenset(read | {one.name for one in parameters})
        vars(method)["is_list"] = is_list
        vars(method)["deprecated"] = deprecated
        codes = [401, 403, 404, 406, 422, 429]
        if name != "get":
            codes += [409, 503] + ([400, 413, 415] if takes else [])
            codes += [] if name == "post" else [412]
        # Every key with its media type: the first in their order says whether this is a list.
        answers = {status: gives, **(also or {})}
        responses: dict[Any, Any] = {(code, kind): shape for code, shape in answers.items()}
        if is_list:
            responses[status, CSV], responses[status, XLSX] = str, OpenApiTypes.BINARY
        if name == "get":
            responses[304] = OpenApiResponse(None, description="The same as you have.")
        for code in codes:
            meaning = _MEANINGS[code]
            if code == 406 and kind != JSON:
                meaning = f"The answer is `{kind}`, and nothing else."
            if code == 409 and conflicts:
                meaning = f"{meaning} Codes: {', '.join(f'`{one}`' for one in conflicts)}."
            shape = conflict if code == 409 else ProblemSerializer
            responses[code, MEDIA_TYPE] = OpenApiResponse(shape, description=meaning)
        summary, _, more = cleandoc(method.__doc__ or "").partition("\n\n")
        told = [more or summary] + ([deprecated.sentence] if deprecated else [])
        return extend_schema(
            summary=summary,
            description="\n\n".join(told),
            parameters=[*_headers(name, list(answers), codes), *parameters],
            request=takes,
            responses=responses,
            deprecated=deprecated is not None,
        )(method)

    return decorate


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "cadence.api.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of a person or a machine: `Authorization: Bearer cad_…`",
        }


class ToldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "cadence.api.fields.Told"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = self.target.schema
        return dict(schema)


class ChoiceExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """As an output of the same choices, so that the document has one name for both."""

    target_class = "cadence.api.fields.Choice"
    priority = 1

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        field = serializers.ChoiceField(self.target.choices, help_text=self.target.help_text)
        schema: dict[str, Any] = auto_schema._map_serializer_field(  # type: ignore[no-untyped-call]
            field, direction
        )
        return schema


class InputExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "cadence.api.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        if type(self.target).__doc__ is None:
            del schema["description"]  # of the class above it
        return schema | {"additionalProperties": False}


schema = SpectacularAPIView.as_view(authentication_classes=())
docs = SpectacularSwaggerSplitView.as_view(
    url_name="api:schema",
    authentication_classes=(),
    # The template that comes with it has a style of its own, which the policy refuses.
    template_name="cadence/api/docs.html",
)
