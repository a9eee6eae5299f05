"""Who answers for what, by name: what is orphaned first, then everything with its owner."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.initiatives.models import Initiative
from cadence.initiatives.queries import matching
from cadence.metrics.models import Judgement, Metric
from cadence.ownership.actions import offer_ownership, withdraw_offer
from cadence.ownership.models import Ownership
from cadence.ownership.orphans import Orphan, orphans
from cadence.ownership.queries import standing
from cadence.permissions import Act, may, require
from cadence.reviews.queries import silent_owners
from cadence.web.hand_over import OfferForm, candidates, with_load
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action

ROWS = 25


class FilterForm(forms.Form):
    """Whose work to list."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    owner = forms.ModelChoiceField(Membership.objects.none(), required=False, empty_label="Anybody")

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


@dataclass(frozen=True)
class OrphanRow:
    """An orphan, its last reading, and the form to hand it over where that was asked for."""

    orphan: Orphan
    metric: Metric | None
    judgement: Judgement | None
    breaches: list[Breach]
    may_offer: bool
    form: OfferForm | None


@dataclass(frozen=True)
class OwnedRow:
    """An initiative with who answers for it, since when, and how much else they answer for."""

    initiative: Initiative
    ownership: Ownership | None
    load: int
    acting: Membership | None
    pending: Ownership | None
    may_offer: bool
    form: OfferForm | None


@page
def ownership(request: PageRequest) -> HttpResponseBase:
    return _show(request)


def _show(
    request: PageRequest, *, refused: OfferForm | None = None, status: int = 200
) -> HttpResponse:
    """A constant number of queries, however much is owned or orphaned."""
    organization, at = request.organization, timezone.now()
    form, tree = FilterForm(request), Tree(organization)
    wanted = form.cleaned_data
    teams = tree.below(wanted["team"].pk) if wanted.get("team") else None
    found = _orphans(request, at, teams)
    if words := wanted.get("q"):
        found = [one for one in found if words.casefold() in one.initiative.name.casefold()]
    if owner := wanted.get("owner"):
        found = [one for one in found if owner in {one.acting, _previous(one)}]
    only_orphans = request.GET.get("show") == "orphans"
    number = request.GET.get("page")
    orphaned = Paginator(found, ROWS).get_page(number if only_orphans else 1)
    rows = matching(
        Initiative.objects.going().filter(organization=organization),
        teams=teams,
        owner=owner,
        search=words or "",
    )
    rows = rows.select_related("team", "priority").order_by("priority__rank", "name", "pk")
    listed = Paginator(rows, ROWS).get_page(number)
    chosen = refused.initiative.pk if refused else _number(request.GET.get("hand_over", ""))
    # An orphan stands in both parts; it is handed over in the first.
    is_orphan = any(one.initiative.pk == chosen for one in orphaned)
    context = {
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "only_orphans": only_orphans,
        "orphaned": orphaned,
        "orphan_rows": _orphan_rows(request, orphaned, chosen, refused),
        "page": listed,
        "rows": _owned_rows(request, listed, tree, 0 if is_orphan else chosen, refused),
        "going": Initiative.objects.going().filter(organization=organization).count(),
    }
    template = "cadence/ownership/ownership.html"
    return show(request, template, context, nav="ownership", status=status)


def _orphans(request: PageRequest, at: datetime, teams: set[int] | None) -> list[Orphan]:
    organization = request.organization
    return orphans(organization, at, team_ids=teams, silent=silent_owners(organization, at))


def _previous(orphan: Orphan) -> Membership | None:
    return orphan.previous.owner if orphan.previous else None


def _orphan_rows(
    request: PageRequest, orphaned: "Page[Orphan]", chosen: int, refused: OfferForm | None
) -> list[OrphanRow]:
    keys = [one.initiative.pk for one in orphaned]
    latest = _latest(keys)
    breaches: dict[int, list[Breach]] = {}
    calling = Breach.objects.undecided().filter(metric__initiative__in=keys)
    for breach in calling.select_related("metric", "decision"):
        breaches.setdefault(breach.metric.initiative_id, []).append(breach)
    found = []
    for one in orphaned:
        key = one.initiative.pk
        one.initiative.organization = request.organization
        owner = one.previous.owner_id if one.previous and not one.previous.ended_at else None
        judgement = latest.get(key)
        may_offer = _may_offer(request, one.initiative, owner)
        found.append(
            OrphanRow(
                one,
                judgement.metric if judgement else None,
                judgement,
                breaches.get(key, []),
                may_offer,
                _form(one.initiative, may_offer and not one.pending, chosen, refused),
            )
        )
    return found


