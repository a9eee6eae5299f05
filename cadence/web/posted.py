"""Addresses that are posted to and have no page of their own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from cadence.web.shell import PageRequest

View = Callable[..., HttpResponseBase]


def posted_from(name: str, *kept: str) -> Callable[[View], View]:
    """A view that takes a form of the page ``name``, whose address has these arguments.

    Whoever comes otherwise is led to that page: by a link relative to a form that was refused, or
    from signing in again. A bare 405 would leave them nowhere.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: PageRequest, **arguments: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, **arguments)
            place = [request.organization.slug, *(arguments[each] for each in kept)]
            query = request.META.get("QUERY_STRING", "")
            url = reverse(f"web:{name}", args=place)
            return HttpResponseRedirect(f"{url}?{query}" if query else url)

        return wrapped

    return decorate
