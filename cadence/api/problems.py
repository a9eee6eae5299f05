"""What went wrong, as problem documents (RFC 9457): the same members from every endpoint."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response

from cadence.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Refusal
from cadence.refusals import from_database

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1

# Status and code of what the protocol refuses before any action is asked.
CODES = {
    400: "unreadable",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "busy",
}
NOTHING_HERE = "There is no such thing here."
# SQLSTATE of serialization_failure, deadlock_detected and lock_not_available.
CONTENTION = {"40001", "40P01", "55P03"}


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


def document(
    status: int,
    detail: str,
    *,
    code: str = "",
    problems: Sequence[Problem] = (),
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A problem document. ``details`` become members of their own, beside the standard ones."""
    code = code or CODES[status]
    return {
        **(details or {}),
        "type": f"urn:cadence:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": _printable(detail),
        "code": code,
        "problems": [
            {name: _printable(value) for name, value in problem.as_dict().items()}
            for problem in problems
        ],
    }


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception; None for a fault of ours, which then is logged with a 500."""
    found = _refused(error) or _of_database(error) or _of_protocol(error)
    if found is None:
        return None
    headers = _headers(error, found["status"])
    return Response(found, found["status"], headers=headers, content_type=MEDIA_TYPE)


def answer(status: int, detail: str) -> JsonResponse:
    """A problem where no endpoint was reached."""
    return JsonResponse(document(status, detail), status=status, content_type=MEDIA_TYPE)


def _refused(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, IntegrityError):
        error = from_database(error)
    if not isinstance(error, Refusal):
        return None
    kinds = ((Invalid, 422), (Forbidden, 403), (NotFound, 404), (Conflict, 409))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 409)
    return document(
        status, error.message, code=error.code, problems=error.problems, details=error.details
    )


def _of_database(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DataError):
        log.warning("value_refused_by_the_database", exc_info=error)
        return document(422, "The database cannot store one of these values.")
    if isinstance(error, OperationalError):
        state = getattr(error.__cause__, "sqlstate", None)
        if state in CONTENTION or "locked" in str(error):
            return document(503, "Others are writing at this moment: try again.")
    return None


def _of_protocol(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, ValidationError):
        problems = list(_flat(error.detail))
        return _refused(Invalid.fields(problems))
    if isinstance(error, Http404):
        return document(404, NOTHING_HERE)
    if isinstance(error, PermissionDenied):
        return document(403, "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return document(413, str(TooLarge.default_detail))
    if isinstance(error, SuspiciousOperation):
        return document(400, "This request cannot be read.")
    if isinstance(error, NotAuthenticated):
        return document(401, "This needs a token: Authorization: Bearer cad_…")
    if isinstance(error, APIException):
        return document(error.status_code, str(error.detail))
    return None


def _headers(error: Exception, status: int) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    if status in {429, 503}:
        headers["Retry-After"] = str(getattr(error, "wait", None) or RETRY_SECONDS)
    return headers


def _flat(detail: Any, field: str = "") -> Iterator[Problem]:
    """Every message with the path of its field, such as ``also_breaches.0``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            path = str(name) if name != "non_field_errors" else ""
            yield from _flat(inner, ".".join(part for part in (field, path) if part))
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            # A list of messages, or one of items that each have their own.
            is_item = isinstance(inner, Mapping | list)
            yield from _flat(inner, f"{field}.{number}" if is_item else field)
    else:
        yield Problem(field or "body", str(detail))


def _printable(value: Any) -> Any:
    """Half a character, sent back in an answer, could not be encoded."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
