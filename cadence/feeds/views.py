"""``GET /feeds/<secret>/cadence.ics``: what a calendar subscribes to. The secret is all it has."""

import hashlib

import structlog
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from cadence.feeds.calendars import calendar_of
from cadence.people.calendar_links import find_calendar_link, touch_calendar_link

log = structlog.get_logger(__name__)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    at = timezone.now()
    try:
        link = find_calendar_link(secret, at)
        if link is None:
            raise Http404
        body = calendar_of(link, at).to_ical()
        touch_calendar_link(link=link, at=at)
    except OperationalError as error:
        log.warning("database.busy", what="feed", error=str(error))
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    etag = quote_etag(hashlib.sha256(body).hexdigest())
    response["ETag"] = etag
    # Asked again every time: a link that was revoked shows nothing from a cache either.
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="cadence.ics"'
    response["X-Robots-Tag"] = "noindex"
    # Gives back the same with 304 where the client has it already.
    return get_conditional_response(request, etag=etag, response=response) or response
