"""What is done in the review room. A refusal is answered in the room, beside what was typed."""

from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, commit
from cadence.decisions.models import Commitment, Decision
from cadence.errors import Conflict, Invalid
from cadence.initiatives.models import Initiative
from cadence.ownership.actions import offer_ownership
from cadence.ownership.queries import standing
from cadence.permissions import Act, require
from cadence.refusals import from_database
from cadence.reviews.actions import close_review, join_orphans
from cadence.reviews.models import Review
from cadence.reviews.queries import scope
from cadence.reviews.room import add_note, note_attendance, save_notes
from cadence.web.commitments import CommitmentForm, settle_commitment
from cadence.web.decision_forms import DecisionForm, matter_of, take_decision
from cadence.web.hand_over import InterimForm, OfferForm
from cadence.web.interims import try_interim
from cadence.web.minutes import show_minutes
from cadence.web.posted import posted_from
from cadence.web.room import get_review, next_undecided, room_of, room_url, show_room
from cadence.web.room_parts import NoteForm, NotesForm, initiatives_in
from cadence.web.room_people import changes
from cadence.web.shell import PageRequest, page, put_beside_fields, tell, try_action


def _from_htmx(request: PageRequest) -> bool:
    return "HX-Request" in request.headers


@page
@require_GET
def live(request: PageRequest, review_id: int) -> HttpResponseBase:
    """What holds the review open, for a room that is open on somebody's screen."""
    review = get_review(request, review_id)
    if review.state != "open":
        return HttpResponse(headers={"HX-Refresh": "true"})
    part, item = request.GET.get("part", ""), request.GET.get("item", "")
    room = room_of(request, review, part=part, item=item)
    if request.GET.get("seen") == room.seen:
        return HttpResponse(status=204)
    context = {
        "room": room,
        "review": review,
        "organization": request.organization,
        "is_fragment": True,
    }
    return render(request, "cadence/reviews/_live.html", context)


@page
@posted_from("review", "review_id")
def close(request: PageRequest, review_id: int) -> HttpResponseBase:
    """Always answered: with the minutes, or with what holds the review open."""
    review = get_review(request, review_id)
    try:
        close_review(actor=request.actor, at=timezone.now(), review=review)
    except (Conflict, IntegrityError) as error:
        refusal = error if isinstance(error, Conflict) else from_database(error)
        if refusal.code == "review_already_closed":
            review = get_review(request, review_id)
            return show_minutes(request, review, refusal=refusal, status=409)
        if refusal.code == "review_held_open":
            return show_room(request, review, part="close", refusal=refusal, status=409)
        raise
    tell(request, "The review is closed. Its minutes are sealed.")
    return redirect("web:review-minutes", request.organization.slug, review.pk)


