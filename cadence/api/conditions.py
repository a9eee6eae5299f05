"""Answers that are given only when something changed, and changes only when nothing did.

An entity tag is the hash of an answer's bytes (RFC 9110, 8.8.3). ``If-None-Match`` spares sending
the same answer again. ``If-Match`` on a PATCH or DELETE is compared while the thing is locked, so
that nobody changes it between the comparison and the change.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

if TYPE_CHECKING:
    from cadence.api.endpoint import Endpoint

IF_MATCH, IF_NONE_MATCH, TAG = "If-Match", "If-None-Match", "ETag"


class Changed(APIException):
    status_code = 412
    default_detail = (
        "This has changed since you read it, or it is another thing: read it again, and change "
        "what is there now."
    )
    default_code = "precondition_failed"


def tag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def tagged(response: HttpResponse, request: Request) -> HttpResponse:
    """The answer with its tag; 304 without a body when the caller has it already."""
    tag = response[TAG] = tag_of(response.content)
    if request.method not in {"GET", "HEAD"}:
        return response
    # It may be stored by who asked, and is asked for again before it is used.
    response["Cache-Control"] = "private, no-cache"
    known = parse_etags(request.headers.get(IF_NONE_MATCH, ""))
    if "*" not in known and tag not in {one.removeprefix("W/") for one in known}:
        return response
    same = HttpResponseNotModified()
    for name, value in response.headers.items():
        if name not in {"Content-Type", "Content-Length"}:
            same[name] = value
    return same


def unless_changed(method: Callable[..., Response]) -> Callable[..., Response]:
    """The same PATCH or DELETE, one transaction, with what it changes locked before it is read:
    what is left out of a body must not undo what somebody else just wrote."""

    @wraps(method)
    def change(endpoint: "Endpoint", request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            endpoint.lock(*args, **kwargs)
            asked = request.headers.get(IF_MATCH)
            if asked is not None:
                known = parse_etags(asked)
                if "*" not in known and _now(endpoint, request, *args, **kwargs) not in known:
                    raise Changed
            return method(endpoint, request, *args, **kwargs)

    return change


def _now(endpoint: Any, request: Request, *args: Any, **kwargs: Any) -> str:
    found: Response = endpoint.get(request, *args, **kwargs)
    body: Any = request.accepted_renderer.render(
        found.data, request.accepted_media_type, endpoint.get_renderer_context()
    )
    return tag_of(body)
