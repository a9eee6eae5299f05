"""Many initiatives handed over in one table, and many offers answered on one page."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.initiatives.models import Initiative, InitiativeQuerySet
from cadence.ownership.handing_over import accept_many, decline_many, offer_many
from cadence.ownership.models import Ownership
from cadence.ownership.queries import Answerable, answers_for, offered_to, standings
from cadence.permissions import Act, may
from cadence.web.back import to
from cadence.web.fields import JudgedText
from cadence.web.hand_over import candidates
from cadence.web.shell import PageRequest, page, show, tell, try_action
from cadence.web.successors import FILL, TableForm, labelled, people_to_choose

# As many as one table takes; who has more hands them over in two.
ROWS = 50


class WhoseForm(forms.Form):
    """Whose work is handed over."""

    owner = forms.ModelChoiceField(Membership.objects.none(), required=False, empty_label="Anybody")
    team = forms.ChoiceField(required=False)
    show = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Orphaned"), ("all", "Everything")],
    )

    def __init__(self, request: PageRequest, tree: Tree) -> None:
        super().__init__(request.GET, auto_id="whose-%s")
        self.tree = tree
        owner, team = self.fields["owner"], self.fields["team"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(team, forms.ChoiceField)
        owner.queryset = candidates(request.organization)
        team.choices = [
            ("", "All teams"),
            *((str(one.pk), f"{'– ' * depth}{one.name}") for depth, one in tree.in_order()),
        ]
        self.full_clean()

    def apply(self, rows: InitiativeQuerySet) -> InitiativeQuerySet:
        """Those that are asked for; of nobody in particular those that nobody owns."""
        asked = self.cleaned_data
        current = Ownership.objects.current().filter(initiative=OuterRef("pk"))
        if asked.get("team"):
            rows = rows.filter(team__in=self.tree.below(int(asked["team"])))
        if asked.get("owner"):
            return rows.filter(Exists(current.filter(owner=asked["owner"])))
        if asked.get("show") == "all":
            return rows
        # A draft that nobody owns yet is no orphan.
        return rows.going().filter(~Exists(current))


class HandOverForm(TableForm):
    """Who is asked for each initiative, and a word to go with all of the offers."""

    for_all = forms.ChoiceField(required=False, label="The same for all below")
    note = forms.CharField(label="A word to go with it", required=False, max_length=500)

    def __init__(self, request: PageRequest, initiatives: dict[int, str], data: Any = None) -> None:
        super().__init__(data)
        able = people_to_choose(request.organization)
        self.people = {str(one.pk): one for one in able}
        people = labelled(able, request.organization.load_limit)
        for_all = self.fields["for_all"]
        assert isinstance(for_all, forms.ChoiceField)
        for_all.choices = [("", "Choose"), *people]
        self.add_rows("offers", initiatives, [("", "Nobody yet"), *people])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not self.chosen("offers"):
            raise forms.ValidationError("Choose somebody for at least one initiative.")
        return found


@dataclass(frozen=True)
class Row:
    """An initiative, who answers for it now, and the select; without one where somebody was asked
    already or it is not the actor's to offer."""

    initiative: Initiative
    answerable: Answerable
    undecided: int
    pending: Ownership | None
    field: forms.BoundField | None


@page
def hand_over_many(request: PageRequest) -> HttpResponse:
    """One table, one offer each. POST asks everybody who was chosen, or fills the table."""
    tree = Tree(request.organization)
    whose = WhoseForm(request, tree)
    rows = whose.apply(Initiative.objects.filter(ended_at=None).visible_to(request.actor))
    rows = rows.select_related("team", "priority", "organization")
    rows = rows.order_by("priority__rank", "name", "pk")
    shown = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    pending = _pending(list(shown))
    places = standings(shown)
    mine = {
        one.pk: one.name
        for one in shown
        if one.pk not in pending and may(request.actor, Act.OFFER_OWNERSHIP, **places[one.pk])
    }
    form, status = HandOverForm(request, mine), 200
    if FILL in request.POST:
        form.fill("offers", request.POST)
    elif request.method == "POST":
        form, status = HandOverForm(request, mine, request.POST), 422
        if form.is_valid():
            offers = form.chosen("offers")
            made = try_action(
                form,
                offer_many,
                actor=request.actor,
                offers=offers,
                note=form.cleaned_data["note"],
            )
            if made is not None:
                tell(request, _told(made))
                return to(request, "ownership")
    fields, answers = form.rows("offers"), answers_for(shown, tree)
    undecided = _undecided(list(shown))
    context = {
        "whose": whose,
        "form": form,
        "page": shown,
        "rows": [
            Row(
                one,
                answers[one.pk],
                undecided.get(one.pk, 0),
                pending.get(one.pk),
                fields.get(one.pk),
            )
            for one in shown
        ],
    }
    template = "cadence/ownership/hand_over.html"
    return show(request, template, context, nav="ownership", status=status)


