"""The bell: what one was told, and how one wants to be told by e-mail."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.notices.models import Mode, NoticeKind
from cadence.notices.preferences import (
    modes_for,
    modes_of,
    postbox_of,
    set_preferences,
)
from cadence.notices.reading import mark_all_read, mark_read, notices_of
from cadence.notices.sending import mail_is_configured
from cadence.web.exports import Export, exported
from cadence.web.lists.settings import NOTICES
from cadence.web.shell import PageRequest, page, show, tell, try_action

ROWS = 25
# For a filter, where the long words of the preferences do not fit.
SHORT = {
    NoticeKind.OFFER: "Offers",
    NoticeKind.BREACH: "Breaches and decisions",
    NoticeKind.ESCALATION: "Escalations",
    NoticeKind.APPROVAL: "Approvals",
    NoticeKind.VERDICT: "Verdicts",
    NoticeKind.COMMITMENT: "Commitments",
    NoticeKind.REVIEW: "Reviews",
    NoticeKind.MINUTES: "Minutes",
    NoticeKind.ORPHAN: "Work without an owner",
    NoticeKind.LEAVE: "Leaves and stand-ins",
}


class FilterForm(forms.Form):
    """What does not fit is ignored."""

    kind = forms.ChoiceField(
        required=False, choices=[("", "All kinds"), *((str(k), name) for k, name in SHORT.items())]
    )
    show = forms.ChoiceField(
        required=False, choices=[("", "Read and unread"), ("unread", "Unread only")]
    )

    @property
    def asked(self) -> dict[str, str]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}


@page
def notices(request: PageRequest) -> HttpResponse:
    """A constant number of queries. Looking at the list marks nothing: a page that is fetched ahead
    by a browser would."""
    form = FilterForm(request.GET, auto_id="filter-%s")
    rows = notices_of(request.actor)
    asked = form.asked
    if "kind" in asked:
        rows = rows.filter(kind=asked["kind"])
    if "show" in asked:
        rows = rows.unread()
    if file := exported(request, Export("notices", NOTICES, rows)):
        return file
    listed = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    newest = notices_of(request.actor).unread().values_list("pk", flat=True).first()
    context = {
        "form": form,
        "asked": asked,
        "page": listed,
        "rows": [(one, SHORT[NoticeKind(one.kind)]) for one in listed],
        "newest": newest,
    }
    return show(request, "cadence/notices/notices.html", context, nav="notices")


@page
@require_POST
def opening(request: PageRequest, pk: int) -> HttpResponseBase:
    """Mark it read and go where it is acted on."""
    found = get_object_or_404(notices_of(request.actor), pk=pk)
    mark_read(actor=request.actor, at=timezone.now(), notice=found)
    # Its path was written by ourselves; it never leads to another site.
    return HttpResponseRedirect(found.path)


@page
@require_POST
def read_all(request: PageRequest) -> HttpResponseBase:
    until = request.POST.get("until", "")
    number = int(until) if until.isdecimal() and len(until) < 16 else None
    count = mark_all_read(actor=request.actor, at=timezone.now(), until=number)
    tell(request, f"{count} notice{'s' if count != 1 else ''} marked as read.")
    return redirect("web:notices", request.organization.slug)


class PreferencesForm(forms.Form):
    """One choice for each kind; the action says what is wrong with one."""

    time_zone = forms.ChoiceField(label="Time zone", required=False)
    digest_at = forms.TimeField(
        label="Time of day",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, data: Any, request: PageRequest) -> None:
        box, modes = postbox_of(request.actor), modes_of(request.actor)
        initial = {"time_zone": box.time_zone, "digest_at": box.digest_at, **modes}
        super().__init__(data, initial=initial)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        own = f"{request.organization.time_zone}, as {request.organization.name}"
        zone.choices = [("", own), *((name, name) for name in sorted(available_timezones()))]
        for kind in NoticeKind:
            self.fields[kind] = forms.ChoiceField(
                label=kind.label,
                choices=[(mode, self.words(kind, mode)) for mode in modes_for(kind)],
                widget=forms.RadioSelect,
            )

    @staticmethod
    def words(kind: NoticeKind, mode: Mode) -> str:
        return "On Mondays" if (kind, mode) == (NoticeKind.WEEK, Mode.AT_ONCE) else mode.label

    @property
    def kinds(self) -> list[forms.BoundField]:
        return [self[kind] for kind in NoticeKind]

    @property
    def modes(self) -> dict[str, str]:
        return {kind: self.cleaned_data[kind] for kind in NoticeKind.values}


@page
def preferences(request: PageRequest) -> HttpResponseBase:
    form = PreferencesForm(request.POST if request.method == "POST" else None, request)
    if request.method == "POST" and form.is_valid():
        try_action(
            form,
            set_preferences,
            actor=request.actor,
            modes=form.modes,
            time_zone=form.cleaned_data["time_zone"],
            digest_at=form.cleaned_data["digest_at"],
        )
        if form.is_valid():
            tell(request, "Saved: this is how you are told from now on.")
            return redirect("web:notice-preferences", request.organization.slug)
    context = {"form": form, "sends_mail": mail_is_configured()}
    status = 422 if form.is_bound else 200
    return show(request, "cadence/notices/preferences.html", context, nav="account", status=status)
