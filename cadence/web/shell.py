"""What every page of an organization shares: who asks, for which organization, in which zone."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import structlog
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.memo import remembering
from accounts.models import Membership, Organization
from accounts.tree import know_sponsor
from cadence.errors import Forbidden, NotFound, Refusal
from cadence.refusals import from_database
from cadence.web.demo_people import DEMO_ONLY
from cadence.web.navigation import navigation

P = ParamSpec("P")
log = structlog.get_logger(__name__)

BUSY = "Others were writing at the same moment, and nothing of this was recorded. Try again."


class PageRequest(HttpRequest):
    """A request of somebody who belongs to the organization of the page."""

    actor: Membership
    organization: Organization
    # All that the person is a current member of, this one among them.
    memberships: list[Membership]


def page(
    view: Callable[Concatenate[PageRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """A page below ``/o/<slug>/``: signed in, a current member, times in the organization's zone.

    A stranger gets 404, as for a page that does not exist. A refusal that the view does not
    answer itself becomes a page that says why.
    """

    @login_required
    @wraps(view)
    def wrapped(request: Any, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        memberships = [
            one
            for one in Membership.objects.current()
            .filter(user=request.user)
            .select_related("organization__sponsor", "team")
            if one.organization.is_demo or DEMO_ONLY not in request.session
        ]
        actor = next((one for one in memberships if one.organization.slug == slug), None)
        if actor is None:
            raise Http404
        request.actor, request.organization = actor, actor.organization
        request.memberships = memberships
        looks = request.method in {"GET", "HEAD"}
        with (
            timezone.override(actor.organization.zone),
            remembering() if looks else nullcontext(),
        ):
            know_sponsor(request.organization)
            try:
                response = view(request, *args, **kwargs)
                # A template that is rendered later would be in another zone.
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
                return response
            except IntegrityError as error:
                return refused(request, from_database(error))
            except OperationalError as error:
                return busy(request, error)
            except NotFound as refusal:
                raise Http404 from refusal
            except Refusal as refusal:
                return refused(request, refusal)

    return wrapped


def show(
    request: PageRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    nav: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page with the shell: ``actor``, ``organization``, navigation and its counts."""
    shell = navigation(request.actor, timezone.now())
    shell |= {"memberships": request.memberships, "nav": nav}
    return render(request, template, {**shell, **(context or {})}, status=status)


def refused(request: PageRequest, refusal: Refusal) -> HttpResponse:
    """A page that says why something was refused, and what holds it."""
    status = 403 if isinstance(refusal, Forbidden) else 409
    return show(request, "cadence/refused.html", {"refusal": refusal}, status=status)


def busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """A page that says to try again: the database was locked, or undid one of two that collided."""
    log.warning("database.busy", path=request.path, error=str(error))
    response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = "5"
    return response


def tell(request: PageRequest, text: str) -> None:
    """Say on the next page what was done."""
    messages.success(request, text)


def put_beside_fields(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal in the form: each problem beside its field, the rest above it."""
    for problem in refusal.problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
    if not refusal.problems:
        form.add_error(None, refusal.message)


def try_action(form: forms.Form, action: Callable[..., Any], **arguments: Any) -> Any:
    """Run an action for a valid form. None when it was refused: the form then says why."""
    try:
        return action(at=timezone.now(), **arguments)
    except NotFound:
        raise
    except Refusal as refusal:
        put_beside_fields(form, refusal)
    except IntegrityError as error:
        put_beside_fields(form, from_database(error))
    except OperationalError as error:
        log.warning("database.busy", error=str(error))
        form.add_error(None, BUSY)
    return None
