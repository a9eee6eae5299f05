"""Is the cadence kept: every series over a span, worst first, with what became of each time."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone

from accounts.tree import Tree
from cadence.reviews.integrity import asked_about, integrity_of
from cadence.reviews.integrity_rules import Outcome, Span
from cadence.reviews.models import ReviewSeries
from cadence.web.exports import Export, exported
from cadence.web.lists.reviews import INTEGRITY
from cadence.web.shell import PageRequest, page, show

ROWS = 25
OUTCOMES = tuple(Outcome)


class FilterForm(forms.Form):
    """Whose series: those of a team and the teams below it. What does not fit is ignored."""

    team = forms.ChoiceField(required=False)

    def __init__(self, data: Any, tree: Tree) -> None:
        super().__init__(data, auto_id="filter-%s")
        field = self.fields["team"]
        assert isinstance(field, forms.ChoiceField)
        teams = [(str(team.pk), f"{'– ' * depth}{team.name}") for depth, team in tree.in_order()]
        field.choices = [("", "All teams"), *teams]
        self.full_clean()

    @property
    def wanted(self) -> int | None:
        team = self.cleaned_data.get("team")
        return int(team) if team else None


@page
def integrity(request: PageRequest) -> HttpResponse:
    """A constant number of queries, however many series and reviews there are."""
    organization, at = request.organization, timezone.now()
    tree = Tree(organization)
    form, span = FilterForm(request.GET, tree), span_of(request)
    series = asked_about(organization, span, at)
    if form.wanted is not None:
        series = series.filter(team__in=tree.below(form.wanted))
    found = integrity_of(organization, series, span, at)
    if file := exported(request, Export("integrity", INTEGRITY, found)):
        return file
    listed = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "span": span,
        "spans": list(Span),
        "since": span.since(timezone.localdate()),
        "page": listed,
        "moved": any(row.moves for row in listed),
        "outcomes": OUTCOMES,
        "has_series": ReviewSeries.objects.filter(organization=organization).exists(),
    }
    return show(request, "cadence/integrity/page.html", context, nav="integrity")


def span_of(request: PageRequest) -> Span:
    asked = request.GET.get("span", "")
    return Span(asked) if asked in list(Span) else Span.TWELVE_WEEKS


def of_series(request: PageRequest, series: ReviewSeries) -> dict[str, Any]:
    """What the page of one series shows of its integrity."""
    organization, span = request.organization, span_of(request)
    rows = ReviewSeries.objects.filter(pk=series.pk)
    (row,) = integrity_of(organization, rows, span, timezone.now())
    return {"integrity": row, "span": span, "spans": list(Span), "outcomes": OUTCOMES}
