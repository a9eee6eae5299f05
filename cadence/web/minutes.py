"""The minutes of a closed review, read from what was sealed and from nothing else."""

from django.http import Http404, HttpResponse, HttpResponseBase

from cadence.errors import Refusal
from cadence.reviews.models import Review
from cadence.reviews.queries import verify_minutes
from cadence.reviews.readable import readable
from cadence.web.room import get_review
from cadence.web.shell import PageRequest, page, show


@page
def minutes(request: PageRequest, review_id: int) -> HttpResponseBase:
    return show_minutes(request, get_review(request, review_id))


def show_minutes(
    request: PageRequest, review: Review, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    """404 while there are none. Names and figures are those of the sealed text."""
    if review.minutes is None:
        raise Http404
    context = {
        "review": review,
        "minutes": readable(review.minutes),
        "is_verified": verify_minutes(review),
        "refusal": refusal,
    }
    return show(request, "cadence/reviews/minutes.html", context, nav="reviews", status=status)
