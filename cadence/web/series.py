"""Review series: the rhythm of each, what comes next, and setting one up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.models import Membership, Role, Team
from cadence.calendar.recurrence import Rule
from cadence.errors import Forbidden
from cadence.permissions import Act, may, require
from cadence.reviews.models import OnHoliday, Review, ReviewSeries
from cadence.reviews.series import change_series, create_series, end_series
from cadence.web.exports import Export, exported
from cadence.web.integrity import of_series
from cadence.web.lists.reviews import SERIES
from cadence.web.rhythm import RHYTHMS, RhythmForm, next_dates
from cadence.web.shell import PageRequest, page, show, tell, try_action

NEXT = 3
PER_PAGE = 50


class SeriesForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="Such as “Demand weekly”.")
    time_of_day = forms.TimeField(
        label="At", widget=forms.TimeInput({"type": "time"}, "%H:%M"), initial="09:30"
    )
    minutes = forms.IntegerField(min_value=5, max_value=480, initial=30, label="Minutes")
    facilitator = forms.ModelChoiceField(
        Membership.objects.none(),
        empty_label="Choose a person",
        help_text="Runs the review; anybody can take over.",
    )
    on_holiday = forms.ChoiceField(
        choices=OnHoliday.choices,
        initial=OnHoliday.MOVE,
        label="On a holiday or closing day it is",
    )

    def __init__(self, actor: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = actor.organization
        able = self.organization.memberships.current().people().exclude(role=Role.OBSERVER)
        self.fields["facilitator"].queryset = able  # type: ignore[attr-defined]


class NewSeriesForm(SeriesForm, RhythmForm):
    team = forms.ModelChoiceField(
        Team.objects.none(),
        empty_label="Choose a team",
        help_text="The review looks at this team and those below it.",
    )
    starts_on = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    parsed: Rule | None = None

    def __init__(self, actor: Membership, teams: Sequence[Team], data: Any = None) -> None:
        super().__init__(actor, data, initial={"starts_on": timezone.localdate()})
        able = Team.objects.filter(pk__in=[team.pk for team in teams])
        self.fields["team"].queryset = able  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.parsed = self.read_rhythm(cleaned, self.organization.week_start)
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """For the action: the rhythm as one rule."""
        assert self.parsed is not None
        names = ("team", "starts_on", *SeriesForm.base_fields)
        kind = "weekly" if self.parsed.kind == "week" else "monthly"
        return {name: self.cleaned_data[name] for name in names} | {
            "rule": str(self.parsed),
            "kind": kind,
        }

    def dates(self, after: datetime) -> dict[str, Any]:
        """The rhythm in words and its next dates, as soon as enough is filled in for them."""
        cleaned = getattr(self, "cleaned_data", {})
        names = ("starts_on", "time_of_day", "on_holiday")
        if self.parsed is None or any(cleaned.get(name) is None for name in names):
            return {}
        arguments = {name: cleaned[name] for name in names}
        dates = next_dates(self.organization, self.parsed, **arguments, after=after)
        return {"rule_words": self.parsed.describe(), "rule_text": str(self.parsed), "dates": dates}


class EndForm(forms.Form):
    reason = forms.CharField(max_length=500, label="Why it ends")


@page
def series_list(request: PageRequest) -> HttpResponse:
    """Every series with its rule in words and its next reviews, those that ended last."""
    rows = ReviewSeries.objects.visible_to(request.actor).select_related("team", "facilitator")
    rows = rows.order_by(F("ended_at").desc(nulls_first=True), "name", "pk")
    if file := exported(request, Export("series", SERIES, rows)):
        return file
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": found,
        "rows": _with_next(list(found), timezone.now()),
        "may_create": bool(_teams(request)),
    }
    return show(request, "cadence/series/series.html", context, nav="series")


@page
def new(request: PageRequest) -> HttpResponse:
    """POST creates, or with ``preview`` only shows what the rhythm comes to."""
    teams = _teams(request)
    if not teams:
        raise Forbidden(Act.CHANGE_SERIES.sentence)
    now = timezone.now()
    form = NewSeriesForm(request.actor, teams, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        valid = form.is_valid()
        if valid and "preview" not in request.POST:
            series: ReviewSeries | None = try_action(
                form, create_series, actor=request.actor, **form.arguments()
            )
            if series is not None:
                tell(request, f"{series.name} is set up; its next reviews are planned.")
                return redirect("web:series-change", request.organization.slug, series.pk)
        status = 200 if form.is_valid() else 422
    context = {"form": form, "rhythms": RHYTHMS, **form.dates(now)}
    return show(request, "cadence/series/new.html", context, nav="series", status=status)


@page
def change(request: PageRequest, series: int) -> HttpResponse:
    """A series and what comes next. POST changes it; the rhythm itself stays."""
    found = _series(request, series)
    start = {name: getattr(found, name) for name in SeriesForm.base_fields}
    data = request.POST if request.method == "POST" else None
    form = SeriesForm(request.actor, data, initial=start | {"facilitator": found.facilitator_id})
    if request.method == "POST":
        require(request.actor, Act.CHANGE_SERIES, team=found.team_id)
        if form.is_valid() and try_action(
            form, change_series, actor=request.actor, series=found, **form.cleaned_data
        ):
            tell(request, "Saved, for the reviews that are still to come.")
            return redirect("web:series-change", request.organization.slug, found.pk)
    return _show(request, found, form, EndForm(), status=422 if request.method == "POST" else 200)


@page
def end(request: PageRequest, series: int) -> HttpResponse:
    """POST ends it. Nothing that was planned takes place any more."""
    found = _series(request, series)
    if request.method != "POST":
        return redirect("web:series-change", request.organization.slug, found.pk)
    require(request.actor, Act.CHANGE_SERIES, team=found.team_id)
    form = EndForm(request.POST)
    if form.is_valid() and try_action(
        form, end_series, actor=request.actor, series=found, **form.cleaned_data
    ):
        tell(request, f"{found.name} has ended. Its minutes stay.")
        return redirect("web:series", request.organization.slug)
    start = {name: getattr(found, name) for name in SeriesForm.base_fields}
    start["facilitator"] = found.facilitator_id
    return _show(request, found, SeriesForm(request.actor, initial=start), form, status=422)


def _show(
    request: PageRequest, found: ReviewSeries, form: SeriesForm, ending: EndForm, *, status: int
) -> HttpResponse:
    now = timezone.now()
    rule = Rule.parse(found.rule)
    context = {
        **_with_next([found], now)[0],
        **of_series(request, found),
        "form": form,
        "ending": ending,
        "may_change": found.ended_at is None
        and may(request.actor, Act.CHANGE_SERIES, team=found.team_id),
        "dates": []
        if found.ended_at
        else next_dates(
            request.organization,
            rule,
            starts_on=found.starts_on,
            time_of_day=found.time_of_day,
            on_holiday=found.on_holiday,
            after=now,
        ),
    }
    return show(request, "cadence/series/change.html", context, nav="series", status=status)


def _series(request: PageRequest, key: int) -> ReviewSeries:
    rows = ReviewSeries.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("team", "facilitator", "organization"), pk=key)


def _with_next(rows: Sequence[ReviewSeries], now: datetime) -> list[dict[str, Any]]:
    """Each series with its rule in words and its next planned reviews."""
    planned: dict[int, list[Review]] = {}
    waiting = Review.objects.planned().filter(series__in=[row.pk for row in rows])
    for review in waiting.filter(starts_at__gt=now).order_by("starts_at"):
        if len(known := planned.setdefault(review.series_id, [])) < NEXT:
            known.append(review)
    return [
        {
            "series": row,
            "words": Rule.parse(row.rule).describe(),
            "reviews": planned.get(row.pk, []),
        }
        for row in rows
    ]


def _teams(request: PageRequest) -> list[Team]:
    """The teams for which the actor may set up a series."""
    teams = request.organization.teams.all()
    return [team for team in teams if may(request.actor, Act.CHANGE_SERIES, team=team.pk)]