class AnswersForm(forms.Form):
    """Which offers are answered, and why not, where they are declined."""

    offers = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one.",
            "invalid_choice": "One of these offers no longer waits for you.",
        },
    )
    reason = JudgedText(label="Why you decline")

    def __init__(self, offers: list[Ownership], data: Any = None) -> None:
        super().__init__(data, initial={"offers": [one.pk for one in offers]})
        field = self.fields["offers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.pk, one.initiative.name) for one in offers]

    def ticked(self) -> set[str]:
        """What is chosen: everything, until somebody chose."""
        return {str(value) for value in self["offers"].value() or ()}


@page
def answer_offers(request: PageRequest) -> HttpResponse:
    """Every offer that waits for one's answer. POST accepts those that are chosen, or declines
    them for one reason."""
    offers = list(offered_to(request.actor, timezone.now()))
    form, status = AnswersForm(offers), 200
    if request.method == "POST":
        form, status = AnswersForm(offers, request.POST), 422
        if form.is_valid() and (done := _answer(request, form)):
            tell(request, done)
            return to(request, "my-week")
    ticked = form.ticked()
    undecided = _undecided([one.initiative for one in offers])
    context = {
        "form": form,
        "rows": [
            (one, undecided.get(one.initiative_id, 0), str(one.pk) in ticked) for one in offers
        ],
    }
    return show(request, "cadence/week/offers.html", context, nav="my-week", status=status)


def _answer(request: PageRequest, form: AnswersForm) -> str:
    """What was done, as a sentence; empty where it was refused."""
    keys = form.cleaned_data["offers"]
    act: dict[str, Any] = {"actor": request.actor, "ownerships": keys}
    if request.POST.get("answer") == "decline":
        act["reason"] = form.cleaned_data["reason"]
        declined = try_action(form, decline_many, **act)
        return f"You declined {_number(declined)}, and said why." if declined else ""
    accepted = try_action(form, accept_many, **act)
    return f"You answer for {_number(accepted)} from now on." if accepted else ""


def _number(made: list[Ownership]) -> str:
    return f"{len(made)} initiative{'' if len(made) == 1 else 's'}"


def _told(made: list[Ownership]) -> str:
    taken = [one for one in made if one.accepted_at is not None]
    asked = [one for one in made if one.accepted_at is None]
    parts = []
    if asked:
        people = {one.owner_id for one in asked}
        who = asked[0].owner.name if len(people) == 1 else f"{len(people)} people"
        parts.append(f"{who} {'is' if len(people) == 1 else 'are'} asked for {_number(asked)}.")
    if taken:
        parts.append(f"You answer for {_number(taken)}.")
    return " ".join(parts)


def _pending(initiatives: list[Initiative]) -> dict[int, Ownership]:
    rows = Ownership.objects.pending().filter(initiative__in=[one.pk for one in initiatives])
    return {one.initiative_id: one for one in rows.select_related("owner")}


def _undecided(initiatives: list[Initiative]) -> dict[int, int]:
    """How many breaches of each lack a decision, by its id."""
    waiting = Breach.objects.undecided().order_by()
    waiting = waiting.filter(metric__initiative__in=[one.pk for one in initiatives])
    return dict(waiting.values_list("metric__initiative").annotate(Count("pk")))
