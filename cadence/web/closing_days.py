"""Days on which the organization does not work, besides weekends and public holidays."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import ClosingDay
from cadence.people.actions import add_closing_day, remove_closing_day
from cadence.permissions import Act, require
from cadence.web.shell import PageRequest, page, show, tell, try_action


class ClosingDayForm(forms.Form):
    day = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    name = forms.CharField(required=False, max_length=120, label="What for")


@page
@require_POST
def add(request: PageRequest) -> HttpResponse:
    require(request.actor, Act.ADMINISTER)
    form = ClosingDayForm(request.POST)
    if form.is_valid() and try_action(
        form, add_closing_day, actor=request.actor, **form.cleaned_data
    ):
        tell(request, "Deadlines from now on leave this day out.")
        return redirect("web:settings", request.organization.slug)
    context = {"form": form}
    return show(request, "cadence/settings/closing_day.html", context, nav="settings", status=422)


@page
@require_POST
def remove(request: PageRequest, closing_day: int) -> HttpResponse:
    rows = ClosingDay.objects.filter(organization=request.organization)
    found = get_object_or_404(rows, pk=closing_day)
    remove_closing_day(actor=request.actor, at=timezone.now(), closing_day=found)
    tell(request, "It is a working day again, as far as weekends and holidays allow.")
    return redirect("web:settings", request.organization.slug)
