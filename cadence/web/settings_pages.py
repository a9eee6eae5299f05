"""The organization's settings: its name, zone, week, holidays and limits."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import Membership, Organization, Role
from cadence.calendar.periods import LONG_MONTH_NAMES
from cadence.calendar.recurrence import DAY_NAMES
from cadence.calendar.workdays import country_choices
from cadence.people.actions import change_settings
from cadence.people.queries import working_calendar
from cadence.people.rules import time_zones
from cadence.permissions import Act, may, require
from cadence.web.closing_days import ClosingDayForm
from cadence.web.exports import Export, exported
from cadence.web.lists.settings import CLOSING_DAYS
from cadence.web.shell import PageRequest, page, show, tell, try_action

FIELDS = (
    "name",
    "time_zone",
    "week_start",
    "fiscal_year_ends",
    "country",
    "subdivision",
    "currency",
    "decision_days",
    "offer_days",
    "grace_days",
    "load_limit",
)


def _zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by region, as a select groups them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(time_zones()):
        region, slash, place = zone.partition("/")
        if slash and region not in ("Etc", "SystemV"):
            groups.setdefault(region, []).append((zone, place.replace("_", " ")))
        else:
            groups.setdefault("Other", []).append((zone, zone))
    other = groups.pop("Other")
    return [("", [("UTC", "UTC")]), *sorted(groups.items()), ("Other", other)]


class SettingsForm(forms.Form):
    name = forms.CharField(max_length=120)
    time_zone = forms.ChoiceField(help_text="Every deadline and review is in this zone.")
    week_start = forms.TypedChoiceField(
        coerce=int,
        choices=list(enumerate(DAY_NAMES)),
        label="The week starts on",
        help_text="Stays as it is once there are metrics.",
    )
    fiscal_year_ends = forms.TypedChoiceField(
        coerce=int,
        choices=list(enumerate(LONG_MONTH_NAMES, start=1)),
        label="The fiscal year ends with",
        help_text="Quarter and year to date begin after it.",
    )
    currency = forms.CharField(max_length=3, help_text="Such as EUR (ISO 4217).")
    country = forms.ChoiceField(required=False, help_text="Whose public holidays are free.")
    subdivision = forms.CharField(
        required=False,
        max_length=10,
        label="State or province",
        help_text="Its code, where it has holidays of its own: BY for Bavaria.",
    )
    decision_days = forms.IntegerField(
        min_value=1, max_value=30, label="To decide on a breach", help_text="Working days, 1 to 30."
    )
    offer_days = forms.IntegerField(
        min_value=1, max_value=30, label="To answer an offer", help_text="Working days, 1 to 30."
    )
    grace_days = forms.IntegerField(
        min_value=0,
        max_value=30,
        label="Until a reading is missing",
        help_text="Working days, 0 to 30.",
    )
    load_limit = forms.IntegerField(
        min_value=1,
        max_value=100,
        label="An owner is overloaded above",
        help_text="Initiatives, 1 to 100. Who is above it is shown, not refused.",
    )
    sponsor = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        label="Executive sponsor",
        empty_label="The first executive",
        help_text="Where every escalation ends.",
    )

    def __init__(self, organization: Organization, data: Any = None) -> None:
        start = {name: getattr(organization, name) for name in FIELDS}
        super().__init__(data, initial=start | {"sponsor": organization.sponsor_id})
        executives = organization.memberships.current().filter(role=Role.EXECUTIVE)
        self.fields["sponsor"].queryset = executives  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = _zones()  # type: ignore[attr-defined]
        countries = [("", "None: no public holidays"), *country_choices()]
        self.fields["country"].choices = countries  # type: ignore[attr-defined]


@page
def settings_page(request: PageRequest) -> HttpResponse:
    """Everybody reads them, administrators change them."""
    organization = request.organization
    form = SettingsForm(organization, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request.actor, Act.ADMINISTER)
        if form.is_valid() and try_action(
            form, change_settings, actor=request.actor, **form.cleaned_data
        ):
            tell(request, "Saved. Deadlines that run already stay as they are.")
            return redirect("web:settings", organization.slug)
    today = timezone.localdate()
    days = organization.closing_days.filter(day__gte=today.replace(month=1, day=1))
    if file := exported(request, Export("closing-days", CLOSING_DAYS, days)):
        return file
    calendar = working_calendar(organization)
    ahead = [today + timedelta(days=n) for n in range(366)]
    holidays = [(day, name) for day in ahead if (name := calendar.holiday_name(day))]
    context = {
        "form": form,
        "closing_day_form": ClosingDayForm(),
        "closing_days": Paginator(days, 30).get_page(request.GET.get("page")),
        "holidays": holidays[:6],
        "country": dict(country_choices()).get(organization.country, ""),
        "week_start": DAY_NAMES[organization.week_start],
        "fiscal_year_ends": LONG_MONTH_NAMES[organization.fiscal_year_ends - 1],
        "may_change": may(request.actor, Act.ADMINISTER),
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "cadence/settings/settings.html", context, nav="settings", status=status)