@page
@posted_from("review", "review_id")
def decide(request: PageRequest, review_id: int, breach_id: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    rows = Breach.objects.visible_to(request.actor).select_related(
        "organization", "metric__initiative__team", "threshold", "answerable", "decision"
    )
    breach = get_object_or_404(rows, pk=breach_id)
    initiative = breach.metric.initiative
    in_scope = initiative.team_id in scope(review.team_id, Tree(request.organization))
    lead = review.facilitator_id if in_scope else None
    require(request.actor, Act.RECORD_DECISION, **standing(initiative), facilitator=lead)
    matter = matter_of([breach], timezone.now())
    form = DecisionForm(request.POST, matter=matter, decider=breach.answerable)
    decision = take_decision(request, form, review=review)
    if decision is None:
        typed = {"decision": form}
        key = str(breach_id)
        return show_room(request, review, part="breaches", item=key, typed=typed, status=422)
    waits = " It waits for approval." if decision.needs_approval else ""
    tell(request, f"{decision} is recorded.{waits}")
    return redirect(next_undecided(review, breach.pk))


@page
@posted_from("review", "review_id")
def acknowledge(request: PageRequest, review_id: int, number: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    decision = get_object_or_404(Decision.objects.visible_to(request.actor), number=number)
    acknowledge_verdict(actor=request.actor, at=timezone.now(), decision=decision, review=review)
    tell(request, f"The verdict on {decision} is acknowledged.")
    return redirect(room_url(review, "follow_through"))


@page
@posted_from("review", "review_id")
def settle(request: PageRequest, review_id: int, commitment_id: int) -> HttpResponseBase:
    """A commitment was kept, or is dropped with a reason."""
    review = get_review(request, review_id)
    rows = Commitment.objects.filter(organization=request.organization)
    commitment = get_object_or_404(rows, pk=commitment_id)
    require(request.actor, Act.TAKE_PART)
    refused = settle_commitment(request, commitment)
    if refused is not None:
        typed = {"drop": {commitment.pk: refused}}
        return show_room(request, review, part="follow_through", typed=typed, status=422)
    return redirect(f"{room_url(review, 'follow_through')}#commitment-{commitment.pk}")


@page
@posted_from("review", "review_id")
def make_commitment(request: PageRequest, review_id: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    require(request.actor, Act.TAKE_PART)
    teams = scope(review.team_id, Tree(request.organization))
    form = CommitmentForm(request.POST, request.actor, initiatives_in(teams), timezone.now())
    values = form.cleaned_data if form.is_valid() else {}
    if not values or not try_action(form, commit, actor=request.actor, review=review, **values):
        typed = {"commitment": form}
        return show_room(request, review, part="read_back", typed=typed, status=422)
    tell(request, f"{values['person'].name} has taken it on.")
    return redirect(room_url(review, "read_back"))


@page
@posted_from("review", "review_id")
def offer(request: PageRequest, review_id: int, initiative_id: int) -> HttpResponseBase:
    """Hand an orphan over without leaving the room."""
    review = get_review(request, review_id)
    rows = Initiative.objects.visible_to(request.actor).select_related("organization", "team")
    initiative = get_object_or_404(rows, pk=initiative_id)
    require(request.actor, Act.TAKE_PART)
    # What is handed over here was on the agenda, though no tick has put it there yet.
    join_orphans(at=timezone.now(), organization=request.organization)
    form = OfferForm(request.POST, initiative=initiative)
    if form.is_valid() and try_action(
        form, offer_ownership, actor=request.actor, initiative=initiative, **form.cleaned_data
    ):
        tell(request, f"{form.cleaned_data['owner'].name} is asked to own {initiative.name}.")
        return redirect(f"{room_url(review, 'ownership')}#initiative-{initiative.pk}")
    return show_room(request, review, part="ownership", typed={"offer": form}, status=422)


@page
@posted_from("review", "review_id")
def interim(request: PageRequest, review_id: int, initiative_id: int) -> HttpResponseBase:
    """Name who answers for an orphan until a day, without leaving the room."""
    review = get_review(request, review_id)
    rows = Initiative.objects.visible_to(request.actor).select_related("organization", "team")
    initiative = get_object_or_404(rows, pk=initiative_id)
    require(request.actor, Act.TAKE_PART)
    join_orphans(at=timezone.now(), organization=request.organization)
    form = InterimForm(request.POST, initiative=initiative)
    if form.is_valid() and try_interim(request, form):
        return redirect(f"{room_url(review, 'ownership')}#initiative-{initiative.pk}")
    return show_room(request, review, part="ownership", typed={"interim": form}, status=422)


@page
@posted_from("review", "review_id")
def attendance(request: PageRequest, review_id: int) -> HttpResponseBase:
    review = get_review(request, review_id)
    room = room_of(request, review)
    present = changes(room.presence, _ids(request, "present"), _ids(request, "shown"))
    note_attendance(actor=request.actor, at=timezone.now(), review=review, present=present)
    if not _from_htmx(request):
        return redirect(room_url(review, request.POST.get("part", "")))
    context = {"room": room_of(request, review), "review": review, "is_fragment": True}
    context["organization"] = request.organization
    return render(request, "cadence/reviews/_attendance.html", context)


def _ids(request: PageRequest, name: str) -> set[int]:
    # At most 18 digits: a longer number is nobody's, and no database would take it.
    typed = [text for text in request.POST.getlist(name) if text.isascii() and text.isdigit()]
    return {int(text) for text in typed if len(text) <= 18}


@page
@posted_from("review", "review_id")
def notes(request: PageRequest, review_id: int) -> HttpResponseBase:
    """Replace the notes, unless somebody else did since they were read."""
    review = get_review(request, review_id)
    require(request.actor, Act.TAKE_PART)
    form = NotesForm(request.POST)
    saved = form.is_valid() and _save(request, review, form)
    if saved and not _from_htmx(request):
        return redirect(room_url(review, "read_back"))
    review = get_review(request, review_id)
    if not _from_htmx(request):
        typed = {"notes": form}
        return show_room(request, review, part="read_back", typed=typed, status=422)
    if saved:
        form = NotesForm(initial={"notes": review.notes, "seen": review.notes})
    context = {"review": review, "notes_form": form, "saved": saved}
    context["organization"] = request.organization
    return render(request, "cadence/reviews/_notes.html", context, status=200 if saved else 422)


def _save(request: PageRequest, review: Review, form: NotesForm) -> bool:
    """Save the notes. Where somebody else was first, what was typed stays, beside theirs."""
    values = form.cleaned_data
    try:
        save_notes(actor=request.actor, at=timezone.now(), review=review, **values)
    except (Conflict, Invalid) as refusal:
        put_beside_fields(form, refusal)
        if "notes" in refusal.details:
            # Saving again is then deliberate: the writer has seen the other text.
            form.theirs = refusal.details["notes"]
            form.data = {**values, "seen": form.theirs}
        return False
    return True


@page
@posted_from("review", "review_id")
def note(request: PageRequest, review_id: int) -> HttpResponseBase:
    """Put a line after the notes there are."""
    review = get_review(request, review_id)
    require(request.actor, Act.TAKE_PART)
    part, item = request.POST.get("part", ""), request.POST.get("item", "")
    form = NoteForm(request.POST)
    if form.is_valid() and try_action(
        form, add_note, actor=request.actor, review=review, text=form.cleaned_data["text"]
    ):
        tell(request, "Noted.")
        return redirect(room_url(review, part, item))
    return show_room(request, review, part=part, item=item, typed={"note": form}, status=422)
