"""The deck of a review: to read, to present from, on paper; arranging and annotating it."""

from dataclasses import dataclass

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cadence.calendar.periods import label
from cadence.decks.actions import annotate, arrange_deck, withdraw_annotation
from cadence.decks.compose import compose
from cadence.decks.drawing import TOTALS, Block, Drawn, drawn
from cadence.decks.models import Annotation, Arrangement
from cadence.decks.papers import NoPaper, pdf
from cadence.decks.queries import annotations_of, deck_of, in_order
from cadence.errors import Conflict
from cadence.permissions import Act, may, require
from cadence.reviews.access import standing
from cadence.reviews.models import Review
from cadence.web.room import get_review
from cadence.web.shell import PageRequest, page, show, tell, try_action


class AnnotationForm(forms.Form):
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    text = forms.CharField(
        label="Say something of it",
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
    )


@dataclass(frozen=True)
class Shown:
    """A block with what was said of it, and the form to say more."""

    block: Drawn
    annotations: list[Annotation]
    form: AnnotationForm | None


@page
@require_GET
def deck(request: PageRequest, review_id: int) -> HttpResponseBase:
    return _show(request, get_review(request, review_id))


@page
@require_GET
def present(request: PageRequest, review_id: int) -> HttpResponseBase:
    """The same without anything around it, a block at a time."""
    return _show(request, get_review(request, review_id), presents=True)


@page
@require_GET
def paper(request: PageRequest, review_id: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    now = "now" in request.GET
    found = deck_of(review, timezone.now(), now=now)
    try:
        made = pdf(
            review.series.name,
            [drawn(block) for block in found.blocks],
            subtitle=f"{review.team.name}, {_day(review)}",
        )
    except NoPaper as error:
        raise Conflict(str(error), code="no_paper") from error
    answer = HttpResponse(made, content_type="application/pdf")
    name = f"{review.organization.slug}-{review.occurs_on.isoformat()}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@page
@require_POST
def annotation(request: PageRequest, review_id: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    form = AnnotationForm(request.POST)
    if form.is_valid():
        act = {"actor": request.actor, "review": review}
        if try_action(form, annotate, **act, **form.cleaned_data):
            url = reverse("web:review-deck", args=[request.organization.slug, review.pk])
            return redirect(f"{url}#{_anchor(form.cleaned_data['key'])}")
    return _show(request, review, form=form, status=422)


@page
@require_POST
def annotation_withdrawal(request: PageRequest, annotation_id: int) -> HttpResponseBase:
    rows = Annotation.objects.filter(organization=request.organization)
    found = get_object_or_404(rows.select_related("review"), pk=annotation_id)
    withdraw_annotation(actor=request.actor, at=timezone.now(), annotation=found)
    tell(request, "Withdrawn. It stays on record.")
    return redirect("web:review-deck", request.organization.slug, found.review_id)


@page
def arrangement(request: PageRequest, review_id: int) -> HttpResponseBase:
    """Each block with its place and whether it is shown. Works without a script."""
    review = get_review(request, review_id)
    require(request.actor, Act.RUN_REVIEW, **standing(review))
    blocks = compose(review, timezone.now())
    if request.method == "POST":
        keys = [block["key"] for block in blocks]
        places = {key: request.POST.get(f"place-{key}", "") for key in keys}
        shown = set(request.POST.getlist("shown"))
        form = forms.Form(request.POST)
        wrong = sorted(key for key, place in places.items() if not place.isdecimal())
        if wrong:
            form.add_error(None, "A place is a whole number.")
        else:
            order = sorted(keys, key=lambda key: (int(places[key][:6]), keys.index(key)))
            done = try_action(
                form,
                arrange_deck,
                actor=request.actor,
                series=review.series,
                keys=order,
                left_out=[key for key in keys if key not in shown],
            )
            if done is not None:
                tell(request, "Arranged, for this review and those after it.")
                return redirect("web:review-deck", request.organization.slug, review.pk)
        rows = [(block, places[block["key"]], block["key"] in shown) for block in blocks]
        return _arrange(request, review, rows, form, 422)
    known = Arrangement.objects.filter(series=review.series).first()
    ordered = in_order(blocks, known.keys) if known else blocks
    left_out = set(known.left_out) if known else set()
    rows = [
        (block, str(at), block["key"] not in left_out) for at, block in enumerate(ordered, start=1)
    ]
    return _arrange(request, review, rows, forms.Form(), 200)


def _arrange(
    request: PageRequest,
    review: Review,
    rows: list[tuple[Block, str, bool]],
    form: forms.Form,
    status: int,
) -> HttpResponse:
    context = {"review": review, "rows": rows, "form": form}
    return show(request, "cadence/decks/arrangement.html", context, nav="reviews", status=status)


def _show(
    request: PageRequest,
    review: Review,
    *,
    presents: bool = False,
    form: AnnotationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = deck_of(review, timezone.now(), now="now" in request.GET)
    notes = annotations_of(review)
    speaks = review.state in {"planned", "open"} and may(request.actor, Act.TAKE_PART)
    shown = []
    for block in found.blocks:
        key = block["key"]
        asked = form if form is not None and form.data.get("key") == key else None
        if asked is None and speaks:
            asked = AnnotationForm(initial={"key": key}, auto_id=f"{_anchor(key)}-%s")
        shown.append(Shown(drawn(block), notes.get(key, []), asked))
    context = {
        "review": review,
        "deck": found,
        "shown": shown,
        "totals": TOTALS,
        "runs": may(request.actor, Act.RUN_REVIEW, **standing(review)),
        "is_now": "now" in request.GET,
    }
    name = "present" if presents else "page"
    return show(request, f"cadence/decks/{name}.html", context, nav="reviews", status=status)


def _anchor(key: str) -> str:
    return key.replace(":", "-")


def _day(review: Review) -> str:
    return label("day", review.occurs_on, with_year=True)
