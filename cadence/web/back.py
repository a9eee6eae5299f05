"""Where a form leads back to when it is done."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cadence.web.shell import PageRequest


def asked_page(request: PageRequest) -> str:
    """The page of ours that the form named in ``next``; empty when it named none, or another."""
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if ours else ""


def back(request: PageRequest, name: str, *args: object) -> HttpResponseRedirect:
    """To the page that the form named in ``next``, else to the one named here."""
    asked = asked_page(request)
    return HttpResponseRedirect(asked) if asked else to(request, name, *args)


def to(request: PageRequest, name: str, *args: object) -> HttpResponseRedirect:
    """To a page of the organization."""
    return HttpResponseRedirect(reverse(f"web:{name}", args=(request.organization.slug, *args)))
