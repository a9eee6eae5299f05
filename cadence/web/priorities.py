"""The stated priorities, ranked, with the work under each."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.initiatives.actions import change_priority, create_priority, rank_priorities
from cadence.initiatives.models import Initiative, Priority, State
from cadence.ownership.queries import answers_for
from cadence.permissions import Act, may, require
from cadence.web.exports import Export, exported
from cadence.web.lists.work import PRIORITIES
from cadence.web.shell import PageRequest, page, show, tell, try_action

PER_PAGE = 20


class PriorityForm(forms.Form):
    name = forms.CharField(max_length=160, help_text="What matters most, in a few words.")
    description = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    starts_on = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    ends_on = forms.DateField(label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))


class MoveForm(forms.Form):
    priority = forms.ModelChoiceField(Priority.objects.none())
    to = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])


@page
def priorities(request: PageRequest) -> HttpResponse:
    """Every priority in its rank. The number of queries does not grow with them."""
    rows = Priority.objects.visible_to(request.actor)
    counted = rows.annotate(work=Count("initiatives"))
    if file := exported(request, Export("priorities", PRIORITIES, counted)):
        return file
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    listed = _with_work(request, found.object_list)
    for place, row in enumerate(listed, start=found.start_index()):
        row |= {"first": place == 1, "last": place == found.paginator.count}
    context = {
        "page": found,
        "rows": listed,
        "may_change": may(request.actor, Act.CHANGE_PRIORITIES),
    }
    return show(request, "cadence/priorities/priorities.html", context, nav="priorities")


def _with_work(request: PageRequest, rows: Iterable[Priority]) -> list[dict[str, Any]]:
    """Each priority with its initiatives, their owners, and whether its time is now."""
    ranked = list(rows)
    initiatives = Initiative.objects.visible_to(request.actor).filter(priority__in=ranked)
    found = list(initiatives.select_related("team"))
    answers = answers_for(found)
    work: dict[int, list[dict[str, Any]]] = {}
    for initiative in found:
        going = initiative.state in (State.ACTIVE, State.PAUSED)
        who = answers[initiative.pk]
        waits = going and who.owner is None
        line = {"initiative": initiative, "answers": who, "waits": waits}
        work.setdefault(initiative.priority_id, []).append(line)
    today = timezone.localdate()
    return [
        {"priority": one, "work": work.get(one.pk, []), "when": _when(one, today)} for one in ranked
    ]


def _when(priority: Priority, today: date) -> str:
    if today < priority.starts_on:
        return "ahead"
    return "over" if today > priority.ends_on else "now"


@page
def new(request: PageRequest) -> HttpResponse:
    require(request.actor, Act.CHANGE_PRIORITIES)
    form = PriorityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        priority: Priority | None = try_action(
            form, create_priority, actor=request.actor, **form.cleaned_data
        )
        if priority is not None:
            tell(request, f"{priority.name} is priority {priority.rank}.")
            return redirect("web:priorities", request.organization.slug)
    status = 422 if request.method == "POST" else 200
    context = {"form": form}
    return show(request, "cadence/priorities/new.html", context, nav="priorities", status=status)


@page
def priority(request: PageRequest, priority: int) -> HttpResponse:
    """A priority and its work. POST changes it."""
    found = get_object_or_404(Priority.objects.visible_to(request.actor), pk=priority)
    start = {name: getattr(found, name) for name in PriorityForm.base_fields}
    form = PriorityForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST":
        require(request.actor, Act.CHANGE_PRIORITIES)
        act = {"actor": request.actor, "priority": found}
        if form.is_valid() and try_action(form, change_priority, **act, **form.cleaned_data):
            tell(request, "Saved.")
            return redirect("web:priorities", request.organization.slug)
    (row,) = _with_work(request, [found])
    context = {"form": form, "row": row, "may_change": may(request.actor, Act.CHANGE_PRIORITIES)}
    status = 422 if request.method == "POST" else 200
    template = "cadence/priorities/priority.html"
    return show(request, template, context, nav="priorities", status=status)


@page
@require_POST
def order(request: PageRequest) -> HttpResponse:
    """Move one priority a rank up or down."""
    require(request.actor, Act.CHANGE_PRIORITIES)
    ranked = Priority.objects.visible_to(request.actor)
    form = MoveForm(request.POST)
    form.fields["priority"].queryset = ranked  # type: ignore[attr-defined]
    if not form.is_valid():
        raise Http404
    keys = [one.pk for one in ranked]
    place = keys.index(form.cleaned_data["priority"].pk)
    other = place + (-1 if form.cleaned_data["to"] == "up" else 1)
    if 0 <= other < len(keys):
        keys[place], keys[other] = keys[other], keys[place]
        rank_priorities(actor=request.actor, at=timezone.now(), order=keys)
    return redirect("web:priorities", request.organization.slug)
