"""Webhooks on the pages: what is shown once, and forms that are sent twice."""

import re
from collections.abc import Callable

from django.test import Client
from pytest_django import Settings

from accounts.models import Membership, Organization
from cadence.notices.models import Delivery, Webhook
from tests.cast import AT, Cast
from tests.notices import rows
from tests.notices.receivers import answers, receiver

SignedIn = Callable[[Membership], Client]
PAGE = "/o/acme/settings/webhooks"
SECRET = re.compile(r'<code class="secret">(whsec_[^<]+)<')
HOOK = {"url": "https://receiver.example/hook"}


def test_a_page_with_a_secret_that_is_loaded_again_changes_nothing(
    cast: Cast, signed_in: SignedIn
) -> None:
    ada = signed_in(cast.ada)
    made = ada.post(PAGE, HOOK)
    assert made.status_code == 201 and "no-store" in made["Cache-Control"]
    (first,) = SECRET.findall(made.text)
    again = ada.post(PAGE, HOOK)
    assert again.status_code == 422 and "this address already" in again.text
    hook = Webhook.objects.get()
    rotated = ada.post(f"{PAGE}/{hook.pk}/secret")
    (second,) = SECRET.findall(rotated.text)
    assert "Make a new secret" not in rotated.text and "both sign" in rotated.text
    again = ada.post(f"{PAGE}/{hook.pk}/secret")
    assert again.status_code == 409 and "both sign until" in again.text
    hook.refresh_from_db()
    assert (hook.secret, hook.old_secret) == (second, first)
    assert "whsec_" not in ada.get(f"{PAGE}/{hook.pk}").text


def test_to_pause_twice_does_not_resume(cast: Cast, signed_in: SignedIn) -> None:
    ada, hook = signed_in(cast.ada), rows.webhook(cast)
    path = f"{PAGE}/{hook.pk}"
    assert "Resume" not in ada.get(path).text
    assert ada.post(f"{path}/pause").status_code == 302
    assert ada.post(f"{path}/pause").status_code == 409
    assert "Resume" in ada.get(path).text
    hook.refresh_from_db()
    assert hook.paused_at is not None
    assert ada.post(f"{path}/resume").status_code == 302
    assert ada.post(f"{path}/resume").status_code == 409
    hook.refresh_from_db()
    assert hook.paused_at is None


def test_a_test_says_what_came_of_it_and_a_second_waits_for_the_first(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    ada = signed_in(cast.ada)
    with receiver(answers(200)) as one:
        settings.OUTBOUND_ALLOW = [one.place]
        hook = rows.webhook(cast, one.url)
        said = ada.post(f"{PAGE}/{hook.pk}/test", follow=True)
        assert "it answered 200" in said.text
        assert len(one.heard) == 1
    sent = Delivery.objects.get()
    waits = rows.to_webhook(hook, sent.created_at, event="test")
    assert ada.post(f"{PAGE}/{hook.pk}/test").status_code == 409
    assert Delivery.objects.count() == 2 and waits.attempts == 0


def test_to_try_again_is_left_to_the_worker(cast: Cast, signed_in: SignedIn) -> None:
    """Its receiver is not called by the page: were it, this address would be refused at once."""
    failed = rows.to_webhook(rows.webhook(cast, "https://127.0.0.1/"), failed_at=AT, attempts=3)
    said = signed_in(cast.ada).post(f"/o/acme/settings/deliveries/{failed.pk}/retry", follow=True)
    assert "within seconds" in said.text
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.tries.count()) == ("retrying", 3, 0)


def test_the_demo_says_that_it_sends_nothing(cast: Cast, signed_in: SignedIn) -> None:
    hook, _ = rows.webhook(cast), rows.slack(cast)
    Organization.objects.filter(pk=cast.acme.pk).update(is_demo=True)
    ada = signed_in(cast.ada)
    for path in (PAGE, f"{PAGE}/{hook.pk}", f"/o/acme/teams/{cast.demand.pk}"):
        text = ada.get(path).text
        assert "nothing is sent from it" in text and "Send a test" not in text
    for path in (f"{PAGE}/{hook.pk}/test", f"/o/acme/teams/{cast.demand.pk}/slack/test"):
        refused = ada.post(path)
        assert refused.status_code == 409 and "nothing is sent from it" in refused.text
    assert not Delivery.objects.exists()
