"""Answers where no endpoint was reached: an unknown address, an unreadable request, a fault.

Below ``/api/`` they are problem documents, elsewhere Django's own pages.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from cadence.api.problems import NOTHING_HERE, answer


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponseBase:
    """Whatever no endpoint has. A slash too many at the end is forgiven, without a redirect: one
    would lose the body of a POST."""
    if request.path_info.endswith("/"):
        try:
            found = resolve(request.path_info.rstrip("/"))
        except Resolver404:
            return answer(404, NOTHING_HERE)
        if found.func is not unknown and found.namespace == "api":
            response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
            return response
    return answer(404, NOTHING_HERE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return answer(400, "This request cannot be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return answer(403, "You may not do this.")
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return answer(404, NOTHING_HERE)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return answer(500, "Something went wrong here. It has been logged.")
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