def _latest(initiatives: list[int]) -> dict[int, Judgement]:
    """The latest judged period of each initiative; of an input, where several are as late."""
    of_metric = Judgement.objects.filter(metric=OuterRef("pk")).order_by("-starts_on")
    metrics = Metric.objects.live().filter(initiative__in=initiatives)
    newest = metrics.values_list(Subquery(of_metric.values("pk")[:1]), flat=True)
    rows = Judgement.objects.filter(pk__in=list(newest)).select_related("metric")
    # Leading sorts after lagging and so is what stays.
    ordered = rows.order_by("starts_on", "-metric__kind", "-metric__pk")
    return {row.metric.initiative_id: row for row in ordered}


def _owned_rows(
    request: PageRequest,
    listed: "Page[Initiative]",
    tree: Tree,
    chosen: int,
    refused: OfferForm | None,
) -> list[OwnedRow]:
    keys = [one.pk for one in listed]
    rows = Ownership.objects.filter(initiative__in=keys, ended_at=None).select_related("owner")
    current = {row.initiative_id: row for row in rows if row.accepted_at is not None}
    pending = {row.initiative_id: row for row in rows if row.accepted_at is None}
    owners = Membership.objects.filter(pk__in=[row.owner_id for row in current.values()])
    load = {person.pk: person.load for person in with_load(owners)}
    found = []
    for one in listed:
        one.organization = request.organization
        held = current.get(one.pk)
        may_offer = _may_offer(request, one, held.owner_id if held else None)
        found.append(
            OwnedRow(
                one,
                held,
                load.get(held.owner_id, 0) if held else 0,
                None if held else tree.acting_owner(one.team_id),
                pending.get(one.pk),
                may_offer and one.pk not in pending,
                _form(one, may_offer and one.pk not in pending, chosen, refused),
            )
        )
    return found


def _may_offer(request: PageRequest, initiative: Initiative, owner: int | None) -> bool:
    return may(request.actor, Act.OFFER_OWNERSHIP, team=initiative.team_id, owner=owner)


def _form(
    initiative: Initiative, may_offer: bool, chosen: int, refused: OfferForm | None
) -> OfferForm | None:
    """The form of the one row that it was asked for: a list of people in every row is too much."""
    if initiative.pk != chosen or not may_offer:
        return None
    return refused or OfferForm(initiative=initiative)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


@page
@posted_from("ownership")
def offer(request: PageRequest, initiative_id: int) -> HttpResponseBase:
    """Ask somebody to answer for an initiative; until they accept, who answers now goes on."""
    rows = Initiative.objects.visible_to(request.actor).select_related("organization")
    initiative = get_object_or_404(rows, pk=initiative_id)
    require(request.actor, Act.OFFER_OWNERSHIP, **standing(initiative))
    form = OfferForm(request.POST, initiative=initiative)
    if form.is_valid() and try_action(
        form, offer_ownership, actor=request.actor, initiative=initiative, **form.cleaned_data
    ):
        owner = form.cleaned_data["owner"]
        asked = "answers" if owner == request.actor else "is asked to answer"
        tell(request, f"{owner.name} {asked} for {initiative.name}.")
        return redirect("web:ownership", request.organization.slug)
    return _show(request, refused=form, status=422)


@page
@posted_from("ownership")
def withdraw(request: PageRequest, ownership_id: int) -> HttpResponseBase:
    """Take an offer back, to ask somebody else."""
    rows = Ownership.objects.visible_to(request.actor).select_related("initiative", "owner")
    found = get_object_or_404(rows, pk=ownership_id)
    withdraw_offer(actor=request.actor, at=timezone.now(), ownership=found)
    tell(request, f"{found.owner.name} is no longer asked. Choose somebody else.")
    url = reverse("web:ownership", args=[request.organization.slug])
    return redirect(f"{url}?hand_over={found.initiative_id}#initiative-{found.initiative_id}")
