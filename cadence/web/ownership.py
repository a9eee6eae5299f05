"""Who answers for what, by name: what is orphaned first, beside it who carries how much."""

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.evaluation.loads import loads
from cadence.evaluation.ownerless import find_orphans, totals_of
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import matching
from cadence.ownership.actions import offer_ownership, withdraw_offer
from cadence.ownership.interims import withdraw_interim
from cadence.ownership.models import Interim, Ownership
from cadence.ownership.orphans import Orphan
from cadence.ownership.queries import standing
from cadence.ownership.rules import Reason
from cadence.permissions import Act, require
from cadence.web.exports import Export, exported
from cadence.web.hand_over import InterimForm, OfferForm, candidates
from cadence.web.interims import try_interim
from cadence.web.lists.ownership import LOADS, ORPHANS, OWNED, orphan_rows_of
from cadence.web.lists.work import answered
from cadence.web.ownership_rows import Refused, orphan_rows, owned_rows
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

ROWS = 25
# Of the loads beside the list: those who carry most; the rest by a link.
HEAVIEST = 12
SORTS = (("since", "Longest first"), ("at_stake", "Most at stake first"))


class FilterForm(forms.Form):
    """Whose work to list, why it is orphaned, and what comes first."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    reason = forms.ChoiceField(
        required=False, choices=[("", "Any"), *((one.value, one.label) for one in Reason)]
    )
    owner = forms.ModelChoiceField(Membership.objects.none(), required=False, empty_label="Anybody")
    sort = forms.ChoiceField(label="Order", required=False, choices=SORTS)

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request.GET)
        for name, rows in (
            ("team", Team.objects.filter(organization=request.organization)),
            ("owner", candidates(request.organization)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.full_clean()

    def orphans(self, request: PageRequest, tree: Tree) -> list[Orphan]:
        wanted = self.cleaned_data
        found = find_orphans(
            request.organization,
            timezone.now(),
            teams=self.teams(tree),
            reason=wanted.get("reason", ""),
            sort=wanted.get("sort", ""),
        )
        if words := wanted.get("q"):
            found = [one for one in found if words.casefold() in one.initiative.name.casefold()]
        if owner := wanted.get("owner"):
            found = [one for one in found if owner in {one.acting, _previous(one)}]
        return found

    def teams(self, tree: Tree) -> set[int] | None:
        team = self.cleaned_data.get("team")
        return tree.below(team.pk) if team else None


@page
def ownership(request: PageRequest) -> HttpResponseBase:
    return _show(request)


def _show(request: PageRequest, *, refused: Refused = None, status: int = 200) -> HttpResponse:
    """A constant number of queries, however much is owned or orphaned."""
    organization = request.organization
    form, tree = FilterForm(request), Tree(organization)
    wanted = form.cleaned_data
    found = form.orphans(request, tree)
    only_orphans = request.GET.get("show") == "orphans"
    number = request.GET.get("page")
    orphaned = Paginator(found, ROWS).get_page(number if only_orphans else 1)
    rows = matching(
        Initiative.objects.going().filter(organization=organization),
        teams=form.teams(tree),
        owner=wanted.get("owner"),
        search=wanted.get("q", ""),
    )
    rows = rows.select_related("team", "priority").order_by("priority__rank", "name", "pk")
    listed = Paginator(rows, ROWS).get_page(number)
    chosen = refused.initiative.pk if refused else _number(request.GET.get("hand_over", ""))
    # An orphan stands in both parts; it is handed over in the first.
    is_orphan = any(one.initiative.pk == chosen for one in orphaned)
    carried = loads(organization, timezone.now())
    lists = (
        Export("orphans", ORPHANS, orphan_rows_of(organization, found, timezone.now())),
        Export("owned", OWNED, answered(rows, tree)),
        Export("loads", LOADS, carried),
    )
    if file := exported(request, *lists):
        return file
    everybody = request.GET.get("show") == "loads"
    context = {
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields if name != "sort"),
        "query": _kept(request),
        "only_orphans": only_orphans,
        "orphaned": orphaned,
        "orphan_rows": orphan_rows(request, orphaned, tree, chosen, refused),
        "orphaned_ids": {one.initiative.pk for one in orphaned},
        "totals": totals_of(found),
        "page": listed,
        "rows": owned_rows(request, listed, tree, 0 if is_orphan else chosen, refused),
        "going": Initiative.objects.going().filter(organization=organization).count(),
        "loads": carried if everybody else carried[:HEAVIEST],
        "more_loads": 0 if everybody else len(carried) - HEAVIEST,
        "over": sum(load.is_over for load in carried),
    }
    template = "cadence/ownership/ownership.html"
    return show(request, template, context, nav="ownership", status=status)


def _previous(orphan: Orphan) -> Membership | None:
    return orphan.previous.owner if orphan.previous else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _kept(request: PageRequest) -> str:
    """What the list is narrowed by, for the addresses that are posted to: whoever hands over in
    the middle of a list comes back to the same place."""
    query = request.GET.copy()
    query.pop("hand_over", None)
    return f"?{query.urlencode()}" if query else ""


def _back_to(request: PageRequest, initiative: int, more: str = "") -> HttpResponse:
    url = reverse("web:ownership", args=[request.organization.slug])
    query = _kept(request)
    if more:
        query += f"&{more}" if query else f"?{more}"
    return redirect(f"{url}{query}#initiative-{initiative}")


def _initiative(request: PageRequest, key: int) -> Initiative:
    rows = Initiative.objects.visible_to(request.actor).select_related("organization")
    found = get_object_or_404(rows, pk=key)
    require(request.actor, Act.OFFER_OWNERSHIP, **standing(found))
    return found


@page
@posted_from("ownership")
def offer(request: PageRequest, initiative_id: int) -> HttpResponseBase:
    """Ask somebody to answer for an initiative; until they accept, who answers now goes on."""
    initiative = _initiative(request, initiative_id)
    form = OfferForm(request.POST, initiative=initiative)
    if form.is_valid() and try_action(
        form, offer_ownership, actor=request.actor, initiative=initiative, **form.cleaned_data
    ):
        owner = form.cleaned_data["owner"]
        asked = "answers" if owner == request.actor else "is asked to answer"
        tell(request, f"{owner.name} {asked} for {initiative.name}.")
        return _back_to(request, initiative.pk)
    return _show(request, refused=form, status=422)


@page
@posted_from("ownership")
def interim(request: PageRequest, initiative_id: int) -> HttpResponseBase:
    """Name who answers for an orphan until a day, while an owner is looked for."""
    initiative = _initiative(request, initiative_id)
    form = InterimForm(request.POST, initiative=initiative)
    if form.is_valid() and try_interim(request, form):
        return _back_to(request, initiative.pk)
    return _show(request, refused=form, status=422)


@page
@posted_from("ownership")
def withdraw(request: PageRequest, ownership_id: int) -> HttpResponseBase:
    """Take an offer back, to ask somebody else."""
    rows = Ownership.objects.visible_to(request.actor).select_related("initiative", "owner")
    found = get_object_or_404(rows, pk=ownership_id)
    withdraw_offer(actor=request.actor, at=timezone.now(), ownership=found)
    tell(request, f"{found.owner.name} is no longer asked. Choose somebody else.")
    return _back_to(request, found.initiative_id, f"hand_over={found.initiative_id}")


@page
@posted_from("ownership")
def interim_withdraw(request: PageRequest, interim_id: int) -> HttpResponseBase:
    """Somebody else answers in the interim, or nobody."""
    rows = Interim.objects.visible_to(request.actor).select_related("initiative", "person")
    found = get_object_or_404(rows, pk=interim_id)
    withdraw_interim(actor=request.actor, at=timezone.now(), interim=found)
    tell(request, f"{found.person.name} answers no more for {found.initiative.name}.")
    return _back_to(request, found.initiative_id, f"hand_over={found.initiative_id}")
