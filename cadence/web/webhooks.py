"""Webhooks and deliveries, for administrators."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, Min, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from cadence.notices.addresses import LONGEST_URL
from cadence.notices.delivery import deliver_now
from cadence.notices.models import Delivery, DeliveryQuerySet, Webhook
from cadence.notices.outbox import TOLD_OUTSIDE
from cadence.notices.slack import retry_delivery
from cadence.notices.webhooks import (
    change_webhook,
    create_webhook,
    end_webhook,
    pause_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from cadence.permissions import Act, require
from cadence.web.delivery_lines import PER_PAGE, lines, with_tries
from cadence.web.exports import Export, exported, in_pieces
from cadence.web.lists.settings import DELIVERIES, WEBHOOKS
from cadence.web.posted import posted_from
from cadence.web.shell import PageRequest, page, show, tell, try_action


class WebhookForm(forms.Form):
    url = forms.CharField(
        max_length=LONGEST_URL,
        label="Address",
        help_text="Begins with https://. Addresses inside a network are not called.",
    )
    description = forms.CharField(
        max_length=200, required=False, help_text="What it is for, such as “data warehouse”."
    )
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in TOLD_OUTSIDE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them, also those of later versions.",
    )


@page
@never_cache
def webhooks(request: PageRequest) -> HttpResponse:
    """Every webhook there is. POST makes one, whose secret is in this answer and nowhere else."""
    require(request.actor, Act.ADMINISTER)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    made: tuple[Webhook, str] | None = None
    if request.method == "POST" and form.is_valid():
        made = try_action(form, create_webhook, actor=request.actor, **form.cleaned_data)
    waiting = Q(deliveries__sent_at=None, deliveries__failed_at=None, deliveries__dropped_at=None)
    rows = Webhook.objects.filter(organization=request.organization).annotate(
        last_sent=Max("deliveries__sent_at"),
        failing_since=Min("deliveries__created_at", filter=waiting & Q(deliveries__attempts__gt=0)),
        last_failed=Max("deliveries__failed_at"),
    )
    rows = rows.order_by("-created_at", "-pk")
    if file := exported(request, Export("webhooks", WEBHOOKS, rows)):
        return file
    shown = Paginator(rows, PER_PAGE)
    context = {
        "form": WebhookForm() if made else form,
        "page": shown.get_page(request.GET.get("page")),
        "made": made[0] if made else None,
        "secret": made[1] if made else "",
    }
    status = 201 if made else 422 if request.method == "POST" else 200
    return show(request, "cadence/webhooks/webhooks.html", context, nav="settings", status=status)


@page
@never_cache
def webhook(request: PageRequest, webhook: int) -> HttpResponse:
    """One webhook and what it was told. POST changes it."""
    found = _found(request, webhook)
    start = {"url": found.url, "description": found.description, "events": found.events}
    data = request.POST if request.method == "POST" else None
    form = WebhookForm(data, initial=start)
    if request.method == "POST" and form.is_valid():
        done = try_action(
            form, change_webhook, actor=request.actor, webhook=found, **form.cleaned_data
        )
        if done:
            tell(request, "Saved.")
            return redirect("web:webhook", request.organization.slug, found.pk)
    status = 422 if request.method == "POST" else 200
    return _one(request, found, {"form": form}, status)


@page
@never_cache
@posted_from("webhook", "webhook")
def rotate(request: PageRequest, webhook: int) -> HttpResponse:
    """The new secret is in this answer and nowhere else. Loaded again, the page asks for another
    and is refused: the one that was shown still signs."""
    found = _found(request, webhook)
    found, secret = rotate_secret(actor=request.actor, at=timezone.now(), webhook=found)
    return _one(request, found, {"secret": secret}, 200)


@page
@posted_from("webhook", "webhook")
def pause(request: PageRequest, webhook: int) -> HttpResponse:
    found = _found(request, webhook)
    pause_webhook(actor=request.actor, at=timezone.now(), webhook=found)
    tell(request, "Paused. What happens meanwhile is not told later.")
    return redirect("web:webhook", request.organization.slug, found.pk)


@page
@posted_from("webhook", "webhook")
def resume(request: PageRequest, webhook: int) -> HttpResponse:
    """Not the same address as to pause: a form sent twice would undo what it did."""
    found = _found(request, webhook)
    resume_webhook(actor=request.actor, at=timezone.now(), webhook=found)
    tell(request, "It is told again what happens from now on.")
    return redirect("web:webhook", request.organization.slug, found.pk)


@page
@posted_from("webhook", "webhook")
def end(request: PageRequest, webhook: int) -> HttpResponse:
    found = _found(request, webhook)
    end_webhook(actor=request.actor, at=timezone.now(), webhook=found)
    tell(request, "It has ended. Its secret is wiped.")
    return redirect("web:webhooks", request.organization.slug)


@page
@posted_from("webhook", "webhook")
def test(request: PageRequest, webhook: int) -> HttpResponse:
    """Send a test and wait for its outcome, which a receiver is given five seconds for."""
    found = _found(request, webhook)
    delivery = send_test(actor=request.actor, at=timezone.now(), webhook=found)
    say_outcome(request, deliver_now(delivery, now=timezone.now))
    return redirect("web:webhook", request.organization.slug, found.pk)


@page
def deliveries(request: PageRequest) -> HttpResponse:
    """Everything that was sent outside, or is to be: e-mails, Slack, webhooks."""
    require(request.actor, Act.ADMINISTER)
    rows = Delivery.objects.visible_to(request.actor)
    state = request.GET.get("state", "")
    if state == "failed":
        rows = rows.filter(failed_at__isnull=False)
    elif state == "waiting":
        rows = rows.waiting()
    rows = with_tries(rows).order_by("-pk")
    if file := _deliveries(request, rows):
        return file
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": shown, "lines": lines(shown.object_list, request.actor), "state": state}
    return show(request, "cadence/webhooks/deliveries.html", context, nav="settings")


@page
@posted_from("deliveries")
def retry(request: PageRequest, delivery: int) -> HttpResponse:
    """Have one tried again: by the worker, for no page waits for three days of messages."""
    require(request.actor, Act.ADMINISTER)
    rows = Delivery.objects.visible_to(request.actor)
    found = get_object_or_404(rows, pk=delivery)
    retry_delivery(actor=request.actor, at=timezone.now(), delivery=found)
    tell(request, "It is tried within seconds. This page says what came of it.")
    if found.webhook_id is not None:
        return redirect("web:webhook", request.organization.slug, found.webhook_id)
    return redirect("web:deliveries", request.organization.slug)


def _deliveries(request: PageRequest, rows: DeliveryQuerySet) -> HttpResponse | None:
    pieces = in_pieces(rows)
    found = (line for some in pieces for line in lines(some, request.actor))
    return exported(request, Export("deliveries", DELIVERIES, found))


def say_outcome(request: PageRequest, delivery: Delivery) -> None:
    last = delivery.tries.order_by("-at", "-pk").first()
    if last is None:
        messages.warning(request, "It is on its way already, or there is nothing left to say.")
    elif delivery.state == "sent":
        tell(request, f"Delivered after {last.took_ms} ms: it answered {last.status}.")
    elif delivery.state == "retrying":
        messages.warning(request, f"Not delivered: {last.error} It is tried again.")
    else:
        messages.error(request, f"Not delivered: {last.error}")


def _found(request: PageRequest, key: int) -> Webhook:
    require(request.actor, Act.ADMINISTER)
    return get_object_or_404(Webhook, pk=key, organization=request.organization)


def _one(
    request: PageRequest, found: Webhook, context: dict[str, Any], status: int
) -> HttpResponse:
    rows = with_tries(Delivery.objects.visible_to(request.actor).filter(webhook=found))
    rows = rows.order_by("-pk")
    if file := _deliveries(request, rows):
        return file
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    start = {"url": found.url, "description": found.description, "events": found.events}
    context = {
        "webhook": found,
        "form": WebhookForm(initial=start),
        "page": shown,
        "lines": lines(shown.object_list, request.actor),
        "rotating": bool(found.old_secret_until and found.old_secret_until > timezone.now()),
        **context,
    }
    return show(request, "cadence/webhooks/webhook.html", context, nav="settings", status=status)
