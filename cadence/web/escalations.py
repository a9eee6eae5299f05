"""What stands above its owner now: who has it, since when, and until when."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Max, Min, Value, When
from django.http import HttpResponse
from django.utils import timezone

from accounts.tree import Tree
from cadence.escalations.models import EscalationKind, EscalationQuerySet
from cadence.escalations.queries import open_steps, shown, standing_in
from cadence.web.exports import Export, exported
from cadence.web.lists.reviews import ESCALATIONS
from cadence.web.shell import PageRequest, page, show

ROWS = 25
KINDS = [
    (EscalationKind.DECISION, "Decisions to take"),
    (EscalationKind.VERDICT, "Verdicts to acknowledge"),
    (EscalationKind.COMMITMENT, "Commitments to keep"),
    (EscalationKind.OWNERSHIP, "Owners to find"),
    (EscalationKind.REVIEW, "Reviews to hold"),
]


class FilterForm(forms.Form):
    """What is to be done, of which team, with whom it is. What does not fit is ignored."""

    kind = forms.ChoiceField(required=False, label="To do")
    person = forms.ChoiceField(required=False, label="With")
    team = forms.ChoiceField(required=False)

    def __init__(self, data: Any, tree: Tree, people: list[tuple[int, str]]) -> None:
        super().__init__(data, auto_id="filter-%s")
        teams = [(str(team.pk), f"{'– ' * depth}{team.name}") for depth, team in tree.in_order()]
        choices: dict[str, list[tuple[Any, str]]] = {
            "kind": [("", "Everything"), *((str(kind), words) for kind, words in KINDS)],
            "person": [("", "Anybody"), *((str(key), name) for key, name in people)],
            "team": [("", "All teams"), *teams],
        }
        for name, found in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = found
        self.full_clean()

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.values())


@page
def escalations(request: PageRequest) -> HttpResponse:
    """By who has it, worst first. A constant number of queries, however much went up."""
    organization = request.organization
    everything = open_steps(organization)
    # Whoever has what is furthest up, then what is due earliest, stands first.
    holders = list(
        everything.order_by()
        .values("to_person", "to_person__name")
        .annotate(count=Count("pk"), highest=Max("level"), earliest=Min("due_at"))
        .order_by("-highest", "earliest", "to_person__name")
    )
    tree = Tree(organization)
    people = sorted(((one["to_person"], one["to_person__name"]) for one in holders), key=_by_name)
    form = FilterForm(request.GET, tree, people)
    wanted = form.cleaned_data
    rows: EscalationQuerySet = everything
    if wanted.get("team"):
        rows = standing_in(organization, tree.below(int(wanted["team"])))
    if wanted.get("kind"):
        rows = rows.filter(kind=wanted["kind"])
    if wanted.get("person"):
        rows = rows.filter(to_person=int(wanted["person"]))
    rows = _in_order(rows, [one["to_person"] for one in holders])
    if file := exported(request, Export("escalations", ESCALATIONS, rows)):
        return file
    listed = Paginator(rows, ROWS)
    context = {
        "form": form,
        "page": listed.get_page(request.GET.get("page")),
        "mine": sum(one["count"] for one in holders if one["to_person"] == request.actor.pk),
        "total": sum(one["count"] for one in holders),
        "now": timezone.now(),
    }
    return show(request, "cadence/escalations/page.html", context, nav="escalations")


def _by_name(one: tuple[int, str]) -> str:
    return one[1].casefold()


def _in_order(rows: EscalationQuerySet, people: list[int]) -> EscalationQuerySet:
    if not people:
        return rows
    places = [When(to_person=key, then=Value(place)) for place, key in enumerate(people)]
    place = Case(*places, default=Value(len(people)), output_field=IntegerField())
    return shown(rows).annotate(place=place).order_by("place", "-level", "due_at", "pk")
