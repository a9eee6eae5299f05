"""The ledger: what happened, by whom, when, and whether the chain still holds."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse

from accounts.models import ApiToken, Invitation, Membership, Organization, Team
from cadence.initiatives.models import Initiative, Priority
from cadence.ledger.models import Entry, EntryQuerySet, Head
from cadence.ledger.queries import verify
from cadence.ledger.rules import digest
from cadence.metrics.models import Metric
from cadence.reviews.models import ReviewSeries
from cadence.web.exports import Export, exported, in_pieces
from cadence.web.lists.settings import LEDGER
from cadence.web.shell import PageRequest, page, show

PER_PAGE = 50

# Things that have a name of their own; everything else is told by its kind and number.
NAMED: dict[str, type[Model]] = {
    str(model._meta.model_name): model
    for model in (
        Membership,
        Team,
        Priority,
        Initiative,
        Metric,
        ReviewSeries,
        Organization,
        Invitation,
        ApiToken,
    )
}
PAGES = {
    "membership": "web:person",
    "team": "web:team",
    "priority": "web:priority",
    "reviewseries": "web:series-change",
}
WORDS = {
    "reviewseries": "review series",
    "apitoken": "token",
    "closingday": "closing day",
    "checkin": "check-in",
    "membership": "member",
    "decisionbreach": "decision",
}


class LedgerFilter(forms.Form):
    event = forms.CharField(
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "decision, review.closed"}),
    )
    actor = forms.ModelChoiceField(
        Membership.objects.none(), required=False, empty_label="Anybody", label="By"
    )

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].queryset = organization.memberships.all()  # type: ignore[attr-defined]

    def apply(self, rows: EntryQuerySet) -> EntryQuerySet:
        if not self.is_valid():
            return rows.none()
        if event := self.cleaned_data["event"]:
            rows = rows.filter(event__istartswith=event)
        if actor := self.cleaned_data["actor"]:
            rows = rows.filter(actor=actor)
        return rows


@page
def ledger(request: PageRequest) -> HttpResponse:
    """Everybody in the organization reads all of it. ``?verify`` recomputes the whole chain."""
    organization = request.organization
    form = LedgerFilter(organization, request.GET)
    rows = form.apply(Entry.objects.visible_to(request.actor)).select_related("actor")
    rows = rows.order_by("-sequence")
    pieces = in_pieces(rows)
    lines = (line for some in pieces for line in _lines(organization, some))
    if file := exported(request, Export("ledger", LEDGER, lines)):
        return file
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": found,
        "lines": _lines(organization, found.object_list),
        "head": Head.objects.filter(pk=organization.pk).first(),
        "verification": verify(organization) if "verify" in request.GET else None,
    }
    return show(request, "cadence/settings/ledger.html", context, nav="settings")


def _lines(organization: Organization, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Each entry with the name of its subject and whether its own hash fits its facts."""
    shown = list(entries)
    wanted: dict[str, set[int]] = {}
    for entry in shown:
        if entry.subject_type in NAMED:
            wanted.setdefault(entry.subject_type, set()).add(entry.subject_id)
    names = {
        (kind, key): str(thing.name)  # type: ignore[attr-defined]
        for kind, keys in wanted.items()
        for key, thing in NAMED[kind]._default_manager.in_bulk(keys).items()
    }
    lines = []
    for entry in shown:
        kind, key = entry.subject_type, entry.subject_id
        url = PAGES.get(kind)
        lines.append(
            {
                "entry": entry,
                "kind": WORDS.get(kind, kind),
                "name": names.get((kind, key), f"no. {key}"),
                "url": reverse(url, args=[organization.slug, key]) if url else "",
                "data": sorted(entry.data.items()),
                "intact": entry.hash == digest(entry.facts()),
            }
        )
    return lines
