"""Who is told that a webhook or a Slack channel was switched off, or takes nothing."""

from datetime import datetime, timedelta

import pytest

from cadence.ledger.models import Entry
from cadence.notices import transports
from cadence.notices.delivery import deliver
from cadence.notices.models import Delivery, NoticeKind
from cadence.notices.outcomes import PATIENCE, Effect, Outcome
from cadence.notices.webhooks import pause_webhook
from tests.cast import AT, Cast
from tests.notices import rows
from tests.notices.things import told

NOW = AT + timedelta(seconds=1)


def answering(monkeypatch: pytest.MonkeyPatch, effect: Effect, status: int) -> None:
    def answer(*_: object, **__: object) -> Outcome:
        return Outcome(effect, status, "" if effect is Effect.SENT else "No.", 1)

    monkeypatch.setattr(transports, "_to_webhook", answer)
    monkeypatch.setattr(transports, "_to_slack", answer)


def deliver_at(at: datetime) -> None:
    Delivery.objects.waiting().update(due_at=at)
    deliver(now=lambda: at)


def test_a_webhook_that_is_gone_is_told_to_administrators(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, Effect.GONE, 410)
    hook = rows.webhook(cast, description="Data lake")
    rows.to_webhook(hook)
    deliver_at(NOW)
    found = told(cast)
    assert set(found) == {"ada"}
    assert found["ada"].kind == NoticeKind.RECEIVER
    assert found["ada"].title == "The webhook Data lake was paused: its receiver is gone"
    assert found["ada"].path == f"/o/acme/settings/webhooks/{hook.pk}"


def test_a_slack_channel_that_is_gone_is_told_to_the_lead_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, Effect.GONE, 404)
    rows.to_slack(rows.slack(cast))
    deliver_at(NOW)
    found = told(cast)
    assert set(found) == {"ada", "dana"}
    words = "The Slack channel of Demand was disconnected: Slack says that it is gone"
    assert found["dana"].title == words
    assert found["dana"].path == f"/o/acme/teams/{cast.demand.pk}"


def test_a_webhook_that_somebody_pauses_is_told_to_nobody(cast: Cast) -> None:
    pause_webhook(actor=cast.ada, at=AT, webhook=rows.webhook(cast))
    assert told(cast) == {}


def test_what_is_given_up_is_told_once_until_something_is_taken_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = rows.webhook(cast, description="Data lake")

    def given_up() -> int:
        return Entry.objects.filter(event="webhook.failing").count()

    answering(monkeypatch, Effect.DOWN, 500)
    rows.to_webhook(hook, at=AT)
    deliver_at(NOW)
    assert given_up() == 0
    for day in (0, 1):
        rows.to_webhook(hook, at=AT + timedelta(days=day))
        deliver_at(AT + PATIENCE + timedelta(days=day))
    assert given_up() == 1
    assert told(cast)["ada"].title == (
        "The webhook Data lake did not take a message for three days: it was given up"
    )
    later = AT + timedelta(days=9)
    answering(monkeypatch, Effect.SENT, 200)
    rows.to_webhook(hook, at=later)
    deliver_at(later)
    answering(monkeypatch, Effect.DOWN, 500)
    rows.to_webhook(hook, at=later)
    deliver_at(later + PATIENCE)
    assert given_up() == 2
