"""Where a form leads back to when it is done."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cadence.web.shell import PageRequest


def back(request: PageRequest, name: str, *args: object) -> HttpResponseRedirect:
    """To the page that the form named in ``next``, if it is one of ours, else to the one named."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(asked)
    return to(request, name, *args)


def to(request: PageRequest, name: str, *args: object) -> HttpResponseRedirect:
    """To a page of the organisation."""
    return HttpResponseRedirect(reverse(f"web:{name}", args=(request.organization.slug, *args)))
