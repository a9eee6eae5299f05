"""Two questions of a load balancer: ``/healthz``, is it alive; ``/readyz``, may it have work."""

from collections.abc import Callable

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from cadence.management import installation

log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers both before any other middleware looks at the request.

    A probe calls by address, over plain HTTP and without a session: the host check and the
    redirect to HTTPS would refuse it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return alive()
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def alive() -> HttpResponse:
    """200 ``ok`` as long as the process answers; asks nothing of the database."""
    return uncached(HttpResponse("ok", content_type="text/plain; charset=utf-8"))


def ready() -> HttpResponse:
    """200 when database, migrations and guards are as they should be, else 503.

    The body is a JSON object from each of the three to ``ok`` or to what is wrong. Details go to
    the log only: this address answers everybody.
    """
    found = {"database": "not reachable", "migrations": "unknown", "guards": "unknown"}
    try:
        found["migrations"] = "not applied" if installation.unapplied_migrations() else "ok"
        found["database"] = "ok"
        found["guards"] = "not as declared" if installation.guard_faults() else "ok"
    except DatabaseError:
        log.exception("not_ready")
    well = all(answer == "ok" for answer in found.values())
    return uncached(JsonResponse(found, status=200 if well else 503))


def refuse_to_run_unguarded() -> None:
    """End the process, with the reasons, when the database lacks a guard that the code relies on.

    A database that cannot be asked, or has no tables yet, is left to ``/readyz``.
    """
    try:
        faults = [] if installation.unapplied_migrations() else installation.guard_faults()
    except DatabaseError:
        log.exception("guards_not_checked")
        return
    if faults:
        raise SystemExit("\n".join(["Cadence does not run without its guards.", *faults]))


def uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
