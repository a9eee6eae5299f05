"""Having the natural limits of a metric computed anew, on its page."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from cadence.behaviour.actions import rebase, withdraw_rebasing
from cadence.behaviour.models import Rebasing
from cadence.web.back import to
from cadence.web.metric_forms import RebaseForm
from cadence.web.metrics import get_metric, show_metric
from cadence.web.shell import PageRequest, page, tell, try_action


@page
@require_POST
def new(request: PageRequest, pk: int) -> HttpResponse:
    metric = get_metric(request, pk)
    form = RebaseForm(request.POST, auto_id="rebase-%s")
    if form.is_valid():
        act = {"actor": request.actor, "metric": metric}
        if try_action(form, rebase, **act, **form.cleaned_data):
            tell(request, "Natural limits are computed anew from there.")
            return to(request, "metric", pk)
    return show_metric(request, metric, rebase_form=form, status=422)


@page
@require_POST
def withdraw(request: PageRequest, pk: int) -> HttpResponse:
    rows = Rebasing.objects.filter(organization=request.organization)
    rebasing = get_object_or_404(rows.select_related("metric"), pk=pk)
    withdraw_rebasing(actor=request.actor, at=timezone.now(), rebasing=rebasing)
    tell(request, "Withdrawn: limits are computed as before. It stays on record.")
    return to(request, "metric", rebasing.metric_id)
